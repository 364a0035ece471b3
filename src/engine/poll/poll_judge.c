/* SPDX-License-Identifier: ISC */
/* poll_judge.c -- see poll.h: what a finished feed is worth, and what the next poll may rest on. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "engine/guard/hold.h"
#include "engine/poll/commit.h"
#include "engine/poll/poll_private.h"
#include "engine/registry/registry_event.h"
#include "engine/registry/registry_store.h"
#include "engine/registry/timetable.h"

static void
poll_succeeded(struct poll *poll)
{
	struct registry *registry = poll->registry;

	if (poll->kind == CS_POLL_LOOKUP) {
		registry_poll_undone(registry, poll->state_before);
		return;
	}
	if (poll->kind == CS_POLL_FULL && !poll->unchanged) {
		bool proven = poll->worth == FEED_PROVEN;

		registry_lacks(registry, proven ? poll->doubted_records : poll->facts.lacking,
		    proven ? poll->doubted_numbers : poll->lacking_numbers);
	}
	registry_poll_succeeded(registry, poll->started_s, poll->retry_at_s);
}

/* What came of it, in a sentence. */
static void
poll_say(const struct poll *poll, size_t changed, char *out, size_t size)
{
	static const char *const kinds[] = {
		[CS_POLL_FULL] = "", [CS_POLL_DELTA] = "changes only: ",
		[CS_POLL_LOOKUP] = "look-up: "
	};
	size_t n;

	if (poll->unchanged)
		(void)snprintf(out, size, "nothing has changed, %zu badges changed", changed);
	else
		(void)snprintf(out, size,
		    "%s%" PRIu64 " records, %zu differences, %zu badges changed, proof: %s",
		    kinds[poll->kind], poll->facts.records, poll->diff, changed,
		    poll->kind == CS_POLL_FULL ? poll->registry->proof.name : "none");
	n = strlen(out);
	if (poll->repeated > 0)
		(void)snprintf(out + n, size - n, "; %" PRIu64 " came more than once",
		    poll->repeated);
}

/* A new word of a registry neither gives nor takes a badge: that is to be settled by a setting, or
 * never. */
void
poll_say_unknown(const struct poll *poll)
{
	char word[4 * CS_WORD_MAX + 1];	/* each byte as \xNN */

	if (poll->unknown > 0 && !poll->unchanged)
		log_warn("connector %s: poll %" PRId64 ": %" PRIu64 " records have a status "
		    "that is not known, the first one \"%s\"; they change no badge",
		    poll->registry->config->label, poll->registry->poll_number,
		    poll->unknown, text_escape(poll->unknown_word, strlen(poll->unknown_word), word,
		    sizeof(word)));
}

void
poll_committed(void *arg, size_t changed, bool ok)
{
	struct registry *registry = arg;
	struct poll *poll = registry->poll;
	const struct hold *hold = registry->hold;
	char text[400], waits[HOLD_TEXT_SIZE];
	size_t n;

	if (!ok) {
		if (poll != NULL)
			poll_fail(poll, CS_E_REMOTE, 0,
			    "the store ended before the commit was done");
		return;
	}
	if (poll == NULL) {		/* carried on after a restart */
		log_notice("connector %s: the commit carried on is done, %zu badges changed",
		    registry->config->label, changed);
		timetable_next(registry);
		engine_progress(registry->engine);
		return;
	}
	poll_succeeded(poll);
	poll_say(poll, changed, text, sizeof(text));
	log_info("connector %s: poll %" PRId64 " done in %" PRId64 " ms: %s",
	    registry->config->label, registry->poll_number,
	    loop_now_ms(registry->engine->loop) - poll->started_ms, text);
	if (!hold_is_held(hold) && poll->remapped)
		hold = holds_config(registry->engine->holds);
	if (hold_is_held(hold)) {
		n = strlen(text);
		(void)snprintf(text + n, sizeof(text) - n, "; %s", hold_text(hold, waits));
		poll_end(poll, POLL_HELD, text);
	} else
		poll_end(poll, poll->diff > 0 || changed > 0 ? POLL_COMMITTED :
		    POLL_UNCHANGED, text);
}

/* Whether it has read anything that the poll before it had not. */
static bool
poll_has_news(const struct poll *poll)
{
	const struct registry_reading *was = &poll->registry->reading;
	const struct validator *now = &poll->validator;

	if (poll->unchanged)
		return false;
	if (poll->diff > 0 || poll->kind != CS_POLL_FULL)
		return poll->diff > 0;
	if (poll->facts.lacking != poll->registry->proof.lacking_records ||
	    poll->source_time_s > was->source_time_s || poll->as_of_s > was->as_of_s)
		return true;
	/* The same records in other bytes: somebody has written them anew. */
	return validator_fits(&was->validator, now->request) && was->validator.body != 0 &&
	    was->validator.body != now->body;
}

