/* SPDX-License-Identifier: ISC */
/*
 * config.h -- the configuration as a value: read whole, checked whole, swapped
 * whole (certsyncd.conf(5)).  Immutable after config_load(); a reload makes a new one.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/zone.h"
#include "core/decide.h"
#include "core/types.h"

#define CONFIG_CONNECTORS_MAX	64	/* instances; each costs a worker at poll time */
#define CONFIG_REMIND_MAX	8	/* rungs of remind_days */
#define CONFIG_HOSTS_MAX	8	/* entries of allowed_hosts and redirect_hosts */
#define CONFIG_PAIRS_MAX	64	/* plug-in settings of one connector */
#define CONFIG_SETTINGS_MAX (2 * CONFIG_PAIRS_MAX + 4) /* a connector's as texts for its worker */
/* of plans that the configuration makes: no connector's name */
#define CONFIG_PLANS_NAME	"config"
#define CONFIG_ERRORS_MAX	20	/* what -t reports before it gives up */

/* A secret by reference; read when needed, wiped after use, never dumped. */
struct config_secret {
	const char	*ref;		/* "credential:NAME" or "file:/PATH"; NULL: none */
};

struct config_pair {
	const char	*key, *value;	/* a setting of the plug-in itself */
	const char	*file;		/* where it was set */
	unsigned	 line;
};

/* Of leading zeros of a number: of the choices of number.zeros, in their order. */
enum config_zeros { CONFIG_ZEROS_KEEP = 0, CONFIG_ZEROS_IGNORE };

/* A minute of the day. */
struct config_minute {
	bool	set;
	int	minute;			/* 0 for 00:00 to 1439 */
};

/* [connector NAME] */
struct config_connector {
	const char	*name;		/* [a-z0-9-]{1,32} */
	const char	*plugin, *body, *url, *label;
	/* and any other SECRET of the plug-in: config_secret_of() */
	struct config_secret api_key;
	const struct zone *zone;	/* of setting timezone; owned by the config */
	const struct zone *budget_zone;
	struct config_minute poll_at;	/* in zone; set: interval_ms is of whole days */
	int64_t		 interval_ms, full_interval_ms, timeout_ms, settle_ms;
	int64_t		 stale_after_ms; /* default: 2 x interval */
	int64_t		 unchanged_after_ms; /* default: 10 x interval */
	int64_t		 proof_after_ms, absent_hours_ms;
	int64_t		 daily_budget;	/* requests; 0: unlimited */
	int64_t		 budget_reserve;
	enum absence	 absence;	/* as set; `case` for every plug-in if not */
	int		 absent_polls, grace_days;
	double		 absent_share, max_shrink, max_growth;
	int64_t		 min_records, max_records;	/* max 0: the plug-in's */
	int64_t		 max_body_bytes;		/* 0: the plug-in's */
	int64_t		 max_requests;	/* of one poll */
	const char	*user_agent;	/* never NULL */
	const char	*number_pattern, *confirm;	/* NULL: none */
	const char	*file_pattern;	/* setting `pattern`; NULL: none */
	enum config_zeros number_zeros;
	struct number_pattern *pattern;	/* number_pattern, compiled; owned; NULL: none */
	const char	*ca_file;	/* NULL: fetch_ca_file */
	const char	*redirect_hosts[CONFIG_HOSTS_MAX]; /* lower case, no port */
	size_t		 redirect_host_count;
	/* falling; of [badges] if not set */
	int		 remind_days[CONFIG_REMIND_MAX];
	size_t		 remind_count;
	struct cs_date	 credential_expires;
	bool		 private_network;	/* setting `private` */
	bool		 observe;	/* it decides nothing */
	bool		 legacy_tls;
	struct config_pair pairs[CONFIG_PAIRS_MAX]; /* all other keys: the plug-in's, */
					/* its secrets as references */
	size_t		 pair_count;
	const char	*file;		/* of the section's first line */
	unsigned	 line;
};

