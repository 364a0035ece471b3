/* SPDX-License-Identifier: ISC */
/* engine.c -- see engine.h. */
#include "engine/state/engine.h"

int64_t
engine_now_s(const struct engine *engine)
{
	return loop_wall_ms(engine->loop) / 1000;
}

/* By then the marketplace has put its claims again, and every registry has been read. */
#define REBUILD_S	(24 * 3600)

bool
engine_is_rebuilding(const struct engine *engine)
{
	int64_t since_s = engine_now_s(engine) - engine->reset_s;

	return engine->reset_s != 0 && since_s >= 0 && since_s < REBUILD_S;
}

void
engine_progress(struct engine *engine)
{
	if (engine->on_progress != NULL)
		engine->on_progress(engine->on_progress_arg);
}
