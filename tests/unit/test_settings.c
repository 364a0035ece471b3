/* SPDX-License-Identifier: ISC */
/*
 * test_settings.c -- what single settings refuse, and how they say it:
 * src/engine/settings*.c, config.c and config_plugin.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "config/config.h"
#include "config/settings.h"
#include "config/zone_hint.h"
#include "lib/config_case.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static void
test_refused(void **state)
{
	static const struct { const char *text, *want; } cases[] = {
		{ "k = v\n", CASE_AT "1: k stands before the first [section]: move it into one\n" },
		{ "[redsi]\n", CASE_AT "1: there is no section [redsi]: did you mean [redis]?\n" },
		{ "[quux]\nk = v\n", CASE_AT "1: there is no section [quux]: remove it\n" },
		{ "[connector]\n", CASE_AT "1: there is no section [connector]: did you mean "
		  "[connector NAME], NAME of a-z, 0-9 and -, at most 32?\n" },
		{ "[conector sba]\n", CASE_AT "1: there is no section [conector sba]: did you mean "
		  "[connector NAME], NAME of a-z, 0-9 and -, at most 32?\n" },
		{ "[connector  sba]\n[connector SBA]\n",
		  CASE_AT "1: there is no section [connector  sba]: did you mean "
		  "[connector NAME], NAME of a-z, 0-9 and -, at most 32?\n"
		  CASE_AT "2: there is no section [connector SBA]: did you mean "
		  "[connector NAME], NAME of a-z, 0-9 and -, at most 32?\n" },
		{ "[redis]\nurll = x\n", CASE_AT "2: [redis] has no setting urll: did you mean url?\n" },
		{ "[redis]\npasswrod = hunter2\n",
		  CASE_AT "2: [redis] has no setting passwrod: did you mean password?\n" },
		{ "[daemon]\nretain_days = 3\n",
		  CASE_AT "2: [daemon] has no setting retain_days: it belongs into [events]\n" },
		{ "[daemon]\ninterval = 3h\n",
		  CASE_AT "2: [daemon] has no setting interval: it belongs into [connector NAME]\n" },
		{ "[daemon]\nqwertyuiop = 3\n",
		  CASE_AT "2: [daemon] has no setting qwertyuiop: remove it\n" },
		{ "[daemon]\nlog_level = info\nlog_level = warn\n",
		  CASE_AT "3: log_level is set in this file already, at line 2: remove one "
		  "(a list goes on with \"log_level += value\")\n" },
		{ "[daemon]\n[redis]\n[daemon]\n",
		  CASE_AT "3: section [daemon] is in this file already, at line 1: put its settings there\n" },
		{ CASE_SBA "[connector sba]\n",
		  CASE_AT "5: section [connector sba] is in this file already, at line 1: put its settings there\n" },
		{ "[http]\nallowed_hosts += x\n",
		  CASE_AT "2: allowed_hosts += continues a list that no earlier line has begun: "
		  "write allowed_hosts = value\n" },
		{ "[daemon]\n  instance = one\nlog_level = loud\n",
		  CASE_AT "2: the line is indented: begin it in the first column "
		  "(a list goes on with \"key += value\")\n"
		  CASE_AT "3: [daemon] log_level \"loud\" is not known: write "
		  "error, warn, notice, info or debug\n" },
		{ CASE_SBA "private = true\n",
		  CASE_AT "5: [connector sba] private \"true\" is not known: write yes or no\n" },
		{ "[daemon]\nlease = 1s\nplugin_dir = lib\nstate_dir =\n",
		  CASE_AT "3: [daemon] plugin_dir is not an absolute path\n"
		  CASE_AT "4: [daemon] state_dir is empty: give it a value\n"
		  CASE_AT "2: [daemon] lease \"1s\" is not in the range, 2s to 10m\n" },
		{ "[daemon]\ntypes = /nonexistent/types\n",
		  CASE_AT "2: [daemon] types cannot be opened: No such file or directory\n" },
		{ "[redis]\npartitions = 0\nprefix = a{b}\n",
		  CASE_AT "3: [redis] prefix is not 1 to 64 of A-Z, a-z, 0-9 and : . _ - "
		  "(braces would move keys to other slots)\n"
		  CASE_AT "2: [redis] partitions \"0\" is not in the range, 1 to 1024\n" },
		{ "[redis]\ncert_file = /a\n", CASE_AT "2: [redis] cert_file needs key_file beside it\n" },
		{ "[redis]\nkey_file = /a\n", CASE_AT "2: [redis] key_file needs cert_file beside it\n" },
		{ "[redis]\npassword = hunter2\n",
		  CASE_AT "2: [redis] password holds the secret itself, or a malformed reference: "
		  "write credential:NAME or file:/PATH\n" },
		{ "[redis]\npassword = credential:../x\n",
		  CASE_AT "2: [redis] password holds the secret itself, or a malformed reference: "
		  "write credential:NAME or file:/PATH\n" },
		{ "[control]\nsocket = /" /* 113 bytes */
		  "0123456789012345678901234567890123456789012345678901234567890123456789"
		  "012345678901234567890123456789012345678901\n",
		  CASE_AT "2: [control] socket is longer than the 107 bytes a socket's path may have\n" },
		{ "[badges]\nremind_days = 1, 7\nname_match = 20%\ncase_days = x\n",
		  CASE_AT "2: [badges] remind_days is not in falling order: write it as in 90, 30, 7, 1\n"
		  CASE_AT "3: [badges] name_match \"20%\" is not in the range, 50% to 100%\n"
		  CASE_AT "4: [badges] case_days \"x\" is not a whole number, 1 to 365\n" },
		{ "[badges]\nremind_days = 9, 8, 7, 6, 5, 4, 3, 2, 1\n",
		  CASE_AT "2: [badges] remind_days has more than 8 numbers\n" },
		{ "[badges]\nremind_days = 400\n",
		  CASE_AT "2: [badges] remind_days \"400\" is not a whole number in the range, 1 to 366\n" },
		{ "[http]\nallowed_hosts = a:1\n",
		  CASE_AT "2: [http] allowed_hosts holds something that is not a host's name or "
		  "address, without port\n" },
		{ "[connector x]\n",
		  CASE_AT "1: [connector x] has no plugin: Connector to load: sam, sbs, texas_hub, "
		  "nglcc, socrata, table or one of yours\n"
		  CASE_AT "1: [connector x] has no body: Certifying body whose claims it answers\n"
		  CASE_AT "1: [connector x] has no url: https://..., http:// to this machine, a "
		  "file:///PATH, or a drop directory file:///PATH/\n" },
		/* A refused line may be the missing one. */
		{ "[connector x]\nplugin = sam\nbody = sba\n url = https://x\n",
		  CASE_AT "4: the line is indented: begin it in the first column "
		  "(a list goes on with \"key += value\")\n" },
		{ CASE_SBA "interval = 5\n",
		  CASE_AT "5: [connector sba] interval \"5\" is not a duration such as 500ms, 60s, "
		  "15m, 24h or 7d, 1s to 30d\n" },
		{ CASE_SBA "interval = 31d\n",
		  CASE_AT "5: [connector sba] interval \"31d\" is not in the range, 1s to 30d\n" },
		{ CASE_SBA "max_body = 5X\n",
		  CASE_AT "5: [connector sba] max_body \"5X\" is not a size such as 65536, 64K, 8M "
		  "or 2G, 0 to 1024G\n" },
		{ CASE_SBA "max_shrink = 101%\n",
		  CASE_AT "5: [connector sba] max_shrink \"101%\" is not in the range, 0% to 100%\n" },
		{ CASE_SBA "max_shrink = lots\n",
		  CASE_AT "5: [connector sba] max_shrink \"lots\" is not a share such as 20% or 0.2, "
		  "0% to 100%\n" },
		{ CASE_SBA "stale_after = 1h\n",
		  CASE_AT "5: [connector sba] stale_after is shorter than interval: every poll would "
		  "come too late\n" },
		{ CASE_SBA "pattern = drop/*.csv\n",
		  CASE_AT "5: [connector sba] pattern holds a slash: it is about the names of files "
		  "in one directory, as in *.csv\n" },
		{ CASE_SBA "pattern = *.csv\n",
		  CASE_AT "5: [connector sba] pattern is about a drop directory, and url is none: "
		  "remove it\n" },
		{ CASE_SBA "poll_at = 5:30\n",
		  CASE_AT "5: [connector sba] poll_at \"5:30\" is not a time of day such as 05:30\n" },
		{ CASE_SBA "poll_at = 24:00\n",
		  CASE_AT "5: [connector sba] poll_at \"24:00\" is not a time of day such as 05:30\n" },
		{ CASE_SBA "poll_at = 05:30\ninterval = 6h\n",
		  CASE_AT "5: [connector sba] poll_at is a time of day, and interval is not of whole "
		  "days: write 24h, or 7d for a poll a week\n" },
		{ CASE_SBA "budget_reserve = 5\ndaily_budget = 5\n",
		  CASE_AT "5: [connector sba] budget_reserve leaves nothing of daily_budget for "
		  "polls: lower it\n" },
		{ CASE_SBA "min_records = 10\nmax_records = 5\n",
		  CASE_AT "6: [connector sba] max_records is less than min_records: no feed could be taken\n" },
		{ CASE_SBA "confirm = sba\n", CASE_AT "5: [connector sba] confirm names the connector itself\n" },
		{ CASE_SBA "confirm = two\n",
		  CASE_AT "5: [connector sba] confirm names no connector of this configuration\n" },
		{ CASE_SBA "confirm = two\n[connector two]\nplugin = x\nbody = other\nurl = file:///x\n",
		  CASE_AT "5: [connector sba] confirm names a connector of another body\n" },
		{ CASE_SBA "confirm = two\n[connector two]\nplugin = x\nbody = sba\nurl = file:///x\n"
		  "confirm = sba\n",
		  CASE_AT "5: [connector sba] confirm leads back to this connector: one of them must have the say\n"
		  CASE_AT "10: [connector two] confirm leads back to this connector: one of them must have the say\n" },
		{ CASE_SBA "credential_expires = 2027-02-30\n",
		  CASE_AT "5: [connector sba] credential_expires \"2027-02-30\" is not a date, YYYY-MM-DD\n" },
		{ CASE_SBA "number_pattern = [A-Z\n",
		  CASE_AT "5: [connector sba] number_pattern is not a regular expression: "
		  "missing terminating ] for character class, at its byte 5\n" },
		{ CASE_SBA "number_pattern = A+++++++++++++++++++++++++++\n",
		  CASE_AT "5: [connector sba] number_pattern is not a regular expression: "
		  "quantifier does not follow a repeatable item, at its byte 4\n" },
		{ CASE_SBA "api_key = abcdef\n",
		  CASE_AT "5: [connector sba] api_key holds the secret itself, or a malformed "
		  "reference: write credential:NAME or file:/PATH\n" },
		{ CASE_SBA "user_agent = caf\xc3\xa9\n",
		  CASE_AT "5: [connector sba] user_agent holds a byte beyond printable ASCII\n" },
		{ "[connector x]\nplugin = ../sam\nbody = SBA\nurl = https://x\n",
		  CASE_AT "2: [connector x] plugin is not a plug-in's name: a-z, then up to 30 of "
		  "a-z, 0-9 and _\n"
		  CASE_AT "3: [connector x] body is not 1 to 32 of a-z, 0-9 and -\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		config_case_refused(cases[i].text, cases[i].want);
}

