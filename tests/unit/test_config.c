/* SPDX-License-Identifier: ISC */
/*
 * test_config.c -- the configuration as a value, from files to struct, dump and
 * difference: src/config/config.c, merged.c and config_dump.c.
 *
 * "test_config --print" writes docs/settings.md anew from the settings table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "config/config.h"
#include "config/settings.h"
#include "lib/config_case.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define HOUR_MS		INT64_C(3600000)

static void
test_defaults(void **state)
{
	struct config *c = config_case_load_text("");

	(void)state;
	assert_string_equal(c->plugin_dir, CERTSYNC_LIBDIR "/connectors");
	assert_string_equal(c->state_dir, "/var/lib/certsyncd");
	assert_null(c->types_file);
	assert_non_null(c->types);
	assert_true(strlen(c->instance) > 0);
	assert_int_equal(c->log_level, LOG_LEVEL_INFO);
	assert_null(c->redis_url);
	assert_null(c->redis_username);
	assert_null(c->redis_password.ref);
	assert_string_equal(c->prefix, "certsync");
	assert_int_equal(c->partitions, 1);
	assert_string_equal(c->http_listen, "127.0.0.1:9807");
	assert_int_equal(c->http_host_count, 3);
	assert_string_equal(c->control_socket, "/run/certsyncd/control.sock");
	assert_int_equal(c->remind_count, 4);
	assert_int_equal(c->remind_days[0], 90);
	assert_int_equal(c->remind_days[3], 1);
	assert_true(c->name_match > 0.8499 && c->name_match < 0.8501);
	assert_int_equal(c->expiry_evidence_ms, 0);
	assert_int_equal(c->unconfirmed_days, 30);
	assert_int_equal(c->confirm_days, 7);
	assert_int_equal(c->case_days, 14);
	assert_string_equal(c->case_timeout, "review");
	assert_int_equal(c->guard_window_ms, 7 * 24 * HOUR_MS);
	assert_int_equal(c->guard_count, 5);
	assert_int_equal(c->guard_max, 500);
	assert_int_equal(c->guard_total, 2000);
	assert_int_equal(c->retain_days, 30);
	assert_int_equal(c->max_entries, 1000000);
	assert_int_equal(c->connector_count, 0);
	assert_null(config_connector(c, "sba"));
	config_free(c);
}

static void
test_connector_defaults(void **state)
{
	struct config *c = config_case_load_text("[badges]\nremind_days = 60, 5\n" CASE_SBA
	    "interval = 12h\n");
	const struct config_connector *sba = config_connector(c, "sba");

	(void)state;
	assert_non_null(sba);
	assert_string_equal(sba->label, "sba");
	assert_string_equal(zone_name(sba->zone), "America/New_York");
	assert_string_equal(zone_name(sba->budget_zone), "UTC");
	assert_int_equal(sba->interval_ms, 12 * HOUR_MS);
	assert_int_equal(sba->stale_after_ms, 24 * HOUR_MS);
	assert_int_equal(sba->full_interval_ms, 24 * HOUR_MS);
	assert_int_equal(sba->settle_ms, 60000);
	assert_int_equal(sba->absent_hours_ms, 24 * HOUR_MS);
	assert_int_equal(sba->absent_polls, 2);
	assert_int_equal(sba->absence, ABSENCE_CASE);
	assert_int_equal(sba->min_records, 1);
	assert_true(sba->max_shrink > 0.1999 && sba->max_shrink < 0.2001);
	assert_true(sba->max_growth > 0.4999 && sba->max_growth < 0.5001);
	assert_int_equal(sba->remind_count, 2);
	assert_int_equal(sba->remind_days[0], 60);
	assert_string_equal(sba->user_agent, "certsyncd/" CERTSYNC_VERSION);
	assert_int_equal(sba->pair_count, 0);
	assert_int_equal(sba->line, 3);
	assert_false(cs_date_is_set(sba->credential_expires));
	assert_false(sba->poll_at.set);
	config_free(c);
	c = config_case_load_text(CASE_SBA "remind_days =\nabsence = ignore\nlabel = one\n"
	    "credential_expires = 2027-02-28\n");
	sba = config_connector(c, "sba");
	assert_int_equal(sba->remind_count, 0);
	assert_int_equal(sba->absence, ABSENCE_IGNORE);
	assert_string_equal(sba->label, "one");
	assert_int_equal(sba->credential_expires.day, 28);
	config_free(c);
}

/* Examples of every kind of section. */
static const char design[] =
"[daemon]\n"
"plugin_dir = /usr/lib/certsyncd/connectors\n"
"state_dir  = /var/lib/certsyncd\n"
"log_level  = info\n"
"\n"
"[redis]\n"
"url        = redis://127.0.0.1:6379/0      ; or unix:///run/redis/redis.sock, rediss://host:6380/0, or: embedded\n"
"username   = certsyncd\n"
"password   = credential:redis-password     ; a systemd credential; file:/path also works; never the secret itself\n"
"prefix     = certsync\n"
"partitions = 1\n"
"\n"
"[http]                                     ; health and metrics, read-only\n"
"listen = 127.0.0.1:9807\n"
"\n"
"[control]                                  ; the certsync command\n"
"socket = /run/certsyncd/control.sock\n"
"\n"
"[badges]\n"
"remind_days = 90, 30, 7, 1\n"
"name_match  = 0.85\n"
"\n"
"[events]\n"
"retain_days = 30\n"
"max_entries = 1000000\n"
"\n"
"[connector sba]                            ; the instance's name; several may share a plug-in\n"
"plugin   = sam\n"
"body     = sba\n"
"url      = https://api.sam.gov\n"
"api_key  = credential:sam-api-key\n"
"mode     = extract                         ; extract | monthly\n"
"extract_delay = 60s                        ; before the first look for the extract; doubles while it is pending\n"
"interval = 24h\n"
"daily_budget = 10\n"
"timezone = America/New_York\n"
"absence  = case\n"
"absent_polls = 2\n"
"grace_days = 0\n"
"min_records = 1000\n"
"max_shrink  = 20%\n"
"max_growth  = 50%\n"
"\n"
"[connector vetcert]\n"
"plugin = sbs\n"
"body = sba\n"
"url = https://search.certifications.sba.gov\n"
"programs = vosb, sdvosb                    ; 8a, hubzone, wosb, edwosb, vosb, sdvosb\n"
"\n"
"[connector vethub]\n"
"plugin = texas_hub\n"
"body = texas-hub\n"
"url = https://comptroller.texas.gov/auto-data/purchasing/hub_name.csv\n"
"\n"
"[connector nglcc]\n"
"plugin = nglcc\n"
"body = nglcc\n"
"url = file:///var/lib/certsyncd/drop/nglcc/ ; a drop directory (newest complete file), a file:// file, or https\n"
"format = csv                               ; csv | xml\n"
"type = LGBTBE                              ; constant, where the registry has no such column\n"
"field.number = Certification Number | Cert No\n"
"field.expires_on = Expiration Date\n"
"date_format = %m/%d/%Y | %B %d, %Y\n"
"status.active = Active | Certified         ; words of the status column; any other word is unknown, never negative\n"
"\n"
"[connector nyc]\n"
"plugin = socrata\n"
"body = nyc-sbs\n"
"url = https://data.cityofnewyork.us\n"
"dataset = ci93-uc8s\n"
"format = json                              ; json | xml\n"
"page_size = 50000\n"
"field.number = account_number\n"
"field.business_name = vendor_formal_name\n"
"field.type = certification\n"
"type.separator = ,\n"
"field.expires_on = cert_renewal_date\n";

