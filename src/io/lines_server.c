/* SPDX-License-Identifier: ISC */
/*
 * lines_server.c -- see lines_server.h.  libevent's listener, and bufferevents for what is
 * sent; what is received is read here, as descriptors may come with it.
 */
#include "io/lines_server.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

#define LINES_BACKLOG	16
#define LINES_PIECE	16384	/* bytes asked of a socket at once */
#define WHO_NAME_MAX	32	/* bytes of a user's name, as useradd has it */
#define LINES_ACCEPT_PAUSE_MS 1000	/* after an accept error such as EMFILE */

struct lines_peer {
	struct lines_server *server;
	struct lines_peer *next, *prev;
	struct bufferevent *bev;	/* what is sent */
	struct event	*readable;
	struct evbuffer	*in;		/* received, no line taken from it */
	int		 fd;		/* the descriptor that came last, -1: none */
	uid_t		 uid;
	void		*data;
	int64_t		 idle_ms;	/* since when, by the loop's clock */
	bool		 busy;		/* a request is not answered yet */
	bool		 dead;		/* to be freed */
	struct timer	 turn;		/* takes the next line */
};

struct lines_server {
	struct loop	*loop;
	struct evconnlistener *listener;
	struct lines_events events;
	void		*arg;
	struct lines_peer *peers;
	size_t		 peer_count;
	struct timer	 accept_again;
	struct sockaddr_un address;
};

static void
peer_close_fd(struct lines_peer *peer)
{
	if (peer->fd != -1)
		(void)close(peer->fd);
	peer->fd = -1;
}

static void
peer_release(struct lines_peer *peer)
{
	timer_fini(&peer->turn);
	if (peer->readable != NULL)
		event_free(peer->readable);
	if (peer->in != NULL)
		evbuffer_free(peer->in);
	if (peer->bev != NULL)
		bufferevent_free(peer->bev);
	peer_close_fd(peer);
	free(peer);
}

static void
peer_free(struct lines_peer *peer)
{
	struct lines_server *server = peer->server;

	if (peer->prev != NULL)
		peer->prev->next = peer->next;
	else
		server->peers = peer->next;
	if (peer->next != NULL)
		peer->next->prev = peer->prev;
	server->peer_count--;
	server->events.closed(server->arg, peer);
	peer_release(peer);
}

/* Whether the next line has to wait: for an answer, or for a peer that reads none. */
static bool
peer_waits(const struct lines_peer *peer)
{
	return peer->busy || lines_unread(peer) >= LINES_UNREAD_MAX;
}

/* Lines are taken in a turn of their own: never inside a send of the last answer. */
static void
peer_on_turn(void *arg)
{
	struct lines_peer *peer = arg;
	size_t len;
	char *line;

	if (peer->dead) {
		peer_free(peer);
		return;
	}
	if (peer_waits(peer))
		return;
	line = evbuffer_readln(peer->in, &len, EVBUFFER_EOL_LF);
	if (line == NULL ? evbuffer_get_length(peer->in) >= LINES_LINE_MAX :
	    len >= LINES_LINE_MAX) {
		free(line);
		peer_free(peer);
		return;
	}
	if (line == NULL)
		return;
	peer->busy = true;
	peer->server->events.line(peer->server->arg, peer, strlen(line) == len ? line : "");
	free(line);
}

static void
peer_end(struct lines_peer *peer)
{
	peer->dead = true;
	(void)event_del(peer->readable);
	timer_set_ms(&peer->turn, 0);
}

/* The last one stays until another comes, its line takes it or the peer goes. */
static void
peer_take_fd(struct lines_peer *peer, struct msghdr *msg)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	size_t n;

	if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return;
	/* Room for one may be room for two: it is rounded up. */
	n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(peer->fd);
	for (size_t i = 0; i < n; i++) {
		peer_close_fd(peer);
		memcpy(&peer->fd, CMSG_DATA(c) + i * sizeof(peer->fd), sizeof(peer->fd));
	}
}

/* What recv() says, and the descriptor there is; those that have no room the kernel closes. */
static ssize_t
peer_receive(struct lines_peer *peer, char *piece, size_t size)
{
	union { struct cmsghdr align; char room[CMSG_SPACE(sizeof(int))]; } control;
	struct iovec bytes = { .iov_base = piece, .iov_len = size };
	struct msghdr msg = { .msg_iov = &bytes, .msg_iovlen = 1,
	    .msg_control = control.room, .msg_controllen = sizeof(control.room) };
	ssize_t n = recvmsg(bufferevent_getfd(peer->bev), &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n >= 0)
		peer_take_fd(peer, &msg);
	return n;
}

