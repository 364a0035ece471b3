/* SPDX-License-Identifier: ISC */
/* spawner_wire.c -- see spawner.h: packets with descriptors. */
#include "worker/spawner.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

#define ENDS_BYTES	(SPAWNER_ENDS * sizeof(int))

void
spawner_ends_close(int ends[SPAWNER_ENDS])
{
	for (size_t i = 0; i < SPAWNER_ENDS; i++) {
		if (ends[i] >= 0)
			(void)close(ends[i]);
		ends[i] = -1;
	}
}

int
spawner_send(int sock, const struct spawner_packet *p, const int ends[SPAWNER_ENDS])
{
	/* Only the start of a redis-server needs the long tail. */
	size_t len = p->op == SPAWNER_START_REDIS ? sizeof(*p) :
	    offsetof(struct spawner_packet, log_path);
	union {
		struct cmsghdr	align;
		char		bytes[CMSG_SPACE(ENDS_BYTES)];
	} control = { .bytes = { 0 } };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)p, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (ends != NULL) {
		struct cmsghdr *c;

		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(ENDS_BYTES);
		memcpy(CMSG_DATA(c), ends, ENDS_BYTES);
	}
	do
		n = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n == (ssize_t)len ? 0 : -1;
}

int
spawner_recv(int sock, struct spawner_packet *out, int ends[SPAWNER_ENDS])
{
	union {
		struct cmsghdr	align;
		char		bytes[CMSG_SPACE(ENDS_BYTES)];
	} control = { .bytes = { 0 } };
	struct iovec iov = { .iov_base = out, .iov_len = sizeof(*out) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes)
	};
	struct cmsghdr *c;
	ssize_t n;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < SPAWNER_ENDS; i++)
		ends[i] = -1;
	do
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	if (n <= 0)
		return (int)n;
	c = CMSG_FIRSTHDR(&msg);
	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(ENDS_BYTES))
		memcpy(ends, CMSG_DATA(c), ENDS_BYTES);
	if ((size_t)n < offsetof(struct spawner_packet, log_path)) {
		spawner_ends_close(ends);
		errno = EPROTO;
		return -1;
	}
	/* The texts end inside, whoever wrote them. */
	out->log_path[sizeof(out->log_path) - 1] = '\0';
	out->args[sizeof(out->args) - 1] = '\0';
	return 1;
}

/*
 * Neither code (loadmodule, include, scripts on events) nor another user's
 * files can come in by these.
 */
static const char *const redis_options[] = {
	"--port", "--bind", "--unixsocket", "--unixsocketperm", "--dir",
	"--dbfilename", "--appendonly", "--appendfsync", "--appendfilename",
	"--appenddirname", "--save", "--databases", "--maxmemory",
	"--maxmemory-policy", "--loglevel", "--tcp-backlog", "--timeout",
	"--aof-use-rdb-preamble", "--auto-aof-rewrite-percentage",
	"--auto-aof-rewrite-min-size", "--protected-mode", "--set-proc-title",
	"--always-show-logo", "--daemonize",
};

static bool
redis_option_known(const char *option)
{
	for (size_t i = 0; i < sizeof(redis_options) / sizeof(*redis_options); i++)
		if (strcmp(redis_options[i], option) == 0)
			return true;
	return false;
}

int
spawner_redis_args_check(const char *const *args, struct err *err)
{
	size_t bytes = 0, n = 0;
	char shown[64];

	for (; args[n] != NULL; n += 2) {
		if (n + 2 > SPAWNER_ARGS_MAX)
			return err_set(err, "redis-server: more than %d arguments",
			    SPAWNER_ARGS_MAX);
		if (!redis_option_known(args[n]))
			return err_set(err, "redis-server: option \"%s\" is not "
			    "one of ours", text_escape(args[n], strlen(args[n]),
			    shown, sizeof(shown)));
		if (args[n + 1] == NULL)
			return err_set(err, "redis-server: option %s lacks its "
			    "value", args[n]);
		if (text_starts(args[n + 1], "--"))
			return err_set(err, "redis-server: the value of %s looks "
			    "like an option", args[n]);
		bytes += strlen(args[n]) + strlen(args[n + 1]) + 2;
	}
	if (bytes > SPAWNER_ARGS_BYTES)
		return err_set(err, "redis-server: arguments of %zu bytes, %d "
		    "are the most", bytes, SPAWNER_ARGS_BYTES);
	return 0;
}
