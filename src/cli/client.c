/* SPDX-License-Identifier: ISC */
/* client.c -- see client.h. */
#include "cli/client.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"

#define PIECE	65536		/* bytes asked of the socket at once */

struct client {
	const char	*path;		/* lent */
	int		 fd;
	struct buf	 in;		/* received, not yet handed out */
};

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static const char *
advice(int error)
{
	switch (error) {
	case ENOENT:
	case ECONNREFUSED:
		return "is certsyncd running? Another socket: -s SOCKET or $CERTSYNC_SOCKET";
	case EACCES:
	case EPERM:
		return "only root and the socket's group may ask: use sudo, or join that group";
	default:
		return "see the daemon's log";
	}
}

struct client *
client_open(const char *path, struct err *err)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct client *client;

	if (!text_copy(addr.sun_path, sizeof(addr.sun_path), path)) {
		err_set(err, "the socket's path is longer than %zu bytes",
		    sizeof(addr.sun_path) - 1);
		return NULL;
	}
	client = calloc(1, sizeof(*client));
	if (client == NULL) {
		err_set_passing(err, "out of memory");
		return NULL;
	}
	client->path = path;
	buf_init(&client->in, CLIENT_LINE_MAX + PIECE);
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd == -1 || connect(client->fd, (struct sockaddr *)&addr,
	    sizeof(addr)) != 0) {
		char shown[256];

		err_set(err, "cannot reach the daemon at %s: %s; %s",
		    text_escape(path, strlen(path), shown, sizeof(shown)),
		    strerror(errno), advice(errno));
		return client_close(client);
	}
	return client;
}

/* Waits for events until deadline_ms (0: for ever).  -1: err. */
static int
wait_for(struct client *client, short events, int64_t deadline_ms, struct err *err)
{
	struct pollfd pfd = { .fd = client->fd, .events = events };
	int64_t left;
	int n;

	do {
		left = deadline_ms == 0 ? -1 : deadline_ms - now_ms();
		if (deadline_ms != 0 && left < 0)
			left = 0;
		n = poll(&pfd, 1, left > INT_MAX ? INT_MAX : (int)left);
	} while (n == -1 && errno == EINTR);
	if (n == 0)
		return err_set(err, "the daemon does not answer; it may be waiting "
		    "for Redis: see its log");
	return n > 0 ? 0 : err_set(err, "poll: %s", strerror(errno));
}

/* As send(); with a file, which goes with the first byte (unix(7), SCM_RIGHTS). */
static ssize_t
piece_send(int fd, char *bytes, size_t len, int file)
{
	union { struct cmsghdr align; char room[CMSG_SPACE(sizeof(int))]; } control;
	struct iovec piece = { .iov_base = bytes, .iov_len = len };
	struct msghdr msg = { .msg_iov = &piece, .msg_iovlen = 1 };

	memset(&control, 0, sizeof(control));
	if (file != -1) {
		control.align = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
		    .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int)) };
		memcpy(CMSG_DATA(&control.align), &file, sizeof(file));
		msg.msg_control = control.room;
		msg.msg_controllen = sizeof(control.room);
	}
	return sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int
client_send(struct client *client, const json_t *request, struct err *err)
{
	return client_send_file(client, request, -1, err);
}

int
client_send_file(struct client *client, const json_t *request, int file, struct err *err)
{
	char *line = json_dumps(request, JSON_COMPACT);
	int64_t deadline_ms = now_ms() + CLIENT_SEND_MS;
	size_t len, sent = 0;
	ssize_t n;
	int rc = 0;

	if (line == NULL)
		return err_set_passing(err, "out of memory, or an argument is not UTF-8");
	len = strlen(line);
	line[len++] = '\n';	/* takes the place of the NUL */
	while (sent < len && rc == 0) {
		n = piece_send(client->fd, line + sent, len - sent, sent == 0 ? file : -1);
		if (n > 0)
			sent += (size_t)n;
		else if (errno == EAGAIN)
			rc = wait_for(client, POLLOUT, deadline_ms, err);
		else if (errno != EINTR)
			rc = err_set(err, "the daemon closed the connection: %s",
			    strerror(errno));
	}
	free(line);
	return rc;
}

/* Takes the first line out of the buffer.  NULL: there is none yet, or err is set. */
static json_t *
line_take(struct client *client, bool *out_bad, struct err *err)
{
	const char *end = client->in.len == 0 ? NULL :
	    memchr(client->in.data, '\n', client->in.len);
	json_t *line;

	if (end == NULL)
		return NULL;
	line = json_loadb(client->in.data, (size_t)(end - client->in.data), 0, NULL);
	buf_shift(&client->in, (size_t)(end - client->in.data) + 1);
	if (json_is_object(line))
		return line;
	json_decref(line);
	*out_bad = true;
	err_set(err, "the answer is not what certsyncd sends: is %s its socket?",
	    client->path);
	return NULL;
}

json_t *
client_receive(struct client *client, int64_t within_ms, struct err *err)
{
	int64_t deadline_ms = within_ms == CLIENT_FOREVER ? 0 : now_ms() + within_ms;
	char piece[PIECE];
	bool bad = false;
	json_t *line;
	ssize_t n;

	while ((line = line_take(client, &bad, err)) == NULL && !bad) {
		if (wait_for(client, POLLIN, deadline_ms, err) != 0)
			return NULL;
		n = recv(client->fd, piece, sizeof(piece), MSG_DONTWAIT);
		if (n == 0) {
			err_set(err, "the daemon closed the connection without an "
			    "answer; see its log");
			return NULL;
		}
		if (n > 0)
			buf_add(&client->in, piece, (size_t)n);
		else if (errno != EAGAIN && errno != EINTR) {
			err_set(err, "reading the answer: %s", strerror(errno));
			return NULL;
		}
		if (client->in.failed) {
			err_set(err, "the answer is longer than %u MiB",
			    CLIENT_LINE_MAX >> 20);
			return NULL;
		}
	}
	return line;
}

struct client *
client_close(struct client *client)
{
	if (client == NULL)
		return NULL;
	if (client->fd != -1)
		close(client->fd);
	buf_free(&client->in);
	free(client);
	return NULL;
}
