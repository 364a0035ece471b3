/* SPDX-License-Identifier: ISC */
/* spawn_note.c -- see spawn.h: where in its connector a worker is, for limits and messages. */
#include <stdio.h>

#include "worker/note.h"
#include "worker/spawn_inside.h"

const char *
worker_call(const struct worker *w)
{
	return w->note == NULL ? NULL : note_call_name(w->note);
}

int64_t
worker_call_ms(const struct worker *w)
{
	int64_t began_ms, now_ms;

	if (w == NULL || worker_call(w) == NULL || w->paused)
		return -1;
	/* What it waited for while it was paused is not its own. */
	began_ms = w->note->since_ms > w->resumed_ms ? w->note->since_ms : w->resumed_ms;
	now_ms = loop_now_ms(spawner_client_loop(w->client));
	return now_ms > began_ms ? now_ms - began_ms : 0;
}

const char *
worker_where(const struct worker *w, char out[WORKER_WHERE_SIZE])
{
	const char *call = worker_call(w);

	if (call == NULL)
		(void)snprintf(out, WORKER_WHERE_SIZE, "while %s", worker_state_name(w->state));
	else
		(void)snprintf(out, WORKER_WHERE_SIZE, "in %s after %llu records", call,
		    (unsigned long long)w->note->records);
	return out;
}

void
worker_break_call(struct worker *w)
{
	char where[WORKER_WHERE_SIZE];
	struct err err;

	(void)err_set(&err, "one call took over %lld %s: the connector seems to hang %s; "
	    WORKER_REPORT, (long long)(w->deadline_ms % 1000 == 0 ? w->deadline_ms / 1000 :
	    w->deadline_ms), w->deadline_ms % 1000 == 0 ? "s" : "ms", worker_where(w, where));
	worker_break(w, err.text);
}
