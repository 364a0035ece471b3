/* SPDX-License-Identifier: ISC */
/*
 * test_secret.c -- secrets by reference: src/config/secret.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"
#include "lib/config_case.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static void
test_secrets(void **state)
{
	static const struct { const char *ref, *text; mode_t mode; const char *want; } cases[] = {
		{ "credential:key", "hunter2", 0400, "hunter2" },
		{ "credential:key", "hunter2\n", 0444, "hunter2" },
		{ "credential:key", "hunter2\r\n", 0600, "hunter2" },
		{ "credential:key", "hunter2\n\n", 0600, "!secret credential:key: holds a "
		  "control character or more than one line" },
		{ "credential:key", "", 0600, "!secret credential:key: is empty" },
		{ "credential:key", "\n", 0600, "!secret credential:key: is empty" },
		{ "credential:key", "hunter2", 0620, "!secret credential:key: others than "
		  "its owner may write it: chmod go-w it" },
		{ "credential:key", "0123456789012345", 0600,
		  "!secret credential:key: is longer than 15 bytes" },
		{ "credential:key", "012345678901234", 0600, "012345678901234" },
		{ "credential:none", "", 0600, "!secret credential:none: cannot be opened: "
		  "No such file or directory" },
		{ "credential:../key", "", 0600,
		  "!secret credential:../key: is not credential:NAME or file:/PATH" },
		{ "file:/nonexistent", "", 0600, "!secret file:/nonexistent: cannot be opened: "
		  "No such file or directory" },
		{ "file:/tmp", "", 0600, NULL },
	};
	char buf[16];
	struct err err;

	(void)state;
	config_set_credentials_dir(config_case_dir());
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct config_secret secret = { cases[i].ref };
		int rc;

		(void)unlink("key");
		config_case_write("key", cases[i].text);
		assert_int_equal(chmod("key", cases[i].mode), 0);
		memset(buf, 'x', sizeof(buf));
		rc = config_secret_read(&secret, buf, sizeof(buf), &err);
		if (cases[i].want == NULL) {
			assert_int_equal(rc, -1);
		} else if (cases[i].want[0] == '!') {
			assert_int_equal(rc, -1);
			assert_string_equal(err.text, cases[i].want + 1);
			assert_null(strstr(err.text, "hunter2"));
		} else {
			assert_int_equal(rc, 0);
			assert_string_equal(buf, cases[i].want);
		}
	}
	assert_int_equal(unlink("key"), 0);
	config_set_credentials_dir(NULL);
	assert_int_equal(config_secret_read(&(struct config_secret){ "credential:key" },
	    buf, sizeof(buf), &err), -1);
	assert_string_equal(err.text, "secret credential:key: the service was started "
	    "without credentials: give it LoadCredential=key:PATH, or write file:/PATH");
	assert_int_equal(config_secret_read(&(struct config_secret){ NULL }, buf,
	    sizeof(buf), &err), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_secrets),
	};

	return cmocka_run_group_tests_name("secret", tests, config_case_setup,
	    config_case_teardown);
}