static void
test_unknown_zone(void **state)
{
	struct config_errors errors;

	(void)state;
	config_case_write(CASE_MAIN, CASE_SBA "timezone = America/Metropolis\n");
	assert_null(config_load(CASE_MAIN, &errors));
	assert_int_equal(errors.n, 1);
	assert_true(text_starts(errors.v[0].text, CASE_AT
	    "5: [connector sba] timezone is no time zone known here: "));
	assert_non_null(strstr(errors.v[0].text, "America/Metropolis"));
	assert_null(strstr(errors.v[0].text, "did you mean"));
}

static void
test_misspelt_zone(void **state)
{
	static const struct { const char *zone, *meant; } cases[] = {
		{ "America/NewYork", "America/New_York" },
		{ "america/new_york", "America/New_York" },
		{ "New_York", "America/New_York" },
		{ "chicago", "America/Chicago" },
		{ "America/Chigaco", "America/Chicago" },
		{ "US/Estern", "US/Eastern" },		/* a link */
		{ "utc", "Etc/UTC" },
	};
	char text[128], want[64];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		(void)snprintf(want, sizeof(want), "; did you mean %s?", cases[i].meant);
		zone_hint(cases[i].zone, text, sizeof(text));
		if (strcmp(text, want) != 0)
			fail_msg("%s: %s", cases[i].zone, text);
	}
	zone_hint("Middle/Of/Nowhere", text, sizeof(text));
	assert_string_equal(text, "");
}

