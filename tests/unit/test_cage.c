/* SPDX-License-Identifier: ISC */
/*
 * test_cage.c -- what a plug-in tries that it may not: tests/connectors/burglar.c
 * in a real worker, from push() and from a constructor, one attempt a worker.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../connectors/burglaries.h"
#include "lib/worker_world.h"
#include "worker/cage.h"

#define LIST	"A1\n"

#if !CAGE_OPEN
/* What the file holds where its constructor looks. */
static const char mark[] = "BURGLAR-CONSTRUCTOR:";

struct attempt {
	const char	*how;
	const char	*call;	/* the call that is named, or its beginning; NULL: none is */
	int		 error;	/* where none is named: what the plug-in was answered */
	bool		 landlock; /* a constructor is answered EACCES, as it may open to read */
};

#define ATTEMPT(how, call, error, landlock) { how, call, error, landlock },
static const struct attempt attempts[] = { BURGLARIES(ATTEMPT) };

/* Whether the worker ended as an attempt should: a call named, or an error answered. */
static bool
ended_so(const struct worker_run *r, const char *call, int error)
{
	char said[128];
	bool nameless;

	if (call == NULL) {
		(void)snprintf(said, sizeof(said), "warn failed, errno %d\n", error);
		return r->succeeded && strstr(buf_str(&r->lines), said) != NULL;
	}
	nameless = !r->succeeded && strstr(r->text,
	    "made a system call that connectors may not, with its signals blocked") != NULL;
	(void)snprintf(said, sizeof(said), "the plug-in called %s", call);
	if (!r->succeeded && strstr(r->text, said) != NULL &&
	    strstr(r->text, ", which connectors may not") != NULL)
		return true;
	/* fork() of glibc 2.41 blocks the signal whose handler tells the name. */
	return nameless && (strcmp(call, "clone") == 0 || strcmp(call, "?") == 0);
}
#endif

static void
test_nothing_tried_is_nothing_refused(void **state)
{
	static const char *const settings[] = { "how", "nothing", NULL };
	struct worker_options o = worker_world_options("burglar", settings);
	struct worker_run r = { 0 };

	worker_world_run(*state, &r, &o, LIST);
	assert_string_equal(r.text, "");
	assert_non_null(strstr(buf_str(&r.lines), "warn none, errno"));
	worker_run_fini(&r);
}

#if !CAGE_OPEN
static void
test_refused_in_push(void **state)
{
	for (size_t i = 0; i < sizeof(attempts) / sizeof(*attempts); i++) {
		const char *const settings[] = { "how", attempts[i].how, NULL };
		struct worker_options o = worker_world_options("burglar", settings);
		struct worker_run r = { 0 };

		worker_world_run(*state, &r, &o, LIST);
		if (!ended_so(&r, attempts[i].call, attempts[i].error))
			fail_msg("%s: %s%s", attempts[i].how, r.text, buf_str(&r.lines));
		worker_run_fini(&r);
	}
}

/* A copy of the plug-in whose constructor makes that attempt. */
static void
burglar_write(const char *path, const char *how)
{
	static char bytes[1 << 20];
	FILE *in = fopen(worker_test_plugin("burglar"), "re"), *out = fopen(path, "we");
	char *at;
	size_t n;

	assert_true(in != NULL && out != NULL);
	n = fread(bytes, 1, sizeof(bytes), in);
	assert_true(n < sizeof(bytes));
	at = memmem(bytes, n, mark, sizeof(mark) - 1);
	assert_non_null(at);
	(void)memcpy(at + sizeof(mark) - 1, how, strlen(how) + 1);
	assert_int_equal(fwrite(bytes, 1, n, out), n);
	(void)fclose(in);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(chmod(path, 0755), 0);
}

static void
test_refused_in_a_constructor(void **state)
{
	char dir[] = "/tmp/certsync-test-XXXXXX", path[64];

	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/burglar.so", dir);
	for (size_t i = 0; i < sizeof(attempts) / sizeof(*attempts); i++) {
		bool landlock = attempts[i].landlock && cage_has_landlock();
		bool reads = attempts[i].landlock && !landlock;
		struct worker_options o = worker_world_options("burglar", NULL);
		struct worker_run r = { 0 };

		burglar_write(path, attempts[i].how);
		o.plugin = path;
		worker_world_run(*state, &r, &o, LIST);
		/* Without Landlock a plug-in that is loaded can read; the daemon warns of it. */
		if (reads ? strstr(buf_str(&r.lines), "warn WORKED") == NULL :
		    !ended_so(&r, landlock ? NULL : attempts[i].call,
		    landlock ? EACCES : attempts[i].error))
			fail_msg("%s: %s%s", attempts[i].how, r.text, buf_str(&r.lines));
		worker_run_fini(&r);
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}
#endif

/* What a process may still do in the cage of the embedded redis-server. */
enum { WRITE_BELOW = 1, WRITE_ELSEWHERE = 2, READ_ELSEWHERE = 4, REACH_TCP = 8 };

static bool
opens(const char *dir, const char *name, int flags)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return open(path, flags | O_CLOEXEC, 0600) != -1;
}

static int
redis_may(const char *own, const char *other)
{
	const struct sockaddr_in nobody = { .sin_family = AF_INET, .sin_port = htons(1),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), may = 0;

	may |= opens(own, "dump.rdb", O_WRONLY | O_CREAT) ? WRITE_BELOW : 0;
	may |= opens(other, "crontab", O_WRONLY | O_CREAT) ? WRITE_ELSEWHERE : 0;
	may |= opens("/etc", "passwd", O_RDONLY) ? READ_ELSEWHERE : 0;
	if (connect(s, (const struct sockaddr *)&nobody, sizeof(nobody)) == 0 || errno != EACCES)
		may |= REACH_TCP;
	return may;
}

static void
test_redis_writes_below_its_directory(void **state)
{
	char own[] = "/tmp/certsync-test-XXXXXX", other[] = "/tmp/certsync-test-XXXXXX";
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
	int status, may = WRITE_BELOW | READ_ELSEWHERE;
	char path[64];
	pid_t pid;

	(void)state;
	assert_true(mkdtemp(own) != NULL && mkdtemp(other) != NULL);
	pid = fork();
	if (pid == 0)
		_exit(cage_redis(own, NULL) == 0 ? redis_may(own, other) : 100);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!cage_has_landlock())
		may |= WRITE_ELSEWHERE;
	if (abi < 4)
		may |= REACH_TCP;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), may);
	(void)snprintf(path, sizeof(path), "%s/dump.rdb", own);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/crontab", other);
	assert_int_equal(unlink(path), cage_has_landlock() ? -1 : 0);
	assert_int_equal(rmdir(own), 0);
	assert_int_equal(rmdir(other), 0);
}

int
main(void)
{
	struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_tried_is_nothing_refused),
		cmocka_unit_test(test_redis_writes_below_its_directory),
#if !CAGE_OPEN
		cmocka_unit_test(test_refused_in_push),
		cmocka_unit_test(test_refused_in_a_constructor),
#endif
	};

	return worker_world_group(tests, sizeof(tests) / sizeof(*tests));
}