static void
test_design_examples(void **state)
{
	struct config *c = config_case_load_text(design);
	const struct config_connector *n;

	(void)state;
	assert_int_equal(c->connector_count, 5);
	assert_string_equal(c->connectors[0].name, "sba");
	assert_string_equal(c->connectors[4].name, "nyc");
	assert_string_equal(c->redis_password.ref, "credential:redis-password");
	n = config_connector(c, "sba");
	assert_string_equal(config_secret_of(n, "api_key").ref, "credential:sam-api-key");
	assert_null(config_secret_of(n, "mode").ref);
	assert_int_equal(n->pair_count, 2);
	assert_string_equal(n->pairs[1].key, "extract_delay");
	assert_string_equal(n->pairs[1].value, "60s");
	n = config_connector(c, "nglcc");
	assert_int_equal(n->pair_count, 6);
	assert_string_equal(n->pairs[2].key, "field.number");
	assert_string_equal(n->pairs[2].value, "Certification Number | Cert No");
	assert_string_equal(n->url, "file:///var/lib/certsyncd/drop/nglcc/");
	config_free(c);
}

/* The settings that those examples leave out. */
static void
test_further_settings(void **state)
{
	struct config *c = config_case_load_text(
	    "[daemon]\ninstance = one\nlease = 1m\n"
	    "[badges]\nexpiry_evidence = 96h\nunconfirmed_days = 10\nconfirm_days = 3\ncase_days = 7\n"
	    "case_timeout = keep\n"
	    "[guard]\nwindow = 48h\nshare = 10%\ncount = 3\nmax = 50\ntotal = 100\n"
	    "[claims]\nmax_misses = 2\n"
	    "[redis]\nurl = rediss://redis.example:6380/2\nca_file = /a\ncert_file = /b\n"
	    "key_file = /c\n[control]\ngroup = ops\n"
	    "[http]\nlisten =\nallowed_hosts = Status.Example\n"
	    "[fetch]\nproxy = http://proxy:3128\nca_file = /d\n" CASE_SBA
	    "absent_hours = 48\nabsent_share = 1%\nproof_after = 10d\nconfirm = two\n"
	    "full_interval = 7d\nbudget_timezone = America/Chicago\nbudget_reserve = 2\n"
	    "daily_budget = 10\nmax_body = 2G\nmax_records = 500000\ntimeout = 5m\n"
	    "settle = 5s\nuser_agent = x (mail@example.org)\n"
	    "redirect_hosts = a.example, B.example\nnumber_pattern = [A-Z]{2}[0-9]+\n"
	    "private = yes\ncredential_expires = 2027-01-31\nlegacy_tls = yes\n"
	    "stale_after = 3d\nca_file = /e\npoll_at = 05:30\n"
	    "[connector two]\nplugin = sbs\nbody = sba\nurl = http://127.0.0.1:8080/x\n");
	const struct config_connector *sba = config_connector(c, "sba");

	(void)state;
	assert_string_equal(c->instance, "one");
	assert_int_equal(c->lease_ms, 60000);
	assert_int_equal(c->expiry_evidence_ms, 96 * HOUR_MS);
	assert_string_equal(c->case_timeout, "keep");
	assert_int_equal(c->guard_total, 100);
	assert_int_equal(c->claims_max_misses, 2);
	assert_string_equal(c->redis_key_file, "/c");
	assert_string_equal(c->http_listen, "");
	assert_int_equal(c->http_host_count, 1);
	assert_string_equal(c->http_hosts[0], "status.example");
	assert_string_equal(c->fetch_proxy, "http://proxy:3128");
	assert_int_equal(sba->absent_hours_ms, 48 * HOUR_MS);
	assert_string_equal(sba->confirm, "two");
	assert_int_equal(c->confirm_days, 3);
	assert_string_equal(zone_name(sba->budget_zone), "America/Chicago");
	assert_int_equal(sba->max_body_bytes, INT64_C(2) << 30);
	assert_int_equal(sba->redirect_host_count, 2);
	assert_string_equal(sba->redirect_hosts[1], "b.example");
	assert_true(sba->private_network && sba->legacy_tls);
	assert_string_equal(sba->ca_file, "/e");
	assert_true(sba->poll_at.set);
	assert_int_equal(sba->poll_at.minute, 330);
	assert_int_equal(sba->pair_count, 0);
	config_free(c);
}

