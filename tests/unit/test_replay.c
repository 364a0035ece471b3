/* SPDX-License-Identifier: ISC */
/*
 * test_replay.c -- recorded answers through the connectors, against goldens.
 *
 * tests/fixtures/CONNECTOR/NAME.case says what a poll is given, line by line:
 *
 *	set KEY VALUE		a setting
 *	kind full|delta|lookup	what the poll is for; full if not said
 *	lookup NUMBER		a number of a look-up
 *	checkpoint TEXT		what the last poll left
 *	answer CODE FILE [TYPE[;CHARSET]]
 *				the next answer: HTTP code, body, content type;
 *				FILE is in real/, derived/ or made/ beside the case, as its
 *				bytes are a registry's, made of those, or invented; "-"
 *				for no body
 *
 * NAME.golden says what must come of it: the types covered, each request,
 * each record, the items, proofs, remarks and checkpoint, and how the poll ended.  Every
 * case is replayed whole, byte by byte and at fifty random splits, seeded by
 * its name: the outcome must be the same.  Of a failed poll only request,
 * result and reason count, as its records are dropped.
 *
 *	test_replay [--update] [--plugins DIR] [FIXTURES]
 *
 * --update writes the goldens: read the diff before committing it.
 */
#include <dlfcn.h>
#include <glob.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "parse/host.h"

#define PAIRS_MAX	32
#define ANSWERS_MAX	16
#define LOOKUPS_MAX	16
#define CASES_MAX	512
#define SPLITS		50
#define OUT_MAX		((size_t)16 << 20)
#define RANDOM_SPLIT	0	/* chunk size meaning "random" */

struct answer {
	unsigned	 code;
	char		*body, *type;	/* owned */
	const char	*charset;	/* within type */
	size_t		 len;
};

struct replay {
	char		*name, *dir;	/* owned */
	const char	*pairs[2 * PAIRS_MAX + 1]; /* owned texts */
	size_t		 pair_count;
	struct answer	 answers[ANSWERS_MAX];
	size_t		 answer_count;
	enum cs_poll_kind kind;
	char		*lookups[LOOKUPS_MAX], *checkpoint; /* owned */
	size_t		 lookup_count;
	const struct cs_connector *con;
};

/* What one run has produced so far. */
struct outcome {
	struct buf	 requests, records;
	uint64_t	 items;
};

static bool updating;
static const char *fixtures = "tests/fixtures";
static const char *plugins;	/* NULL: BUILD/connectors */

/* --- reading cases --------------------------------------------------------------- */

static char *
file_read(const char *path, size_t *out_len)
{
	FILE *f = fopen(path, "rb");
	struct buf b;
	char chunk[4096];
	size_t n;

	if (f == NULL) {
		*out_len = 0;
		return NULL;
	}
	buf_init(&b, OUT_MAX);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&b, chunk, n);
	fclose(f);
	assert_false(b.failed);
	*out_len = b.len;
	return b.data != NULL ? b.data : strdup("");
}

static void
answer_read(struct replay *r, char *args)
{
	struct answer *a = &r->answers[r->answer_count++];
	char *code = strsep(&args, " "), *file = strsep(&args, " "), *path = NULL;

	assert_true(r->answer_count <= ANSWERS_MAX && file != NULL);
	a->code = (unsigned)strtoul(code, NULL, 10);
	a->type = strdup(args != NULL ? args : "");
	args = strchr(a->type, ';');
	a->charset = args != NULL ? args + 1 : "";
	if (args != NULL)
		*args = '\0';
	if (strcmp(file, "-") == 0)
		return;
	assert_true(asprintf(&path, "%s/%s", r->dir, file) > 0);
	a->body = file_read(path, &a->len);
	if (a->body == NULL)
		fail_msg("%s: no such file", path);
	free(path);
}

