/* SPDX-License-Identifier: ISC */
/* test_ini.c -- one configuration file, line by line: src/config/ini.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "config/ini.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define LOG_BYTES	(64u << 10)

static void
note_section(void *arg, const char *name, unsigned line)
{
	buf_printf(arg, "%u [%s]\n", line, name);
}

static void
note_item(void *arg, const char *section, const char *key, const char *value,
    bool append, unsigned line)
{
	buf_printf(arg, "%u %s/%s%s<%s>\n", line, section, key,
	    append ? "+" : "", value);
}

static void
note_error(void *arg, unsigned line, const struct err *err)
{
	buf_printf(arg, "%u! %s\n", line, err->text);
}

/* What the sink saw of len bytes, in out. */
static void
read_text(const char *text, size_t len, struct buf *out)
{
	struct ini_sink sink = { .arg = out, .section = note_section,
	    .item = note_item, .error = note_error };

	buf_clear(out);
	ini_read_text(text, len, &sink);
	assert_false(out->failed);
}

struct ini_case {
	const char	*text;
	size_t		 len;	/* 0: strlen(text) */
	const char	*want;
};

static void
check_cases(const struct ini_case *cases, size_t count)
{
	struct buf out;

	buf_init(&out, LOG_BYTES);
	for (size_t i = 0; i < count; i++) {
		const struct ini_case *c = &cases[i];

		read_text(c->text, c->len > 0 ? c->len : strlen(c->text), &out);
		assert_string_equal(buf_str(&out), c->want);
	}
	buf_free(&out);
}

static void
test_accepted(void **state)
{
	static const struct ini_case cases[] = {
		{ "", 0, "" },
		{ "\n\n# note\n; note\n  # indented note\n \t\n", 0, "" },
		{ "[a]\nk=v\n", 0, "1 [a]\n2 a/k<v>\n" },
		{ "[a]\nk = v", 0, "1 [a]\n2 a/k<v>\n" },
		{ "[a]\r\nk = v\r\n", 0, "1 [a]\n2 a/k<v>\n" },
		{ "[a]\nk\t=\t v \t; note\n", 0, "1 [a]\n2 a/k<v>\n" },
		{ "[a] ; note\n[b] # note\n[connector x]\n", 0,
		  "1 [a]\n2 [b]\n3 [connector x]\n" },
		{ "[a]\nk =\n", 0, "1 [a]\n2 a/k<>\n" },
		{ "[a]\nk = ; note\n", 0, "1 [a]\n2 a/k<>\n" },
		/* Only white space makes ';' a comment; '#' never is one. */
		{ "[a]\nk = a;b # c = d: e\n", 0, "1 [a]\n2 a/k<a;b # c = d: e>\n" },
		{ "[a]\nk += v\nk+=w\nfield.number = A | B\n", 0,
		  "1 [a]\n2 a/k+<v>\n3 a/k+<w>\n4 a/field.number<A | B>\n" },
		{ "k = v\n", 0, "1 /k<v>\n" },
		{ "[a]\nk = caf\xc3\xa9\n", 0, "1 [a]\n2 a/k<caf\xc3\xa9>\n" },
		{ "[a]\n\n\nk = v\n\n[b]\nk = w\n", 0,
		  "1 [a]\n4 a/k<v>\n6 [b]\n7 b/k<w>\n" },
	};

	(void)state;
	check_cases(cases, COUNT(cases));
}

#define INDENTED "the line is indented: begin it in the first column " \
	"(a list goes on with \"key += value\")"
#define AFTER "text after ']': put it on a line of its own"
#define NO_EQUALS "neither [section] nor key = value: write one of them, " \
	"or # before a comment"
#define CONTROL "the line holds a control character: remove it"

static void
test_refused(void **state)
{
	static const struct ini_case cases[] = {
		{ "\xef\xbb\xbf[a]\nk = v\n", 0,
		  "1! the file begins with a byte order mark: save it as plain UTF-8\n" },
		{ "[a]\nk = v\0w\nl = v\n", 18,
		  "1 [a]\n2! the line holds a NUL byte: remove it\n3 a/l<v>\n" },
		{ "[a]\nk = \xff\n", 0,
		  "1 [a]\n2! the line is not valid UTF-8: save the file as UTF-8\n" },
		{ "# caf\xe9\n", 0,
		  "1! the line is not valid UTF-8: save the file as UTF-8\n" },
		{ "[a]\nk = v\x1b[31m\n", 0, "1 [a]\n2! " CONTROL "\n" },
		{ "[a]\nk = v\rl = w\n", 0, "1 [a]\n2! " CONTROL "\n" },
		{ "[a]\nk = \xc2\x85\n", 0, "1 [a]\n2! " CONTROL "\n" },
		{ "[a]\nk = v\tw\n", 0,
		  "1 [a]\n2! the value holds a tab: write a space\n" },
		/* inih would append "l = w" to k. */
		{ "[a]\nk = v\n  l = w\nm = x\n", 0,
		  "1 [a]\n2 a/k<v>\n3! " INDENTED "\n4 a/m<x>\n" },
		{ "[a]\n\tk = v\n", 0, "1 [a]\n2! " INDENTED "\n" },
		{ " [a]\nk = v\n", 0, "1! " INDENTED "\n" },
		{ "[a] b\nk = v\n", 0, "1! " AFTER "\n" },
		{ "[a]]\nk = v\n", 0, "1! " AFTER "\n" },
		{ "[z]\n[a] k = v\nl = w\n[b]\nk = v\n", 0,
		  "1 [z]\n2! " AFTER "\n4 [b]\n5 b/k<v>\n" },
		{ "[a\nk = v\n", 0,
		  "1! the section has no ']': write [name]\n" },
		{ "[]\n", 0, "1! the section has no name: write [name]\n" },
		{ "[a ;b]\n", 0, "1! the section's name holds ';': remove it\n" },
		{ "[a]\nplain words\n", 0, "1 [a]\n2! " NO_EQUALS "\n" },
		{ "[a]\nk ; = v\n", 0, "1 [a]\n2! " NO_EQUALS "\n" },
		{ "[a]\n= v\n+= v\n", 0,
		  "1 [a]\n2! nothing before '=': write key = value\n"
		  "3! nothing before '=': write key = value\n" },
		{ "[a]\nk: v\nurl: http://x/?a=b\n", 0,
		  "1 [a]\n2! ':' before '=': write key = value\n"
		  "3! ':' before '=': write key = value\n" },
	};

	(void)state;
	check_cases(cases, COUNT(cases));
}