static void
test_errors_are_counted(void **state)
{
	struct config_errors errors;
	struct buf b;

	(void)state;
	buf_init(&b, CASE_BYTES);
	buf_puts(&b, "[daemon]\n");
	for (int i = 0; i < CONFIG_ERRORS_MAX + 5; i++)
		buf_puts(&b, "nonsense\n");
	config_case_write(CASE_MAIN, buf_str(&b));
	assert_null(config_load(CASE_MAIN, &errors));
	assert_int_equal(errors.n, CONFIG_ERRORS_MAX);
	assert_int_equal(errors.more, 5);
	assert_null(config_load("missing.conf", &errors));
	assert_int_equal(errors.n, 1);
	assert_string_equal(errors.v[0].text,
	    "missing.conf: cannot be opened: No such file or directory");
	buf_free(&b);
}

static void
test_too_many(void **state)
{
	struct config_errors errors;
	struct buf b;

	(void)state;
	buf_init(&b, CASE_BYTES);
	for (int i = 0; i <= CONFIG_CONNECTORS_MAX; i++)
		buf_printf(&b, "[connector c%d]\nplugin = a\nbody = b\nurl = https://c\n", i);
	config_case_write(CASE_MAIN, buf_str(&b));
	assert_null(config_load(CASE_MAIN, &errors));
	assert_string_equal(errors.v[0].text, CASE_AT "257: more than 64 connectors");
	for (int i = CONFIG_CONNECTORS_MAX + 1; i < 100; i++)
		buf_printf(&b, "[connector c%d]\nplugin = a\nbody = b\nurl = https://c\n", i);
	config_case_write(CASE_MAIN, buf_str(&b));
	assert_null(config_load(CASE_MAIN, &errors));
	assert_string_equal(errors.v[0].text, CASE_AT "321: more than 80 sections");
	buf_clear(&b);
	buf_puts(&b, CASE_SBA);
	for (int i = 0; i <= CONFIG_PAIRS_MAX; i++)
		buf_printf(&b, "field.x%d = y\n", i);
	config_case_write(CASE_MAIN, buf_str(&b));
	assert_null(config_load(CASE_MAIN, &errors));
	assert_string_equal(errors.v[0].text,
	    CASE_AT "69: [connector sba] has more than 64 settings of its plug-in");
	buf_clear(&b);
	buf_puts(&b, CASE_SBA "programs = a\n");
	for (int i = 0; i < 30; i++)
		buf_printf(&b, "programs += %0150d\n", i);
	config_case_write(CASE_MAIN, buf_str(&b));
	assert_null(config_load(CASE_MAIN, &errors));
	assert_string_equal(errors.v[0].text,
	    CASE_AT "32: programs is longer than 4096 bytes: write less");
	buf_free(&b);
}