static enum cs_poll_kind
kind_read(const struct replay *r, const char *name)
{
	static const char *const names[] = { "full", "delta", "lookup" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return (enum cs_poll_kind)i;
	fail_msg("%s: no kind %s", r->name, name);
	return CS_POLL_FULL;
}

static void
case_line(struct replay *r, char *line)
{
	char *word = strsep(&line, " ");

	if (word[0] == '\0' || word[0] == '#')
		return;
	if (line == NULL)
		fail_msg("%s: %s: nothing follows", r->name, word);
	if (strcmp(word, "answer") == 0) {
		answer_read(r, line);
	} else if (strcmp(word, "set") == 0) {
		assert_true(r->pair_count < PAIRS_MAX);
		r->pairs[2 * r->pair_count] = strdup(strsep(&line, " "));
		r->pairs[2 * r->pair_count++ + 1] = strdup(line != NULL ? line : "");
	} else if (strcmp(word, "kind") == 0) {
		r->kind = kind_read(r, line);
	} else if (strcmp(word, "lookup") == 0) {
		assert_true(r->lookup_count < LOOKUPS_MAX);
		r->lookups[r->lookup_count++] = strdup(line);
	} else if (strcmp(word, "checkpoint") == 0) {
		r->checkpoint = strdup(line);
	} else {
		fail_msg("%s: unknown word %s", r->name, word);
	}
}

/* This program is BUILD/tests/test_replay; its plug-ins are BUILD/connectors. */
static char *
plugins_dir(void)
{
	char exe[4096], *slash, *path = NULL;
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	assert_true(n > 0);
	exe[n] = '\0';
	for (int i = 0; i < 2; i++)
		if ((slash = strrchr(exe, '/')) != NULL)
			*slash = '\0';
	assert_true(asprintf(&path, "%s/connectors", exe) > 0);
	return path;
}

static const struct cs_connector *
connector_load(const char *name)
{
	char *dir = plugins != NULL ? strdup(plugins) : plugins_dir();
	char *path = NULL, *symbol = NULL;
	const struct cs_connector *con;
	void *so;

	assert_true(asprintf(&path, "%s/%s.so", dir, name) > 0);
	assert_true(asprintf(&symbol, "cs_connector_%s", name) > 0);
	so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (so == NULL)
		fail_msg("%s", dlerror());
	con = dlsym(so, symbol);
	assert_non_null(con);
	assert_int_equal(con->abi, CS_CONNECTOR_ABI);
	assert_int_equal(con->size, sizeof(*con));
	assert_string_equal(con->name, name);
	free(dir);
	free(path);
	free(symbol);
	return con;
}

/* path: FIXTURES/CONNECTOR/NAME.case */
static struct replay *
replay_new(const char *path)
{
	struct replay *r = calloc(1, sizeof(*r));
	char *text, *rest, *line, *slash;
	size_t len;

	assert_non_null(r);
	r->dir = strdup(path);
	*strrchr(r->dir, '/') = '\0';
	r->name = strdup(path);
	*strrchr(r->name, '.') = '\0';
	slash = strrchr(r->dir, '/');
	r->con = connector_load(slash + 1);
	rest = text = file_read(path, &len);
	assert_non_null(text);
	while ((line = strsep(&rest, "\n")) != NULL)
		case_line(r, line);
	assert_true((r->con->kinds & CS_KIND(r->kind)) != 0);
	free(text);
	return r;
}

static void
replay_free(struct replay *r)
{
	for (size_t i = 0; i < 2 * r->pair_count; i++)
		free((void *)(uintptr_t)r->pairs[i]);
	for (size_t i = 0; i < r->answer_count; i++) {
		free(r->answers[i].body);
		free(r->answers[i].type);
	}
	for (size_t i = 0; i < r->lookup_count; i++)
		free(r->lookups[i]);
	free(r->checkpoint);
	free(r->name);
	free(r->dir);
	free(r);
}

/* --- one run ---------------------------------------------------------------------- */

static const char *const status_names[] = {
	"unknown", "active", "pending", "suspended", "excluded", "expired",
	"graduated", "withdrawn", "decertified"
};
static const char *const rc_names[] = {
	"OK", "DONE", "E_INPUT", "E_LIMIT", "E_NOMEM", "E_CONFIG", "E_REMOTE",
	"E_AUTH", "E_QUOTA"
};
static const char *const proof_names[] = { "total", "trailer", "closed", "cursor" };

static void
field_add(struct buf *b, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(b, " %s=", name);
	buf_json(b, value);
}

static int
on_record(void *arg, const struct cs_record *rec)
{
	struct buf *b = &((struct outcome *)arg)->records;
	char date[CS_DATE_TEXT];

	buf_printf(b, "record %s", rec->number != NULL ? rec->number : "(no number)");
	for (size_t i = 0; i < CS_ALIASES_MAX; i++)
		field_add(b, "alias", rec->aliases[i]);
	buf_printf(b, " %s %s", rec->type != NULL ? rec->type : "no-type",
	    status_names[rec->status]);
	field_add(b, "word", rec->status_word);
	if (rec->categories != 0)
		buf_printf(b, " categories=%02x", rec->categories);
	if (cs_date_is_set(rec->issued_on))
		buf_printf(b, " issued=%s", cs_date_text(rec->issued_on, date));
	if (cs_date_is_set(rec->expires_on))
		buf_printf(b, " expires=%s", cs_date_text(rec->expires_on, date));
	field_add(b, "name", rec->business_name);
	field_add(b, "dba", rec->dba_name);
	buf_putc(b, '\n');
	return 0;
}

static int
on_item(void *arg, uint64_t distinct)
{
	((struct outcome *)arg)->items = distinct;
	return 0;
}

static void
on_proof(void *arg, enum cs_proof proof, uint64_t declared)
{
	buf_printf(&((struct outcome *)arg)->records, "proof %s %" PRIu64 "\n",
	    proof_names[proof], declared);
}

static void
on_warn(void *arg, const char *text)
{
	struct buf *b = &((struct outcome *)arg)->records;

	buf_puts(b, "warn ");
	buf_json(b, text);
	buf_putc(b, '\n');
}

static void
on_left_out(void *arg, uint64_t hash, const char *text)
{
	struct buf *b = &((struct outcome *)arg)->records;

	(void)hash;
	buf_puts(b, "left_out ");
	buf_json(b, text);
	buf_putc(b, '\n');
}

static void
on_as_of(void *arg, struct cs_date day)
{
	char text[CS_DATE_TEXT];

	buf_printf(&((struct outcome *)arg)->records, "as_of %s\n", cs_date_text(day, text));
}

static void
on_unproven(void *arg, const char *text)
{
	struct buf *b = &((struct outcome *)arg)->records;

	buf_puts(b, text != NULL ? "unproven " : "proofless");
	if (text != NULL)
		buf_json(b, text);
	buf_putc(b, '\n');
}

static void
request_add(struct buf *b, const struct cs_request *q)
{
	buf_printf(b, "request %s %s", q->method != NULL ? q->method : "GET",
	    q->path != NULL ? q->path : q->link != NULL ? q->link : "-");
	for (size_t i = 0; i < CS_HEADERS_MAX && q->headers[i].name != NULL; i++)
		buf_printf(b, " %s:%s", q->headers[i].name, q->headers[i].value);
	for (size_t i = 0; i < CS_CODES_MAX && q->codes[i] != 0; i++)
		buf_printf(b, "%s%u", i == 0 ? " codes=" : ",", q->codes[i]);
	if (q->max_body != 0)
		buf_printf(b, " max_body=%" PRIu64, q->max_body);
	if (q->delay_ms != 0)
		buf_printf(b, " delay=%" PRIu32 "ms", q->delay_ms);
	if (q->slot != CS_SLOT_NONE)
		buf_printf(b, " %s=%s:%s%s%s%s", q->slot == CS_SLOT_QUERY ? "query" :
		    "header", q->slot_name, q->slot_prefix != NULL ? q->slot_prefix : "",
		    q->slot_prefix != NULL ? " " : "", q->slot_setting,
		    q->slot == CS_SLOT_HEADER_OPTIONAL ? "?" : "");
	buf_puts(b, q->conditional ? " conditional\n" : "\n");
	if (q->body != NULL) {
		assert_int_equal(strlen(q->body), q->body_len);
		buf_printf(b, "body %s\n", q->body);
	}
}

static bool
code_wanted(const struct cs_request *q, unsigned code)
{
	if (q->codes[0] == 0)
		return code == 200;
	for (size_t i = 0; i < CS_CODES_MAX; i++)
		if (q->codes[i] == code)
			return true;
	return false;
}

/* xorshift64: the same splits on every machine. */
static size_t
random_below(uint64_t *seed, size_t n)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (size_t)(*seed % n);
}

