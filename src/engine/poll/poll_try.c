/* SPDX-License-Identifier: ISC */
/* poll_try.c -- see poll_try.h. */
#include "engine/poll/poll_try.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "core/mask.h"
#include "engine/poll/poll_dry.h"
#include "engine/poll/poll_private.h"

#define TRY_SAMPLES	5	/* records shown, masked */
#define TRY_TEXTS_MAX	20	/* rows left out and warnings that are told, of each */
/* Words of a type or status that are shown; a column that has more holds values, no words. */
#define TRY_WORDS_MAX	50

struct poll_try {
	int		 file;		/* owned; -1: none */
	char		 name[SOURCE_NAME_MAX];
	json_t		*list[REPORT_KINDS]; /* owned arrays of entries */
	uint64_t	 more[REPORT_KINDS];
	json_t		*samples, *left_out, *warnings;	/* owned arrays */
	json_t		*types, *statuses; /* owned: records by code and by status */
	uint64_t	 names, typed, issued, expires; /* records that have one */
	struct snapshot	*firms;		/* owned: of number and type */
	uint64_t	 again;		/* records of a number and type that came before */
	const char	*proof;		/* static or lent by the poll; NULL: not judged */
	char		 why[ERR_MAX];	/* not proven */
	bool		 second;	/* a poll could prove it by reading it twice */
};

static const char *const kinds[REPORT_KINDS] = {
	[REPORT_LIST] = "facts", [REPORT_COLUMN] = "columns", [REPORT_FIELD] = "fields",
	[REPORT_TYPE] = "types", [REPORT_STATUS] = "statuses", [REPORT_DATE] = "dates"
};

static void
try_free(struct poll_try *try)
{
	if (try == NULL)
		return;
	if (try->file != -1)
		(void)close(try->file);
	for (size_t i = 0; i < REPORT_KINDS; i++)
		json_decref(try->list[i]);
	json_decref(try->samples);
	json_decref(try->left_out);
	json_decref(try->warnings);
	json_decref(try->types);
	json_decref(try->statuses);
	(void)snapshot_free(try->firms);
	free(try);
}

void
poll_try_fini(struct poll *poll)
{
	try_free(poll->try);
	poll->try = NULL;
}

/* NULL: no memory; file is the caller's then. */
static struct poll_try *
try_new(int file, const char *name)
{
	struct poll_try *try = calloc(1, sizeof(*try));
	bool ok;

	if (try == NULL)
		return NULL;
	try->file = -1;
	ok = (try->samples = json_array()) != NULL && (try->left_out = json_array()) != NULL &&
	    (try->warnings = json_array()) != NULL && (try->types = json_object()) != NULL &&
	    (try->statuses = json_object()) != NULL && (try->firms = snapshot_new()) != NULL;
	for (size_t i = 0; ok && i < REPORT_KINDS; i++)
		ok = (try->list[i] = json_array()) != NULL;
	if (!ok) {
		try_free(try);
		return NULL;
	}
	try->file = file;
	(void)text_escape(name, strlen(name), try->name, sizeof(try->name));
	return try;
}

int
poll_start_try(struct registry *registry, int file, const char *name, poll_fn *fn, void *arg)
{
	struct poll_try *try = try_new(file, name);
	struct poll *poll = try != NULL ? poll_new_dry(registry) : NULL;

	if (try == NULL && file != -1)
		(void)close(file);
	if (poll == NULL) {
		try_free(try);
		return -1;
	}
	poll->try = try;
	poll_run(poll, fn, arg);
	return 0;
}

int
poll_try_file(const struct poll *poll, const char **out_name)
{
	*out_name = poll->try != NULL ? poll->try->name : "";
	return poll->try != NULL ? poll->try->file : -1;
}

/* --- what comes ---------------------------------------------------------------------- */

static void
text_add(json_t *list, const char *text)
{
	char escaped[ERR_MAX];

	if (text[0] != '\0' && json_array_size(list) < TRY_TEXTS_MAX)
		(void)json_array_append_new(list,
		    json_string(text_escape(text, strlen(text), escaped, sizeof(escaped))));
}

void
poll_try_left_out(struct poll *poll, const char *text)
{
	if (poll->try != NULL)
		text_add(poll->try->left_out, text);
}

void
poll_try_warned(struct poll *poll, const char *text)
{
	if (poll->try != NULL)
		text_add(poll->try->warnings, text);
}

void
poll_try_judged(struct poll *poll, const char *proof, const char *why, bool second)
{
	if (poll->try == NULL)
		return;
	poll->try->proof = proof;
	poll->try->second = second;
	(void)snprintf(poll->try->why, sizeof(poll->try->why), "%s", why);
}

void
poll_on_report(void *arg, const struct message_report *m)
{
	struct poll *poll = arg;
	struct poll_try *try = poll->try;

	if (try == NULL)
		return;
	if (m->word[0] == '\0')
		try->more[m->kind] = m->count;
	else
		(void)json_array_append_new(try->list[m->kind], json_pack("{s:s, s:s, s:I}",
		    "word", m->word, "meaning", m->meaning, "rows", (json_int_t)m->count));
}

static json_t *
day_json(struct cs_date day)
{
	char text[CS_DATE_TEXT];

	return json_string(cs_date_is_set(day) ? cs_date_text(day, text) : "");
}