/* The last length that inih reads whole, and the first that it would cut. */
static void
test_lengths(void **state)
{
	char text[512], value[INI_LINE_MAX + 1], name[INI_NAME_MAX + 2], want[512];
	struct buf out;

	(void)state;
	buf_init(&out, LOG_BYTES);
	memset(value, 'x', sizeof(value));
	memset(name, 'n', sizeof(name));
	for (int over = 0; over <= 1; over++) {
		int v = INI_LINE_MAX - 4 + over, n = INI_NAME_MAX + over;

		(void)snprintf(text, sizeof(text), "[a]\nk = %.*s\nl = w\n", v, value);
		(void)snprintf(want, sizeof(want), over ? "1 [a]\n2! the line is "
		    "longer than 198 bytes: continue a list with \"key += value\", "
		    "or write less\n3 a/l<w>\n" : "1 [a]\n2 a/k<%.*s>\n3 a/l<w>\n",
		    v, value);
		read_text(text, strlen(text), &out);
		assert_string_equal(buf_str(&out), want);

		(void)snprintf(text, sizeof(text), "[a]\n%.*s = w\n", n, name);
		(void)snprintf(want, sizeof(want), over ? "1 [a]\n2! the key is "
		    "longer than 48 bytes: no setting has such a name\n" :
		    "1 [a]\n2 a/%.*s<w>\n", n, name);
		read_text(text, strlen(text), &out);
		assert_string_equal(buf_str(&out), want);

		(void)snprintf(text, sizeof(text), "[%.*s]\nk = w\n", n, name);
		(void)snprintf(want, sizeof(want), over ? "1! the section's name is "
		    "longer than 48 bytes: shorten it\n" : "1 [%.*s]\n2 %.*s/k<w>\n",
		    n, name, n, name);
		read_text(text, strlen(text), &out);
		assert_string_equal(buf_str(&out), want);
	}
	buf_free(&out);
}

/* A value of exactly the last length is not split into two lines by inih. */
static void
test_full_line_without_newline(void **state)
{
	char text[INI_LINE_MAX + 16];
	struct buf out;
	int len;

	(void)state;
	buf_init(&out, LOG_BYTES);
	len = snprintf(text, sizeof(text), "[a]\nk = %0*d", INI_LINE_MAX - 4, 7);
	read_text(text, (size_t)len, &out);
	assert_int_equal(strncmp(buf_str(&out), "1 [a]\n2 a/k<000", 15), 0);
	assert_int_equal(out.len, strlen("1 [a]\n2 a/k<>\n") + INI_LINE_MAX - 4);
	buf_free(&out);
}

static void
test_files(void **state)
{
	char dir[] = "/tmp/test_ini.XXXXXX", path[64];
	struct buf out;
	struct ini_sink sink = { .arg = &out, .section = note_section,
	    .item = note_item, .error = note_error };
	FILE *f;

	(void)state;
	buf_init(&out, LOG_BYTES);
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/a.conf", dir);
	ini_read_file(path, &sink);
	ini_read_file(dir, &sink);
	/* Nobody writes to it: a blocking open would hang here. */
	assert_int_equal(mkfifo(path, 0600), 0);
	ini_read_file(path, &sink);
	assert_int_equal(unlink(path), 0);
	f = fopen(path, "w");
	assert_non_null(f);
	for (unsigned i = 0; i <= INI_FILE_MAX / 8; i++)
		assert_int_equal(fwrite("# note \n", 1, 8, f), 8);
	assert_int_equal(fclose(f), 0);
	ini_read_file(path, &sink);
	assert_string_equal(buf_str(&out),
	    "0! cannot be opened: No such file or directory\n"
	    "0! is not a regular file\n"
	    "0! is not a regular file\n"
	    "0! is larger than 256 KiB: split it\n");
	assert_int_equal(truncate(path, INI_FILE_MAX), 0);
	buf_clear(&out);
	ini_read_file(path, &sink);
	assert_string_equal(buf_str(&out), "");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_full_line_without_newline),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests_name("ini", tests, NULL, NULL);
}
