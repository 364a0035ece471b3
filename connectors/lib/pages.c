/* SPDX-License-Identifier: ISC */
/* pages.c -- see pages.h. */
#include "lib/pages.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/count.h"
#include "lib/query.h"

#define PAGES_MAX	10000	/* of one list: a million rows by the hundred */
#define NUMBER_TEXT	24	/* bytes of a number in decimal, with its NUL */

/* --- settings -------------------------------------------------------------------- */

static enum pages_mode
mode_read(const char *word)
{
	return strcmp(word, "page") == 0 ? PAGES_PAGE : strcmp(word, "offset") == 0 ?
	    PAGES_OFFSET : strcmp(word, "next") == 0 ? PAGES_NEXT : PAGES_NONE;
}

/* "/meta/total" as it stands, in XML, or as json.h has paths. */
static enum cs_rc
path_read(struct pages *p, const struct cs_settings *settings, enum pages_mark mark,
    const char *name, bool dotted)
{
	const char *path = cs_setting(settings, name);
	char *out = p->paths[mark];

	if (path == NULL)
		return CS_OK;
	if (path[0] != '/' || path[1] == '\0')
		return cs_fail(p->poll, CS_E_CONFIG, "%s: a path from the root, as in "
		    "/meta/total", name);
	if (strlen(path) >= PAGES_PATH_MAX)
		return cs_fail(p->poll, CS_E_CONFIG, "%s: over %d bytes", name,
		    PAGES_PATH_MAX - 1);
	(void)strcpy(out, path + dotted);
	for (; dotted && *out != '\0'; out++)
		*out = *out == '/' ? '.' : *out;
	return CS_OK;
}

/* Settings that mean nothing here were meant for something: NULL, or the first one. */
static const char *
stray_setting(const struct pages *p, const struct cs_settings *settings)
{
	static const char *const of_pages[] = { "page.param", "page.first", "page.size",
	    "size.param", NULL };

	for (size_t i = 0; p->mode == PAGES_NONE && of_pages[i] != NULL; i++)
		if (cs_setting(settings, of_pages[i]) != NULL)
			return of_pages[i];
	return p->mode != PAGES_NEXT && cs_setting(settings, "next") != NULL ? "next" : NULL;
}

static enum cs_rc
settings_check(struct pages *p, const struct cs_settings *settings)
{
	const char *stray = stray_setting(p, settings);

	if (stray != NULL)
		return cs_fail(p->poll, CS_E_CONFIG, "%s: means nothing with paging = %s", stray,
		    cs_setting(settings, "paging"));
	if ((p->mode == PAGES_PAGE || p->mode == PAGES_OFFSET) && p->param == NULL)
		return cs_fail(p->poll, CS_E_CONFIG, "page.param: name the query parameter of "
		    "the page, which paging = %s needs", cs_setting(settings, "paging"));
	if (p->mode == PAGES_NEXT && p->paths[PAGES_MARK_NEXT][0] == '\0')
		return cs_fail(p->poll, CS_E_CONFIG, "next: name the path of the next link, "
		    "which paging = next needs");
	return p->size_param == NULL || p->size > 0 ? CS_OK : cs_fail(p->poll, CS_E_CONFIG,
	    "size.param: needs page.size, what to ask for");
}

/* What only a list in XML or JSON has, and what must stand beside its rows. */
static enum cs_rc
form_check(struct pages *p, const struct cs_settings *settings, bool tree, bool below)
{
	static const char *const beside[] = { "next", "total", "incomplete", NULL };

	if (p->mode != PAGES_NONE && !tree)
		return cs_fail(p->poll, CS_E_CONFIG, "paging: of XML and JSON only");
	for (size_t i = 0; beside[i] != NULL; i++)
		if (!below && cs_setting(settings, beside[i]) != NULL)
			return cs_fail(p->poll, CS_E_CONFIG, "%s: needs XML or JSON whose records "
			    "are below the root: name their path in record", beside[i]);
	return CS_OK;
}

enum cs_rc
pages_open(struct pages *p, const struct cs_settings *settings, bool tree, bool below,
    struct cs_poll *poll)
{
	bool dotted = strcmp(cs_setting(settings, "format"), "json") == 0;
	enum cs_rc rc;

