/* SPDX-License-Identifier: ISC */
/*
 * loop.h -- the one event loop: timers on the monotonic clock, work deferred
 * to after the current callback, signals.  A thin cover over libevent.
 *
 * Nothing is freed inside its own callback: hand it to loop_defer().
 */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct event;
struct event_base;
struct loop;

typedef void loop_fn(void *arg);

/*
 * Has libevent allocate by memory_get(): evhttp and watermarks crash where they get
 * no memory (2.1.12).  Once, before anything of libevent's.
 */
void		 loop_guard_memory(void);
/*
 * Ignores SIGPIPE in this process: a peer that went is an error of a write.  What
 * libevent has to say goes to the log; where it cannot go on the process ends with
 * MEMORY_EXIT.  NULL: no memory or no epoll.
 */
struct loop	*loop_new(void);
/*
 * Drops deferred work; NULL allowed.  The signals it took stay blocked: what
 * comes while the process ends changes nothing.
 */
struct loop	*loop_free(struct loop *);
/* libevent's base, lent: for bufferevents, evhttp and descriptors. */
struct event_base *loop_base(struct loop *);
/* Runs until loop_stop().  0, or -1 on an error of the loop itself. */
int		 loop_run(struct loop *);
void		 loop_stop(struct loop *);
/* One turn without waiting, after loop_run(): what was deferred is done. */
void		 loop_drain(struct loop *);
/* Monotonic milliseconds; the wall clock as Unix milliseconds. */
int64_t		 loop_now_ms(const struct loop *);
int64_t		 loop_wall_ms(const struct loop *);
/* Calls fn(arg) once, soon, from the loop, never from inside this call.  Aborts the process on no
 * memory: losing it would leak or hang. */
void		 loop_defer(struct loop *, loop_fn *fn, void *arg);

/* A one-shot timer, embedded in its owner. */
struct timer {
	struct event	*ev;
	loop_fn		*fn;
	void		*arg;
};
/* -1: no memory. */
int	timer_init(struct timer *, struct loop *, loop_fn *fn, void *arg);
/* Fires once after ms >= 0 (at most a year); replaces an earlier setting.  A timer
 * that cannot be armed aborts the process: without it the daemon would wait for ever. */
void	timer_set_ms(struct timer *, int64_t ms);
void	timer_cancel(struct timer *);
bool	timer_is_set(const struct timer *);
void	timer_fini(struct timer *);	/* fine on a zeroed one, and inside its own callback */

/* Calls fn(arg) from the loop on signal signo.  Owned by the loop.  -1: no memory. */
int	loop_signal(struct loop *, int signo, loop_fn *fn, void *arg);

#endif /* IO_LOOP_H */
