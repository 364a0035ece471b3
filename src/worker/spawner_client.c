/* SPDX-License-Identifier: ISC */
/* spawner_client.c -- see spawner_client.h. */
#include "worker/spawner_client.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define PACKETS_PER_TURN	32	/* then the loop's other work has its turn */

struct client_child {
	struct client_child *next;
	uint64_t	 id;
	const struct spawner_events *events;	/* lent; NULL: forgotten */
	void		*arg;
};

struct spawner_client {
	struct spawner	*spawner;	/* lent */
	struct loop	*loop;		/* lent */
	struct event	*readable;	/* owned */
	loop_fn		*dead;		/* NULL once called */
	void		*dead_arg;
	struct client_child *children;
	size_t		 count;
	uint64_t	 last_id;
	bool		 broken;	/* the spawner has gone */
	bool		 stuck;		/* it takes no packet: as good as gone */
};

static struct client_child *
client_find(struct spawner_client *c, uint64_t id)
{
	struct client_child *child = c->children;

	while (child != NULL && child->id != id)
		child = child->next;
	return child;
}

/* Takes the child out of the list; owned by the caller then. */
static struct client_child *
client_take(struct spawner_client *c, uint64_t id)
{
	struct client_child **at = &c->children, *child;

	while (*at != NULL && (*at)->id != id)
		at = &(*at)->next;
	child = *at;
	if (child != NULL) {
		*at = child->next;
		c->count--;
	}
	return child;
}

static void
client_ended(struct client_child *child, const struct spawner_exit *end)
{
	if (child->events != NULL && child->events->ended != NULL)
		child->events->ended(child->arg, end);
	free(child);
}

/* The spawner has gone: every child ends with it, then the daemon is told. */
static void
client_broke(struct spawner_client *c)
{
	const struct spawner_exit end = { .signo = SIGKILL };
	loop_fn *dead = c->dead;
	struct client_child *child;

	c->broken = true;
	(void)event_del(c->readable);
	while ((child = c->children) != NULL) {
		c->children = child->next;
		c->count--;
		client_ended(child, &end);
	}
	c->dead = NULL;
	if (dead != NULL)
		dead(c->dead_arg);
}

static void
client_started(struct spawner_client *c, const struct spawner_packet *p,
    int ends[SPAWNER_ENDS])
{
	struct client_child *child = client_find(c, p->id);

	if (child != NULL && child->events != NULL &&
	    child->events->started != NULL) {
		child->events->started(child->arg, (pid_t)p->pid, ends);
		return;
	}
	spawner_ends_close(ends);
}

static void
client_on_packet(struct spawner_client *c, const struct spawner_packet *p,
    int ends[SPAWNER_ENDS])
{
	struct client_child *child;

	if (p->op == SPAWNER_STARTED) {
		client_started(c, p, ends);
		return;
	}
	spawner_ends_close(ends);
	child = client_take(c, p->id);
	if (child == NULL)
		return;
	if (p->op == SPAWNER_ENDED) {
		client_ended(child, &(struct spawner_exit){
			.signo = p->signo, .status = p->status,
			.maxrss_kib = p->maxrss_kib, .cpu_ms = p->cpu_ms
		});
		return;
	}
	if (child->events != NULL && child->events->refused != NULL)
		child->events->refused(child->arg, strerror(p->status));
	free(child);
}

static void
client_on_readable(evutil_socket_t sock, short what, void *arg)
{
	struct spawner_client *c = arg;
	struct spawner_packet p;
	int ends[SPAWNER_ENDS], rc;

	(void)what;
	for (int i = 0; i < PACKETS_PER_TURN && !c->broken; i++) {
		rc = spawner_recv(sock, &p, ends);
		if (rc == -1 && errno == EAGAIN && !c->stuck)
			return;
		if (rc <= 0)
			client_broke(c);
		else
			client_on_packet(c, &p, ends);
	}
}

