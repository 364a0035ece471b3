/* SPDX-License-Identifier: ISC */
/* poll_stage.c -- records that the snapshot does not know go into the diff of the poll, in
 * batches. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "core/name_key.h"
#include "core/number_pattern.h"
#include "engine/poll/poll_private.h"
#include "engine/registry/lookup.h"
#include "engine/registry/mirror.h"

#define TEXT_SIZE	100	/* bytes of a sentence about a number */
#define LEFT_OUT_SHOWN	5	/* rows of one poll that are told one by one */
#define LEFT_OUT_NUMBER	0	/* in a feed_sum, in place of a number's hash */
#define STAGE_LINES_MAX	"128"	/* of one number: RECORDS_PER_NUMBER new and as many gone */

int
poll_stage_init(struct poll *poll)
{
	buf_init(&poll->line, RECORD_TEXT_MAX);
	return 0;
}

static void
stage_batch_free(struct poll *poll)
{
	for (size_t i = 0; i < poll->batch_count; i++)
		free(poll->batch[i].line);
	poll->batch_count = 0;
}

void
poll_stage_fini(struct poll *poll)
{
	stage_batch_free(poll);
	buf_free(&poll->line);
	free(poll->removals);
	free(poll->staged);
	free(poll->candidates);
}

static void
stage_on_stored(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct poll *poll = arg;

	(void)reply;
	if (!poll_write_done(poll))
		return;
	if (outcome == STORE_FULL) {
		poll_fail(poll, CS_E_LIMIT, 0,
		    "one number has more records than a registry can mean");
		return;
	}
	if (outcome != STORE_OK) {
		poll_fail(poll, CS_E_REMOTE, 0, "the store could not take the records");
		return;
	}
	poll_step(poll);
}

static void
stage_send(struct poll *poll)
{
	struct registry *registry = poll->registry;
	key_buf connector, fence, staged;
	const char *keys[2] = { fence, staged };
	const char *args[1 + 2 * STAGE_BATCH] = { STAGE_LINES_MAX };
	char fields[STAGE_BATCH][17];

	if (poll->batch_count == 0)
		return;
	(void)key_connector(store_prefix(registry->engine->store), registry->name, connector);
	(void)key_beside(store_prefix(registry->engine->store), connector, "fence", fence);
	(void)registry_staged_key(registry, registry->poll_number, staged);
	for (size_t i = 0; i < poll->batch_count; i++) {
		args[1 + 2 * i] = mirror_field(poll->batch[i].field, fields[i]);
		args[2 + 2 * i] = poll->batch[i].line;
	}
	poll->writes++;
	store_run(registry->engine->store, STORE_SCRIPT_STAGE, stage_on_stored, poll, keys, 2,
	    args, 1 + 2 * poll->batch_count);
	stage_batch_free(poll);
}

/* Remembers a number that has a new record. */
static bool
stage_number(struct poll *poll, uint64_t number)
{
	size_t cap = poll->staged_cap == 0 ? 64 : poll->staged_cap * 2;
	uint64_t *grown;

	if (poll->staged_count > 0 && poll->staged[poll->staged_count - 1] == number)
		return true;
	if (poll->staged_count == poll->staged_cap) {
		grown = reallocarray(poll->staged, cap, sizeof(*grown));
		if (grown == NULL)
			return false;
		poll->staged = grown;
		poll->staged_cap = cap;
	}
	poll->staged[poll->staged_count++] = number;
	return true;
}

bool
poll_stage_line(struct poll *poll, uint64_t field, char mark, const char *text)
{
	char *line = malloc(strlen(text) + 2);

	if (line == NULL || (mark == '+' && !stage_number(poll, field))) {
		free(line);
		return false;
	}
	line[0] = mark;
	(void)strcpy(line + 1, text);
	poll->batch[poll->batch_count++] = (struct stage_entry){ .field = field, .line = line };
	poll->diff++;
	if (poll->batch_count == STAGE_BATCH)
		stage_send(poll);
	if (poll->writes >= STAGE_AHEAD && poll->worker != NULL && !poll->paused) {
		poll->paused = true;
		worker_pause(poll->worker);
	}
	return true;
}

/* --- records ---------------------------------------------------------------------- */

/* What a record is found by, as kept: a number by the grammar, and aliases. */
struct stage_keys {
	char	number[CS_NUMBER_MAX + 1];
	char	aliases[CS_ALIASES_MAX][CS_NUMBER_MAX + 1];
	size_t	alias_count;
};

/* false: no number to compare. */
static bool
stage_number_keys(const struct registry *registry, const struct cs_record *in,
    struct stage_keys *k)
{
	if (in->number == NULL ||
	    !number_normalise(registry_grammar(registry), in->number, k->number))
		return false;
	for (size_t i = 0; i < CS_ALIASES_MAX; i++)
		if (in->aliases[i] != NULL && alias_normalise(in->aliases[i],
		    k->aliases[k->alias_count]))
			k->alias_count++;
	return true;
}

