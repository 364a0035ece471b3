/* SPDX-License-Identifier: ISC */
/* number_pattern.c -- an operator's own grammar of numbers; see number_pattern.h. */
#include "core/number_pattern.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct number_pattern { regex_t re; };

/* As a whole: an expression of alternatives would else be anchored at its ends only. */
struct number_pattern *
number_pattern_new(const char *text)
{
	size_t size = strlen(text) + sizeof("^()$");
	struct number_pattern *p = malloc(sizeof(*p));
	char *whole = malloc(size);
	int rc = -1;

	if (p != NULL && whole != NULL) {
		(void)snprintf(whole, size, "^(%s)$", text);
		rc = regcomp(&p->re, whole, REG_EXTENDED | REG_NOSUB);
	}
	free(whole);
	if (rc == 0)
		return p;
	free(p);
	return NULL;
}

struct number_pattern *
number_pattern_free(struct number_pattern *p)
{
	if (p == NULL)
		return NULL;
	regfree(&p->re);
	free(p);
	return NULL;
}

bool
number_matches(const struct number_pattern *p, const char *normalised)
{
	return regexec(&p->re, normalised, 0, NULL, 0) == 0;
}