static void
peer_on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct lines_peer *peer = arg;
	char piece[LINES_PIECE];
	ssize_t n = peer_receive(peer, piece, sizeof(piece));

	(void)fd, (void)what;
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || evbuffer_add(peer->in, piece, (size_t)n) != 0) {
		peer_end(peer);
		return;
	}
	/* Not again if it is set: that would put it off for as long as bytes come. */
	if (!peer->busy && !timer_is_set(&peer->turn))
		timer_set_ms(&peer->turn, 0);
	/* What is in line behind a request waits in the socket. */
	if (peer_waits(peer) && evbuffer_get_length(peer->in) >= LINES_LINE_MAX)
		(void)event_del(peer->readable);
}

/* All of its lines are in the socket. */
static void
peer_on_written(struct bufferevent *bev, void *arg)
{
	struct lines_peer *peer = arg;

	(void)bev;
	if (peer->dead)
		return;
	if (peer->busy) {
		if (peer->server->events.drained != NULL)
			peer->server->events.drained(peer->server->arg, peer);
		return;
	}
	(void)event_add(peer->readable, NULL);
	if (!timer_is_set(&peer->turn))
		timer_set_ms(&peer->turn, 0);
}

static void
peer_on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev, (void)what;
	peer_end(arg);
}

bool
lines_send(struct lines_peer *peer, const char *text, size_t len)
{
	struct evbuffer *out = bufferevent_get_output(peer->bev);

	if (peer->dead)
		return false;
	if (evbuffer_get_length(out) + len > LINES_OUTPUT_MAX ||
	    bufferevent_write(peer->bev, text, len) != 0 ||
	    bufferevent_write(peer->bev, "\n", 1) != 0) {
		peer_end(peer);
		return false;
	}
	return true;
}

size_t
lines_unread(const struct lines_peer *peer)
{
	return evbuffer_get_length(bufferevent_get_output(peer->bev));
}

void
lines_finish(struct lines_peer *peer)
{
	peer->busy = false;
	peer->idle_ms = loop_now_ms(peer->server->loop);
	if (!peer->dead)
		(void)event_add(peer->readable, NULL);
	timer_set_ms(&peer->turn, 0);
}

int
lines_take_fd(struct lines_peer *peer)
{
	int fd = peer->fd;

	peer->fd = -1;
	return fd;
}

uid_t
lines_peer_uid(const struct lines_peer *peer)
{
	return peer->uid;
}

static bool
is_sound_name(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= WHO_NAME_MAX && strspn(name, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == len;
}

const char *
lines_peer_who(const struct lines_peer *peer, char out[LINES_WHO_SIZE])
{
	unsigned long uid = (unsigned long)peer->uid;
	struct passwd entry, *found = NULL;
	char texts[4096];

	if (getpwuid_r(peer->uid, &entry, texts, sizeof(texts), &found) != 0 || found == NULL ||
	    !is_sound_name(entry.pw_name))
		(void)snprintf(out, LINES_WHO_SIZE, "uid %lu", uid);
	else
		(void)snprintf(out, LINES_WHO_SIZE, "%s (uid %lu)", entry.pw_name, uid);
	return out;
}

void
lines_set_data(struct lines_peer *peer, void *data)
{
	peer->data = data;
}

void *
lines_data(const struct lines_peer *peer)
{
	return peer->data;
}

/* Makes a place for one more.  false: all are at work, and the reserve is not for uid or full. */
static bool
server_has_place(struct lines_server *server, uid_t uid)
{
	struct lines_peer *idlest = NULL;
	bool owner = uid == 0 || uid == geteuid();

	if (server->peer_count < LINES_CONNECTIONS_MAX)
		return true;
	for (struct lines_peer *p = server->peers; p != NULL; p = p->next)
		if (!p->busy && !timer_is_set(&p->turn) &&
		    (idlest == NULL || p->idle_ms <= idlest->idle_ms))
			idlest = p;
	if (idlest == NULL)
		return owner && server->peer_count < LINES_CONNECTIONS_MAX + LINES_RESERVE;
	peer_end(idlest);
	return true;
}

/* Takes fd.  NULL: no memory. */
static struct lines_peer *
peer_new(struct lines_server *server, int fd, uid_t uid)
{
	struct lines_peer *peer = calloc(1, sizeof(*peer));

	if (peer == NULL) {
		(void)close(fd);
		return NULL;
	}
	peer->server = server;
	peer->uid = uid;
	peer->fd = -1;
	peer->idle_ms = loop_now_ms(server->loop);
	peer->bev = bufferevent_socket_new(loop_base(server->loop), fd, BEV_OPT_CLOSE_ON_FREE);
	if (peer->bev == NULL)
		(void)close(fd);
	peer->in = evbuffer_new();
	peer->readable = event_new(loop_base(server->loop), fd, EV_READ | EV_PERSIST,
	    peer_on_readable, peer);
	if (timer_init(&peer->turn, server->loop, peer_on_turn, peer) == 0 &&
	    peer->bev != NULL && peer->in != NULL && peer->readable != NULL &&
	    event_add(peer->readable, NULL) == 0)
		return peer;
	peer_release(peer);
	return NULL;
}

static void
server_on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
    int len, void *arg)
{
	struct lines_server *server = arg;
	struct lines_peer *peer;
	struct ucred cred;
	socklen_t cred_len = sizeof(cred);

	(void)listener, (void)address, (void)len;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &cred_len) != 0 ||
	    !server_has_place(server, cred.uid)) {
		(void)close(fd);
		return;
	}
	peer = peer_new(server, fd, cred.uid);
	if (peer == NULL)
		return;
	peer->next = server->peers;
	if (peer->next != NULL)
		peer->next->prev = peer;
	server->peers = peer;
	server->peer_count++;
	bufferevent_setcb(peer->bev, NULL, peer_on_written, peer_on_event, peer);
}

