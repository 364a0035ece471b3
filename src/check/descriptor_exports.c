/* SPDX-License-Identifier: ISC */
/*
 * descriptor_exports.c -- see descriptor.h: the dynamic symbols of a shared object,
 * read from its file (ELF, as elf(5) has it), for loading it would run it.
 */
#include "check/descriptor.h"

#include <elf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "io/file.h"
#include "worker/plugin.h"

#define OBJECT_BYTES_MAX	((size_t)64 << 20) /* a hundred times the largest of ours */

#if UINTPTR_MAX > UINT32_MAX
typedef Elf64_Ehdr elf_head;
typedef Elf64_Shdr elf_section;
typedef Elf64_Sym elf_symbol;
#define OUR_CLASS	ELFCLASS64
#else
typedef Elf32_Ehdr elf_head;
typedef Elf32_Shdr elf_section;
typedef Elf32_Sym elf_symbol;
#define OUR_CLASS	ELFCLASS32
#endif

struct object {
	const char	*bytes;
	size_t		 len;
	elf_head	 head;
};

/* Copies n bytes from at, for nothing there is aligned.  false: the file ends before. */
static bool
take(const struct object *o, uint64_t at, void *out, size_t n)
{
	if (at > o->len || n > o->len - at)
		return false;
	memcpy(out, o->bytes + at, n);
	return true;
}

static bool
section_get(const struct object *o, uint64_t i, elf_section *out)
{
	return i < o->head.e_shnum &&
	    take(o, (uint64_t)o->head.e_shoff + i * sizeof(*out), out, sizeof(*out));
}

/* The symbols of the loader and the names that go with them.  false: there are none. */
static bool
symbols_find(const struct object *o, elf_section *symbols, elf_section *names)
{
	for (uint64_t i = 0; section_get(o, i, symbols); i++)
		if (symbols->sh_type == SHT_DYNSYM)
			return section_get(o, symbols->sh_link, names) &&
			    names->sh_offset < o->len;
	return false;
}

/* A name that others can link to; the linker's own begin with '_'.  NULL: it is none. */
static const char *
exported(const struct object *o, const elf_symbol *s, const elf_section *names)
{
	uint64_t at = (uint64_t)names->sh_offset + s->st_name;
	bool local = (s->st_info >> 4) == STB_LOCAL;

	if (local || s->st_shndx == SHN_UNDEF || at >= o->len || o->bytes[at] == '_' ||
	    memchr(o->bytes + at, '\0', o->len - at) == NULL)
		return NULL;
	return o->bytes + at;
}

/* false: it is no shared object of this machine. */
static bool
object_check(const struct object *o, const char *wanted, struct tally *tally)
{
	elf_section symbols, names;
	elf_symbol s;
	bool there = false;

	if (!symbols_find(o, &symbols, &names))
		return false;
	for (uint64_t at = 0; at + sizeof(s) <= symbols.sh_size &&
	    take(o, (uint64_t)symbols.sh_offset + at, &s, sizeof(s)); at += sizeof(s)) {
		const char *name = exported(o, &s, &names);

		if (name != NULL && strcmp(name, wanted) == 0)
			there = true;
		else if (name != NULL)
			tally_find(tally, "it exports %.200s: make all but %s static", name,
			    wanted);
	}
	if (!there)
		tally_find(tally, "it does not export %s: name it as the file, with CS_API",
		    wanted);
	return true;
}

void
descriptor_exports(const char *path, struct tally *tally)
{
	const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;
	char wanted[sizeof("cs_connector_") + PLUGIN_NAME_MAX];
	struct object o = { 0 };
	struct err err;
	char *bytes = file_read(path, OBJECT_BYTES_MAX, &o.len, &err);

	if (bytes == NULL) {
		tally_find(tally, "%s: %s", path, err.text);
		return;
	}
	o.bytes = bytes;
	(void)snprintf(wanted, sizeof(wanted), "cs_connector_%.*s", (int)strcspn(base, "."),
	    base);
	if (!take(&o, 0, &o.head, sizeof(o.head)) ||
	    memcmp(o.head.e_ident, ELFMAG, SELFMAG) != 0 ||
	    o.head.e_ident[EI_CLASS] != OUR_CLASS || !object_check(&o, wanted, tally))
		tally_find(tally, "it is no shared object of this machine: build it with "
		    "cc -shared -fPIC");
	free(bytes);
}