/* As it is read, and nobody can be known by it. */
static json_t *
sample_json(const struct cs_record *in)
{
	char number[MASK_SIZE], name[MASK_SIZE], dba[MASK_SIZE];

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o}",
	    "number", mask_number(in->number != NULL ? in->number : "", number),
	    "business_name", mask_name(in->business_name != NULL ? in->business_name : "", name),
	    "dba_name", mask_name(in->dba_name != NULL ? in->dba_name : "", dba),
	    "type", in->type != NULL ? in->type : "", "status", record_status_name(in->status),
	    "issued_on", day_json(in->issued_on), "expires_on", day_json(in->expires_on));
}

void
poll_try_record(struct poll *poll, const struct cs_record *in, uint64_t number)
{
	struct poll_try *try = poll->try;
	const char *type = in->type != NULL ? in->type : "";
	uint64_t hash;

	if (try == NULL)
		return;
	try->names += in->business_name != NULL || in->dba_name != NULL;
	try->typed += in->type != NULL;
	try->issued += cs_date_is_set(in->issued_on);
	try->expires += cs_date_is_set(in->expires_on);
	poll_dry_add(try->types, type);
	poll_dry_add(try->statuses, record_status_name(in->status));
	if (json_array_size(try->samples) < TRY_SAMPLES)
		(void)json_array_append_new(try->samples, sample_json(in));
	hash = store_hash(poll->registry->engine->store, type);
	if (snapshot_poll_was_seen(try->firms, number, hash))
		try->again++;
	else if (snapshot_add(try->firms, number, hash) != 0)
		poll->out_of_memory = true;
}

/* --- what is told ------------------------------------------------------------------- */

/* Words of types and statuses are few: a column of many holds numbers or names, perhaps. */
static void
words_mask(json_t *list)
{
	json_t *one;
	size_t i;
	char masked[MASK_SIZE];

	json_array_foreach(list, i, one)
		(void)json_object_set_new(one, "word", json_string(mask_name(
		    json_string_value(json_object_get(one, "word")), masked)));
}

/* Whether badges of one of these codes, "MBE, WBE", are decided by the registry. */
static bool
codes_are_covered(const struct registry *registry, const char *codes)
{
	char copy[REPORT_TEXT_MAX + 1], *rest = copy, *code;

	(void)snprintf(copy, sizeof(copy), "%s", codes);
	while ((code = strsep(&rest, ",")) != NULL)
		if (registry_covers(registry, registry->config->body, text_trim(code)))
			return true;
	return false;
}

/* A word that is none of type.map is taken for a code: of a type that nobody asked for, perhaps. */
static void
types_cover(const struct registry *registry, json_t *list)
{
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		const char *codes = json_string_value(json_object_get(one, "meaning"));

		if (codes[0] != '\0' && strcmp(codes, "-") != 0)
			(void)json_object_set_new(one, "covered",
			    json_boolean(codes_are_covered(registry, codes)));
	}
}

static void
words_bound(struct poll_try *try, enum report_kind kind)
{
	json_t *list = try->list[kind];

	if (json_array_size(list) <= TRY_WORDS_MAX)
		return;
	words_mask(list);
	while (json_array_size(list) > TRY_WORDS_MAX) {
		size_t last = json_array_size(list) - 1;

		try->more[kind] += (uint64_t)json_integer_value(json_object_get(
		    json_array_get(list, last), "rows"));
		(void)json_array_remove(list, last);
	}
}

static json_t *
more_json(const struct poll_try *try)
{
	json_t *more = json_object();

	for (size_t i = 0; i < REPORT_KINDS; i++)
		if (try->more[i] > 0)
			(void)json_object_set_new(more, kinds[i],
			    json_integer((json_int_t)try->more[i]));
	return more;
}

static json_t *
proof_json(const struct poll *poll)
{
	static const char *const worths[] = { [FEED_REFUSED] = "refused",
	    [FEED_INCOMPLETE] = "incomplete", [FEED_UNPROVEN] = "unproven",
	    [FEED_PROVEN] = "proven" };
	const struct poll_try *try = poll->try;

	if (try->proof == NULL)
		return json_null();
	return json_pack("{s:s, s:s, s:s, s:b}", "worth", worths[poll->worth],
	    "name", poll->worth == FEED_PROVEN ? try->proof : "", "why", try->why,
	    "second", try->second);
}

void
poll_try_found(struct poll *poll, json_t *found)
{
	struct poll_try *try = poll->try;
	json_t *list;

	if (try == NULL)
		return;
	types_cover(poll->registry, try->list[REPORT_TYPE]);
	words_bound(try, REPORT_TYPE);
	words_bound(try, REPORT_STATUS);
	list = json_pack("{s:s, s:O, s:O, s:O, s:O, s:O, s:o, s:I, s:I, s:o}",
	    "file", try->file != -1 ? try->name : poll->file,
	    "samples", try->samples, "warnings", try->warnings, "left_out", try->left_out,
	    "records_by_type", try->types, "records_by_status", try->statuses,
	    "more", more_json(try), "rows_left_out", (json_int_t)poll->left_out.total,
	    "repeated", (json_int_t)poll->repeated, "proof", proof_json(poll));
	(void)json_object_update_new(list, json_pack("{s:I, s:I, s:I, s:I, s:I, s:b}",
	    "same_number_and_type", (json_int_t)try->again,
	    "named", (json_int_t)try->names, "typed", (json_int_t)try->typed,
	    "issued", (json_int_t)try->issued, "expiring", (json_int_t)try->expires,
	    "by_name", registry_is_by_name(poll->registry)));
	for (size_t i = 0; i < REPORT_KINDS; i++)
		(void)json_object_set(list, kinds[i], try->list[i]);
	(void)json_object_set_new(found, "list", list);
}