/* Descriptors may be short for a moment: never a reason to end, nor to spin. */
static void
server_on_error(struct evconnlistener *listener, void *arg)
{
	struct lines_server *server = arg;

	log_warn("control socket: accept: %m, pausing");
	(void)evconnlistener_disable(listener);
	timer_set_ms(&server->accept_again, LINES_ACCEPT_PAUSE_MS);
}

static void
server_accept_again(void *arg)
{
	(void)evconnlistener_enable(((struct lines_server *)arg)->listener);
}

/* A socket file that nobody listens on is left by a killed daemon. */
static int
server_remove_stale(const struct sockaddr_un *address, struct err *err)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), rc;

	if (fd == -1)
		return err_set_errno(err, errno, "socket");
	rc = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	(void)close(fd);
	if (rc == 0 || errno == EAGAIN)
		return err_set_passing(err, "%s: another process listens there",
		    address->sun_path);
	if (errno == ECONNREFUSED && unlink(address->sun_path) != 0)
		return err_set_errno(err, errno, "%s: cannot be removed", address->sun_path);
	return 0;
}

static int
server_listen(struct lines_server *server, gid_t group, struct err *err)
{
	const char *path = server->address.sun_path;
	int fd;

	if (server_remove_stale(&server->address, err) != 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return err_set_errno(err, errno, "socket");
	/* Nobody can connect before listen(), so modes may follow the bind. */
	if (bind(fd, (const struct sockaddr *)&server->address, sizeof(server->address)) != 0 ||
	    chmod(path, 0660) != 0 || (group != (gid_t)-1 && chown(path, (uid_t)-1, group) != 0) ||
	    listen(fd, LINES_BACKLOG) != 0) {
		(void)err_set_errno(err, errno, "%s", path);
		(void)close(fd);
		return -1;
	}
	server->listener = evconnlistener_new(loop_base(server->loop), server_on_accept, server,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (server->listener == NULL) {
		(void)close(fd);
		return err_set_passing(err, "out of memory");
	}
	evconnlistener_set_error_cb(server->listener, server_on_error);
	return 0;
}

struct lines_server *
lines_server_new(struct loop *loop, const char *path, gid_t group,
    const struct lines_events *events, void *arg, struct err *err)
{
	struct lines_server *server = calloc(1, sizeof(*server));

	if (server == NULL) {
		(void)err_set_passing(err, "out of memory");
		return NULL;
	}
	server->loop = loop;
	server->events = *events;
	server->arg = arg;
	server->address.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(server->address.sun_path)) {
		(void)err_set(err, "%s: a socket's path has at most %zu bytes", path,
		    sizeof(server->address.sun_path) - 1);
		free(server);
		return NULL;
	}
	(void)strcpy(server->address.sun_path, path);
	if (timer_init(&server->accept_again, loop, server_accept_again, server) != 0 ||
	    server_listen(server, group, err) != 0) {
		lines_server_free(server);
		return NULL;
	}
	return server;
}

void
lines_server_free(struct lines_server *server)
{
	struct lines_peer *peer, *next;

	if (server == NULL)
		return;
	for (peer = server->peers; peer != NULL; peer = next) {
		next = peer->next;
		peer_free(peer);
	}
	if (server->listener != NULL) {
		evconnlistener_free(server->listener);
		(void)unlink(server->address.sun_path);
	}
	timer_fini(&server->accept_again);
	free(server);
}
