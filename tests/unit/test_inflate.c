/* SPDX-License-Identifier: ISC */
/* test_inflate.c -- gunzip and unzip of pushed bytes, their bounds, and plain text. */
#include "parse/inflate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "lib/doc.h"

#define DOC(s)	(s), sizeof(s) - 1

/* --- a parser that counts and sums what comes out --------------------------- */

struct sink {
	struct doc	*p;
	struct inflate	*f;
	uint64_t	 bytes;
	uLong		 crc;
};

static enum cs_rc
on_bytes(void *arg, const char *buf, size_t len)
{
	struct sink *s = arg;

	assert_true(len > 0 && len <= INFLATE_OUT);
	s->bytes += len;
	s->crc = crc32(s->crc, (const Bytef *)buf, (uInt)len);
	return len >= 4 && memcmp(buf, "stop", 4) == 0 ? CS_DONE : CS_OK;
}

static void *
sink_open(struct doc *p)
{
	static const struct inflate_options plain;
	struct sink *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->p = p;
	s->f = inflate_new(p->arg != NULL ? p->arg : &plain, on_bytes, s,
	    p->poll);
	assert_non_null(s->f);
	return s;
}

static enum cs_rc
sink_push(void *s, const char *buf, size_t len)
{
	return inflate_push(((struct sink *)s)->f, buf, len);
}

static enum cs_rc
sink_end(void *arg)
{
	struct sink *s = arg;
	enum cs_rc rc = inflate_end(s->f);

	if (rc == CS_OK) {
		assert_int_equal(inflate_bytes(s->f), s->bytes);
		buf_printf(&s->p->out, "%llu bytes %08lx\n",
		    (unsigned long long)s->bytes, s->crc);
	}
	return rc;
}

static void
sink_close(void *arg)
{
	struct sink *s = arg;

	assert_null(inflate_free(s->f));
	free(s);
}

static const struct doc_parser gunzip = {
	sink_open, sink_push, sink_end, sink_close
};

/* data as one gzip member, owned; as a zlib stream with wbits MAX_WBITS. */
static char *
deflated(const char *data, size_t len, int wbits, size_t *out_len)
{
	z_stream z = { 0 };
	char *out;

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, wbits, 8,
	    Z_DEFAULT_STRATEGY), Z_OK);
	*out_len = deflateBound(&z, len);
	out = malloc(*out_len);
	assert_non_null(out);
	z.next_in = (z_const Bytef *)data;
	z.avail_in = (uInt)len;
	z.next_out = (Bytef *)out;
	z.avail_out = (uInt)*out_len;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	*out_len = z.total_out;
	(void)deflateEnd(&z);
	return out;
}

/* Text that does not compress too well, as a registry's. */
static char *
sample(size_t len)
{
	char *s = malloc(len);
	unsigned x = 1;

	assert_non_null(s);
	for (size_t i = 0; i < len; i++) {
		x = x * 1103515245u + 12345u;
		s[i] = (char)(' ' + (x >> 16) % 64);
	}
	return s;
}

static void
test_plain(void **state)
{
	(void)state;
	doc_splits(&gunzip, NULL, DOC(""), "0 bytes 00000000\nrc 0 -\n");
	doc_splits(&gunzip, NULL, DOC("hello"), "5 bytes 3610a686\nrc 0 -\n");
	doc_splits(&gunzip, NULL, DOC("\x1f"), NULL);
	doc_splits(&gunzip, NULL, DOC("\x1fxyz"), NULL);
	doc_splits(&gunzip, NULL, DOC("x\x1f\x8b\x08"), NULL);
	doc_splits(&gunzip, NULL, DOC("P"), NULL);
	doc_splits(&gunzip, NULL, DOC("PK\003"), NULL);
	doc_splits(&gunzip, NULL, DOC("PK,Name\n1,Example\n"), NULL);
}