/* Each piece in memory of its own, so that reading past it is seen. */
static enum cs_rc
body_push(const struct cs_connector *con, void *state, const struct answer *a,
    size_t chunk, uint64_t *seed)
{
	enum cs_rc rc = CS_OK;

	for (size_t at = 0, n; at < a->len && rc == CS_OK; at += n) {
		char *piece;

		n = chunk != RANDOM_SPLIT ? chunk :
		    1 + random_below(seed, 1 + random_below(seed, a->len));
		if (n > a->len - at)
			n = a->len - at;
		piece = malloc(n);
		assert_non_null(piece);
		memcpy(piece, a->body + at, n);
		rc = con->push(state, piece, n);
		memset(piece, 0xA5, n);
		free(piece);
	}
	return rc;
}

static enum cs_rc
exchange(const struct replay *r, void *state, const struct cs_request *q,
    size_t i, size_t chunk, uint64_t *seed)
{
	const struct cs_connector *con = r->con;
	const struct answer *a = &r->answers[i];
	struct cs_response head = {
		.code = a->code, .content_type = a->type, .charset = a->charset
	};
	enum cs_rc rc = CS_OK;

	if (i >= r->answer_count)
		fail_msg("%s: request %zu has no answer", r->name, i + 1);
	if (!code_wanted(q, a->code))
		fail_msg("%s: HTTP %u was not asked for", r->name, a->code);
	if (con->begin != NULL)
		rc = con->begin(state, &head);
	if (rc == CS_OK)
		rc = body_push(con, state, a, chunk, seed);
	return rc == CS_OK ? con->end(state) : rc;
}

