/* SPDX-License-Identifier: ISC */
/*
 * redis_probe.h -- a struct redis on a loop of its own, and all it reported.
 */
#ifndef TESTS_REDIS_PROBE_H
#define TESTS_REDIS_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/loop.h"
#include "io/redis.h"

#define PROBE_TEXT	256

struct probe {
	struct loop		*loop;
	struct redis		*redis;
	struct redis_options	 options;	/* set before probe_open() */
	int			 ready, lost, failed, drained;	/* events so far */
	char			 reason[PROBE_TEXT];	/* of the last loss or failure */
	int			 replies;		/* callbacks so far */
	int			 losts;			/* of these, of kind LOST */
	enum redis_kind		 kind;			/* of the last reply */
	enum redis_error	 error;
	char			 text[PROBE_TEXT];
	int64_t			 number;
	int			*watched, wanted;
	bool			 late;
	struct timer		 guard;
};

/* Short times, so that faults are quick.  Address: none yet. */
void	probe_init(struct probe *);
void	probe_unix(struct probe *, const char *path);
void	probe_tcp(struct probe *, const char *host, uint16_t port, bool tls);
void	probe_open(struct probe *);
/* Runs the loop until *counter reaches wanted; fails the test after 20 s. */
void	probe_until(struct probe *, int *counter, int wanted);
/* A redis_fn that writes down the reply; arg is the probe. */
void	probe_on_reply(void *arg, const struct redis_reply *);
/* Sends words and returns after the reply. */
void	probe_ask(struct probe *, size_t argc, const char *const *argv);
#define PROBE_ASK(p, ...) \
	probe_ask((p), sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *), \
	    (const char *const[]){ __VA_ARGS__ })
void	probe_close(struct probe *);

#endif /* TESTS_REDIS_PROBE_H */
