/* SPDX-License-Identifier: ISC */
/*
 * spawn.h -- one worker process as the engine sees it, on the event loop.
 *
 *	STARTING --> THINKING --REQUEST--> WAITING
 *		      ^  |                   | worker_send_response()
 *		      |  |                   v
 *		      |  |                ANSWERING   worker_send_data()*
 *		      |  |                   |
 *		      +--|--worker_send_end()+
 *		         |
 *		         +--DONE--> LEAVING --it exited--> ENDED
 *
 * From every state FAILED, a crash, a frame that breaks a rule, an exit without
 * DONE, silence while the worker owes something, or a call into the connector that
 * lasts too long lead to ENDED.  Exactly one
 * of the events done and failed is called, as the last one; then, as at any
 * other time, the engine calls worker_kill().
 *
 * What events pass is lent until they return, unless it says otherwise, and
 * has been checked by message.h.  Events may call all functions here.
 */
#ifndef WORKER_SPAWN_H
#define WORKER_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <certsync/connector.h>
#include "base/err.h"
#include "worker/message.h"
#include "worker/spawner_client.h"

/*
 * Encoded bytes of an answer that may be under way to a worker.  Enough to
 * keep a parser busy over a turn of the loop, small enough for 64 connectors.
 */
#define WORKER_WINDOW	(256u << 10)
#define WORKER_DEADLINE_MS 60000	/* of silence, and of one call into the connector */
/* What a connector prints is for its author: a screen or two of it, as long as a remark. */
#define WORKER_OUTPUT_LINE	500	/* bytes of a line, escaped; more is cut */
#define WORKER_OUTPUT_LINES	100	/* of one worker; more are counted */

struct worker;

struct worker_options {
	const char	*plugin;	/* absolute path of the shared object */
	enum worker_mode mode;
	enum cs_poll_kind kind;
	struct cs_date	 today;		/* in the connector's zone */
	const char *const *settings;	/* key, value, ..., NULL; or NULL */
	const char	*checkpoint;	/* NULL: none */
	size_t		 checkpoint_len;
	const char *const *lookups;	/* normalised numbers of a look-up */
	size_t		 lookup_count;	/* at most MESSAGE_LOOKUPS_MAX */
	uint64_t	 max_body;	/* decoded bytes; 0: the connector's */
	uint32_t	 max_records;	/* 0: the connector's */
	bool		 report;	/* the poll is only tried: events.report is wanted */
	struct cage_limits limits;	/* zeros: the defaults of cage.h */
	int64_t		 deadline_ms;	/* of silence and a call; 0: WORKER_DEADLINE_MS */
};

/* How a poll ended well, and what it used. */
struct worker_result {
	uint64_t	 items, records;
	uint64_t	 maxrss_kib, cpu_ms;
};

struct worker_failure {
	enum cs_rc	 rc;		/* CS_E_*; INPUT for a broken connector */
	const char	*text;		/* one clean sentence for the log */
	int64_t		 retry_at_s;	/* Unix seconds; 0: not said */
	bool		 crashed;	/* it died, hung or lied, rather than said so */
};

/* Any may be NULL. */
struct worker_events {
	/* Owned by the callee: description_free(). */
	void	(*description)(void *arg, struct description *);
	void	(*request)(void *arg, const struct cs_request *);
	void	(*record)(void *arg, const struct cs_record *);
	void	(*items)(void *arg, uint64_t distinct);
	void	(*proof)(void *arg, enum cs_proof, uint64_t declared);
	void	(*warn)(void *arg, const char *text);
	/* A row that could not be read: a hash of its bytes; where and why, or "". */
	void	(*left_out)(void *arg, uint64_t hash, const char *text);
	/* The day that the list says it is of. */
	void	(*as_of)(void *arg, struct cs_date);
	/* Why nothing proves this poll; NULL: it has no proof of its own. */
	void	(*unproven)(void *arg, const char *text);
	/* Of a list that is only tried, before done or failed: an entry of report.h. */
	void	(*report)(void *arg, const struct message_report *);
	void	(*checkpoint)(void *arg, const char *data, size_t len);
	/* A line that the connector wrote to standard output or error, escaped. */
	void	(*output)(void *arg, const char *text);
	/* Bytes that worker_send_data() takes again. */
	void	(*credit)(void *arg, size_t credit);
	void	(*done)(void *arg, const struct worker_result *);
	void	(*failed)(void *arg, const struct worker_failure *);
};

/*
 * Starts one.  Options are copied, events and arg lent until worker_kill().
 * NULL: err says why (too many processes, over-long settings, no memory).
 */
struct worker	*worker_start(struct spawner_client *, const struct worker_options *,
		    const struct worker_events *, void *arg, struct err *err);
/* Its process, 0 before it runs; for logs and tests. */
pid_t		 worker_pid(const struct worker *);
/* The call into its connector that it is in, as "push()", static; NULL: in none. */
const char	*worker_call(const struct worker *);
/* How long that has lasted; -1: in none, or paused.  NULL allowed. */
int64_t		 worker_call_ms(const struct worker *);
/* The head of the answer to the request in hand.  false: none is awaited. */
bool		 worker_send_response(struct worker *, const struct cs_response *);
/*
 * Bytes of the answer, encoded as they came; copied.  The credit left, or -1
 * if nothing was taken: len is above worker_credit(), or no answer is awaited.
 */
ssize_t		 worker_send_data(struct worker *, const void *data, size_t len);
/* Bytes worker_send_data() takes now; 0 outside an answer. */
size_t		 worker_credit(const struct worker *);
/* The answer was whole.  After it the next request or the end comes. */
bool		 worker_send_end(struct worker *);
/*
 * Stops taking what the worker writes, and goes on.  At most one read of frames
 * already here is kept; the worker blocks once its socket is full.
 */
void		 worker_pause(struct worker *);
void		 worker_resume(struct worker *);
/* Ends the process if it runs and frees: no event comes any more.  NULL allowed. */
void		 worker_kill(struct worker *);

#endif /* WORKER_SPAWN_H */
