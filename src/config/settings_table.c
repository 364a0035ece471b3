/* SPDX-License-Identifier: ISC */
/*
 * settings_table.c -- the rows of settings.h: data only.
 *
 * Every text says what the setting does and, where it is not plain, why the
 * default is what it is.  The order is that of the manual and of the dump.
 */
#include "config/settings.h"

#include "config/settings_check.h"

/* Where a row's value goes. */
#define IN_CONFIG(field)	.offset = offsetof(struct config, field)
#define IN_CONNECTOR(field)	.offset = offsetof(struct config_connector, field)

#define SECONDS		INT64_C(1000)	/* ms */
#define MINUTES		(60 * SECONDS)
#define HOURS		(60 * MINUTES)
#define DAYS		(24 * HOURS)
#define PATH_BYTES	4095		/* PATH_MAX less its NUL */
#define NAME_BYTES	64
#define TEXT_BYTES	190		/* what fits a line of the file */
#define MANY		INT64_C(1000000000)

const struct setting settings_table[] = {
	/* --- [daemon] --- */
	{ "daemon", "plugin_dir", SETTING_PATH, NULL, 1, PATH_BYTES,
	  .value = CERTSYNC_LIBDIR "/connectors",
	  .derived = "`LIBDIR/certsyncd/connectors`", IN_CONFIG(plugin_dir),
	  .text = "Directory of the connectors, NAME.so each" },
	{ "daemon", "state_dir", SETTING_PATH, NULL, 1, PATH_BYTES,
	  .value = "/var/lib/certsyncd", IN_CONFIG(state_dir),
	  .text = "Directory for what the daemon keeps on disk, such as the embedded Redis" },
	{ "daemon", "log_level", SETTING_ENUM, .value = "info",
	  .choices = "error|warn|notice|info|debug", .reloadable = true,
	  IN_CONFIG(log_level),
	  .text = "Messages above this level are dropped; debug may name badges" },
	{ "daemon", "types", SETTING_PATH, NULL, 0, PATH_BYTES,
	  .derived = "the built-in table", .reloadable = true, IN_CONFIG(types_file),
	  .text = "File of certification types, in place of the one built in" },
	{ "daemon", "instance", SETTING_TEXT, NULL, 0, NAME_BYTES,
	  .derived = "the host's name", .check = settings_check_instance,
	  IN_CONFIG(instance),
	  .text = "Name of this daemon among those that share a Redis" },
	{ "daemon", "lease", SETTING_DURATION, NULL, 2 * SECONDS, 10 * MINUTES,
	  .value = "10s", IN_CONFIG(lease_ms),
	  .text = "How long a silent daemon stays the writer: so long after a crash no other "
	      "state_dir can take its place" },

	/* --- [redis] --- */
	{ "redis", "url", SETTING_TEXT, NULL, 1, TEXT_BYTES,
	  .derived = "none: not configured, and nothing is opened",
	  .check = settings_check_redis_url,
	  IN_CONFIG(redis_url),
	  .text = "redis://HOST:PORT/DB, rediss://... (TLS), unix:///PATH, or embedded: "
	      "a private redis-server in state_dir" },
	{ "redis", "username", SETTING_TEXT, NULL, 0, NAME_BYTES,
	  .derived = "Redis's default user", .check = settings_check_ascii,
	  IN_CONFIG(redis_username),
	  .text = "ACL user" },
	{ "redis", "password", SETTING_SECRET, .derived = "none",
	  IN_CONFIG(redis_password),
	  .text = "Its password: credential:NAME (systemd) or file:/PATH, never the "
	      "password itself" },
	{ "redis", "ca_file", SETTING_PATH, NULL, 0, PATH_BYTES,
	  .derived = "the system's", IN_CONFIG(redis_ca_file),
	  .text = "PEM bundle that a rediss:// server's certificate is checked against" },
	{ "redis", "cert_file", SETTING_PATH, NULL, 0, PATH_BYTES,
	  .derived = "none", IN_CONFIG(redis_cert_file),
	  .text = "PEM certificate of this client, for mutual TLS; needs key_file" },
	{ "redis", "key_file", SETTING_PATH, NULL, 0, PATH_BYTES,
	  .derived = "none", IN_CONFIG(redis_key_file),
	  .text = "PEM key of cert_file" },
	{ "redis", "prefix", SETTING_TEXT, NULL, 1, NAME_BYTES,
	  .value = "certsync", .check = settings_check_prefix, IN_CONFIG(prefix),
	  .text = "First part of every key; no braces" },
	{ "redis", "partitions", SETTING_UNSIGNED, NULL, 1, 1024,
	  .value = "1", IN_CONFIG(partitions),
	  .text = "Hash slots that badges are spread over; fixed when the store is first used, "
	      "more than 1 is for Redis Cluster only" },

	/* --- [http] --- */
	{ "http", "listen", SETTING_TEXT, NULL, 0, NAME_BYTES,
	  .value = "127.0.0.1:9807", .check = settings_check_listen,
	  IN_CONFIG(http_listen),
	  .text = "ADDRESS:PORT of health, metrics and status, read-only; empty: off. "
	      "Loopback, because nobody logs in there" },
	{ "http", "allowed_hosts", SETTING_HOSTS,
	  .value = "localhost, 127.0.0.1, [::1]",
	  .reloadable = true, IN_CONFIG(http_hosts),
	  .count_offset = offsetof(struct config, http_host_count),
	  .text = "Hosts a request may name, against DNS rebinding" },

	/* --- [control] --- */
	{ "control", "socket", SETTING_PATH, NULL, 1, PATH_BYTES,
	  .value = "/run/certsyncd/control.sock", .check = settings_check_socket,
	  IN_CONFIG(control_socket),
	  .text = "Unix socket of the certsync command, mode 0660" },
	{ "control", "group", SETTING_TEXT, NULL, 0, NAME_BYTES,
	  .derived = "the daemon's", .check = settings_check_instance,
	  IN_CONFIG(control_group),
	  .text = "Group that owns the socket: its members may operate the daemon" },

	/* --- [fetch] --- */
	{ "fetch", "proxy", SETTING_TEXT, NULL, 0, TEXT_BYTES,
	  .derived = "none", .check = settings_check_proxy, .reloadable = true,
	  IN_CONFIG(fetch_proxy),
	  .text = "http://HOST:PORT that registries are reached through; the environment "
	      "does not count" },
	{ "fetch", "ca_file", SETTING_PATH, NULL, 0, PATH_BYTES,
	  .derived = "the system's", .reloadable = true, IN_CONFIG(fetch_ca_file),
	  .text = "PEM bundle that registries' certificates are checked against" },

	/* --- [badges] --- */
	{ "badges", "remind_days", SETTING_DAYS, "days", 1, 366,
	  .value = "90, 30, 7, 1", .reloadable = true, IN_CONFIG(remind_days),
	  .count_offset = offsetof(struct config, remind_count),
	  .text = "Days before expiry on which a reminder is published, in falling order; "
	      "empty: none" },
	{ "badges", "name_match", SETTING_RATIO, NULL, 50, 100,
	  .value = "0.85", .reloadable = true, IN_CONFIG(name_match),
	  .text = "How alike a claim's and a record's business name must be" },
	{ "badges", "expiry_evidence", SETTING_DURATION, NULL, 0, 90 * DAYS,
	  .derived = "per connector, the greater of 72h and 1.5 x interval",
	  .reloadable = true, IN_CONFIG(expiry_evidence_ms),
	  .text = "How long before the end of the day a record may last have been seen "
	      "for its badge to expire at once" },
	{ "badges", "unconfirmed_days", SETTING_INT, "days", 0, 365,
	  .value = "30", .reloadable = true, IN_CONFIG(unconfirmed_days),
	  .text = "How long a badge waits for such evidence before it expires without" },
	{ "badges", "confirm_days", SETTING_INT, "days", 1, 365,
	  .value = "7", .reloadable = true, IN_CONFIG(confirm_days),
	  .text = "How long an absence waits for the word of the connector in `confirm` "
	      "before a person must look" },
	{ "badges", "case_days", SETTING_INT, "days", 1, 365,
	  .value = "14", .reloadable = true, IN_CONFIG(case_days),
	  .text = "How long a case waits for a person" },
	{ "badges", "case_timeout", SETTING_WORD, .choices = "review|keep",
	  .value = "review", .reloadable = true, IN_CONFIG(case_timeout),
	  .text = "What an unanswered case does to the badge" },

	/* --- [guard] --- */
	{ "guard", "window", SETTING_DURATION, NULL, HOURS, 90 * DAYS,
	  .value = "7d", .reloadable = true, IN_CONFIG(guard_window_ms),
	  .text = "Changes for the worse are counted over this time, so that a slow loss "
	      "is seen too" },
	{ "guard", "share", SETTING_RATIO, NULL, 0, 100,
	  .value = "20%", .reloadable = true, IN_CONFIG(guard_share),
	  .text = "More of 100 or more verified badges getting worse hold the connector" },
	{ "guard", "count", SETTING_INT64, "badges", 0, MANY,
	  .value = "5", .reloadable = true, IN_CONFIG(guard_count),
	  .text = "The same where fewer than 100 are verified" },
	{ "guard", "max", SETTING_INT64, "badges", 1, MANY,
	  .value = "500", .reloadable = true, IN_CONFIG(guard_max),
	  .text = "More than this hold the connector, however many are verified" },
	{ "guard", "total", SETTING_INT64, "badges", 1, MANY,
	  .value = "2000", .reloadable = true, IN_CONFIG(guard_total),
	  .text = "More than this over all connectors raise the alarm" },

	/* --- [claims] --- */
	{ "claims", "max_misses", SETTING_INT64, "claims", 0, MANY,
	  .value = "10", .reloadable = true, IN_CONFIG(claims_max_misses),
	  .text = "Unknown numbers one profile may claim in a day before it gets no more look-ups: "
	      "claims are no way to search a registry; 0: any number" },

	/* --- [events] --- */
	{ "events", "retain_days", SETTING_INT, "days", 1, 3650,
	  .value = "30", .reloadable = true, IN_CONFIG(retain_days),
	  .text = "How long events stay in their stream" },
	{ "events", "max_entries", SETTING_INT64, "events", 1000, MANY,
	  .value = "1000000", .reloadable = true, IN_CONFIG(max_entries),
	  .text = "Most events a partition keeps, whoever has not read them; an event takes "
	      "about half a KiB" },

	/* --- [connector NAME]: what it reads --- */
	{ "connector", "plugin", SETTING_TEXT, NULL, 1, NAME_BYTES, .required = true,
	  .check = settings_check_plugin, .reloadable = true, IN_CONNECTOR(plugin),
	  .text = "Connector to load: sam, sbs, texas_hub, nglcc, socrata, table or one of yours" },
	{ "connector", "body", SETTING_TEXT, NULL, 1, 32, .required = true,
	  .check = settings_check_body, .reloadable = true, IN_CONNECTOR(body),
	  .text = "Certifying body whose claims it answers" },
	{ "connector", "url", SETTING_TEXT, NULL, 1, TEXT_BYTES, .required = true,
	  .check = settings_check_url, .reloadable = true, IN_CONNECTOR(url),
	  .text = "https://..., http:// to this machine, a file:///PATH, or a drop directory "
	      "file:///PATH/" },
	{ "connector", "label", SETTING_TEXT, NULL, 0, NAME_BYTES,
	  .derived = "the connector's name", .reloadable = true, IN_CONNECTOR(label),
	  .text = "What logs, metrics and health pages call it: choose one that tells "
	      "no category" },
	{ "connector", "api_key", SETTING_SECRET, .derived = "none",
	  .reloadable = true, IN_CONNECTOR(api_key),
	  .text = "The registry's key: credential:NAME or file:/PATH" },
	{ "connector", "credential_expires", SETTING_DATE, .derived = "not watched",
	  .reloadable = true, IN_CONNECTOR(credential_expires),
	  .text = "Day the key stops working; health warns 14 days ahead" },
	{ "connector", "timezone", SETTING_ZONE, .value = "America/New_York",
	  .reloadable = true, IN_CONNECTOR(zone),
	  .text = "Zone in which the body's days end" },

	/* --- when it polls --- */
	{ "connector", "interval", SETTING_DURATION, NULL, SECONDS, 30 * DAYS,
	  .value = "24h", .reloadable = true, IN_CONNECTOR(interval_ms),
	  .text = "Time between polls; registries publish daily at best" },
	{ "connector", "poll_at", SETTING_MINUTE, .derived = "not fixed: every interval",
	  .reloadable = true, IN_CONNECTOR(poll_at),
	  .text = "Time of day in timezone at which it polls, every day or, with an interval of "
	      "more days, after so many; a poll that was missed is made up at the start" },
	{ "connector", "full_interval", SETTING_DURATION, NULL, SECONDS, 90 * DAYS,
	  .value = "24h", .reloadable = true, IN_CONNECTOR(full_interval_ms),
	  .text = "Time between full polls, where polls between them read changes only" },
	{ "connector", "stale_after", SETTING_DURATION, NULL, SECONDS, 365 * DAYS,
	  .derived = "2 x interval", .reloadable = true, IN_CONNECTOR(stale_after_ms),
	  .text = "Without a complete poll for this long it is stale: expiry and cases wait, "
	      "health warns" },
	{ "connector", "unchanged_after", SETTING_DURATION, NULL, SECONDS, 3650 * DAYS,
	  .derived = "10 x interval", .reloadable = true, IN_CONNECTOR(unchanged_after_ms),
	  .text = "A source that said nothing new for this long may be frozen: expiry waits, "
	      "health warns" },
	{ "connector", "timeout", SETTING_DURATION, NULL, SECONDS, DAYS,
	  .value = "1h", .reloadable = true, IN_CONNECTOR(timeout_ms),
	  .text = "Longest time one answer may take in all: room for a large extract on a slow "
	      "line, an end to a trickle" },
	{ "connector", "settle", SETTING_DURATION, NULL, 0, DAYS,
	  .value = "60s", .reloadable = true, IN_CONNECTOR(settle_ms),
	  .text = "A file of a drop directory is complete once it was unchanged for this long" },
	{ "connector", "pattern", SETTING_TEXT, NULL, 0, TEXT_BYTES,
	  .derived = "any that may be a list", .check = settings_check_file_pattern,
	  .reloadable = true, IN_CONNECTOR(file_pattern),
	  .text = "Which files of a drop directory are lists, by name: *.csv, or several with | "
	      "between them; case does not count" },
	{ "connector", "daily_budget", SETTING_INT64, "requests", 0, MANY,
	  .value = "0", .reloadable = true, IN_CONNECTOR(daily_budget),
	  .text = "Requests a day; 0: unlimited" },
	{ "connector", "budget_reserve", SETTING_INT64, "requests", 0, MANY,
	  .value = "0", .reloadable = true, IN_CONNECTOR(budget_reserve),
	  .text = "How many of them are kept for looking up single numbers" },
	{ "connector", "budget_timezone", SETTING_ZONE, .value = "UTC",
	  .reloadable = true, IN_CONNECTOR(budget_zone),
	  .text = "Zone in whose midnight the budget begins anew" },

	/* --- what counts as absent --- */
	{ "connector", "absence", SETTING_ENUM, .value = "case",
	  .choices = "case|revoke|ignore", .reloadable = true, IN_CONNECTOR(absence),
	  .text = "What the absence of a once verified number does; "
	      "write ignore for a partner's export (nglcc), which is weak evidence" },
	{ "connector", "absent_polls", SETTING_INT, "polls", 1, 100,
	  .value = "2", .reloadable = true, IN_CONNECTOR(absent_polls),
	  .text = "Proven snapshots in a row that must lack it" },
	{ "connector", "absent_hours", SETTING_HOURS, "hours", 0, 8760,
	  .value = "24", .reloadable = true, IN_CONNECTOR(absent_hours_ms),
	  .text = "How far apart they must be" },
	{ "connector", "absent_share", SETTING_RATIO, NULL, 0, 100,
	  .value = "2%", .reloadable = true, IN_CONNECTOR(absent_share),
	  .text = "Most of the known keys that a closed document may lack and still be proof" },
	{ "connector", "proof_after", SETTING_DURATION, NULL, HOURS, 365 * DAYS,
	  .value = "7d", .reloadable = true, IN_CONNECTOR(proof_after_ms),
	  .text = "Without a proof for this long health says that withdrawals cannot be seen" },
	{ "connector", "confirm", SETTING_TEXT, NULL, 0, 32, .derived = "none",
	  .reloadable = true, IN_CONNECTOR(confirm),
	  .text = "Connector that is asked about a number that this one lists no more, before "
	      "that counts; of what both cover it decides nothing itself" },
	{ "connector", "grace_days", SETTING_INT, "days", 0, 366,
	  .value = "0", .reloadable = true, IN_CONNECTOR(grace_days),
	  .text = "Days that expiry is delayed by" },
	{ "connector", "remind_days", SETTING_DAYS, "days", 1, 366,
	  .derived = "[badges] remind_days", .reloadable = true, IN_CONNECTOR(remind_days),
	  .count_offset = offsetof(struct config_connector, remind_count),
	  .text = "Reminders of its badges; empty: none" },

	/* --- what it refuses --- */
	{ "connector", "min_records", SETTING_INT64, "records", 1, MANY,
	  .value = "1", .reloadable = true, IN_CONNECTOR(min_records),
	  .text = "A feed of fewer is refused; set it to 80% of what is usual" },
	{ "connector", "max_records", SETTING_INT64, "records", 0, MANY,
	  .value = "0", .reloadable = true, IN_CONNECTOR(max_records),
	  .text = "A feed of more is refused; 0: the plug-in's limit" },
	{ "connector", "max_body", SETTING_SIZE, NULL, 0, INT64_C(1) << 40,
	  .value = "0", .reloadable = true, IN_CONNECTOR(max_body_bytes),
	  .text = "An answer of more decoded bytes is refused; 0: the plug-in's limit" },
	{ "connector", "max_requests", SETTING_INT64, "requests", 1, MANY,
	  .value = "10000", .reloadable = true, IN_CONNECTOR(max_requests),
	  .text = "A poll that asks for more fails: an end to pages without end" },
	{ "connector", "max_shrink", SETTING_RATIO, NULL, 0, 100,
	  .value = "20%", .reloadable = true, IN_CONNECTOR(max_shrink),
	  .text = "A feed that lost more of its records is refused" },
	{ "connector", "max_growth", SETTING_RATIO, NULL, 0, 10000,
	  .value = "50%", .reloadable = true, IN_CONNECTOR(max_growth),
	  .text = "A feed that grew by more is refused" },
	{ "connector", "number_pattern", SETTING_TEXT, NULL, 0, TEXT_BYTES,
	  .derived = "the plug-in's grammar", .check = settings_check_pattern,
	  .reloadable = true, IN_CONNECTOR(number_pattern),
	  .text = "Regular expression (PCRE2) that a number must match as a whole" },
	{ "connector", "number.zeros", SETTING_ENUM, .value = "keep",
	  .choices = "keep|ignore", .reloadable = true, IN_CONNECTOR(number_zeros),
	  .text = "Whether 00123 and 123 are two numbers; ignore where a list, or who "
	      "copies from it, has lost leading zeros" },

	/* --- how it is reached --- */
	{ "connector", "user_agent", SETTING_TEXT, NULL, 0, TEXT_BYTES,
	  .derived = "certsyncd/VERSION", .check = settings_check_ascii,
	  .reloadable = true, IN_CONNECTOR(user_agent),
	  .text = "What it calls itself; some registries ask for an address to write to" },
	{ "connector", "redirect_hosts", SETTING_HOSTS, .derived = "none",
	  .reloadable = true, IN_CONNECTOR(redirect_hosts),
	  .count_offset = offsetof(struct config_connector, redirect_host_count),
	  .text = "Other hosts that the registry may redirect to; no credential goes there" },
	{ "connector", "observe", SETTING_BOOL, .value = "no",
	  .reloadable = true, IN_CONNECTOR(observe),
	  .text = "It is polled and kept, and `plan NAME` shows what it would decide of the badges "
	      "there are; no badge, case, event or look-up comes from it" },
	{ "connector", "private", SETTING_BOOL, .value = "no", .reloadable = true,
	  IN_CONNECTOR(private_network),
	  .text = "Whether the host may have an address of a private network" },
	{ "connector", "legacy_tls", SETTING_BOOL, .value = "no", .reloadable = true,
	  IN_CONNECTOR(legacy_tls),
	  .text = "Accept a server without secure renegotiation; certificates are checked "
	      "all the same" },
	{ "connector", "ca_file", SETTING_PATH, NULL, 0, PATH_BYTES,
	  .derived = "[fetch] ca_file", .reloadable = true, IN_CONNECTOR(ca_file),
	  .text = "PEM bundle that this registry's certificate is checked against" }
};

const size_t settings_count = sizeof(settings_table) / sizeof(settings_table[0]);