	p->poll = poll;
	p->mode = mode_read(cs_setting(settings, "paging"));
	p->param = cs_setting(settings, "page.param");
	p->size_param = cs_setting(settings, "size.param");
	p->size = (uint64_t)cs_setting_int(settings, "page.size");
	p->id = cs_setting(settings, "field.id");
	p->first = cs_setting(settings, "page.first") != NULL ?
	    (uint64_t)cs_setting_int(settings, "page.first") : p->mode == PAGES_PAGE;
	if ((rc = form_check(p, settings, tree, below)) != CS_OK ||
	    (rc = path_read(p, settings, PAGES_MARK_NEXT, "next", dotted)) != CS_OK ||
	    (rc = path_read(p, settings, PAGES_MARK_TOTAL, "total", dotted)) != CS_OK ||
	    (rc = path_read(p, settings, PAGES_MARK_INCOMPLETE, "incomplete", dotted)) != CS_OK)
		return rc;
	for (size_t i = 0; i < PAGES_MARKS; i++)
		p->marks[i] = p->paths[i];
	p->counts = p->mode != PAGES_NONE || p->paths[PAGES_MARK_TOTAL][0] != '\0';
	return settings_check(p, settings);
}

/* --- requests --------------------------------------------------------------------- */

/* What the page before calls the next one, where that is an address. */
static bool
next_is_link(const struct pages *p)
{
	const char *next = p->next;

	if (strncasecmp(next, "https://", 8) == 0 || strncasecmp(next, "http://", 7) == 0 ||
	    next[0] == '?')
		return true;
	/* Base64 may begin with a slash; it has no question mark. */
	return next[0] == '/' && (p->param == NULL || strchr(next, '?') != NULL);
}

static bool
path_next(struct pages *p, const char *value)
{
	char size[NUMBER_TEXT];

	(void)snprintf(size, sizeof(size), "%" PRIu64, p->size);
	return (value == NULL || query_add(p->path, sizeof(p->path), p->param, value)) &&
	    (p->size_param == NULL || query_add(p->path, sizeof(p->path), p->size_param, size));
}

/* false: it does not fit. */
static bool
request_make(struct pages *p, struct cs_request *out)
{
	char number[NUMBER_TEXT];

	p->path[0] = '\0';
	out->path = p->path;
	if (p->mode == PAGES_NEXT && p->page > 1 && next_is_link(p)) {
		out->path = NULL;
		out->link = p->path;
		return query_add_link(p->path, sizeof(p->path), p->next);
	}
	if (p->mode == PAGES_NEXT)
		return path_next(p, p->page > 1 ? p->next : NULL);
	(void)snprintf(number, sizeof(number), "%" PRIu64, p->first +
	    (p->mode == PAGES_PAGE ? p->page - 1 : p->rows));
	return path_next(p, number);
}

enum cs_rc
pages_next(struct pages *p, struct cs_request *out)
{
	if (p->over)
		return CS_DONE;
	*out = (struct cs_request){ .conditional = p->mode == PAGES_NONE };
	if (p->page++ == PAGES_MAX)
		return cs_fail(p->poll, CS_E_LIMIT, "over %d pages: raise page.size, if the "
		    "source has that many", PAGES_MAX);
	if (p->mode == PAGES_NONE)
		return CS_OK;
	/* Some sources have no page behind the last one, be it full. */
	if (p->page > 1 && p->mode != PAGES_NEXT && p->has_total && p->rows == p->total) {
		out->codes[0] = 200;
		out->codes[1] = 404;
	}
	if (!request_make(p, out) || strlen(p->path) > CS_PATH_MAX)
		return cs_fail(p->poll, CS_E_LIMIT, "page %" PRIu64 ": its address is too long",
		    p->page);
	if (out->path != NULL && out->path[0] == '\0')
		out->path = NULL;
	return CS_OK;
}

/* --- a page ------------------------------------------------------------------------ */

enum cs_rc
pages_begin(struct pages *p, const struct cs_response *head, bool *out_read)
{
	p->code = head->code;
	p->page_rows = p->page_new = 0;
	p->incomplete = false;
	p->next[0] = '\0';
	seen_free(&p->page_ids);
	*out_read = p->code == 200;
	return CS_OK;
}

/* Whether the row is new, in this page and in all. */
static enum cs_rc
row_note(struct pages *p, bool named, uint64_t hash, uint64_t other)
{
	bool here, new = false;
	enum cs_rc rc = seen_add(&p->page_ids, p->poll, hash, other, &here);

	/* Rows of one page that are alike in all may be two; of one name they are one. */
	if (rc == CS_OK && here)
		rc = seen_add(&p->ids, p->poll, hash, other, &new);
	p->page_new += new;
	p->twice = p->twice || (here && !new) || (!here && named);
	return rc;
}

bool
pages_know_rows(const struct pages *p)
{
	return p->mode != PAGES_NONE;
}

