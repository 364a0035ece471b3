/* SPDX-License-Identifier: ISC */
/*
 * simple.c -- a well-behaved connector for tests.
 *
 * Lines "number|type|YYYY-MM-DD|name"; "END|count" is a trailer.  One request
 * per page, "/list?page=N"; a look-up asks "/one?n=NUMBER".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <certsync/connector.h>

#define LINE_BYTES	1024

struct simple {
	struct cs_poll	*poll;
	int64_t		 page, pages;
	char		 path[128];
	char		 line[LINE_BYTES];
	size_t		 len;
	unsigned	 records;
};

static enum cs_rc
simple_open(void *state, const struct cs_settings *settings, struct cs_poll *poll)
{
	struct simple *s = state;

	s->poll = poll;
	s->pages = cs_setting_int(settings, "pages");
	if (strcmp(cs_setting(settings, "open"), "refuse") == 0)
		return cs_fail(poll, CS_E_CONFIG, "open is set to refuse");
	return CS_OK;
}

static enum cs_rc
simple_next(void *state, struct cs_request *out)
{
	struct simple *s = state;
	char left[32];

	if (s->page == s->pages) {
		(void)snprintf(left, sizeof(left), "records=%u", s->records);
		if (cs_checkpoint_set(s->poll, left, strlen(left)) != CS_OK)
			return CS_E_NOMEM;
		return CS_DONE;
	}
	s->page++;
	if (cs_kind(s->poll) == CS_POLL_LOOKUP)
		(void)snprintf(s->path, sizeof(s->path), "/one?n=%s",
		    cs_lookup(s->poll, 0));
	else
		(void)snprintf(s->path, sizeof(s->path), "/list?page=%lld",
		    (long long)s->page);
	out->path = s->path;
	out->headers[0] = (struct cs_header){ "Accept", "text/plain" };
	out->codes[0] = 200;
	out->codes[1] = 404;
	out->slot = CS_SLOT_HEADER;
	out->slot_name = "X-Api-Key";
	out->slot_setting = "api_key";
	return CS_OK;
}

static enum cs_rc
simple_begin(void *state, const struct cs_response *response)
{
	struct simple *s = state;

	if (response->code == 404) {
		cs_retry_at(s->poll, 1900000000);
		return cs_fail(s->poll, CS_E_QUOTA, "come back later");
	}
	return CS_OK;
}

static enum cs_rc
simple_record(struct simple *s, char *fields[4])
{
	struct cs_record rec = {
		.number = fields[0], .type = fields[1], .business_name = fields[3],
		.status = CS_STATUS_ACTIVE
	};

	if (cs_date_parse("%Y-%m-%d", fields[2], &rec.expires_on) == CS_DATE_BAD)
		return cs_fail(s->poll, CS_E_INPUT, "an unreadable date");
	s->records++;
	if (cs_item(s->poll, rec.number, strlen(rec.number)) != CS_OK)
		return CS_E_NOMEM;
	return cs_emit(s->poll, &rec);
}

static enum cs_rc
simple_line(struct simple *s)
{
	char *rest = s->line, *fields[4];
	size_t n = 0;

	s->line[s->len] = '\0';
	s->len = 0;
	while (n < 4 && rest != NULL)
		fields[n++] = strsep(&rest, "|");
	if (n == 2 && strcmp(fields[0], "END") == 0) {
		cs_proven(s->poll, CS_PROOF_TRAILER, strtoull(fields[1], NULL, 10));
		return CS_OK;
	}
	if (n == 2 && strcmp(fields[0], "WARN") == 0) {
		cs_warn(s->poll, "%s", fields[1]);
		return CS_OK;
	}
	if (n != 4)
		return cs_fail(s->poll, CS_E_INPUT, "a line of %zu fields", n);
	return simple_record(s, fields);
}

static enum cs_rc
simple_push(void *state, const char *buf, size_t len)
{
	struct simple *s = state;
	enum cs_rc rc;

	for (size_t i = 0; i < len; i++) {
		if (buf[i] == '\n') {
			rc = simple_line(s);
			if (rc != CS_OK)
				return rc;
		} else if (s->len + 1 < sizeof(s->line)) {
			s->line[s->len++] = buf[i];
		} else {
			return cs_fail(s->poll, CS_E_LIMIT, "a line too long");
		}
	}
	return CS_OK;
}

static enum cs_rc
simple_end(void *state)
{
	struct simple *s = state;

	return s->len == 0 ? CS_OK :
	    cs_fail(s->poll, CS_E_INPUT, "the last line is cut");
}

static void
simple_close(void *state)
{
	(void)state;
}

static const struct cs_setting_def simple_settings[] = {
	{ .name = "pages", .type = CS_SETTING_INT, .value = "1", .min = 1,
	  .max = 100, .help = "How many pages there are." },
	{ .name = "open", .type = CS_SETTING_ENUM, .value = "agree",
	  .choices = "agree|refuse", .help = "Whether open() agrees." },
	{ .name = "kinds", .type = CS_SETTING_STRING, .value = "MBE",
	  .help = "The type covered." },
	{ .name = "api_key", .type = CS_SETTING_SECRET, .help = "The key." },
	{ .name = NULL }
};

static const struct cs_grammar simple_grammar = {
	.normalise = CS_NORM_UPPER | CS_NORM_DASH, .min_len = 2, .max_len = 12,
	.chars = "A-Z0-9", .first = "A-Z", .max_digits = 9
};

static enum cs_rc
simple_cover(const struct cs_settings *settings, struct cs_cover *cover)
{
	return cs_cover_type(cover, cs_setting(settings, "kinds"));
}

CS_API extern const struct cs_connector cs_connector_simple;
const struct cs_connector cs_connector_simple = {
	.abi = CS_CONNECTOR_ABI,
	.size = sizeof(struct cs_connector),
	.name = "simple",
	.summary = "Lines of four fields, for tests.",
	.revision = 3,
	.state_size = sizeof(struct simple),
	.max_body = 64 << 20,
	.max_records = 1000000,
	.kinds = CS_KIND(CS_POLL_FULL) | CS_KIND(CS_POLL_LOOKUP),
	.proofs = CS_PROOF(CS_PROOF_TRAILER),
	.unique_rows = true,
	.lookup_max = 10,
	.settings = simple_settings,
	.grammar = &simple_grammar,
	.cover = simple_cover,
	.open = simple_open,
	.next = simple_next,
	.begin = simple_begin,
	.push = simple_push,
	.end = simple_end,
	.close = simple_close,
};
