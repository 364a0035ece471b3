/* SPDX-License-Identifier: ISC */
/* poll_step.c -- see poll.h: what a poll does in each phase, and where it goes from there. */
#include <assert.h>
#include <inttypes.h>

#include "base/log.h"
#include "engine/poll/poll_private.h"

void
poll_set_phase(struct poll *poll, enum poll_phase phase)
{
	assert(poll_phase_leads_to(poll->phase, phase));
	log_debug("connector %s: poll %" PRId64 ": %s --> %s", poll->registry->name,
	    poll->registry->poll_number, poll_phase_name(poll->phase), poll_phase_name(phase));
	poll->phase = phase;
}

void
poll_enter(struct poll *poll, enum poll_phase phase)
{
	poll_set_phase(poll, phase);
	poll_step(poll);
}

/* Goes on to a phase that stages. */
static void
step_begin(struct poll *poll, enum poll_phase next)
{
	if ((next == POLL_REMOVE && poll_removals_init(poll) != 0) ||
	    (next == POLL_SUPERSEDE && poll_supersede_init(poll) != 0))
		poll_fail(poll, CS_E_NOMEM, 0, "out of memory");
	else
		poll_enter(poll, next);
}

static void
step_judge(struct poll *poll)
{
	enum poll_phase next = poll_judge(poll);

	if (next != POLL_OVER)		/* refused or failed: poll_end() */
		step_begin(poll, next);
}

static void
step_remove(struct poll *poll)
{
	if (!poll_removals_stage(poll))
		poll_fail(poll, CS_E_NOMEM, 0, "out of memory");
	else if (poll->removal_next == poll->removal_count && poll_stage_flush(poll))
		step_begin(poll, poll->doubted_records > 0 ? POLL_SUPERSEDE : POLL_COMMIT);
}

static void
step_supersede(struct poll *poll)
{
	poll_supersede_next(poll);
	if (poll->out_of_memory)
		poll_fail(poll, CS_E_NOMEM, 0, "out of memory");
	/* Numbers still being compared may stage more. */
	else if (poll_supersede_done(poll) && poll->writes == 0 && poll_stage_flush(poll))
		poll_enter(poll, POLL_COMMIT);
}

void
poll_step(struct poll *poll)
{
	switch (poll->phase) {
	case POLL_BEGIN:
		poll_begin(poll);
		return;
	case POLL_READ:
		if (poll->worker == NULL)
			poll_worker_start(poll);
		else
			poll_stage_resume(poll);
		return;
	case POLL_SETTLE:
		if (poll_stage_flush(poll))
			poll_enter(poll, POLL_JUDGE);
		return;
	case POLL_JUDGE:
		step_judge(poll);
		return;
	case POLL_REREAD:
		poll_twice_start(poll);
		return;
	case POLL_REMOVE:
		step_remove(poll);
		return;
	case POLL_SUPERSEDE:
		step_supersede(poll);
		return;
	case POLL_COMMIT:
		if (poll->dry_run != NULL || poll->registry->commit != NULL)
			return;		/* dry_end(), poll_committed() */
		if (poll->dry || (poll->registry->config->observe && !poll->observed))
			poll_dry_decide(poll);
		else
			poll_commit(poll);
		return;
	case POLL_OVER:
		poll_store_end(poll);
		return;
	}
}
