/* SPDX-License-Identifier: ISC */
/*
 * daemon_private.h -- the daemon's own struct, shared by daemon.c, daemon_start.c,
 * daemon_reload.c, daemon_once.c and daemon_reset.c only.
 */
#ifndef ENGINE_DAEMON_PRIVATE_H
#define ENGINE_DAEMON_PRIVATE_H

#include "engine/badge/due.h"
#include "engine/daemon/daemon.h"
#include "engine/daemon/load.h"
#include "engine/daemon/unread.h"
#include "engine/ops/control.h"
#include "engine/ops/health.h"
#include "engine/ops/trim.h"
#include "engine/state/engine.h"
#include "io/httpd.h"
#include "io/notify.h"
#include "worker/spawner_client.h"

struct reload;

struct daemon {
	struct engine	 engine;
	struct daemon_options options;
	struct notify	*notify;	/* NULL: not under a service manager */
	struct httpd	*httpd;
	struct control	*control;
	struct due	*due;
	struct trim	*trim;
	struct unread	*unread;
	struct load	*load;		/* running */
	struct reload	*reload;	/* running */
	bool		 released;	/* the lease, while it stops */
	bool		 load_again;	/* a plug-in has said what it is while it was loading */
	bool		 reload_again;	/* a SIGHUP came while one was, or while loading */
	struct timer	 stop, status, watchdog;
	struct health_watch health;
	int64_t		 watchdog_us;
	int64_t		 stopping_ms;
	int		 lock_fd;
	uint64_t	 redis_id;	/* embedded redis-server; 0: none */
	char		 redis_password[1024];
	int		 exit_code;
	/* --once */
	bool		 polled;	/* every connector has been started once */
	unsigned	 poll_failures;
};

/* Leaves the loop now. */
void	daemon_end(struct daemon *, int code);
/* Leaves it when what is on its way to the store has been answered. */
void	daemon_finish(struct daemon *, int code);
/* NULL after all errors have been logged, and *out_code is the exit code. */
struct config *daemon_config(const struct daemon_options *, int *out_code);
void	daemon_load(struct daemon *);

/* daemon_start.c: what it is made of.  An exit code, told; or -1, and err says why. */
int	daemon_lock(struct daemon *);
int	daemon_rooms(struct daemon *, struct err *);
int	daemon_store(struct daemon *, const struct store_events *, struct err *);
int	daemon_pages(struct daemon *, struct err *);
void	daemon_fini(struct daemon *);	/* all of it, half made too */

/* daemon_reload.c: SIGHUP. */
void	reload_begin(struct daemon *);
/* One that is under way changes nothing any more. */
void	reload_abandon(struct daemon *);
/* daemon_once.c: --once, from the moment everything is loaded. */
void	once_begin(struct daemon *);
/*
 * daemon_reset.c, before anything is loaded: remembers when the store was lost, and if
 * it was now, tells every partition that consumers must resync.
 */
void	reset_open(struct engine *);
/* All is loaded: what registries know of their last lists is forgotten, if the store was reset. */
void	reset_loaded(struct engine *);

#endif /* ENGINE_DAEMON_PRIVATE_H */
