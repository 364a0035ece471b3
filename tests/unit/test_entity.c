/* SPDX-License-Identifier: ISC */
/* test_entity.c -- character references of HTML, and what only looks like one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "parse/entity.h"

/* is NULL: none; else all of text is one. */
static const struct { const char *text, *is; } rows[] = {
	{ "&amp;", "&" }, { "&AMP;", "&" }, { "&lt;", "<" }, { "&gt;", ">" }, { "&quot;", "\"" },
	{ "&apos;", "'" }, { "&nbsp;", "\xc2\xa0" }, { "&#39;", "'" }, { "&#039;", "'" },
	{ "&#x27;", "'" }, { "&#X2019;", "\xe2\x80\x99" }, { "&rsquo;", "\xe2\x80\x99" },
	{ "&ntilde;", "\xc3\xb1" }, { "&Ntilde;", "\xc3\x91" }, { "&eacute;", "\xc3\xa9" },
	{ "&Scaron;", "\xc5\xa0" }, { "&#146;", "\xe2\x80\x99" }, { "&#65536;", "\xf0\x90\x80\x80" },
	{ "&#1114111;", "\xf4\x8f\xbf\xbf" }, { "&#10;", " " }, { "&#9;", " " }, { "&#127;", " " },
	/* none */
	{ "", NULL }, { "&", NULL }, { "&;", NULL }, { "&#;", NULL }, { "&#x;", NULL }, { "&amp", NULL },
	{ "& amp;", NULL }, { "&#0;", NULL }, { "&#129;", NULL }, { "&#55296;", NULL },
	{ "&#1114112;", NULL }, { "&#99999999;", NULL }, { "&#3g;", NULL }, { "&EACUTE;", NULL },
	{ "&T;", NULL }, { "&amplifier;", NULL }, { "amp;", NULL }, { "&#-1;", NULL },
};

static void
test_references(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *text = rows[i].text, *is = rows[i].is;
		size_t len = strlen(text), out_len = 0, n;
		char out[ENTITY_OUT], longer[64];

		n = entity_read(text, len, out, &out_len);
		if (n != (is != NULL ? len : 0))
			fail_msg("%s: %zu", text, n);
		if (is == NULL)
			continue;
		assert_int_equal(out_len, strlen(is));
		assert_memory_equal(out, is, out_len);
		assert_true(out_len <= len);
		/* cut anywhere it is none, and what follows does not count */
		for (n = 0; n < len; n++)
			assert_int_equal(entity_read(text, n, out, &out_len), 0);
		(void)snprintf(longer, sizeof(longer), "%s;x", text);
		assert_int_equal(entity_read(longer, len + 2, out, &out_len), len);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_references) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
