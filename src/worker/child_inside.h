/* SPDX-License-Identifier: ISC */
/*
 * child_inside.h -- what child.c and child_poll.c share.  Nobody else includes
 * it.
 */
#ifndef WORKER_CHILD_INSIDE_H
#define WORKER_CHILD_INSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <certsync/connector.h>
#include "parse/host.h"
#include "worker/link.h"
#include "worker/message.h"
#include "worker/note.h"

struct inflate;

/* Owned copies of texts, ended by NULL once there is one. */
struct child_list {
	const char	**v;
	size_t		 count;
};

/* Claims of one kind; all four kinds stay under MESSAGE_PROOFS_MAX. */
#define CHILD_PROOFS_MAX	(MESSAGE_PROOFS_MAX / 4)

/* What has been told of one kind of proof. */
struct child_proof {
	unsigned	times;
	uint64_t	declared;	/* the last */
};

struct child {
	struct link	 link;
	struct note	*note;		/* owned; which hook it is in */
	struct message_hello hello;
	char		*plugin;	/* owned; hello.plugin */
	struct child_list pairs, lookups;
	char		*checkpoint;	/* owned; NULL: none */
	size_t		 checkpoint_len;
	const struct cs_connector *connector; /* lent by the loader */
	struct cs_settings *settings;	/* owned */
	/* of the poll */
	struct cs_poll	*poll;		/* owned */
	void		*state;		/* owned; the connector's */
	uint64_t	 items_said;
	struct child_proof proofs[CS_PROOF_CURSOR + 1];
	int64_t		 retry_at_s;
	bool		 lost;		/* a result could not be kept: never DONE */
	bool		 failed;	/* FAILED has been said */
	bool		 no_lookups;	/* with these settings, says open() */
	/* the secret its first request goes with; "": none */
	char		 needs[MESSAGE_SETTING_NAME_MAX + 1];
};

/* Says FAILED, or DONE.  The exit status. */
int	child_fail(struct child *, enum cs_rc, const char *text);
int	child_done(struct child *, uint64_t items, uint64_t records);
/*
 * open() and close() only, of TRY next() too, and whether it would look up.  The exit
 * status; failed is set if one refused.
 */
int	child_try_open(struct child *);
/* A whole poll.  The exit status. */
int	child_poll(struct child *);

#endif /* WORKER_CHILD_INSIDE_H */
