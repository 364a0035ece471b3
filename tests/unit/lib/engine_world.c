/* SPDX-License-Identifier: ISC */
/* engine_world.c -- see engine_world.h. */
#include "engine_world.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DEADLINE_MS	20000
#define TEXT_MAX	(1u << 20)

/* --- the loop ------------------------------------------------------------------- */

static void
world_on_late(void *arg)
{
	struct engine_world *w = arg;

	w->timed_out = true;
	loop_stop(w->engine.loop);
}

static void
world_on_look(void *arg)
{
	struct engine_world *w = arg;

	if (w->until(w))
		loop_stop(w->engine.loop);
	else
		timer_set_ms(&w->look, 1);
}

void
engine_world_until(struct engine_world *w, bool (*until)(struct engine_world *))
{
	w->until = until;
	timer_set_ms(&w->look, 0);
	timer_set_ms(&w->late, DEADLINE_MS);
	assert_int_equal(loop_run(w->engine.loop), 0);
	timer_cancel(&w->look);
	timer_cancel(&w->late);
	assert_false(w->timed_out);
}

/* --- deciding badges ------------------------------------------------------------- */

struct decided {
	struct decided	*next;		/* of those that are not told yet */
	struct engine_world *world;
	char		 badge[BADGE_ID_MAX + 1];
	reconcile_fn	*fn;
	void		*arg;
};

static void
world_on_decided(void *arg)
{
	struct decided *d = arg;
	struct engine_world *w = d->world;
	enum reconcile_result result = RECONCILE_UNCHANGED;

	for (struct decided **at = &w->deciding; *at != NULL; at = &(*at)->next)
		if (*at == d) {
			*at = d->next;
			break;
		}
	buf_printf(&w->decided, "%s ", d->badge);
	if (w->decide != NULL)
		result = w->decide(w, d->badge);
	d->fn(d->arg, result, "");
	free(d);
}

static struct engine_world *the_world;	/* a decision gets the engine only */

static struct reconcile *
world_decide(struct engine *engine, const struct reconcile_request *request, reconcile_fn *fn,
    void *arg)
{
	struct decided *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	d->world = the_world;
	(void)snprintf(d->badge, sizeof(d->badge), "%s", request->badge);
	d->fn = fn;
	d->arg = arg;
	d->next = the_world->deciding;
	the_world->deciding = d;
	loop_defer(engine->loop, world_on_decided, d);
	return (struct reconcile *)(void *)d;
}

/* --- the store ---------------------------------------------------------------------- */

static void
world_on_open(void *arg, bool first)
{
	(void)arg, (void)first;
}

static void
world_on_lost(void *arg, const char *reason)
{
	(void)arg, (void)reason;
}

static void
world_on_ended(void *arg, enum store_state state, const char *reason)
{
	(void)arg, (void)state;
	fail_msg("the store: %s", reason);
}

static bool
store_is_open(struct engine_world *w)
{
	return store_state(w->engine.store) == STORE_OPEN;
}

static void
world_store(struct engine_world *w)
{
	static const struct store_events events = {
		.on_open = world_on_open, .on_lost = world_on_lost, .on_ended = world_on_ended
	};
	struct store_options options = {
		.prefix = WORLD_PREFIX, .partitions = 1, .state_dir = w->server.dir,
		.instance = "world", .lease_ms = 10000
	};
	char url[128];
	struct err err;

	redis_options_init(&options.redis);
	(void)snprintf(url, sizeof(url), "unix://%s", w->server.socket);
	if (redis_url_parse(url, &options.redis.url, &err) != 0)
		fail_msg("%s", err.text);
	w->engine.store = store_new(w->engine.loop, &options, &events, w, &err);
	if (w->engine.store == NULL)
		fail_msg("%s", err.text);
	store_want(w->engine.store);
	assert_int_equal(store_fence_key(w->engine.store, WORLD_FIRMS), 0);
	engine_world_until(w, store_is_open);
}

