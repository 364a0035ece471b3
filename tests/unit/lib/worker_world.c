/* SPDX-License-Identifier: ISC */
/* worker_world.c -- see worker_world.h. */
#include "worker_world.h"

#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The directory of the test program, DIR/tests.  Lent until the next call. */
static const char *
tests_directory(void)
{
	static char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[n > 0 ? n : 0] = '\0';
	return n > 0 && strrchr(path, '/') != NULL ? (*strrchr(path, '/') = '\0', path) : "";
}

const char *
worker_test_program(void)
{
	static char path[PATH_MAX + 32];

	(void)snprintf(path, sizeof(path), "%s/../" SPAWNER_WORKER_NAME, tests_directory());
	return path;
}

struct spawner *
worker_world_spawner(void)
{
	struct err err;
	struct spawner *s = spawner_start(worker_test_program(), &err);

	if (s == NULL)
		(void)fprintf(stderr, "%s\n", err.text);
	return s;
}

const char *
worker_test_plugin(const char *name)
{
	static char path[PATH_MAX + 64];

	(void)snprintf(path, sizeof(path), "%s/connectors/%s.so", tests_directory(), name);
	return path;
}

static void
world_on_dead(void *arg)
{
	((struct worker_world *)arg)->dead = true;
}

int
worker_world_open(struct worker_world *w)
{
	struct err err;

	w->dead = false;
	w->loop = loop_new();
	w->client = w->loop == NULL ? NULL : spawner_client_new(w->spawner,
	    w->loop, world_on_dead, w, &err);
	return w->client == NULL ? -1 : 0;
}

void
worker_world_close(struct worker_world *w)
{
	/* Freed workers are deferred: one turn lets them go. */
	(void)event_base_loop(loop_base(w->loop), EVLOOP_NONBLOCK);
	w->client = spawner_client_free(w->client);
	w->loop = loop_free(w->loop);
}

void
worker_world_new(struct worker_world *w)
{
	w->spawner = worker_world_spawner();
	assert_non_null(w->spawner);
	assert_int_equal(worker_world_open(w), 0);
}

struct worker_options
worker_world_options(const char *plugin, const char *const *settings)
{
	return (struct worker_options){
		.plugin = worker_test_plugin(plugin), .mode = WORKER_POLL,
		.kind = CS_POLL_FULL, .today = { 2026, 11, 22 },
		.settings = settings, .deadline_ms = 15000
	};
}

void
worker_world_start(struct worker_world *w, struct worker_run *r,
    const struct worker_options *o, const char *body)
{
	struct err err;

	if (r->body == NULL) {
		r->body = body;
		r->body_len = strlen(body);
	}
	if (worker_run_start(r, w->client, o, &err) != 0)
		fail_msg("%s", err.text);
}

void
worker_world_run(struct worker_world *w, struct worker_run *r,
    const struct worker_options *o, const char *body)
{
	worker_world_start(w, r, o, body);
	assert_true(worker_run_all(w->loop, &r, 1));
	assert_int_equal(r->ends, 1);
}

int
worker_world_group(struct CMUnitTest *tests, size_t count)
{
	struct worker_world world = { 0 };
	int status;

	world.spawner = worker_world_spawner();
	if (world.spawner == NULL || worker_world_open(&world) != 0)
		return 1;
	for (size_t i = 0; i < count; i++)
		tests[i].initial_state = &world;
	status = _cmocka_run_group_tests("tests", tests, count, NULL, NULL);
	worker_world_close(&world);
	world.spawner = spawner_stop(world.spawner);
	return status;
}