/* What is wrong with value as [section] key; NULL: nothing. */
static const char *
judge(const char *section, const char *key, const char *value, char *text, size_t size)
{
	struct config_errors errors;
	struct config *config;
	struct buf b;

	buf_init(&b, CASE_BYTES);
	buf_printf(&b, "%s%s%s = %s\n", section, strcmp(section, "") == 0 ?
	    "[connector x]\nplugin = sam\nbody = sba\n" : "\n", key, value);
	config_case_write(CASE_MAIN, buf_str(&b));
	buf_free(&b);
	config = config_load(CASE_MAIN, &errors);
	if (config != NULL) {
		config_free(config);
		return NULL;
	}
	assert_int_equal(errors.n, 1);
	/* A URL may hold a password. */
	assert_null(strstr(errors.v[0].text, "hunter2"));
	(void)snprintf(text, size, "%s", errors.v[0].text);
	return text;
}

static void
test_urls(void **state)
{
	static const struct { const char *url, *want; } cases[] = {
		{ "https://api.sam.gov", NULL },
		{ "https://api.sam.gov:8443/a/b?c=d", NULL },
		{ "https://[2001:db8::1]/", NULL },
		{ "http://127.0.0.1:8080/x", NULL },
		{ "http://127.1.2.3/", NULL },
		{ "http://localhost:8080", NULL },
		{ "http://LOCALHOST/", NULL },
		{ "http://[::1]:8080/", NULL },
		{ "file:///var/lib/x/", NULL },
		{ "file:///a b.csv", NULL },
		{ "http://api.sam.gov", "to another machine" },
		{ "http://127.0.0.1.example.org/", "to another machine" },
		{ "http://127.1/", "to another machine" },
		{ "http://0177.0.0.1/", "to another machine" },
		{ "http://localhost.example.org/", "to another machine" },
		{ "http://[::2]/", "to another machine" },
		{ "http://[::ffff:10.0.0.1]/", "to another machine" },
		{ "https://user:hunter2@api.sam.gov/", "user or password" },
		{ "http://hunter2@127.0.0.1/", "user or password" },
		{ "https://", "no valid host" },
		{ "https:///x", "no valid host" },
		{ "https://a:0/", "no valid host" },
		{ "https://a:99999/", "no valid host" },
		{ "https://a:b/", "no valid host" },
		{ "https://[::1/", "no valid host" },
		{ "https://a,b/", "no valid host" },
		{ "https://a/#b", "percent-encode" },
		{ "https://a\\b/", "percent-encode" },
		{ "https://a/b c", "percent-encode" },
		{ "https://caf\xc3\xa9.example/", "percent-encode" },
		{ "ftp://a/", "is none of" },
		{ "HTTPS://a/", "is none of" },
		{ "/var/lib/x", "is none of" },
		{ "file://host/x", "absolute path" },
		{ "file://x", "absolute path" },
		{ "file:///a/../b", "\"..\"" },
		{ "file:///a/..", "\"..\"" },
	};
	char text[ERR_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *why = judge("", "url", cases[i].url, text, sizeof(text));

		if (cases[i].want == NULL ? why != NULL :
		    why == NULL || strstr(why, cases[i].want) == NULL)
			fail_msg("%s: %s", cases[i].url, why != NULL ? why : "accepted");
	}
}