/* What the next poll may rest on: the kind of the next, its validators, whether absence counts. */
static void
poll_remember(struct poll *poll)
{
	struct registry *registry = poll->registry;

	if (poll->kind != CS_POLL_LOOKUP)
		registry_heard(registry, poll->started_s, poll_has_news(poll));
	if (poll->kind != CS_POLL_FULL) {
		if (poll->diff > 0)
			registry_grew(registry, poll->kind == CS_POLL_LOOKUP);
		return;
	}
	registry_read_file(registry, poll->file);
	if (!poll->unread)
		registry_read_whole(registry, poll->started_s, poll->facts.records, poll->identity,
		    poll->source_time_s, poll->as_of_s);
	if (!poll->unchanged)
		registry_took(registry, poll->worth == FEED_PROVEN, &poll->validator,
		    &poll->left_out);
}

/* Evidence is as fresh as what has just been seen. */
static void
poll_note_seen(struct poll *poll)
{
	struct registry *registry = poll->registry;

	for (size_t i = 0; i < poll->number_count; i++) {
		uint64_t number = store_hash(registry->engine->store, poll->numbers[i]);

		if (poll_stage_lists(poll, number))
			registry_note_seen(registry, number, poll->started_s);
	}
}

void
poll_commit(struct poll *poll)
{
	struct registry *registry = poll->registry;
	bool proven = poll->worth == FEED_PROVEN && !poll->unchanged;
	struct commit_input in = {
		.started_s = poll->started_s,
		.proven = proven,
		.complete = poll->kind == CS_POLL_FULL,
		.first_proof = proven && (!registry->proof.proven || registry->left_out.total > 0),
		.remapped = poll->remapped,
		.lookup = poll->kind == CS_POLL_LOOKUP,
		.diff = poll->diff
	};

	poll_say_unknown(poll);
	/* `timeout` is the registry's: a commit takes the time it needs. */
	timer_cancel(&poll->deadline);
	poll_remember(poll);
	poll_note_seen(poll);

	if (poll->checkpoint != NULL) {
		registry_took_checkpoint(registry, poll->checkpoint, poll->checkpoint_len);
		poll->checkpoint = NULL;
	}
	if (commit_start(registry, &in, poll_committed, registry) != 0)
		poll_fail(poll, CS_E_NOMEM, 0, "out of memory");
}

/* What this feed did not list and what stays known all the same: its evidence ages. */
static void
lacking_note(void *arg, uint64_t number, uint64_t content)
{
	struct poll *poll = arg;
	struct registry *registry = poll->registry;
	int64_t record_s = registry_seen_s(registry, content);
	int64_t number_s = registry_seen_s(registry, number);

	if (poll->worth == FEED_PROVEN && !poll_doubts(poll, content))
		return;
	if (registry_set_last_seen(registry, content,
	    record_s != 0 ? record_s : poll->started_s) != 0 ||
	    (!poll_stage_lists(poll, number) && registry_set_last_seen(registry, number,
	    number_s != 0 ? number_s : poll->started_s) != 0))
		poll->out_of_memory = true;
	if (poll->worth == FEED_PROVEN)
		poll->doubted_records++;
}

static void
doubted_number_count(void *arg, uint64_t number)
{
	struct poll *poll = arg;

	if (!poll_stage_lists(poll, number) && poll_doubts(poll, number))
		poll->doubted_numbers++;
}

/* Of what it lacks, notes when it was last listed, if that is not over.  false: no memory. */
static bool
lacking_notes(struct poll *poll)
{
	struct registry *registry = poll->registry;

	snapshot_poll_lacking(registry->snapshot, lacking_note, poll);
	if (poll->worth == FEED_PROVEN && poll->doubted_records > 0)
		snapshot_each_number(registry->snapshot, doubted_number_count, poll);
	registry_clear_last_seen(registry, registry->snapshot);
	return !poll->out_of_memory;
}

/* A changed record is not lacking. */
static void
lacking_record_count(void *arg, uint64_t number, uint64_t content)
{
	struct poll *poll = arg;

	(void)content;
	if (!poll_stage_lists(poll, number))
		poll->facts.lacking++;
}

/* Whether this is, byte for byte, what the snapshot was read from: no news, and no further proof of
 * it. */
static bool
poll_is_same(const struct poll *poll)
{
	const struct validator *was = &poll->registry->reading.validator, *now = &poll->validator;

	/* Read again in two downloads it has proven itself anew. */
	if (poll->facts.twice || poll->diff > 0 ||
	    poll->facts.lacking != poll->registry->proof.lacking_records ||
	    !validator_fits(was, now->request))
		return false;
	return now->file != 0 ? poll->same_file : now->body != 0 && now->body == was->body;
}