/* The same of a list without numbers: its names stand for both.  false: they say nothing. */
static bool
stage_name_keys(const struct cs_record *in, struct stage_keys *k)
{
	char keys[1 + CS_ALIASES_MAX][NAME_KEY_BYTES];
	size_t n = name_keys_add(in->business_name != NULL ? in->business_name : "", keys, 0,
	    1 + CS_ALIASES_MAX);

	if (in->dba_name != NULL)
		n = name_keys_add(in->dba_name, keys, n, 1 + CS_ALIASES_MAX);
	if (n == 0)
		return false;
	(void)strcpy(k->number, keys[0]);
	for (size_t i = 1; i < n; i++)
		(void)strcpy(k->aliases[k->alias_count++], keys[i]);
	return true;
}

/* The record as kept.  false: there is nothing to find it by. */
static bool
stage_record(const struct registry *registry, const struct cs_record *in, struct record *out,
    struct stage_keys *k)
{
	k->alias_count = 0;
	if (!(registry_is_by_name(registry) ? stage_name_keys(in, k) :
	    stage_number_keys(registry, in, k)))
		return false;
	*out = (struct record){
		.number = k->number, .business_name = in->business_name, .dba_name = in->dba_name,
		.type = in->type, .categories = in->categories, .status = in->status,
		.status_word = in->status_word, .issued_on = in->issued_on,
		.expires_on = in->expires_on, .alias_count = k->alias_count
	};
	for (size_t i = 0; i < k->alias_count; i++)
		out->aliases[i] = k->aliases[i];
	return true;
}

/* What has just been staged can be found by its aliases before it is in the mirror. */
static bool
stage_note_aliases(struct poll *poll, uint64_t field, const struct record *record)
{
	for (size_t i = 0; i < record->alias_count; i++)
		if (snapshot_alias_add(poll->fresh,
		    store_hash(poll->registry->engine->store, record->aliases[i]), field) != 0)
			return false;
	return true;
}

/* Whether this feed has had the very record already (F6); counts it if so. */
static bool
stage_came_before(struct poll *poll, uint64_t field, uint64_t content)
{
	if (!snapshot_poll_was_seen(poll->registry->snapshot, field, content) &&
	    !snapshot_poll_was_seen(poll->fresh, field, content))
		return false;
	poll->repeated++;
	return true;
}

/* A status that is none of ours decides nothing; somebody should hear of the word (F14). */
static void
stage_note_word(struct poll *poll, const struct record *record)
{
	if (record->status != CS_STATUS_UNKNOWN)
		return;
	if (poll->unknown++ == 0)
		(void)text_copy(poll->unknown_word, sizeof(poll->unknown_word),
		    record->status_word != NULL ? record->status_word : "");
}

/* A row that could not be read; the first ones are told (LEFT_OUT_SHOWN). */
static void
stage_left_out(struct poll *poll, uint64_t hash, const char *text)
{
	char escaped[ERR_MAX];

	left_out_add(&poll->left_out, hash);
	poll_try_left_out(poll, text);
	if (poll->left_out.total <= LEFT_OUT_SHOWN && text[0] != '\0')
		log_warn("connector %s: poll %" PRId64 ": left out: %s",
		    poll->registry->config->label, poll->registry->poll_number,
		    text_escape(text, strlen(text), escaped, sizeof(escaped)));
}

/* The same of one that gives no record: two downloads must have it, too. */
static void
stage_unread(struct poll *poll, uint64_t hash, const char *text)
{
	bool again = poll->phase == POLL_REREAD;

	feed_sum_add(again ? &poll->second_sum : &poll->sum, LEFT_OUT_NUMBER, hash);
	if (!again)
		stage_left_out(poll, hash, text);
}

void
poll_on_left_out(void *arg, uint64_t hash, const char *text)
{
	struct poll *poll = arg;

	stage_unread(poll, store_hash_bytes(poll->registry->engine->store, &hash, sizeof(hash)),
	    text);
}

/* Whether a number that can be compared is none of this registry's: it is kept, but counts as a row
 * that could not be read. */
static bool
stage_is_misfit(const struct registry *registry, const char *number)
{
	const struct number_pattern *pattern = registry->config->pattern;

	if (registry_is_by_name(registry))
		return false;
	return pattern != NULL ? !number_matches(pattern, number) :
	    !number_fits(registry_grammar(registry), number);
}

static const char *
bad_record_text(const struct poll *poll, const char *what, char out[TEXT_SIZE])
{
	(void)snprintf(out, TEXT_SIZE, "record %" PRIu64 ": %s", poll->facts.records, what);
	return out;
}

/* Why there is nothing to find it by. */
static const char *
keyless_text(const struct registry *registry, const struct cs_record *in)
{
	if (registry_is_by_name(registry))
		return "its name is nothing that names can be compared by";
	return in->number == NULL ? "it has no number" :
	    "its number has characters no number has";
}