static void
test_addresses(void **state)
{
	static const struct { const char *section, *key, *value; bool ok; } cases[] = {
		{ "[redis]", "url", "redis://127.0.0.1", true },
		{ "[redis]", "url", "redis://127.0.0.1:6379/", true },
		{ "[redis]", "url", "redis://[::1]:6379/3", true },
		{ "[redis]", "url", "rediss://redis.example:6380/0", true },
		{ "[redis]", "url", "unix:///run/redis.sock", true },
		{ "[redis]", "url", "unix:///run/redis.sock?db=2", true },
		{ "[redis]", "url", "embedded", true },
		{ "[redis]", "url", "redis://:hunter2@127.0.0.1/0", false },
		{ "[redis]", "url", "redis://127.0.0.1/x", false },
		{ "[redis]", "url", "redis://127.0.0.1/0?x", false },
		{ "[redis]", "url", "redis://", false },
		{ "[redis]", "url", "unix://run/redis.sock", false },
		{ "[redis]", "url", "unix:///run/redis.sock?x=1", false },
		{ "[redis]", "url", "http://127.0.0.1/", false },
		{ "[redis]", "url", "127.0.0.1:6379", false },
		{ "[redis]", "url", "", true },
		{ "[http]", "listen", "[::1]:9807", true },
		{ "[http]", "listen", "127.9.9.9:1", true },
		{ "[http]", "listen", "0.0.0.0:1", false },
		{ "[http]", "listen", "192.168.1.1:9807", false },
		{ "[http]", "listen", "[::]:9807", false },
		{ "[http]", "listen", "[2001:db8::1]:9807", false },
		{ "[http]", "listen", "127.0.0.1:0", true },
		{ "[http]", "listen", "127.0.0.1", false },
		{ "[http]", "listen", "localhost:9807", false },
		{ "[http]", "listen", ":9807", false },
		{ "[http]", "listen", "127.0.0.1:65536", false },
		{ "[fetch]", "proxy", "http://proxy.example:3128", true },
		{ "[fetch]", "proxy", "http://proxy.example:3128/", true },
		{ "[fetch]", "proxy", "", true },
		{ "[fetch]", "proxy", "http://u:hunter2@proxy.example", false },
		{ "[fetch]", "proxy", "http://proxy.example/x", false },
		{ "[fetch]", "proxy", "socks5://proxy.example", false },
		{ "[daemon]", "instance", "a b", false },
		{ "[http]", "allowed_hosts", "a, [::1], 10.0.0.1, c.example", true },
		{ "[http]", "allowed_hosts", "a,b,c,d,e,f,g,h,i", false },
		{ "[http]", "allowed_hosts", "*.example", false },
	};
	char text[ERR_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *why = judge(cases[i].section, cases[i].key,
		    cases[i].value, text, sizeof(text));

		if ((why == NULL) != cases[i].ok)
			fail_msg("%s: %s", cases[i].value, why != NULL ? why : "accepted");
	}
}