static void
test_gzip(void **state)
{
	size_t len = 100000, packed_len, twice_len;
	char *s = sample(len);
	char *packed = deflated(s, len, 16 + MAX_WBITS, &packed_len);
	char *twice = deflated(packed, packed_len, 16 + MAX_WBITS, &twice_len);
	char *plain = doc_feed(&gunzip, NULL, s, len, DOC_WHOLE, 0);

	(void)state;
	doc_splits(&gunzip, NULL, packed, packed_len, plain);
	/* one layer only */
	doc_fails(&gunzip, NULL, twice, twice_len, CS_E_INPUT, "packed twice");
	free(plain);
	free(twice);
	free(packed);
	free(s);
}

static void
test_broken(void **state)
{
	size_t len = 5000, packed_len, zlib_len;
	char *s = sample(len);
	char *packed = deflated(s, len, 16 + MAX_WBITS, &packed_len);
	char *zlib = deflated(s, len, MAX_WBITS, &zlib_len);
	char *two = malloc(2 * packed_len);

	(void)state;
	assert_non_null(two);
	memcpy(two, packed, packed_len);
	memcpy(two + packed_len, packed, packed_len);
	/* stray bytes: of another member, which is cut then, of its magic, of nothing */
	doc_fails(&gunzip, NULL, two, 2 * packed_len - 1, CS_E_INPUT, "cut");
	doc_fails(&gunzip, NULL, two, packed_len + 2, CS_E_INPUT, "cut");
	doc_fails(&gunzip, NULL, two, packed_len + 1, CS_E_INPUT, "after its end");
	two[packed_len] = 'x';
	doc_fails(&gunzip, NULL, two, packed_len + 1, CS_E_INPUT, "after its end");
	two[packed_len] = '\0';
	doc_fails(&gunzip, NULL, two, packed_len + 2, CS_E_INPUT, "after its end");
	/* H16: cut anywhere, within the trailer too */
	for (size_t n = 2; n < packed_len; n += n < 20 || n + 20 > packed_len ? 1 : 97)
		doc_fails(&gunzip, NULL, packed, n, CS_E_INPUT, "cut");
	/* each bit of the trailer counts, and the body's bytes */
	for (size_t i = packed_len - 8; i < packed_len; i++) {
		memcpy(two, packed, packed_len);
		two[i] ^= 1;
		doc_fails(&gunzip, NULL, two, packed_len, CS_E_INPUT, "damaged");
	}
	memcpy(two, packed, packed_len);
	two[2] = 9;			/* no such method */
	doc_fails(&gunzip, NULL, two, packed_len, CS_E_INPUT, "damaged");
	/* H17: labelled gzip, but another format: passes, a parser will judge */
	doc_splits(&gunzip, NULL, zlib, zlib_len, NULL);
	free(two);
	free(zlib);
	free(packed);
	free(s);
}

/* Several members are one text; zeros behind the last are nothing. */
static void
test_members(void **state)
{
	size_t len = 60000, head_len, tail_len;
	char *s = sample(len), *plain = doc_feed(&gunzip, NULL, s, len, DOC_WHOLE, 0);
	char *head = deflated(s, 20000, 16 + MAX_WBITS, &head_len);
	char *tail = deflated(s + 20000, len - 20000, 16 + MAX_WBITS, &tail_len);
	char *both = calloc(1, head_len + tail_len + 600);

	(void)state;
	assert_non_null(both);
	memcpy(both, head, head_len);
	memcpy(both + head_len, tail, tail_len);
	doc_splits(&gunzip, NULL, both, head_len + tail_len, plain);
	doc_splits(&gunzip, NULL, both, head_len + tail_len + 600, plain);
	both[head_len + tail_len + 300] = '\x1f';
	doc_fails(&gunzip, NULL, both, head_len + tail_len + 600, CS_E_INPUT, "after its end");
	both[head_len + tail_len - 1] ^= 1;
	doc_fails(&gunzip, NULL, both, head_len + tail_len, CS_E_INPUT, "damaged");
	free(both);
	free(tail);
	free(head);
	free(plain);
	free(s);
}

/* --- archives ------------------------------------------------------------------ */

