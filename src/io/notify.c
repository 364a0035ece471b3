/* SPDX-License-Identifier: ISC */
/* notify.c -- see notify.h. */
#include "io/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

struct notify {
	int			 fd;
	struct sockaddr_un	 to;
	socklen_t		 to_len;
	uint64_t		 dropped;
};

static int
notify_address(struct notify *n, const char *address, struct err *err)
{
	size_t len = strlen(address);

	n->to.sun_family = AF_UNIX;
	if ((address[0] != '/' && address[0] != '@') || len < 2)
		return err_set(err, "NOTIFY_SOCKET is neither an absolute path nor @ and a name");
	if (len >= sizeof(n->to.sun_path))
		return err_set(err, "NOTIFY_SOCKET is longer than %zu bytes",
		    sizeof(n->to.sun_path) - 1);
	memcpy(n->to.sun_path, address, len);
	n->to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	/* An abstract name begins with a NUL and has none at its end. */
	if (address[0] == '@')
		n->to.sun_path[0] = '\0';
	else
		n->to_len++;
	return 0;
}

struct notify *
notify_open(const char *address, struct err *err)
{
	struct notify *n = calloc(1, sizeof(*n));

	if (n == NULL) {
		(void)err_set_passing(err, "no memory for notifications");
		return NULL;
	}
	n->fd = -1;
	if (notify_address(n, address, err) == -1)
		return notify_free(n);
	n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (n->fd == -1) {
		(void)err_set(err, "no socket for notifications: %s", strerror(errno));
		return notify_free(n);
	}
	return n;
}

struct notify *
notify_free(struct notify *n)
{
	if (n == NULL)
		return NULL;
	if (n->fd != -1)
		(void)close(n->fd);
	free(n);
	return NULL;
}

int
notify_send(struct notify *n, const char *state)
{
	size_t len = strlen(state);

	if (n == NULL)
		return 0;
	/* Addressed each time: the manager may make its socket anew. */
	if (len > 0 && len <= NOTIFY_STATE_MAX &&
	    sendto(n->fd, state, len, MSG_DONTWAIT | MSG_NOSIGNAL,
	    (const struct sockaddr *)&n->to, n->to_len) == (ssize_t)len)
		return 0;
	n->dropped++;
	return -1;
}

int
notify_reloading(struct notify *n)
{
	struct timespec now;
	char state[80];

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	(void)snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	return notify_send(n, state);
}

uint64_t
notify_dropped(const struct notify *n)
{
	return n != NULL ? n->dropped : 0;
}

int64_t
notify_watchdog_us(const char *usec, const char *pid)
{
	int64_t us, who;

	if (usec == NULL || !text_parse_i64(usec, 1, INT64_MAX, &us))
		return 0;
	if (pid != NULL &&
	    (!text_parse_i64(pid, 1, INT32_MAX, &who) || who != getpid()))
		return 0;
	return us;
}
