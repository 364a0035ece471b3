/* SPDX-License-Identifier: ISC */
/* poll_stage.c -- records that the snapshot does not know go into the diff of the poll, in batches. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "engine/poll_private.h"

#define STAGE_LINES_MAX	"128"	/* of one number: RECORDS_PER_NUMBER new and as many gone */

static void stage_pump(struct poll *);

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
}

static void
stage_on_stored(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct poll *poll = arg;

	(void)reply;
	if (!poll_write_done(poll))
		return;
	if (outcome == STORE_FULL) {
		poll_fail(poll, CS_E_LIMIT, 0, "one number has more records than a registry can mean");
		return;
	}
	if (outcome != STORE_OK) {
		poll_fail(poll, CS_E_REMOTE, 0, "the store could not take the records");
		return;
	}
	stage_pump(poll);
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
		args[1 + 2 * i] = registry_field(poll->batch[i].field, fields[i]);
		args[2 + 2 * i] = poll->batch[i].line;
	}
	poll->writes++;
	store_run(registry->engine->store, STORE_SCRIPT_STAGE, stage_on_stored, poll, keys, 2,
	    args, 1 + 2 * poll->batch_count);
	stage_batch_free(poll);
}

/* mark is '+' or '-'.  false: out of memory. */
static bool
stage_add(struct poll *poll, uint64_t field, char mark, const char *text)
{
	char *line = malloc(strlen(text) + 2);

	if (line == NULL)
		return false;
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

/* The record as kept: number by the grammar, aliases alike.  false: no number to compare. */
static bool
stage_record(const struct registry *registry, const struct cs_record *in, struct record *out,
    char number[CS_NUMBER_MAX + 1], char aliases[CS_ALIASES_MAX][CS_NUMBER_MAX + 1])
{
	if (!number_normalise(registry_grammar(registry), in->number, number))
		return false;
	*out = (struct record){
		.number = number, .business_name = in->business_name, .dba_name = in->dba_name,
		.type = in->type, .categories = in->categories, .status = in->status,
		.status_word = in->status_word, .issued_on = in->issued_on, .expires_on = in->expires_on
	};
	for (size_t i = 0; i < CS_ALIASES_MAX; i++)
		if (in->aliases[i] != NULL && alias_normalise(in->aliases[i], aliases[out->alias_count])) {
			out->aliases[out->alias_count] = aliases[out->alias_count];
			out->alias_count++;
		}
	return true;
}

void
poll_on_record(void *arg, const struct cs_record *in)
{
	struct poll *poll = arg;
	struct registry *registry = poll->registry;
	char number[CS_NUMBER_MAX + 1], aliases[CS_ALIASES_MAX][CS_NUMBER_MAX + 1];
	struct record record;
	uint64_t field, content;

	poll->facts.records++;
	if (!stage_record(registry, in, &record, number, aliases)) {
		if (poll->bad_numbers++ == 0)
			log_warn("connector %s: poll %" PRId64 ": a record's number has characters no number has; it is left out",
			    registry->config->label, registry->poll_number);
		return;
	}
	buf_clear(&poll->line);
	record_encode(&record, &poll->line);
	if (poll->line.failed) {
		poll_fail(poll, CS_E_LIMIT, 0, "a record is larger than any can be");
		return;
	}
	field = registry_hash(registry, number);
	content = hash64(store_hash_key(registry->engine->store), poll->line.data, poll->line.len);
	if (snapshot_poll_seen(registry->snapshot, field, content))
		return;
	if (!stage_add(poll, field, '+', poll->line.data))
		poll_fail(poll, CS_E_NOMEM, 0, "out of memory");
}

/* --- the end of the feed ------------------------------------------------------------ */

void
poll_stage_settle(struct poll *poll)
{
	poll->settling = true;
	stage_pump(poll);
}

static void
removal_note(void *arg, uint64_t number, uint64_t content)
{
	struct poll *poll = arg;

	if (poll->removal_count < poll->removal_cap)
		poll->removals[poll->removal_count++] = (struct stage_removal){ .number = number, .content = content };
}

void
poll_stage_removals(struct poll *poll)
{
	size_t n = snapshot_poll_unseen_count(poll->registry->snapshot);

	if (n > 0) {
		poll->removals = calloc(n, sizeof(*poll->removals));
		if (poll->removals == NULL) {
			poll_fail(poll, CS_E_NOMEM, 0, "out of memory");
			return;
		}
		poll->removal_cap = n;
		snapshot_poll_unseen(poll->registry->snapshot, removal_note, poll);
	}
	poll->removing = true;
	stage_pump(poll);
}

/* Goes on when there is room: the worker, then the removals, then the next step. */
static void
stage_pump(struct poll *poll)
{
	char hex[17];

	if (poll->paused && poll->writes < STAGE_AHEAD / 2 && poll->worker != NULL) {
		poll->paused = false;
		worker_resume(poll->worker);
		return;
	}
	while (poll->removing && poll->removal_next < poll->removal_count && poll->writes < STAGE_AHEAD) {
		struct stage_removal *gone = &poll->removals[poll->removal_next++];

		if (!stage_add(poll, gone->number, '-', registry_field(gone->content, hex))) {
			poll_fail(poll, CS_E_NOMEM, 0, "out of memory");
			return;
		}
	}
	if (!poll->settling)
		return;
	if (!poll->removing || poll->removal_next == poll->removal_count)
		stage_send(poll);
	if (poll->writes > 0)
		return;
	if (poll->removing)
		poll_commit(poll);
	else
		poll_judge(poll);
}
