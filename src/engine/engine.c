/* SPDX-License-Identifier: ISC */
/* engine.c -- see engine.h. */
#include "engine/engine.h"

int64_t
engine_now_s(const struct engine *engine)
{
	return loop_wall_ms(engine->loop) / 1000;
}

void
engine_progress(struct engine *engine)
{
	if (engine->on_progress != NULL)
		engine->on_progress(engine->on_progress_arg);
}
