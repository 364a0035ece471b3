/* SPDX-License-Identifier: ISC */
/* doc.c -- see doc.h. */
#include "doc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OUT_MAX		((size_t)64 << 20)
#define PIECE_MAX	40	/* bytes of a random piece; a few are larger */

static const char *
or_dash(const char *s)
{
	return s != NULL ? s : "-";
}

static int
on_record(void *arg, const struct cs_record *r)
{
	struct doc *p = arg;
	char issued[CS_DATE_TEXT], expires[CS_DATE_TEXT];

	buf_printf(&p->out, "record %s|%s|%s|%s|%s|%u|%d|%s|%s|%s\n", r->number,
	    or_dash(r->aliases[0]), or_dash(r->business_name),
	    or_dash(r->dba_name), or_dash(r->type), r->categories,
	    (int)r->status, or_dash(r->status_word),
	    cs_date_text(r->issued_on, issued),
	    cs_date_text(r->expires_on, expires));
	return 0;
}

static void
on_proof(void *arg, enum cs_proof proof, uint64_t declared)
{
	buf_printf(&((struct doc *)arg)->out, "proof %d %llu\n", (int)proof,
	    (unsigned long long)declared);
}

static void
on_warn(void *arg, const char *text)
{
	buf_printf(&((struct doc *)arg)->out, "warn %s\n", text);
}

static void
on_left_out(void *arg, uint64_t hash, const char *text)
{
	(void)hash;
	buf_printf(&((struct doc *)arg)->out, "left out %s\n", text);
}

void
doc_init(struct doc *p, uint64_t max_records)
{
	static const struct host_sink sink = {
		.record = on_record, .proof = on_proof, .warn = on_warn,
		.left_out = on_left_out
	};
	const struct host_poll_options opt = {
		.kind = CS_POLL_FULL, .today = { 2026, 10, 1 },
		.max_records = max_records, .sink = &sink, .sink_arg = p
	};

	*p = (struct doc){ 0 };
	buf_init(&p->out, OUT_MAX);
	p->poll = host_poll_new(&opt);
	assert_non_null(p->poll);
}

void
doc_fini(struct doc *p)
{
	p->poll = host_poll_free(p->poll);
	buf_free(&p->out);
}

/* A small linear congruential generator: the same splits everywhere. */
static unsigned
next_random(unsigned *state)
{
	*state = *state * 1103515245u + 12345u;
	return *state >> 16 & 0x7fff;
}

static size_t
piece_len(enum doc_split split, unsigned *state, size_t left)
{
	size_t n = left;

	if (split == DOC_BYTES)
		n = 1;
	else if (split == DOC_RANDOM)
		n = next_random(state) % 8 == 0 ? next_random(state) + 1 :
		    next_random(state) % PIECE_MAX + 1;
	return n < left ? n : left;
}

char *
doc_feed(const struct doc_parser *pp, const void *arg, const char *doc,
    size_t len, enum doc_split split, unsigned seed)
{
	struct doc p;
	enum cs_rc rc = CS_OK;
	unsigned state = seed;
	void *parser;
	char *text;

	doc_init(&p, 0);
	p.arg = arg;
	parser = pp->open(&p);
	assert_non_null(parser);
	for (size_t at = 0; at < len && rc == CS_OK;) {
		size_t n = piece_len(split, &state, len - at);
		char *piece = malloc(n);

		assert_non_null(piece);
		memcpy(piece, doc + at, n);
		rc = pp->push(parser, piece, n);
		free(piece);
		at += n;
	}
	if (rc == CS_OK)
		rc = pp->end(parser);
	pp->close(parser);
	buf_printf(&p.out, "rc %d %s\n", (int)rc,
	    or_dash(host_poll_reason(p.poll)));
	assert_false(p.out.failed);
	text = strdup(buf_str(&p.out));
	assert_non_null(text);
	doc_fini(&p);
	return text;
}

void
doc_splits(const struct doc_parser *pp, const void *arg, const char *doc,
    size_t len, const char *expected)
{
	char *whole = doc_feed(pp, arg, doc, len, DOC_WHOLE, 0);

	if (expected != NULL)
		assert_string_equal(whole, expected);
	for (unsigned seed = 0; seed <= DOC_SPLITS; seed++) {
		char *text = doc_feed(pp, arg, doc, len,
		    seed == 0 ? DOC_BYTES : DOC_RANDOM, seed);

		if (strcmp(text, whole) != 0)
			print_error("split by seed %u differs:\n", seed);
		assert_string_equal(text, whole);
		free(text);
	}
	free(whole);
}

void
doc_fails(const struct doc_parser *pp, const void *arg, const char *doc,
    size_t len, enum cs_rc rc, const char *reason)
{
	static const enum doc_split splits[] = {
		DOC_WHOLE, DOC_BYTES, DOC_RANDOM
	};
	char wanted[32];

	(void)snprintf(wanted, sizeof(wanted), "rc %d ", (int)rc);
	for (size_t i = 0; i < sizeof(splits) / sizeof(splits[0]); i++) {
		char *text = doc_feed(pp, arg, doc, len, splits[i], 7);
		const char *last = strstr(text, "rc ");

		while (last != NULL && strstr(last + 1, "\nrc ") != NULL)
			last = strstr(last + 1, "\nrc ") + 1;
		if (last == NULL || strncmp(last, wanted, strlen(wanted)) != 0 ||
		    strstr(last, reason) == NULL)
			fail_msg("wanted %s%s, got %.300s (document %.60s)",
			    wanted, reason, last != NULL ? last : text, doc);
		free(text);
	}
}

char *
doc_file(const char *path, size_t *out_len)
{
	FILE *f = fopen(path, "rb");
	char *data;
	long size;

	if (f == NULL)
		fail_msg("%s: run the tests from the top of the tree", path);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	size = ftell(f);
	assert_true(size >= 0);
	rewind(f);
	data = malloc((size_t)size + 1);
	assert_non_null(data);
	*out_len = fread(data, 1, (size_t)size, f);
	assert_int_equal(*out_len, (size_t)size);
	data[*out_len] = '\0';
	(void)fclose(f);
	return data;
}
