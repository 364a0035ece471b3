/* SPDX-License-Identifier: ISC */
/* mirror.c -- see mirror.h. */
#include "engine/registry/mirror.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *
mirror_field(uint64_t hash, char out[17])
{
	(void)snprintf(out, 17, "%016" PRIx64, hash);
	return out;
}

void
mirror_each(const char *text, mirror_fn *fn, void *arg)
{
	const char *end;

	for (; text != NULL && *text != '\0'; text = *end != '\0' ? end + 1 : end) {
		end = strchrnul(text, '\n');
		if (!fn(arg, text, (size_t)(end - text)))
			return;
	}
}

struct removes {
	char	mark[18];	/* "-" and 16 hex digits */
	bool	found;
};

static bool
removes_line(void *arg, const char *line, size_t len)
{
	struct removes *r = arg;

	r->found = len == 17 && memcmp(line, r->mark, 17) == 0;
	return !r->found;
}

bool
mirror_removes(const uint8_t key[HASH_KEY_BYTES], const char *staged, const char *line, size_t len)
{
	struct removes r = { .found = false };

	(void)snprintf(r.mark, sizeof(r.mark), "-%016" PRIx64, hash64(key, line, len));
	mirror_each(staged, removes_line, &r);
	return r.found;
}

struct merge {
	const uint8_t	*key;
	const char	*staged;
	struct buf	*out;
};

static void
merge_append(struct merge *m, const char *line, size_t len)
{
	if (m->out->len > 0)
		buf_putc(m->out, '\n');
	buf_add(m->out, line, len);
}

static bool
merge_old(void *arg, const char *line, size_t len)
{
	struct merge *m = arg;

	if (!mirror_removes(m->key, m->staged, line, len))
		merge_append(m, line, len);
	return true;
}

struct same {
	const char	*line;
	size_t		 len;
	bool		 found;
};

static bool
same_line(void *arg, const char *line, size_t len)
{
	struct same *s = arg;

	s->found = len == s->len && memcmp(line, s->line, len) == 0;
	return !s->found;
}

static bool
merge_new(void *arg, const char *line, size_t len)
{
	struct merge *m = arg;
	struct same s = { .line = line + 1, .len = len - 1 };

	if (len < 2 || line[0] != '+')
		return true;
	/* A merge carried on after a crash meets lines it has written before. */
	mirror_each(buf_str(m->out), same_line, &s);
	if (!s.found)
		merge_append(m, line + 1, len - 1);
	return true;
}

void
mirror_merge(const uint8_t key[HASH_KEY_BYTES], const char *old, const char *staged,
    struct buf *out)
{
	struct merge m = { .key = key, .staged = staged, .out = out };

	buf_clear(out);
	mirror_each(old, merge_old, &m);
	mirror_each(staged, merge_new, &m);
}
