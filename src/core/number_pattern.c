/* SPDX-License-Identifier: ISC */
/* number_pattern.c -- see number_pattern.h.  The one file that knows PCRE2; never its JIT. */
#include "core/number_pattern.h"

#define PCRE2_CODE_UNIT_WIDTH	8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

/* Some thousand times what an honest expression needs for 64 bytes; 5 ms at most. */
#define STEPS_MAX	10000
#define HEAP_KIB_MAX	1024
#define NESTED_MAX	32		/* parentheses */

struct number_pattern {
	pcre2_code	*code;
	pcre2_match_context *bounds;
	pcre2_match_data *found;	/* scratch */
};

/* Compiled with the bounds of compiling.  NULL: err. */
static pcre2_code *
pattern_compile(const char *text, struct err *err)
{
	pcre2_compile_context *bounds = pcre2_compile_context_create(NULL);
	pcre2_code *code;
	PCRE2_UCHAR why[128];
	PCRE2_SIZE at = 0;
	int error = 0;

	if (bounds == NULL) {
		(void)err_set_passing(err, "out of memory");
		return NULL;
	}
	(void)pcre2_set_max_pattern_length(bounds, NUMBER_PATTERN_MAX);
	(void)pcre2_set_parens_nest_limit(bounds, NESTED_MAX);
	code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
	    PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C,
	    &error, &at, bounds);
	pcre2_compile_context_free(bounds);
	if (code == NULL) {
		(void)pcre2_get_error_message(error, why, sizeof(why));
		(void)err_set(err, "is not a regular expression: %s, at its byte %zu",
		    (const char *)why, (size_t)at + 1);
	}
	return code;
}

struct number_pattern *
number_pattern_new(const char *text, struct err *err)
{
	struct number_pattern *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		(void)err_set_passing(err, "out of memory");
		return NULL;
	}
	p->code = pattern_compile(text, err);
	if (p->code == NULL)
		return number_pattern_free(p);
	p->bounds = pcre2_match_context_create(NULL);
	p->found = pcre2_match_data_create(1, NULL);
	if (p->bounds == NULL || p->found == NULL) {
		(void)err_set_passing(err, "out of memory");
		return number_pattern_free(p);
	}
	(void)pcre2_set_match_limit(p->bounds, STEPS_MAX);
	(void)pcre2_set_heap_limit(p->bounds, HEAP_KIB_MAX);
	return p;
}

struct number_pattern *
number_pattern_free(struct number_pattern *p)
{
	if (p == NULL)
		return NULL;
	pcre2_match_data_free(p->found);
	pcre2_match_context_free(p->bounds);
	pcre2_code_free(p->code);
	free(p);
	return NULL;
}

bool
number_matches(const struct number_pattern *p, const char *normalised)
{
	return pcre2_match(p->code, (PCRE2_SPTR)normalised, strlen(normalised), 0, 0, p->found,
	    p->bounds) != PCRE2_ERROR_NOMATCH;
}
