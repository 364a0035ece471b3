/* SPDX-License-Identifier: ISC */
/*
 * test_room_claim.c -- the command streams: in order, each once, what cannot
 * be used put aside.  Linked with what stands below the commands only; no
 * connector covers the claims' body, so that nothing else decides.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/badge/reconcile.h"
#include "engine/claim/claims.h"
#include "engine/guard/hold.h"
#include "engine/registry/registry_event.h"
#include "lib/engine_world.h"

#define CLAIMS		"certsync:claims"
#define STAFF		"certsync:staff"
#define REJECTED	"certsync:claims:rejected"
#define ROUNDS_MAX	100

struct commands {
	struct engine_world w;
	bool	 loaded;
};

static void
on_loaded(void *arg, bool ok)
{
	struct commands *c = arg;

	assert_true(ok);
	c->loaded = true;
}

static bool
is_loaded(struct engine_world *w)
{
	return ((struct commands *)w->owner)->loaded;
}

static bool
is_idle(struct engine_world *w)
{
	return claims_are_idle(w->engine.claims);
}

static void
commands_start(struct commands *c)
{
	struct engine *engine = &c->w.engine;

	assert_non_null(holds_new(engine));
	registry_tie(c->w.firms, hold_new(engine, c->w.firms), NULL);
	assert_non_null(c->w.firms->hold);
	c->loaded = false;
	hold_load(holds_config(engine->holds), on_loaded, c);
	engine_world_until(&c->w, is_loaded);
	engine->claims = claims_new(engine);
	assert_non_null(engine->claims);
	engine->loaded = true;
}

static void
commands_end(struct commands *c)
{
	struct engine *engine = &c->w.engine;

	engine->claims = claims_free(engine->claims);
	registry_tie(c->w.firms, hold_free(c->w.firms->hold), NULL);
	engine->holds = holds_free(engine->holds);
}

static int
setup(void **state)
{
	struct commands *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	c->w.decider = reconcile_start;
	engine_world_init(&c->w);
	c->w.owner = c;
	commands_start(c);
	*state = c;
	return 0;
}

static int
teardown(void **state)
{
	struct commands *c = *state;

	commands_end(c);
	engine_world_fini(&c->w);
	free(c);
	return 0;
}

/* --- commands ------------------------------------------------------------------------ */

static void
put(struct commands *c, const char *badge, const char *name)
{
	(void)ENGINE_WORLD_ASK(&c->w, "XADD", CLAIMS, "*", "op", "put", "badge", badge,
	    "profile", "p1", "body", "nglcc", "category", "lgbtq", "number", "17", "business_name", name);
}

static void
tell(struct commands *c, const char *op, const char *badge)
{
	(void)ENGINE_WORLD_ASK(&c->w, "XADD", CLAIMS, "*", "op", op, "badge", badge,
	    "profile", "p1");
}

/* Lets the reader take all there is; a read that was under way may have missed the last. */
static void
run(struct commands *c)
{
	int rounds = 0;

	do {
		claims_resume(c->w.engine.claims);
		engine_world_until(&c->w, is_idle);
		assert_true(rounds++ < ROUNDS_MAX);
	} while (strcmp(ENGINE_WORLD_ASK(&c->w, "XLEN", CLAIMS), "0") != 0 ||
	    strcmp(ENGINE_WORLD_ASK(&c->w, "XLEN", STAFF), "0") != 0);
}

static const char *
badge_field(struct commands *c, const char *badge, const char *name)
{
	char key[64];

	(void)snprintf(key, sizeof(key), "certsync:{0}:badge:%s", badge);
	return ENGINE_WORLD_ASK(&c->w, "HGET", key, name);
}

/* --- order, and once ------------------------------------------------------------------- */

/* Strictly as they stand; what is applied leaves the stream. */
static void
test_order(void **state)
{
	struct commands *c = *state;

	put(c, "b1", "First");
	put(c, "b2", "Other");
	put(c, "b1", "Second");
	tell(c, "hide", "b1");
	tell(c, "delete", "b2");
	tell(c, "show", "b1");
	run(c);
	assert_string_equal(badge_field(c, "b1", "business_name"), "Second");
	assert_string_equal(badge_field(c, "b1", "visibility"), "shown");
	assert_null(index_find(c->w.engine.index, "b2"));
	assert_string_equal(ENGINE_WORLD_ASK(&c->w, "XLEN", CLAIMS), "0");
	assert_string_equal(ENGINE_WORLD_ASK(&c->w, "XLEN", REJECTED), "0");
	assert_int_equal(c->w.engine.metrics.claims[0][METRICS_CLAIM_APPLIED], 6);
}

/* What another process had in hand comes first, and then what came since. */
static void
test_pending_first(void **state)
{
	struct commands *c = *state;

	(void)ENGINE_WORLD_ASK(&c->w, "XGROUP", "CREATE", CLAIMS, CLAIMS_GROUP, "0", "MKSTREAM");
	put(c, "b1", "In hand");
	(void)ENGINE_WORLD_ASK(&c->w, "XREADGROUP", "GROUP", CLAIMS_GROUP, "certsyncd",
	    "COUNT", "1", "STREAMS", CLAIMS, ">");
	put(c, "b1", "Since");
	run(c);
	assert_string_equal(badge_field(c, "b1", "business_name"), "Since");
	assert_string_equal(badge_field(c, "b1", "version"), "2");
	assert_string_equal(ENGINE_WORLD_ASK(&c->w, "XLEN", CLAIMS), "0");
}