static const struct cs_setting_def plugin_settings[] = {
	{ .name = "mode", .type = CS_SETTING_ENUM, .choices = "extract|monthly",
	  .required = true, .help = "what to read" },
	{ .name = "extract_delay", .type = CS_SETTING_DURATION, .min = 1000, .max = 600000 },
	{ .name = "page_size", .type = CS_SETTING_INT, .min = 1, .max = 50000 },
	{ .name = "chunk", .type = CS_SETTING_SIZE },
	{ .name = "strict", .type = CS_SETTING_BOOL },
	{ .name = "app_token", .type = CS_SETTING_SECRET },
	{ .name = "api_key", .type = CS_SETTING_SECRET, .required = true, .help = "the key" },
	{ .name = "note", .type = CS_SETTING_STRING },
	{ .name = NULL }
};

static void
test_plugin_settings(void **state)
{
	static const struct { const char *text, *want; } cases[] = {
		{ "mode = extract\nextract_delay = 60s\npage_size = 10\nchunk = 64K\n"
		  "strict = yes\napp_token = file:/x\napi_key = credential:k\nnote = x y\n", "" },
		{ "", CASE_AT "1: [connector sba] has no mode, which plug-in sam needs: what to read\n"
		  CASE_AT "1: [connector sba] has no api_key, which plug-in sam needs: the key\n" },
		{ "mode = weekly\napi_key = file:/x\n",
		  CASE_AT "5: [connector sba] mode \"weekly\" is not known: write extract or monthly\n" },
		{ "mode = extract\napi_key = file:/x\nextract_delay = 1h\npage_size = -1\n"
		  "chunk = many\nstrict = 1\n",
		  CASE_AT "7: [connector sba] extract_delay \"1h\" is not in the range, 1s to 10m\n"
		  CASE_AT "8: [connector sba] page_size \"-1\" is not a whole number, 1 to 50000\n"
		  CASE_AT "9: [connector sba] chunk \"many\" is not a size such as 65536, 64K, 8M or 2G\n"
		  CASE_AT "10: [connector sba] strict \"1\" is not known: write yes or no\n" },
		{ "mode = extract\napi_key = file:/x\napp_token = hunter2\n",
		  CASE_AT "7: [connector sba] app_token holds the secret itself, or a malformed "
		  "reference: write credential:NAME or file:/PATH\n" },
		{ "mode = extract\napi_key = file:/x\npagesize = 5\nintervall = 5\nxyzzyq = 5\n",
		  CASE_AT "7: [connector sba] neither connectors nor plug-in sam have a setting "
		  "pagesize: did you mean page_size?\n"
		  CASE_AT "8: [connector sba] neither connectors nor plug-in sam have a setting "
		  "intervall: did you mean interval?\n"
		  CASE_AT "9: [connector sba] neither connectors nor plug-in sam have a setting "
		  "xyzzyq: remove it\n" },
	};
	struct config_plugin plugin = { "sam", plugin_settings };
	struct config_errors errors;
	struct config *c;
	struct buf b;

	(void)state;
	buf_init(&b, CASE_BYTES);
	for (size_t i = 0; i < COUNT(cases); i++) {
		buf_clear(&b);
		buf_printf(&b, "%s%s", CASE_SBA, cases[i].text);
		c = config_case_load_text(buf_str(&b));
		errors.n = errors.more = 0;
		assert_int_equal(config_check_plugin(&c->connectors[0], &plugin, &errors),
		    *cases[i].want == '\0');
		assert_string_equal(config_case_errors(&errors, &b), cases[i].want);
		config_free(c);
	}
	c = config_case_load_text(CASE_SBA "api_key = file:/x\n");
	plugin.settings = NULL;
	errors.n = errors.more = 0;
	assert_false(config_check_plugin(&c->connectors[0], &plugin, &errors));
	assert_string_equal(config_case_errors(&errors, &b),
	    CASE_AT "1: [connector sba] plug-in sam takes no api_key: remove it\n");
	config_free(c);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_unknown_zone),
		cmocka_unit_test(test_misspelt_zone),
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_plugin_settings),
	};

	return cmocka_run_group_tests_name("settings", tests, config_case_setup,
	    config_case_teardown);
}
