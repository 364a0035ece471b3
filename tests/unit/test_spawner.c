/* SPDX-License-Identifier: ISC */
/*
 * test_spawner.c -- what is loaded and started, and that either end of the
 * spawner dies with the other.
 */
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/worker_world.h"
#include "worker/plugin.h"

#define GIVE_UP_MS	20000

/* --- loading ------------------------------------------------------------------------------- */

static void
copy_file(const char *from, const char *to, mode_t mode)
{
	static char bytes[1 << 20];
	FILE *in = fopen(from, "re"), *out = fopen(to, "we");
	size_t n;

	assert_true(in != NULL && out != NULL);
	while ((n = fread(bytes, 1, sizeof(bytes), in)) > 0)
		assert_int_equal(fwrite(bytes, 1, n, out), n);
	(void)fclose(in);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(chmod(to, mode), 0);
}

static const struct cs_connector *
loaded(const char *path, struct err *err)
{
	int fd = plugin_open(path, err);

	return fd == -1 ? NULL : plugin_load(fd, path, err);
}

static void
test_files_that_are_not_loaded(void **state)
{
	static const struct { const char *name; mode_t mode; const char *text; } cases[] = {
		{ "simple.so", 0755, NULL },
		{ "simple.so", 0775, "regular file of root" },
		{ "simple.so", 0757, "regular file of root" },
		{ "other.so", 0755, "no symbol cs_connector_other" },
		{ "Simple.so", 0755, "must be named" },
		{ "simple", 0755, "must be named" },
		{ ".so", 0755, "must be named" },
	};
	char dir[] = "/tmp/certsync-test-XXXXXX", path[128], link[128];
	struct err err;

	(void)state;
	assert_non_null(mkdtemp(dir));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, cases[i].name);
		copy_file(worker_test_plugin("simple"), path, cases[i].mode);
		err.text[0] = '\0';
		if (cases[i].text == NULL)
			assert_non_null(loaded(path, &err));
		else
			assert_null(loaded(path, &err));
		if (cases[i].text != NULL && strstr(err.text, cases[i].text) == NULL)
			fail_msg("case %zu: %s", i, err.text);
		(void)unlink(path);
	}
	(void)snprintf(link, sizeof(link), "%s/simple.so", dir);
	assert_int_equal(symlink(worker_test_plugin("simple"), link), 0);
	assert_null(loaded(link, &err));
	assert_non_null(strstr(err.text, "symbolic link"));
	(void)unlink(link);
	assert_int_equal(chmod(dir, 0777), 0);
	(void)snprintf(path, sizeof(path), "%s/simple.so", dir);
	copy_file(worker_test_plugin("simple"), path, 0755);
	assert_null(loaded(path, &err));
	assert_non_null(strstr(err.text, "directory can be changed"));
	(void)unlink(path);
	(void)rmdir(dir);
}

/* --- the spawner --------------------------------------------------------------------------- */

struct redis_run {
	pid_t	pid;
	bool	ended;
	struct spawner_exit exit;
};

static void
redis_started(void *arg, pid_t pid, int ends[SPAWNER_ENDS])
{
	for (int i = 0; i < SPAWNER_ENDS; i++)
		assert_int_equal(ends[i], -1);
	((struct redis_run *)arg)->pid = pid;
}

static void
redis_ended(void *arg, const struct spawner_exit *end)
{
	((struct redis_run *)arg)->exit = *end;
	((struct redis_run *)arg)->ended = true;
}

static const struct spawner_events redis_events = {
	.started = redis_started,
	.ended = redis_ended,
};

static void
test_redis_is_started_and_stopped(void **state)
{
	char dir[] = "/tmp/certsync-test-XXXXXX", sock[64], log[64];
	struct worker_world *w = *state;
	struct redis_run r = { 0 };
	struct err err = { .text = "" };
	uint64_t id;

	assert_non_null(mkdtemp(dir));
	(void)snprintf(sock, sizeof(sock), "%s/redis.sock", dir);
	(void)snprintf(log, sizeof(log), "%s/redis.log", dir);
	const char *args[] = { "--port", "0", "--unixsocket", sock, "--dir", dir,
	    "--save", "", NULL };

	id = spawner_client_redis(w->client, args, log, &redis_events, &r, &err);
	assert_string_equal(err.text, "");
	/* Its socket appears once it serves; the loop turns meanwhile. */
	for (int64_t until = loop_now_ms(w->loop) + GIVE_UP_MS;
	    access(sock, F_OK) != 0 && loop_now_ms(w->loop) < until;)
		(void)event_base_loop(loop_base(w->loop), EVLOOP_NONBLOCK);
	assert_int_equal(access(sock, F_OK), 0);
	assert_int_equal(access(log, R_OK), 0);
	assert_true(id != 0);
	spawner_client_kill(w->client, id, SIGTERM);
	while (!r.ended)
		(void)event_base_loop(loop_base(w->loop), EVLOOP_ONCE);
	assert_int_equal(r.exit.signo, 0);
	assert_int_equal(r.exit.status, 0);
	assert_int_equal(kill(r.pid, 0), -1);
	(void)unlink(sock);
	(void)unlink(log);
	(void)rmdir(dir);
}