/* As it came; its number means nothing. */
static uint64_t
stage_raw_hash(struct poll *poll, const struct cs_record *in)
{
	const struct record raw = {
		.number = in->number != NULL ? in->number : "",
		.business_name = in->business_name, .dba_name = in->dba_name,
		.type = in->type, .status = in->status, .expires_on = in->expires_on
	};

	buf_clear(&poll->line);
	record_encode(&raw, &poll->line);
	return store_hash_bytes(poll->registry->engine->store, poll->line.data, poll->line.len);
}

void
poll_on_record(void *arg, const struct cs_record *in)
{
	struct poll *poll = arg;
	struct registry *registry = poll->registry;
	struct stage_keys keys;
	bool again = poll->phase == POLL_REREAD;
	char text[TEXT_SIZE];
	struct record record;
	uint64_t field, content;

	if (!stage_record(registry, in, &record, &keys)) {
		if (!again)
			poll->facts.records++;
		stage_unread(poll, stage_raw_hash(poll, in), bad_record_text(poll,
		    keyless_text(registry, in), text));
		return;
	}
	buf_clear(&poll->line);
	record_encode(&record, &poll->line);
	if (poll->line.failed) {
		poll_fail(poll, CS_E_LIMIT, 0, "a record is larger than any can be");
		return;
	}
	field = store_hash(registry->engine->store, keys.number);
	content = store_hash_bytes(registry->engine->store, poll->line.data, poll->line.len);
	feed_sum_add(again ? &poll->second_sum : &poll->sum, field, content);
	if (poll->kind == CS_POLL_LOOKUP)
		lookup_note(registry->lookup, field, content);
	if (again || stage_came_before(poll, field, content))
		return;
	poll->facts.records++;
	poll_try_record(poll, in, field);
	if (poll->kind == CS_POLL_FULL && stage_is_misfit(registry, keys.number))
		stage_left_out(poll, content, bad_record_text(poll,
		    "its number does not fit the numbers of this registry", text));
	stage_note_word(poll, &record);
	if (snapshot_poll_seen(registry->snapshot, field, content))
		return;
	if (snapshot_add(poll->fresh, field, content) != 0 ||
	    !stage_note_aliases(poll, field, &record) ||
	    !poll_stage_line(poll, field, '+', poll->line.data))
		poll_fail(poll, CS_E_NOMEM, 0, "out of memory");
}

/* --- the end of the feed ------------------------------------------------------------ */

static int
number_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

bool
poll_stage_has(const struct poll *poll, uint64_t number)
{
	return poll->staged_count > 0 &&
	    bsearch(&number, poll->staged, poll->staged_count, sizeof(number),
	    number_compare) != NULL;
}

bool
poll_stage_lists(const struct poll *poll, uint64_t number)
{
	return poll_stage_has(poll, number) ||
	    snapshot_poll_number_seen(poll->registry->snapshot, number);
}

void
poll_stage_sort(struct poll *poll)
{
	if (poll->staged_count > 0)
		qsort(poll->staged, poll->staged_count, sizeof(*poll->staged), number_compare);
}

void
poll_stage_resume(struct poll *poll)
{
	if (!poll->paused || poll->writes >= STAGE_AHEAD / 2)
		return;
	poll->paused = false;
	worker_resume(poll->worker);
}

bool
poll_stage_flush(struct poll *poll)
{
	stage_send(poll);
	return poll->writes == 0;
}

/* --- what a proven feed lists no more ------------------------------------------------ */

bool
poll_doubts(const struct poll *poll, uint64_t content)
{
	return registry_seen_s(poll->registry, content) < left_out_newest_s(&poll->left_out);
}

static void
removal_note(void *arg, uint64_t number, uint64_t content)
{
	struct poll *poll = arg;

	if (!poll_doubts(poll, content) && poll->removal_count < poll->removal_cap)
		poll->removals[poll->removal_count++] = (struct stage_removal){ .number = number,
		    .content = content };
}

int
poll_removals_init(struct poll *poll)
{
	size_t n = snapshot_poll_lacking_count(poll->registry->snapshot);

	if (n == 0)
		return 0;
	poll->removals = calloc(n, sizeof(*poll->removals));
	if (poll->removals == NULL)
		return -1;
	poll->removal_cap = n;
	snapshot_poll_lacking(poll->registry->snapshot, removal_note, poll);
	return 0;
}

bool
poll_removals_stage(struct poll *poll)
{
	char hex[17];

	while (poll->removal_next < poll->removal_count && poll->writes < STAGE_AHEAD) {
		const struct stage_removal *gone = &poll->removals[poll->removal_next++];

		if (!poll_stage_line(poll, gone->number, '-', mirror_field(gone->content, hex)))
			return false;
	}
	return true;
}
