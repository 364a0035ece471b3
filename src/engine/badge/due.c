/* SPDX-License-Identifier: ISC */
/* due.c -- see due.h. */
#include "engine/badge/due.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"
#include "engine/registry/fresh.h"
#include "engine/state/work.h"

/* looks at the wall clock at least so often: it may be set */
#define DUE_LATEST_MS	(3600 * 1000)

struct due {
	struct engine	*engine;
	struct timer	 timer;
	bool		 started;
	bool		 early;		/* before the release: said once */
	int64_t		 offset_ms;	/* wall minus monotonic, when last looked at */
	int64_t		 settled_ms;	/* monotonic: nothing is due before */
};

static int64_t
due_offset_ms(const struct due *due)
{
	return loop_wall_ms(due->engine->loop) - loop_now_ms(due->engine->loop);
}

/* The next thing due, in Unix seconds; 0: nothing. */
static int64_t
due_next_s(const struct due *due)
{
	const struct engine *engine = due->engine;
	const struct index_badge *b = index_next_due(engine->index);
	int64_t next_s = b != NULL ? b->due.key : 0, s;

	for (size_t i = 0; i < engine->registry_count; i++) {
		s = fresh_next_s(engine->registries[i], engine_now_s(engine));
		if (s != 0 && (next_s == 0 || s < next_s))
			next_s = s;
	}
	return next_s;
}

static void
due_arm(void *arg)
{
	struct due *due = arg;
	int64_t ms = DUE_LATEST_MS, next_s, wait_ms;

	if (!due->started)
		return;
	next_s = due_next_s(due);
	if (next_s != 0) {
		wait_ms = next_s * 1000 - loop_wall_ms(due->engine->loop);
		if (wait_ms < ms)
			ms = wait_ms > 0 ? wait_ms : 0;
	}
	if (due->settled_ms - loop_now_ms(due->engine->loop) > ms)
		ms = due->settled_ms - loop_now_ms(due->engine->loop);
	timer_set_ms(&due->timer, ms);
}

/* false: the clock cannot be believed now. */
static bool
due_clock_ok(void *arg)
{
	struct due *due = arg;
	int64_t offset_ms = due_offset_ms(due), moved_ms = offset_ms - due->offset_ms;

	if (!due->started)
		return true;
	due->offset_ms = offset_ms;
	if (moved_ms > DUE_JUMP_MS || moved_ms < -DUE_JUMP_MS) {
		due->settled_ms = loop_now_ms(due->engine->loop) + DUE_SETTLE_MS;
		log_event(CLOCK_MOVED, LOG_LEVEL_WARN, NULL, "the wall clock moved by %" PRId64
		    " s; nothing expires for the next %d minutes", moved_ms / 1000,
		    DUE_SETTLE_MS / 60000);
	}
	if (loop_wall_ms(due->engine->loop) / 1000 < DUE_CLOCK_MIN_S) {
		due->settled_ms = loop_now_ms(due->engine->loop) + DUE_SETTLE_MS;
		if (!due->early)
			log_event(CLOCK_MOVED, LOG_LEVEL_WARN, NULL, "the wall clock is before "
			    "this program's release; nothing expires until it is set");
		due->early = true;
	} else
		due->early = false;
	return loop_now_ms(due->engine->loop) >= due->settled_ms;
}

static void
due_badges(struct due *due, int64_t now_s)
{
	struct index_badge *b;

	for (int i = 0; i < DUE_BATCH; i++) {
		b = index_next_due(due->engine->index);
		if (b == NULL || b->due.key > now_s)
			return;
		/* The decision sets it anew; meanwhile it must not fire again. */
		(void)index_set_due(due->engine->index, b, 0);
		work_add(due->engine->work, b->id, CAUSE_EXPIRY, NULL, NULL);
	}
}

static void
due_on_timer(void *arg)
{
	struct due *due = arg;
	int64_t now_s = engine_now_s(due->engine);

	if (due_clock_ok(due) && !due->engine->stopping) {
		for (size_t i = 0; i < due->engine->registry_count; i++)
			fresh_look(due->engine->registries[i], now_s);
		due_badges(due, now_s);
	}
	due_arm(due);
}

struct due *
due_new(struct engine *engine)
{
	struct due *due = calloc(1, sizeof(*due));

	if (due == NULL)
		return NULL;
	due->engine = engine;
	if (timer_init(&due->timer, engine->loop, due_on_timer, due) != 0)
		return due_free(due);
	engine->on_due = due_arm;
	engine->clock_ok = due_clock_ok;
	engine->on_due_arg = due;
	return due;
}

struct due *
due_free(struct due *due)
{
	if (due == NULL)
		return NULL;
	due->engine->on_due = NULL;
	due->engine->clock_ok = NULL;
	timer_fini(&due->timer);
	free(due);
	return NULL;
}

void
due_start(struct due *due)
{
	due->started = true;
	due->offset_ms = due_offset_ms(due);
	due_arm(due);
}

bool
due_pending(const struct due *due)
{
	const struct index_badge *b = index_next_due(due->engine->index);

	return b != NULL && b->due.key <= engine_now_s(due->engine) &&
	    loop_now_ms(due->engine->loop) >= due->settled_ms;
}