struct archive {
	unsigned char	 bytes[32768];
	size_t		 len, directory, end; /* where those begin */
};

static void
put(struct archive *a, unsigned value, int bytes)
{
	for (; bytes > 0; bytes--, value >>= 8)
		a->bytes[a->len++] = (unsigned char)value;
}

static void
put_text(struct archive *a, const void *text, size_t len)
{
	assert_true(a->len + len <= sizeof(a->bytes));
	memcpy(a->bytes + a->len, text, len);
	a->len += len;
}

/* What local header and directory share, from the flags on. */
static void
put_facts(struct archive *a, unsigned flags, unsigned method, unsigned crc, size_t packed,
    size_t len)
{
	put(a, flags, 2);
	put(a, method, 2);
	put(a, 0, 4);			/* time */
	put(a, crc, 4);
	put(a, (unsigned)packed, 4);
	put(a, (unsigned)len, 4);
	put(a, 8, 2);			/* of the name */
}

enum { KNOWN, SIGNED, UNSIGNED, STORED };	/* lengths: before the data, or after them */

/* files times s in an archive; a comment of some bytes at its end. */
static void
archive_make(struct archive *a, const char *s, size_t len, int lengths, unsigned files,
    unsigned comment)
{
	size_t packed_len;
	char *packed = deflated(s, len, -MAX_WBITS, &packed_len);
	unsigned crc = (unsigned)crc32(0, (const Bytef *)s, (uInt)len);
	bool after = lengths == SIGNED || lengths == UNSIGNED;
	unsigned method = lengths == STORED ? 0 : 8;

	if (lengths == STORED) {
		packed_len = len;
		memcpy(packed = realloc(packed, len + 1), s, len);
	}

	a->len = 0;
	for (unsigned i = 0; i < files; i++) {
		put_text(a, "PK\003\004\024\0", 6);
		put_facts(a, after ? 8 : 0, method, after ? 0 : crc, after ? 0 : packed_len,
		    after ? 0 : len);
		put(a, 4, 2);
		put_text(a, "LIST.DATmore", 12);
		put_text(a, packed, packed_len);
		if (lengths == SIGNED)
			put_text(a, "PK\007\010", 4);
		if (after) {
			put(a, crc, 4);
			put(a, (unsigned)packed_len, 4);
			put(a, (unsigned)len, 4);
		}
	}
	a->directory = a->len;
	for (unsigned i = 0; i < files; i++) {
		put_text(a, "PK\001\002\024\003\024\0", 8);
		put_facts(a, after ? 8 : 0, method, crc, packed_len, len);
		put(a, 2, 2);
		put_text(a, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 14);
		put_text(a, "LIST.DATxx", 10);
	}
	a->end = a->len;
	put_text(a, "PK\005\006\0\0\0\0", 8);
	put(a, files, 2);
	put(a, files, 2);
	put(a, (unsigned)(a->end - a->directory), 4);
	put(a, (unsigned)a->directory, 4);
	put(a, comment, 2);
	while (comment-- > 0)
		put(a, '-', 1);
	free(packed);
}

#define ARCHIVE(a)	(const char *)(a).bytes, (a).len

static void
test_zip(void **state)
{
	static struct archive a;
	static const int ways[] = { KNOWN, SIGNED, UNSIGNED, STORED };
	size_t len = 9000;
	char *s = sample(len), *plain = doc_feed(&gunzip, NULL, s, len, DOC_WHOLE, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		archive_make(&a, s, len, ways[i], 1, i == 1 ? 100 : 0);
		doc_splits(&gunzip, NULL, ARCHIVE(a), plain);
		/* cut anywhere: never the list */
		for (size_t n = 4; n < a.len; n += n < 60 || n + 200 > a.len ? 1 : 97)
			doc_fails(&gunzip, NULL, (const char *)a.bytes, n, CS_E_INPUT, "");
		archive_make(&a, s, 500, ways[i], 2, 0);
		doc_fails(&gunzip, NULL, ARCHIVE(a), CS_E_INPUT, "more than one file");
		archive_make(&a, s, len, ways[i], 2, 0);
		doc_fails(&gunzip, NULL, ARCHIVE(a), CS_E_INPUT, "more than one");
	}
	archive_make(&a, "", 0, SIGNED, 1, 0);
	doc_splits(&gunzip, NULL, ARCHIVE(a), "0 bytes 00000000\nrc 0 -\n");
	free(plain);
	free(s);
}