/* Whatever a file holds: a configuration, or a reason why not. */
static void
test_mutations(void **state)
{
	static const char bytes[] = "[]=:;#+ \t\n\r\xff/\"%|,.0a";
	char text[sizeof(design)];
	uint32_t random = 1;	/* any seed; the run is the same each time */

	(void)state;
	for (int i = 0; i < 300; i++) {
		struct config_errors errors;
		struct config *config;

		memcpy(text, design, sizeof(text));
		for (int n = 0; n < 4; n++) {
			random = random * 1664525u + 1013904223u;
			text[(random >> 8) % (sizeof(text) - 1)] =
			    bytes[random % (sizeof(bytes) - 1)];
		}
		config_case_write(CASE_MAIN, text);
		config = config_load(CASE_MAIN, &errors);
		assert_int_equal(config == NULL, errors.n > 0);
		config_free(config);
	}
}

static void
test_drop_ins(void **state)
{
	struct config *c;
	const struct config_connector *sba;

	(void)state;
	assert_int_equal(mkdir(CASE_DROP_INS, 0700), 0);
	config_case_write(CASE_DROP_INS "/20-b.conf", "[redis]\nprefix = two\n"
	    "[http]\nallowed_hosts += b\nallowed_hosts += c\n"
	    "[connector sba]\ninterval = 6h\nfield.number += Cert No\nprograms += b\n"
	    "type.map += W O:WBE\nnone += TBD\n");
	config_case_write(CASE_DROP_INS "/10-a.conf", "[redis]\nprefix = one\npartitions = 4\n"
	    "[connector late]\nplugin = x\nbody = y\nurl = file:///z\n");
	config_case_write(CASE_DROP_INS "/A.conf", "[daemon]\ninstance = third\n");
	config_case_write(CASE_DROP_INS "/.hidden.conf", "nonsense\n");
	config_case_write(CASE_DROP_INS "/30-c.conf~", "nonsense\n");
	config_case_write(CASE_DROP_INS "/conf", "nonsense\n");
	c = config_case_load_text("[redis]\nprefix = zero\n[http]\nallowed_hosts = a\n" CASE_SBA
	    "interval = 1h\nfield.number = Number\nprograms = a\ntype.map = M O:MBE\nnone = X\n");
	assert_string_equal(c->prefix, "two");
	assert_int_equal(c->partitions, 4);
	assert_string_equal(c->instance, "third");
	assert_int_equal(c->http_host_count, 3);
	assert_string_equal(c->http_hosts[2], "c");
	assert_string_equal(c->connectors[1].name, "late");
	assert_string_equal(c->connectors[1].file, CASE_DROP_INS "/10-a.conf");
	sba = config_connector(c, "sba");
	assert_string_equal(sba->file, CASE_MAIN);
	assert_int_equal(sba->interval_ms, 6 * HOUR_MS);
	assert_string_equal(sba->pairs[0].value, "Number | Cert No");
	assert_string_equal(sba->pairs[1].value, "a, b");
	assert_string_equal(sba->pairs[1].file, CASE_DROP_INS "/20-b.conf");
	assert_int_equal(sba->pairs[1].line, 9);
	assert_string_equal(sba->pairs[2].value, "M O:MBE | W O:WBE");
	assert_string_equal(sba->pairs[3].value, "X | TBD");
	config_free(c);

	config_case_write(CASE_DROP_INS "/20-b.conf", "[redis]\nprefix += x\nprefix = y\n");
	config_case_refused("[redis]\nprefix = zero\n",
	    CASE_DROP_INS "/20-b.conf:3: prefix is set in this file already, at line 2: "
	    "remove one (a list goes on with \"prefix += value\")\n"
	    CASE_DROP_INS "/20-b.conf:2: [redis] prefix is not 1 to 64 of A-Z, a-z, 0-9 "
	    "and : . _ - (braces would move keys to other slots)\n");
	assert_int_equal(unlink(CASE_DROP_INS "/20-b.conf"), 0);
	assert_int_equal(mkfifo(CASE_DROP_INS "/fifo.conf", 0600), 0);
	config_case_refused("", CASE_DROP_INS "/fifo.conf: is not a regular file\n");
	config_case_clear_drop_ins();
}