static enum cs_rc
poll_drive(const struct replay *r, void *state, struct outcome *out, size_t chunk,
    uint64_t *seed)
{
	for (size_t i = 0;; i++) {
		struct cs_request q = { 0 };
		enum cs_rc rc = r->con->next(state, &q);

		if (rc != CS_OK)
			return rc;
		request_add(&out->requests, &q);
		if ((rc = exchange(r, state, &q, i, chunk, seed)) != CS_OK)
			return rc;
	}
}

static void
cover_add(const struct replay *r, const struct cs_settings *settings, struct buf *b)
{
	struct cs_cover *cover = host_cover_new();

	assert_non_null(cover);
	for (size_t i = 0; r->con->types != NULL && r->con->types[i] != NULL; i++)
		assert_int_equal(cs_cover_type(cover, r->con->types[i]), CS_OK);
	if (r->con->cover != NULL && r->con->cover(settings, cover) != CS_OK)
		buf_puts(b, "cover E_CONFIG\n");
	buf_puts(b, "types");
	for (size_t i = 0; i < host_cover_count(cover); i++)
		buf_printf(b, " %s", host_cover_type(cover, i));
	buf_puts(b, host_cover_is_by_name(cover) ? " by name\n" : "\n");
	host_cover_free(cover);
}

static void
result_add(struct buf *b, const struct outcome *out, const struct cs_poll *poll,
    enum cs_rc rc)
{
	size_t len;
	const char *checkpoint = host_poll_checkpoint(poll, &len);

	buf_puts(b, buf_str(&out->requests));
	if (rc == CS_DONE) {
		buf_puts(b, buf_str(&out->records));
		buf_printf(b, "items %" PRIu64 "\n", out->items);
		if (checkpoint != NULL)
			buf_printf(b, "checkpoint %.*s\n", (int)len, checkpoint);
	}
	buf_printf(b, "end %s\n", rc_names[rc]);
	if (host_poll_reason(poll) != NULL) {
		buf_puts(b, "reason ");
		buf_puts(b, host_poll_reason(poll));
		buf_putc(b, '\n');
	}
	if (host_poll_retry_at(poll) != 0)
		buf_printf(b, "retry_at %" PRId64 "\n", host_poll_retry_at(poll));
}