static void
test_redis_options_refused(void **state)
{
	static const char *const cases[][5] = {
		{ "--loadmodule", "/tmp/x.so", NULL },
		{ "--port", NULL },
		{ "--port", "--loadmodule", NULL },
		{ "/etc/redis.conf", "x", NULL },
		{ "--port", "0", "--include", "/tmp/x", NULL },
	};
	struct worker_world *w = *state;
	struct err err;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_true(spawner_client_redis(w->client, cases[i], NULL,
		    &redis_events, NULL, &err) == 0);
}

/* It has ended, whether or not its new parent has reaped it. */
static bool
process_gone(pid_t pid)
{
	char path[64], text[256] = "";
	const char *state;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return true;
	(void)!fgets(text, sizeof(text), f);
	(void)fclose(f);
	state = strrchr(text, ')');
	return state == NULL || state[2] == 'Z' || state[2] == 'X';
}

static void
test_spawner_dies(void **state)
{
	struct worker_world w = { 0 };
	struct worker_options o = worker_world_options("silent", NULL);
	struct worker_run r = { 0 };
	struct err err;
	pid_t pid;

	(void)state;
	worker_world_new(&w);
	worker_world_start(&w, &r, &o, "");
	while (worker_pid(r.w) == 0)
		(void)event_base_loop(loop_base(w.loop), EVLOOP_ONCE);
	pid = worker_pid(r.w);
	assert_int_equal(kill(w.spawner->pid, SIGKILL), 0);
	while (!w.dead || r.ends == 0)
		(void)event_base_loop(loop_base(w.loop), EVLOOP_ONCE);
	assert_true(r.failure.crashed);
	worker_run_fini(&r);
	assert_int_equal(worker_run_start(&r, w.client, &o, &err), -1);
	assert_non_null(strstr(err.text, "spawner has gone"));
	/* Its children die with it, with nobody left to kill them by hand. */
	for (int64_t until = loop_now_ms(w.loop) + GIVE_UP_MS;
	    !process_gone(pid) && loop_now_ms(w.loop) < until;)
		continue;
	assert_true(process_gone(pid));
	worker_world_close(&w);
	w.spawner = spawner_stop(w.spawner);
}

struct bare_run {
	pid_t	pid;
	int	ends[SPAWNER_ENDS];
};

static void
bare_started(void *arg, pid_t pid, int ends[SPAWNER_ENDS])
{
	struct bare_run *r = arg;

	r->pid = pid;
	memcpy(r->ends, ends, sizeof(r->ends));
}

static const struct spawner_events bare_events = { .started = bare_started };

/* A worker whose socket stays open ends because the spawner ends it. */
static void
test_spawner_takes_its_children_along(void **state)
{
	const struct cage_limits limits = { 0 };
	struct bare_run r = { 0 };
	struct worker_world w = { 0 };
	struct err err;

	(void)state;
	worker_world_new(&w);
	assert_true(spawner_client_worker(w.client, &limits, &bare_events, &r,
	    &err) != 0);
	while (r.pid == 0)
		(void)event_base_loop(loop_base(w.loop), EVLOOP_ONCE);
	assert_int_equal(kill(r.pid, 0), 0);
	worker_world_close(&w);
	w.spawner = spawner_stop(w.spawner);	/* end of file, then wait */
	assert_int_equal(kill(r.pid, 0), -1);
	assert_int_equal(errno, ESRCH);
	spawner_ends_close(r.ends);
}

/* An upgrade replaces the file; the daemon of before goes on with the worker of before. */
static void
test_worker_of_the_same_version(void **state)
{
	struct worker_options o = worker_world_options("simple", NULL);
	char dir[] = "/tmp/certsync-test-XXXXXX", program[128];
	struct worker_world w = { 0 };
	struct worker_run r = { 0 };
	struct err err;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(program, sizeof(program), "%s/" SPAWNER_WORKER_NAME, dir);
	copy_file(worker_test_program(), program, 0755);
	w.spawner = spawner_start(program, &err);
	assert_non_null(w.spawner);
	assert_int_equal(worker_world_open(&w), 0);
	assert_int_equal(unlink(program), 0);
	o.mode = WORKER_DESCRIBE;
	worker_world_run(&w, &r, &o, "");
	assert_true(r.succeeded);
	worker_run_fini(&r);
	worker_world_close(&w);
	w.spawner = spawner_stop(w.spawner);

	assert_null(spawner_start(program, &err));
	assert_non_null(strstr(err.text, "/" SPAWNER_WORKER_NAME ": No such file or directory"));
	assert_int_equal(rmdir(dir), 0);
}

int
main(void)
{
	struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files_that_are_not_loaded),
		cmocka_unit_test(test_redis_is_started_and_stopped),
		cmocka_unit_test(test_redis_options_refused),
		cmocka_unit_test(test_spawner_dies),
		cmocka_unit_test(test_spawner_takes_its_children_along),
		cmocka_unit_test(test_worker_of_the_same_version),
	};

	return worker_world_group(tests, sizeof(tests) / sizeof(*tests));
}