static void
test_dump(void **state)
{
	static const char *const want[] = {
		"[daemon]\n",
		"lease = 10s                                 ; default\n",
		"url = redis://127.0.0.1:6379/0              ; certsyncd.conf:7\n",
		"password = credential:redis-password        ; certsyncd.conf:9\n",
		"remind_days = 90, 30, 7, 1                  ; certsyncd.conf:20\n",
		"name_match = 85%                            ; certsyncd.conf:21\n",
		"[connector sba]\n",
		"api_key = credential:sam-api-key            ; certsyncd.conf:31\n",
		"stale_after = 48h                           ; default\n",
		"extract_delay = 60s                         ; certsyncd.conf:33\n",
		"field.number = Certification Number | Cert No ; certsyncd.conf:61\n",
	};
	struct config *c = config_case_load_text(design);
	struct buf once, twice;

	(void)state;
	buf_init(&once, CASE_BYTES);
	buf_init(&twice, CASE_BYTES);
	config_dump(c, &once);
	for (size_t i = 0; i < COUNT(want); i++)
		if (strstr(buf_str(&once), want[i]) == NULL)
			fail_msg("no %s in %s", want[i], buf_str(&once));
	config_free(c);
	/* A dump is a configuration of the same meaning. */
	c = config_case_load_text(buf_str(&once));
	config_dump(c, &twice);
	config_free(c);
	for (char *a = once.data, *b = twice.data; a != NULL || b != NULL;) {
		char *la = strsep(&a, "\n"), *lb = strsep(&b, "\n");

		assert_non_null(la);
		assert_non_null(lb);
		la[strcspn(la, ";")] = '\0';
		lb[strcspn(lb, ";")] = '\0';
		assert_string_equal(la, lb);
	}
	buf_free(&once);
	buf_free(&twice);
}