/* The group is gone: it is made again, and nothing is lost or done twice. */
static void
test_group_is_made_again(void **state)
{
	struct commands *c = *state;

	put(c, "b1", "First");
	run(c);
	(void)ENGINE_WORLD_ASK(&c->w, "XGROUP", "DESTROY", CLAIMS, CLAIMS_GROUP);
	put(c, "b1", "Second");
	commands_end(c);
	commands_start(c);
	run(c);
	assert_string_equal(badge_field(c, "b1", "business_name"), "Second");
	assert_string_equal(badge_field(c, "b1", "version"), "2");
}

/* --- what cannot be used ------------------------------------------------------------------ */

static const struct {
	const char	*stream, *fields[8], *error;
} refusals[] = {
	{ CLAIMS, { "badge", "b1", "profile", "p1" }, "op_missing: " },
	{ CLAIMS, { "op", "put", "badge", "b1" }, "profile_invalid: " },
	{ CLAIMS, { "op", "put", "badge", "b1", "profile", "p 1" }, "profile_invalid: " },
	{ CLAIMS, { "op", "put", "profile", "p1" }, "badge_invalid: " },
	{ CLAIMS, { "op", "put", "badge", "b\n", "profile", "p1" }, "badge_invalid: " },
	{ CLAIMS, { "op", "steal", "badge", "b1", "profile", "p1" }, "op_unknown: " },
	{ CLAIMS, { "op", "erase", "badge", "b1", "profile", "p1" }, "op_unknown: " },
	{ STAFF, { "op", "put", "badge", "b1", "profile", "p1" }, "op_unknown: " },
	{ CLAIMS, { "op", "put", "badge", "b1", "profile", "p1" }, "" },	/* no body */
	{ CLAIMS, { "op", "hide", "badge", "nobody", "profile", "p1" }, "" },
};

/* Each is put aside with its reason and without its values, and blocks nothing behind it. */
static void
test_refusals(void **state)
{
	static const char last_error[] = "local l = redis.call('XREVRANGE', KEYS[1], '+', '-', "
	    "'COUNT', 1); return l[1] and l[1][2][#l[1][2]] or ''";
	struct commands *c = *state;
	const size_t n = sizeof(refusals) / sizeof(refusals[0]);
	char count[8];

	for (size_t i = 0; i < n; i++) {
		const char *argv[11] = { "XADD", refusals[i].stream, "*" };
		size_t argc = 3;
		const char *last;

		for (size_t k = 0; k < 8 && refusals[i].fields[k] != NULL; k++)
			argv[argc++] = refusals[i].fields[k];
		(void)engine_world_ask(&c->w, argc, argv);
		run(c);
		last = ENGINE_WORLD_ASK(&c->w, "EVAL", last_error, "1", REJECTED);
		if (last[0] == '\0' ||
		    strncmp(last, refusals[i].error, strlen(refusals[i].error)) != 0)
			fail_msg("row %zu: \"%s\"", i, last);
	}
	(void)snprintf(count, sizeof(count), "%zu", n);
	assert_string_equal(ENGINE_WORLD_ASK(&c->w, "XLEN", REJECTED), count);
	put(c, "b1", "Fine");
	run(c);
	assert_string_equal(badge_field(c, "b1", "business_name"), "Fine");
	assert_string_equal(ENGINE_WORLD_ASK(&c->w, "XLEN", CLAIMS), "0");
	assert_string_equal(ENGINE_WORLD_ASK(&c->w, "XLEN", STAFF), "0");
}

/* One command of the back office takes all badges of a profile, and leaves the others. */
static void
test_erase(void **state)
{
	struct commands *c = *state;

	put(c, "b1", "One");
	put(c, "b2", "Two");
	(void)ENGINE_WORLD_ASK(&c->w, "XADD", CLAIMS, "*", "op", "put", "badge", "b3",
	    "profile", "p2", "body", "nglcc", "category", "lgbtq", "number", "18", "business_name", "Three");
	run(c);
	assert_int_equal(index_count(c->w.engine.index), 3);
	(void)ENGINE_WORLD_ASK(&c->w, "XADD", STAFF, "*", "op", "erase", "profile", "p1");
	run(c);
	assert_int_equal(index_count(c->w.engine.index), 1);
	assert_string_equal(ENGINE_WORLD_ASK(&c->w, "EXISTS", "certsync:{0}:badge:b1",
	    "certsync:{0}:badge:b2"), "0");
	assert_string_equal(badge_field(c, "b3", "business_name"), "Three");
	assert_string_equal(ENGINE_WORLD_ASK(&c->w, "XLEN", STAFF), "0");
}

#define COMMAND_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		COMMAND_TEST(test_order),
		COMMAND_TEST(test_pending_first),
		COMMAND_TEST(test_group_is_made_again),
		COMMAND_TEST(test_refusals),
		COMMAND_TEST(test_erase),
	};

	return cmocka_run_group_tests_name("room claim", tests, NULL, NULL);
}
