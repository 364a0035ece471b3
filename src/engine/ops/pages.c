/* SPDX-License-Identifier: ISC */
/* pages.c -- see pages.h. */
#include "engine/ops/pages.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/ops/health.h"
#include "engine/ops/metrics_page.h"

/* Which checks a page is about. */
struct page {
	const struct engine *engine;
	struct httpd_answer *answer;
	bool		 live;		/* /livez: only what decides it */
	const char	*only;		/* name of a single check, or NULL */
	bool		 found, failed;
};

static void
page_json(struct httpd_answer *answer, json_t *root, const char *content_type)
{
	char *text = root != NULL ? json_dumps(root, JSON_INDENT(2)) : NULL;

	answer->content_type = content_type;
	if (text == NULL)
		answer->code = 500;
	else {
		buf_puts(&answer->body, text);
		buf_putc(&answer->body, '\n');
	}
	free(text);
	json_decref(root);
}

/* "[+]store ok", for people; machines look at the code only. */
static void
page_line(void *arg, const struct health_check *check)
{
	static const char marks[] = { [HEALTH_PASS] = '+', [HEALTH_WARN] = '!',
	    [HEALTH_FAIL] = '-' };
	struct page *p = arg;

	if ((p->live && !check->alive) || (p->only != NULL && strcmp(p->only, check->name) != 0))
		return;
	p->found = true;
	p->failed = p->failed || check->status == HEALTH_FAIL;
	buf_printf(&p->answer->body, "[%c]%s %s: %s\n", marks[check->status], check->name,
	    check->status == HEALTH_PASS ? "ok" : health_status_name(check->status), check->output);
}

static void
page_lines(struct page *p, const char *name)
{
	struct err why;

	health_each(p->engine, page_line, p);
	if (p->only != NULL && !p->found) {
		p->answer->code = 404;
		buf_puts(&p->answer->body, "no check has that name; see ?verbose\n");
		return;
	}
	/* One check alone answers for itself; a page of all by its own rule. */
	if (p->only == NULL)
		p->failed = !(p->live ? health_alive(p->engine, &why) :
		    health_ready(p->engine, &why));
	p->answer->code = p->failed ? 503 : 200;
	if (p->only == NULL)
		buf_printf(&p->answer->body, "%s check %s\n", name,
		    p->failed ? "failed" : "passed");
}

static void
page_ready(const struct engine *engine, struct httpd_answer *answer)
{
	struct err why = { .text = "" };
	enum health_status status = health_overall(engine, &why);

	answer->code = health_ready(engine, NULL) ? 200 : 503;
	page_json(answer, json_pack("{s:s, s:s, s:s, s:o}", "status", health_status_name(status),
	    "version", CERTSYNC_VERSION, "output", why.text, "checks", health_checks_json(engine)),
	    "application/health+json");
}

static void
page_live(const struct engine *engine, struct httpd_answer *answer)
{
	struct err why = { .text = "ok" };

	if (!health_alive(engine, &why))
		answer->code = 503;
	buf_puts(&answer->body, why.text);
	buf_putc(&answer->body, '\n');
}

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A label may hold spaces and more.  false: broken or too long. */
static bool
path_decode(const char *in, char out[HEALTH_NAME_MAX])
{
	size_t n = 0;

	for (; *in != '\0' && n + 1 < HEALTH_NAME_MAX; in++, n++) {
		out[n] = *in;
		if (*in != '%')
			continue;
		if (hex_digit(in[1]) < 0 || hex_digit(in[2]) < 0)
			return false;
		out[n] = (char)(hex_digit(in[1]) * 16 + hex_digit(in[2]));
		in += 2;
	}
	out[n] = '\0';
	return *in == '\0';
}

/* "verbose" among the words of the query. */
static bool
query_verbose(const char *query)
{
	size_t len;

	for (; query != NULL && *query != '\0'; query += len + (query[len] == '&')) {
		len = strcspn(query, "&");
		if ((len == 7 || (len > 7 && query[7] == '=')) && strncmp(query, "verbose", 7) == 0)
			return true;
	}
	return false;
}

/* /livez and /readyz, with ?verbose and with the name of one check.  false: neither. */
static bool
page_health(const struct engine *engine, const char *path, const char *query,
    struct httpd_answer *answer)
{
	struct page p = { .engine = engine, .answer = answer };
	const char *page = text_starts(path, "/readyz") ? "/readyz" :
	    text_starts(path, "/healthz") ? "/healthz" : "/livez";
	size_t len = strlen(page);
	char name[HEALTH_NAME_MAX];

	if (!text_starts(path, page) || (path[len] != '\0' && path[len] != '/'))
		return false;
	p.live = strcmp(page, "/readyz") != 0;
	if (path[len] == '/') {
		p.only = path_decode(path + len + 1, name) ? name : "";
		page_lines(&p, page + 1);
	} else if (query_verbose(query))
		page_lines(&p, page + 1);
	else if (p.live)
		page_live(engine, answer);
	else
		page_ready(engine, answer);
	return true;
}

void
pages_serve(void *arg, const char *path, const char *query, struct httpd_answer *answer)
{
	const struct engine *engine = arg;
	json_t *root;

	if (page_health(engine, path, query, answer))
		return;
	if (strcmp(path, "/metrics") == 0) {
		answer->content_type = METRICS_CONTENT_TYPE;
		metrics_page(engine, &answer->body);
	} else if (strcmp(path, "/status") == 0) {
		root = health_status_json(engine);
		if (root != NULL)
			(void)json_object_set_new(root, "sources", health_connectors_json(engine));
		page_json(answer, root, "application/json");
	} else {
		answer->code = 404;
		buf_puts(&answer->body, "pages: /livez /readyz /metrics /status\n");
	}
}