struct config {
	/* [daemon] */
	const char	*plugin_dir, *state_dir;
	const char	*types_file;	/* NULL: built in */
	const char	*instance;	/* never NULL: the host's name if not set */
	enum log_level	 log_level;
	int64_t		 lease_ms;
	/* [redis] */
	const char	*redis_url, *prefix;
	const char	*redis_username;	/* this and the next three: NULL: none */
	const char	*redis_ca_file, *redis_cert_file, *redis_key_file;
	struct config_secret redis_password;
	unsigned	 partitions;
	/* [http] [control] [fetch] */
	const char	*http_listen;	/* "" : off */
	const char	*http_hosts[CONFIG_HOSTS_MAX];	/* lower case, no port */
	size_t		 http_host_count;
	const char	*control_socket;
	const char	*control_group;	/* NULL: the daemon's */
	const char	*fetch_proxy, *fetch_ca_file;	/* NULL: none */
	/* [badges] */
	int		 remind_days[CONFIG_REMIND_MAX];
	size_t		 remind_count;
	double		 name_match;
	int64_t		 expiry_evidence_ms; /* 0: per connector, max(72 h, 1.5 interval) */
	int		 unconfirmed_days, confirm_days, case_days;
	const char	*case_timeout;	/* "review" | "keep" */
	/* [guard] [claims] [events] */
	int64_t		 guard_window_ms;
	double		 guard_share;
	int64_t		 guard_count, guard_max, guard_total;
	int64_t		 claims_max_misses;
	int		 retain_days;
	int64_t		 max_entries;

	struct types	*types;		/* owned */
	struct config_connector *connectors; /* owned array, in file order */
	size_t		 connector_count;
	struct merged *store;	/* owns every string above; opaque */
};

/* All errors found, each "file:line: what, why, what to do". */
struct config_errors {
	struct err	 v[CONFIG_ERRORS_MAX];
	size_t		 n;
	size_t		 more;		/* found beyond the array */
};

/*
 * Reads path, then path's directory's certsyncd.conf.d (*.conf) in name order.
 * Plug-in settings stay unchecked pairs here; config_check_plugin() judges
 * them.  NULL: errors says why.
 */
struct config	*config_load(const char *path, struct config_errors *errors);
/* Whether nothing is known to be wrong: memory was lacking, and the next try may do. */
bool		 config_errors_pass(const struct config_errors *);
struct config	*config_free(struct config *);	/* NULL allowed; returns NULL */

/* What a plug-in said of itself (worker/frame.h has the message it comes in). */
struct config_plugin {
	const char	*name;		/* for messages; lent */
	const struct cs_setting_def *settings; /* ended by name NULL, or NULL; lent */
};
/*
 * Checks the pairs of a connector against its plug-in's declared settings:
 * unknown keys (with the nearest known one), types, ranges, required ones.
 * false: errors were added.
 */
bool	config_check_plugin(const struct config_connector *,
	    const struct config_plugin *, struct config_errors *errors);

/* The connector called name, or NULL. */
const struct config_connector *config_connector(const struct config *, const char *name);
/* Adds that key of the connector (text goes on from its name), by the line that sets it. */
void	config_connector_error(const struct config *, const struct config_connector *,
	    const char *key, const char *text, struct config_errors *errors);
/* The same of a key of a plain section, such as "redis". */
void	config_setting_error(const struct config *, const char *section, const char *key,
	    const char *text, struct config_errors *errors);
/*
 * The secret of the connector's setting (cs_request's slot_setting), "api_key"
 * or another SECRET of its plug-in.  ref NULL: not set, or not a reference.
 */
struct config_secret config_secret_of(const struct config_connector *,
	    const char *setting);
/*
 * The secret behind ref into buf (wiped by the caller with explicit_bzero);
 * a trailing newline is dropped.  credential: reads $CREDENTIALS_DIRECTORY as
 * it was at start (config_set_credentials_dir).  -1: err says which and why.
 */
int	config_secret_read(const struct config_secret *, char *buf, size_t size,
	    struct err *err);
void	config_set_credentials_dir(const char *dir);	/* copied; NULL: none */
/* Whether there is such a directory: the service manager has handed over credentials. */
bool	config_has_credentials(void);

/* Every setting as it is in force, with the file and line it comes from; secrets as references. */
void	config_dump(const struct config *, struct buf *out);
/* The settings table as Markdown rows, for the manual; checked by a test. */
void	config_describe(struct buf *out);
/*
 * What SIGHUP cannot change: one line "[section] key: old -> new" for each
 * setting that differs and needs a restart.  Nothing is added: it all reloads.
 */
void	config_reload_diff(const struct config *old, const struct config *new,
	    struct buf *out);

#endif /* CONFIG_CONFIG_H */