struct spawner_client *
spawner_client_new(struct spawner *s, struct loop *loop, loop_fn *dead,
    void *arg, struct err *err)
{
	struct spawner_client *c = calloc(1, sizeof(*c));

	if (c == NULL)
		goto fail;
	*c = (struct spawner_client){
		.spawner = s, .loop = loop, .dead = dead, .dead_arg = arg
	};
	if (evutil_make_socket_nonblocking(s->fd) != 0)
		goto fail;
	c->readable = event_new(loop_base(loop), s->fd, EV_READ | EV_PERSIST,
	    client_on_readable, c);
	if (c->readable == NULL || event_add(c->readable, NULL) != 0)
		goto fail;
	return c;
fail:
	(void)err_set_passing(err, "spawner: out of memory");
	return spawner_client_free(c);
}

struct spawner_client *
spawner_client_free(struct spawner_client *c)
{
	struct client_child *child;

	if (c == NULL)
		return NULL;
	while ((child = c->children) != NULL) {
		c->children = child->next;
		free(child);
	}
	if (c->readable != NULL)
		event_free(c->readable);
	free(c);
	return NULL;
}

struct loop *
spawner_client_loop(const struct spawner_client *c)
{
	return c->loop;
}

/* Sends p with a new id and remembers the child.  0: err. */
static uint64_t
client_request(struct spawner_client *c, struct spawner_packet *p,
    const struct spawner_events *events, void *arg, struct err *err)
{
	struct client_child *child;

	if (c->broken || c->count >= SPAWNER_CHILDREN_MAX) {
		(void)err_set(err, c->broken ? "the spawner has gone" :
		    "%d processes run already, no more are started",
		    SPAWNER_CHILDREN_MAX);
		return 0;
	}
	child = calloc(1, sizeof(*child));
	if (child == NULL) {
		(void)err_set_passing(err, "out of memory for a process");
		return 0;
	}
	p->id = ++c->last_id;
	if (spawner_send(c->spawner->fd, p, NULL) != 0) {
		(void)err_set(err, "the spawner takes no request: %s",
		    strerror(errno));
		free(child);
		return 0;
	}
	*child = (struct client_child){
		.next = c->children, .id = p->id, .events = events, .arg = arg
	};
	c->children = child;
	c->count++;
	return child->id;
}

uint64_t
spawner_client_worker(struct spawner_client *c, const struct cage_limits *limits,
    const struct spawner_events *events, void *arg, struct err *err)
{
	struct spawner_packet p = {
		.op = SPAWNER_START_WORKER, .limits = *limits
	};

	return client_request(c, &p, events, arg, err);
}

uint64_t
spawner_client_redis(struct spawner_client *c, const char *const *args,
    const char *log_path, const struct spawner_events *events, void *arg,
    struct err *err)
{
	struct spawner_packet p = { .op = SPAWNER_START_REDIS };
	char *to = p.args;

	if (spawner_redis_args_check(args, err) != 0)
		return 0;
	for (; args[p.arg_count] != NULL; p.arg_count++)
		to = stpcpy(to, args[p.arg_count]) + 1;
	if (log_path != NULL &&
	    !text_copy(p.log_path, sizeof(p.log_path), log_path)) {
		(void)err_set(err, "redis-server: the log file's name is longer "
		    "than %d bytes", SPAWNER_PATH_MAX - 1);
		return 0;
	}
	return client_request(c, &p, events, arg, err);
}

void
spawner_client_kill(struct spawner_client *c, uint64_t id, int signo)
{
	struct spawner_packet p = {
		.op = SPAWNER_KILL, .id = id, .signo = signo
	};

	if (c->broken || client_find(c, id) == NULL)
		return;
	if (spawner_send(c->spawner->fd, &p, NULL) != 0) {
		c->stuck = true;
		event_active(c->readable, EV_READ, 0);
	}
}

void
spawner_client_forget(struct spawner_client *c, uint64_t id)
{
	struct client_child *child = client_find(c, id);

	if (child == NULL)
		return;
	spawner_client_kill(c, id, SIGKILL);
	child->events = NULL;
}