/* A whole list is worth what poll->worth says, which is noted: the phase that follows. */
static enum poll_phase
judge_settle(struct poll *poll, const char *proof, const char *why)
{
	struct registry *registry = poll->registry;

	if (poll->dry)
		return poll->worth == FEED_PROVEN ? POLL_REMOVE : POLL_SUPERSEDE;
	registry_refused_clear(registry);
	if (poll_is_same(poll)) {
		poll->unchanged = true;
		registry_clear_last_seen(registry, registry->snapshot);
		return POLL_COMMIT;
	}
	registry_proof_named(registry, proof);
	if (!lacking_notes(poll)) {
		poll_fail(poll, CS_E_NOMEM, 0, "out of memory");
		return POLL_OVER;
	}
	if (poll->worth == FEED_PROVEN)
		return POLL_REMOVE;
	log_info("connector %s: poll %" PRId64 " may add and renew only: %s",
	    registry->config->label, registry->poll_number, why);
	return POLL_SUPERSEDE;
}

static void
lacking_number_count(void *arg, uint64_t number)
{
	struct poll *poll = arg;

	if (!poll_stage_lists(poll, number))
		poll->lacking_numbers++;
}

/* What the last list lacked already is no news. */
static void
poll_count_gone(struct poll *poll)
{
	const struct registry *registry = poll->registry;
	uint64_t known = snapshot_numbers(registry->snapshot);
	uint64_t before = registry->proof.lacking_numbers;

	poll->lacking_numbers = 0;
	snapshot_each_number(registry->snapshot, lacking_number_count, poll);
	poll->facts.numbers = known > before ? known - before : 0;
	poll->facts.gone = poll->lacking_numbers > before ? poll->lacking_numbers - before : 0;
}

/* Which of the rows left out were so in the last list; those before them are known already. */
static void
judge_left_out(struct poll *poll)
{
	/* Later than any list before, be it of the same second. */
	int64_t last_s = poll->registry->proof.last_complete_s;
	int64_t now_s = poll->started_s > last_s ? poll->started_s : last_s + 1;

	poll->facts.left_out = poll->left_out.total;
	if (poll->kind != CS_POLL_FULL)
		return;
	left_out_follow(&poll->left_out, &poll->registry->left_out, now_s);
	poll->facts.left_out_new = left_out_newest_s(&poll->left_out) >= now_s;
}

/* What the worth of the feed is found by. */
static void
judge_facts(struct poll *poll)
{
	struct registry *registry = poll->registry;
	const struct config_connector *config = registry->config;

	poll->facts.known = snapshot_records(registry->snapshot);
	poll->facts.largest = registry->proof.largest != 0 ? registry->proof.largest :
	    poll->facts.known;
	poll->facts.lacking = 0;
	snapshot_poll_lacking(registry->snapshot, lacking_record_count, poll);
	poll_count_gone(poll);
	poll->facts.min_records = (uint64_t)config->min_records;
	poll->facts.max_shrink = config->max_shrink;
	poll->facts.max_growth = config->max_growth;
	poll->facts.absent_share = config->absent_share;
	poll->facts.full = poll->kind == CS_POLL_FULL;
	judge_left_out(poll);
}

/* Everything has come and is staged: what is it worth? */
enum poll_phase
poll_judge(struct poll *poll)
{
	const char *proof = "";
	struct err why = { .text = "" };

	judge_facts(poll);
	poll->worth = feed_judge(&poll->facts, &proof, &why);
	if (poll->worth == FEED_REFUSED && poll_is_accepted(poll)) {
		poll->worth = FEED_PROVEN;
		proof = "accepted";
	}
	poll_try_judged(poll, proof, why.text, poll_can_twice(poll));
	if (poll->worth == FEED_INCOMPLETE) {
		poll_fail(poll, CS_E_INPUT, 0, why.text);
		return POLL_OVER;
	}
	if (poll->worth == FEED_REFUSED) {
		poll_refuse(poll, why.text);
		return POLL_OVER;
	}
	if (poll->kind != CS_POLL_FULL)
		return POLL_SUPERSEDE;
	return poll_wants_twice(poll) ? POLL_REREAD : judge_settle(poll, proof, why.text);
}

void
poll_is_unchanged(struct poll *poll)
{
	worker_kill(poll->worker);
	poll->worker = NULL;
	poll->unchanged = poll->unread = true;
	metrics_unread(&poll->registry->metrics);
	registry_refused_clear(poll->registry);
	if (poll->registry->proof.lacking_records == 0)
		registry_clear_last_seen(poll->registry, NULL);
	poll_enter(poll, POLL_COMMIT);
}
