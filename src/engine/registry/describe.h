/* SPDX-License-Identifier: ISC */
/*
 * describe.h -- a configured connector's plug-in: what it says of itself and of
 * our settings, asked in a worker.  A configuration on trial has it without any
 * registry.
 */
#ifndef ENGINE_DESCRIBE_H
#define ENGINE_DESCRIBE_H

#include "config/config.h"
#include "worker/cage.h"
#include "worker/message.h"
#include "worker/spawner_client.h"

/* Of silence: to load and answer takes some 20 ms, a hundred times that under valgrind(1). */
#define DESCRIBE_DEADLINE_MS	(CAGE_VALGRIND ? 60000 : 5000)

struct describe;

/* Embedded in its owner; all but what it owns is lent. */
struct described {
	struct spawner_client *spawner;
	const struct config *config;
	const struct config_connector *connector;	/* of that configuration */
	struct description *description; /* owned; NULL: it could not be asked yet */
	/* owned: what its table says of our settings; NULL: nothing */
	struct config_errors *setting_errors;
	char		 error[ERR_MAX];	/* why there is no description; "" */
	bool		 tries;		/* its first request is looked at, too: for -t */
	struct describe	*asking;	/* owned; NULL: it is not being asked */
};

typedef void describe_fn(void *arg, struct described *);

/* *d is overwritten; the plug-in is not asked yet. */
void	describe_init(struct described *d, struct spawner_client *, const struct config *,
	    const struct config_connector *);
void	describe_fini(struct described *);	/* who waits for an answer gets none */
/* Takes over what from has found out, with its configuration; from is as after describe_fini(). */
void	describe_move(struct described *to, struct described *from);

/*
 * Asks; fn(arg) from the loop when it is known or has failed: description is
 * NULL then, and error or setting_errors say why.  Who asked before and has no
 * answer yet gets none.  -1: no memory, as error says, and fn is not called.
 */
int	describe_start(struct described *, describe_fn *, void *arg);
/* Of an answer that is still awaited somebody else is to be told; error says that it is awaited. */
void	describe_pass(struct described *, describe_fn *, void *arg);

/* Absolute path of the plug-in's shared object. */
void	describe_path(const struct described *, char *out, size_t size);
/* The settings its worker gets: key, value, ..., NULL; lent by the configuration. */
void	describe_settings(const struct described *, const char *out[CONFIG_SETTINGS_MAX]);

#endif /* ENGINE_DESCRIBE_H */