static void
world_on_answer(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct engine_world *w = arg;
	const char *text = redis_reply_str(reply, NULL);
	int64_t number;

	assert_int_equal(outcome, STORE_OK);
	if (redis_reply_int(reply, &number))
		buf_printf(&w->answer, "%" PRId64, number);
	else if (redis_reply_count(reply) == 0)
		buf_puts(&w->answer, text != NULL ? text : "(nil)");
	for (size_t i = 0; i < redis_reply_count(reply); i++) {
		text = redis_reply_str(redis_reply_at(reply, i), NULL);
		buf_printf(&w->answer, "%s%s", i > 0 ? " " : "", text != NULL ? text : "(nil)");
	}
	w->answers++;
}

static bool
has_answer(struct engine_world *w)
{
	return w->answers > 0;
}

const char *
engine_world_ask(struct engine_world *w, size_t argc, const char *const *argv)
{
	buf_clear(&w->answer);
	w->answers = 0;
	store_read(w->engine.store, world_on_answer, w, argc, argv);
	engine_world_until(w, has_answer);
	return buf_str(&w->answer);
}

/* --- its life ------------------------------------------------------------------------- */

void
engine_world_badge(struct engine_world *w, const char *id, const char *type)
{
	struct index_badge *b = index_add(w->engine.index, id, "p");

	assert_non_null(b);
	index_set_kind(w->engine.index, b, w->connector.body, type);
	index_set_status(w->engine.index, b, BADGE_VERIFIED);
}

void
engine_world_open(struct engine_world *w)
{
	struct engine *engine = &w->engine;

	the_world = w;
	*engine = (struct engine){ .config = &w->config, .loop = loop_new() };
	assert_non_null(engine->loop);
	assert_int_equal(timer_init(&w->late, engine->loop, world_on_late, w), 0);
	assert_int_equal(timer_init(&w->look, engine->loop, world_on_look, w), 0);
	engine->index = index_new();
	engine->work = work_new(engine, w->decider != NULL ? w->decider : world_decide);
	assert_true(engine->index != NULL && engine->work != NULL);
	w->firms = registry_new(engine, &w->connector);
	assert_non_null(w->firms);
	engine->registries[engine->registry_count++] = w->firms;
	world_store(w);
	buf_clear(&w->decided);
}

void
engine_world_close(struct engine_world *w)
{
	struct engine *engine = &w->engine;

	w->firms = registry_free(w->firms);
	engine->work = work_free(engine->work);
	engine->index = index_free(engine->index);
	engine->store = store_free(engine->store);
	timer_fini(&w->late);
	timer_fini(&w->look);
	engine->loop = loop_free(engine->loop);
	for (struct decided *d = w->deciding, *next; d != NULL; d = next) {
		next = d->next;
		free(d);
	}
	w->deciding = NULL;
}

void
engine_world_init(struct engine_world *w)
{
	struct err err;

	*w = (struct engine_world){
		.decider = w->decider,
		.config = {
			.plugin_dir = "/nonexistent", .prefix = WORLD_PREFIX, .partitions = 1,
			.guard_window_ms = INT64_C(7) * 86400 * 1000, .guard_share = 0.2,
			.guard_count = 5, .guard_max = 500, .guard_total = 2000,
			.name_match = 0.85, .unconfirmed_days = 30, .confirm_days = 7,
			.case_days = 14, .case_timeout = "review",
		},
		.connector = {
			.name = "firms", .label = "firms", .plugin = "sam", .body = "sba",
			.url = "https://registry.test", .interval_ms = 86400000,
			.stale_after_ms = INT64_C(2) * 86400000,
		},
	};
	w->config.types = types_builtin(&err);
	assert_non_null(w->config.types);
	buf_init(&w->decided, TEXT_MAX);
	buf_init(&w->answer, TEXT_MAX);
	redis_server_init(&w->server);
	redis_server_start(&w->server);
	engine_world_open(w);
}

void
engine_world_fini(struct engine_world *w)
{
	engine_world_close(w);
	redis_server_stop(&w->server);
	buf_free(&w->decided);
	buf_free(&w->answer);
	w->config.types = types_free(w->config.types);
}