/* What is left in the place of a list, as it is and packed; and what only begins like it. */
static const struct { const char *bytes; size_t len; const char *said; } documents[] = {
	{ DOC("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0"),
	  "a workbook (Excel) and no table: save as CSV (UTF-8)" },
	{ DOC("%PDF-1.7\n"), "a PDF" },
	{ DOC("{\\rtf1\\ansi"), "a text document (RTF)" },
	{ DOC("\xd0\xcf\x11\xe0\xa1\xb1\x1a"), NULL },
	{ DOC("%PDF"), NULL },
	{ DOC("%"), NULL },
	{ DOC("{\"rt"), NULL },
	{ DOC("{"), NULL },
	{ DOC("\xd0\x9d\xd0\xbe\xd0\xbc\xd0\xb5\xd1\x80,Name\n"), NULL },
};

static void
test_documents(void **state)
{
	static struct archive a;

	(void)state;
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
		const char *bytes = documents[i].bytes, *said = documents[i].said;
		size_t len = documents[i].len, packed_len;
		char *packed = deflated(bytes, len, 16 + MAX_WBITS, &packed_len);
		char *plain = said == NULL ? doc_feed(&gunzip, NULL, bytes, len, DOC_WHOLE, 0) :
		    NULL;

		archive_make(&a, bytes, len, SIGNED, 1, 0);
		if (said != NULL) {
			doc_fails(&gunzip, NULL, bytes, len, CS_E_INPUT, said);
			doc_fails(&gunzip, NULL, packed, packed_len, CS_E_INPUT, said);
			doc_fails(&gunzip, NULL, ARCHIVE(a), CS_E_INPUT, said);
		} else {
			doc_splits(&gunzip, NULL, packed, packed_len, plain);
			doc_splits(&gunzip, NULL, bytes, len, plain);
			doc_splits(&gunzip, NULL, ARCHIVE(a), plain);
		}
		free(plain);
		free(packed);
	}
}

/* An archive whose first entry has this name, with general purpose flags. */
static void
first_entry(struct archive *a, const char *name, unsigned flags)
{
	a->len = 0;
	put(a, 0x04034b50, 4);
	put(a, 20, 2);
	put(a, flags, 2);
	put(a, 8, 2);
	put(a, 0, 16);
	put(a, (unsigned)strlen(name), 2);
	put(a, 4, 2);
	put_text(a, name, strlen(name));
	put_text(a, "\1\0\0\0\3\0", 6);	/* an extra field, and data without bytes */
	put(a, 0x04034b50, 4);
}

static void
test_office(void **state)
{
	static const char *const names[] = {
		"[Content_Types].xml", "_rels/.rels", "docProps/app.xml", "xl/workbook.xml", "mimetype"
	};
	static struct archive a;
	char *packed;
	size_t packed_len;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		/* streamed, or encrypted: a workbook all the same */
		for (unsigned flags = 0; flags < 10; flags += 9) {
			first_entry(&a, names[i], flags);
			doc_fails(&gunzip, NULL, ARCHIVE(a), CS_E_INPUT, "save as CSV");
			doc_fails(&gunzip, NULL, ARCHIVE(a), CS_E_INPUT, "a workbook (");
		}
	}
	packed = deflated(ARCHIVE(a), 16 + MAX_WBITS, &packed_len);
	doc_fails(&gunzip, NULL, packed, packed_len, CS_E_INPUT,
	    "an archive in an archive, or a workbook");
	free(packed);
	first_entry(&a, "list.csv", 0);
	doc_fails(&gunzip, NULL, ARCHIVE(a), CS_E_INPUT, "more than one file");
	first_entry(&a, "mimetypes.csv", 1);
	doc_fails(&gunzip, NULL, ARCHIVE(a), CS_E_INPUT, "encrypted");
}

