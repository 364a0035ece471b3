/* SPDX-License-Identifier: ISC */
/* redis_server.c -- see redis_server.h. */
#include "redis_server.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define START_TRIES	1000	/* of 10 ms */
/* Below the ports of outgoing connections, beside those of tests/lib/ports.py. */
#define PORT_FIRST	15000
#define PORTS		1000

void
redis_server_init(struct redis_server *s)
{
	*s = (struct redis_server){ .pid = 0 };
	strcpy(s->dir, "/tmp/certsync-redis-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	(void)snprintf(s->socket, sizeof(s->socket), "%s/redis.sock", s->dir);
	redis_server_option(s, "--unixsocket", s->socket);
	redis_server_option(s, "--dir", s->dir);
	redis_server_option(s, "--port", "0");
	redis_server_option(s, "--save", "");
	redis_server_option(s, "--enable-debug-command", "yes");
	redis_server_option(s, "--loglevel", "warning");
}

void
redis_server_option(struct redis_server *s, const char *name, const char *value)
{
	size_t n = 0;

	while (s->args[n] != NULL)
		n++;
	assert_true(n + 2 < REDIS_SERVER_ARGS_MAX);
	s->args[n] = strdup(name);
	s->args[n + 1] = strdup(value);
	assert_true(s->args[n] != NULL && s->args[n + 1] != NULL);
}

static void
server_exec(const struct redis_server *s)
{
	char *argv[REDIS_SERVER_ARGS_MAX + 2] = { (char *)(uintptr_t)"redis-server" };
	int null = open("/dev/null", O_RDWR);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; s->args[i] != NULL; i++)
		argv[i + 1] = s->args[i];
	(void)dup2(null, STDIN_FILENO);
	(void)dup2(null, STDOUT_FILENO);
	(void)execvp(argv[0], argv);
	_exit(127);
}

static int
server_accepts(const struct redis_server *s)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), rc;

	assert_true(fd != -1);
	strncpy(sun.sun_path, s->socket, sizeof(sun.sun_path) - 1);
	rc = connect(fd, (struct sockaddr *)&sun, sizeof(sun));
	(void)close(fd);
	return rc == 0;
}

void
redis_server_start(struct redis_server *s)
{
	const struct timespec pause = { .tv_nsec = 10000000 };

	(void)unlink(s->socket);
	s->pid = fork();
	assert_true(s->pid != -1);
	if (s->pid == 0)
		server_exec(s);
	for (int i = 0; i < START_TRIES; i++) {
		if (server_accepts(s))
			return;
		if (waitpid(s->pid, NULL, WNOHANG) == s->pid) {
			s->pid = 0;
			fail_msg("redis-server did not start");
		}
		(void)nanosleep(&pause, NULL);
	}
	fail_msg("redis-server does not accept connections");
}

void
redis_server_kill(struct redis_server *s)
{
	if (s->pid == 0)
		return;
	(void)kill(s->pid, SIGKILL);
	assert_true(waitpid(s->pid, NULL, 0) == s->pid);
	s->pid = 0;
}

static int
server_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

void
redis_server_stop(struct redis_server *s)
{
	redis_server_kill(s);
	(void)nftw(s->dir, server_remove, 8, FTW_DEPTH | FTW_PHYS);
	for (size_t i = 0; s->args[i] != NULL; i++) {
		free(s->args[i]);
		s->args[i] = NULL;
	}
}

static bool
port_is_free(uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool is_free;

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd != -1);
	is_free = bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0;
	(void)close(fd);
	return is_free;
}

uint16_t
redis_server_free_port(void)
{
	static int tried;	/* each call gives another one */

	while (tried < PORTS) {
		uint16_t port = (uint16_t)(PORT_FIRST + (getpid() + tried++) % PORTS);

		if (port_is_free(port))
			return port;
	}
	fail_msg("no port is free");
	return 0;
}