static void
test_dump_hides_secrets(void **state)
{
	struct config *c = config_case_load_text(CASE_SBA "app_token = hunter2\nother_token = file:/x\n");
	struct buf out;

	(void)state;
	buf_init(&out, CASE_BYTES);
	config_dump(c, &out);
	assert_null(strstr(buf_str(&out), "hunter2"));
	assert_non_null(strstr(buf_str(&out), "app_token = (hidden)"));
	assert_non_null(strstr(buf_str(&out), "other_token = file:/x"));
	buf_free(&out);
	config_free(c);
}

static void
test_reload_diff(void **state)
{
	struct config *a = config_case_load_text("[redis]\nprefix = one\n"), *b;
	struct buf out;

	(void)state;
	buf_init(&out, CASE_BYTES);
	config_reload_diff(a, a, &out);
	assert_string_equal(buf_str(&out), "");
	b = config_case_load_text("[daemon]\nlog_level = debug\n[redis]\nprefix = two\n"
	    "password = file:/x\n[badges]\ncase_days = 3\n[http]\nlisten =\n" CASE_SBA);
	config_reload_diff(a, b, &out);
	assert_string_equal(buf_str(&out),
	    "[redis] password: (none) -> file:/x\n"
	    "[redis] prefix: one -> two\n"
	    "[http] listen: 127.0.0.1:9807 -> (none)\n");
	buf_free(&out);
	config_free(a);
	config_free(b);
}

/* Every row: a default its own reader takes, a text, no second row of its name. */
static void
test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *s = &settings_table[i];

		assert_true(strlen(s->text) > 0 && strlen(s->key) <= 48);
		assert_ptr_equal(settings_find(s->section, s->key), s);
		assert_true(s->value != NULL || s->derived != NULL || s->required);
	}
}

static void
test_manual_is_current(void **state)
{
	char *have = config_case_source("docs/settings.md");
	struct buf want;

	(void)state;
	buf_init(&want, CASE_BYTES);
	config_describe(&want);
	assert_false(want.failed);
	/* If this fails: build/tests/test_config --print */
	assert_string_equal(have, buf_str(&want));
	buf_free(&want);
	free(have);
}

/* The sample as shipped, then with every "#key = value" of it switched on. */
static void
test_sample(void **state)
{
	char *text = config_case_source("config/certsyncd.conf"), *rest, *line;
	struct config *c = config_case_load_text(text);
	struct buf on;

	(void)state;
	assert_int_equal(c->connector_count, 0);
	config_free(c);
	buf_init(&on, CASE_BYTES);
	rest = text;
	while ((line = strsep(&rest, "\n")) != NULL)
		buf_printf(&on, "%s\n", line[0] == '#' && (line[1] == '[' ||
		    (line[1] >= 'a' && line[1] <= 'z')) ? line + 1 : line);
	c = config_case_load_text(buf_str(&on));
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *s = &settings_table[i];
		char head[128];
		const char *at = buf_str(&on);

		(void)snprintf(head, sizeof(head), s->value != NULL && s->derived == NULL ?
		    "\n%s = %s\n" : "\n%s =", s->key, s->value);
		if (strstr(at, head) == NULL)
			fail_msg("[%s] %s: the sample has no such default", s->section, s->key);
	}
	config_free(c);
	buf_free(&on);
	free(text);
}

static int
print_manual(void)
{
	struct buf out;
	FILE *f = fopen("docs/settings.md", "w");

	if (f == NULL)
		return 1;
	buf_init(&out, CASE_BYTES);
	config_describe(&out);
	(void)fputs(buf_str(&out), f);
	buf_free(&out);
	return fclose(f) == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_connector_defaults),
		cmocka_unit_test(test_design_examples),
		cmocka_unit_test(test_further_settings),
		cmocka_unit_test(test_errors_are_counted),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_drop_ins),
		cmocka_unit_test(test_dump),
		cmocka_unit_test(test_dump_hides_secrets),
		cmocka_unit_test(test_reload_diff),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_manual_is_current),
		cmocka_unit_test(test_sample),
	};

	if (argc > 1 && strcmp(argv[1], "--print") == 0)
		return print_manual();
	return cmocka_run_group_tests_name("config", tests, config_case_setup,
	    config_case_teardown);
}