/* One byte of an archive changed: what is said of it. */
static void
test_zip_broken(void **state)
{
	static struct archive a;
	char *s = sample(900);
	struct {
		size_t at, from;	/* from: 0 of the archive, 1 directory, 2 end */
		const char *words;
	} cases[] = {
		{ 6, 0, "encrypted" }, { 9, 0, "deflate" }, { 60, 0, "" },
		{ 16, 1, "checksum" }, { 20, 1, "lengths" }, { 24, 1, "lengths" },
		{ 0, 1, "directory" }, { 0, 2, "end" }, { 10, 2, "end" },
		{ 12, 2, "end" }, { 20, 2, "end" }, { 28, 1, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		archive_make(&a, s, 900, KNOWN, 1, 0);
		a.bytes[cases[i].at + (cases[i].from == 0 ? 0 : cases[i].from == 1 ?
		    a.directory : a.end)] ^= 1;
		doc_fails(&gunzip, NULL, ARCHIVE(a), CS_E_INPUT, cases[i].words);
	}
	archive_make(&a, s, 900, KNOWN, 1, 0);
	put(&a, 0, 1);
	doc_fails(&gunzip, NULL, ARCHIVE(a), CS_E_INPUT, "end");
	/* stored, and what one would not find by its length */
	archive_make(&a, s, 900, STORED, 1, 0);
	a.bytes[60] ^= 1;
	doc_fails(&gunzip, NULL, ARCHIVE(a), CS_E_INPUT, "checksum");
	archive_make(&a, s, 900, STORED, 1, 0);
	a.bytes[18] ^= 1;
	doc_fails(&gunzip, NULL, ARCHIVE(a), CS_E_INPUT, "");
	archive_make(&a, s, 900, STORED, 1, 0);
	a.bytes[6] ^= 8;
	doc_fails(&gunzip, NULL, ARCHIVE(a), CS_E_INPUT, "stored without its length");
	archive_make(&a, s, 900, KNOWN, 1, INFLATE_OUT);
	doc_fails(&gunzip, NULL, ARCHIVE(a), CS_E_INPUT, "too much follows");
	free(s);
}

static void
test_bounds(void **state)
{
	static const struct inflate_options small = { .max_bytes = 1000 };
	static const struct inflate_options loose = { .ratio = 2000 };
	size_t len = (size_t)4 << 20, packed_len;
	char *zeros = calloc(1, len);
	char *bomb, *s = sample(1001);

	(void)state;
	assert_non_null(zeros);
	/* H18: a bomb */
	bomb = deflated(zeros, len, 16 + MAX_WBITS, &packed_len);
	doc_fails(&gunzip, NULL, bomb, packed_len, CS_E_LIMIT, "ratio");
	doc_splits(&gunzip, &loose, bomb, packed_len, NULL);
	doc_fails(&gunzip, &small, bomb, packed_len, CS_E_LIMIT,
	    "longer than 1000");
	free(bomb);
	/* below the first MiB any ratio will do: short answers of blanks */
	bomb = deflated(zeros, INFLATE_RATIO_FROM, 16 + MAX_WBITS, &packed_len);
	doc_splits(&gunzip, NULL, bomb, packed_len, NULL);
	free(bomb);
	doc_splits(&gunzip, &small, s, 1000, NULL);
	doc_fails(&gunzip, &small, s, 1001, CS_E_LIMIT, "longer than 1000");
	free(s);
	free(zeros);
}

static void
test_stop(void **state)
{
	char *text = doc_feed(&gunzip, NULL, DOC("stop it"), DOC_WHOLE, 0);

	(void)state;
	assert_string_equal(text, "rc 1 -\n");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_gzip),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_zip),
		cmocka_unit_test(test_documents),
		cmocka_unit_test(test_office),
		cmocka_unit_test(test_zip_broken),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