/* Runs the case once with pieces of chunk bytes.  The text is owned. */
static char *
replay_run(const struct replay *r, size_t chunk, uint64_t seed)
{
	static const struct host_sink sink = {
		.record = on_record, .item = on_item, .proof = on_proof,
		.warn = on_warn, .left_out = on_left_out, .unproven = on_unproven,
		.as_of = on_as_of
	};
	struct outcome out = { .items = 0 };
	struct host_poll_options options = {
		.kind = r->kind, .today = { 2026, 9, 23 },
		.lookups = (const char *const *)r->lookups,
		.lookup_count = r->lookup_count, .checkpoint = r->checkpoint,
		.checkpoint_len = r->checkpoint != NULL ? strlen(r->checkpoint) : 0,
		.max_records = r->con->max_records, .sink = &sink, .sink_arg = &out
	};
	struct cs_settings *settings;
	struct cs_poll *poll = host_poll_new(&options);
	struct buf text;
	struct err err;
	void *state = calloc(1, r->con->state_size);
	enum cs_rc rc;

	assert_true(poll != NULL && state != NULL);
	settings = host_settings_new(r->con->settings, r->pairs, &err);
	if (settings == NULL)
		fail_msg("%s: %s", r->name, err.text);
	buf_init(&text, OUT_MAX);
	buf_init(&out.requests, OUT_MAX);
	buf_init(&out.records, OUT_MAX);
	cover_add(r, settings, &text);
	if ((rc = r->con->open(state, settings, poll)) == CS_OK)
		rc = poll_drive(r, state, &out, chunk, &seed);
	r->con->close(state);
	result_add(&text, &out, poll, rc);
	assert_false(text.failed || out.records.failed);
	free(state);
	buf_free(&out.requests);
	buf_free(&out.records);
	host_poll_free(poll);
	host_settings_free(settings);
	return text.data;
}

/* --- cases ------------------------------------------------------------------------ */

static void
run_compare(const struct replay *r, size_t chunk, uint64_t seed, const char *golden)
{
	char *got = replay_run(r, chunk, seed);

	if (strcmp(got, golden) != 0)
		fail_msg("%s, pieces of %zu, seed %" PRIx64 ":\n--- is\n%s--- should be\n%s",
		    r->name, chunk, seed, got, golden);
	free(got);
}

static void
golden_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
test_case(void **state)
{
	struct replay *r = replay_new(*state);
	char *golden_path = NULL, *golden, *got;
	uint64_t seed = 0x9E3779B97F4A7C15u;
	size_t len;

	for (const char *p = strrchr(r->name, '/'); *p != '\0'; p++)
		seed = seed * 31 + (unsigned char)*p;
	assert_true(asprintf(&golden_path, "%s.golden", r->name) > 0);
	if (updating) {
		got = replay_run(r, SIZE_MAX, seed);
		golden_write(golden_path, got);
		free(got);
	}
	golden = file_read(golden_path, &len);
	if (golden == NULL)
		fail_msg("%s is missing", golden_path);
	run_compare(r, SIZE_MAX, seed, golden);
	run_compare(r, 1, seed, golden);
	for (uint64_t i = 0; i < SPLITS; i++)
		run_compare(r, RANDOM_SPLIT, (seed + i) | 1, golden);
	free(golden);
	free(golden_path);
	replay_free(r);
}

int
main(int argc, char *argv[])
{
	struct CMUnitTest tests[CASES_MAX];
	char *pattern = NULL;
	glob_t found;
	int failed;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--update") == 0)
			updating = true;
		else if (strcmp(argv[i], "--plugins") == 0 && i + 1 < argc)
			plugins = argv[++i];
		else
			fixtures = argv[i];
	}
	if (asprintf(&pattern, "%s/*/*.case", fixtures) < 0 ||
	    glob(pattern, 0, NULL, &found) != 0 || found.gl_pathc > CASES_MAX) {
		fprintf(stderr, "%s: no cases, or too many\n", fixtures);
		return 1;
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		tests[i] = (struct CMUnitTest){ .name = found.gl_pathv[i],
		    .test_func = test_case, .initial_state = found.gl_pathv[i] };
	failed = _cmocka_run_group_tests("replay", tests, found.gl_pathc, NULL, NULL);
	globfree(&found);
	free(pattern);
	return failed;
}