enum cs_rc
pages_row(struct pages *p, const char *id, uint64_t hash, uint64_t other)
{
	bool named = id != NULL && id[0] != '\0';
	enum cs_rc rc = CS_OK;

	p->page_rows++;
	p->rows++;
	if (!p->counts)
		return CS_OK;
	if (named) {
		hash = seen_hash(SEEN_HASH, id);
		other = seen_hash(~SEEN_HASH, id);
	}
	if (pages_know_rows(p) || named)
		rc = row_note(p, named, hash | 1, other);
	return rc == CS_OK ? cs_item(p->poll, (const char *)&p->rows, sizeof(p->rows)) : rc;
}

static enum cs_rc
total_take(struct pages *p, const char *text)
{
	uint64_t total;

	if (!count_read(text, &total))
		return CS_OK;
	p->moved = p->moved || (p->has_total && total != p->total);
	p->has_total = true;
	p->total = total;
	return CS_OK;
}

enum cs_rc
pages_mark(struct pages *p, enum pages_mark mark, const char *text)
{
	static const char *const no[] = { "", "false", "0", "no" };

	if (mark == PAGES_MARK_TOTAL)
		return total_take(p, text);
	if (mark == PAGES_MARK_INCOMPLETE) {
		p->incomplete = text != NULL;
		for (size_t i = 0; p->incomplete && i < sizeof(no) / sizeof(no[0]); i++)
			p->incomplete = strcasecmp(text, no[i]) != 0;
		return CS_OK;
	}
	if (text != NULL && strlen(text) >= sizeof(p->next))
		return cs_fail(p->poll, CS_E_LIMIT, "page %" PRIu64 ": what is next has over %zu "
		    "bytes", p->page, sizeof(p->next) - 1);
	(void)snprintf(p->next, sizeof(p->next), "%s", text != NULL ? text : "");
	if (p->next[strspn(p->next, " \t\r\n")] == '\0')
		p->next[0] = '\0';
	return CS_OK;
}

/* Whether what is next can be asked for, and was not before. */
static enum cs_rc
next_check(struct pages *p)
{
	enum cs_rc rc;
	bool new;

	if (strncmp(p->next, "//", 2) == 0 || (!next_is_link(p) && p->param == NULL))
		return cs_fail(p->poll, CS_E_INPUT, "page %" PRIu64 ": what is next is no link of "
		    "this host; if it is a token, name its query parameter in page.param", p->page);
	rc = seen_add(&p->cursors, p->poll, seen_hash(SEEN_HASH, p->next) | 1,
	    seen_hash(~SEEN_HASH, p->next), &new);
	if (rc == CS_OK && !new)
		return cs_fail(p->poll, CS_E_INPUT, "page %" PRIu64 ": what is next was asked for "
		    "before: a loop", p->page);
	return rc;
}

enum cs_rc
pages_end(struct pages *p, bool *out_last)
{
	bool repeated = p->page > 1 && p->page_rows > 0 && p->page_new == 0;

	p->over = p->mode == PAGES_NONE || (p->mode == PAGES_NEXT ? p->next[0] == '\0' :
	    p->page_rows == 0 || p->page_rows < p->size);
	*out_last = p->over;
	if (repeated && p->mode != PAGES_NONE)
		return cs_fail(p->poll, CS_E_INPUT, "page %" PRIu64 " has only rows of the pages "
		    "before: does the source heed %s?", p->page, p->param != NULL &&
		    p->mode != PAGES_NEXT ? "page.param" : "what it calls next");
	return p->over || p->mode != PAGES_NEXT ? CS_OK : next_check(p);
}

/* --- the list ---------------------------------------------------------------------- */

void
pages_prove(struct pages *p)
{
	const char *why = NULL;

	if (p->incomplete)
		why = "the source says that rows are missing (incomplete): is page.size over "
		    "its limit?";
	else if (p->twice)
		why = "a row came twice: the list changed while it was read";
	else if (p->moved)
		why = "the total moved while the list was read";
	else if (p->paths[PAGES_MARK_TOTAL][0] != '\0' && !p->has_total)
		why = "there is no number at the path of total";
	if (why != NULL)
		cs_unproven(p->poll, "%s", why);
	else if (p->has_total)
		cs_proven(p->poll, CS_PROOF_TOTAL, p->total);
	else if (p->mode == PAGES_NONE)
		cs_proofless(p->poll);
	else
		cs_unproven(p->poll, "pages without a total: a row that slips over one, as others "
		    "go, slips when they are read again");
}

void
pages_close(struct pages *p)
{
	seen_free(&p->ids);
	seen_free(&p->page_ids);
	seen_free(&p->cursors);
}
