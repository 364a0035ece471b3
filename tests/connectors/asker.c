/* SPDX-License-Identifier: ISC */
/*
 * asker.c -- a connector for tests of look-ups, deltas and checkpoints.
 *
 * Lines "number|type|status|YYYY-MM-DD|name"; status is a letter: A active, D
 * decertified.  A full poll asks "/list", a delta "/changes?since=N" (N: how
 * many polls have left a checkpoint), a look-up "/ask?n=A,B,C".  A list whose
 * first line is "TOTAL|n" has that as its proof.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <certsync/connector.h>

#define LINE_BYTES	1024
#define LOOKUP_MAX	3

struct asker {
	struct cs_poll	*poll;
	unsigned char	 polls;		/* of the checkpoint */
	bool		 asked;
	char		 path[512];
	char		 line[LINE_BYTES];
	size_t		 len;
};

static enum cs_rc
asker_open(void *state, const struct cs_settings *settings, struct cs_poll *poll)
{
	struct asker *s = state;
	const char *left;
	size_t len;

	(void)settings;
	s->poll = poll;
	left = cs_checkpoint(poll, &len);
	if (left == NULL)
		return CS_OK;
	/* A NUL at either end, to see that it comes back whole. */
	if (len != 3 || left[0] != '\0' || left[2] != '\0')
		return cs_fail(poll, CS_E_INPUT, "the checkpoint is not what was left");
	s->polls = (unsigned char)left[1];
	return CS_OK;
}

static void
asker_lookup_path(struct asker *s)
{
	size_t n = (size_t)snprintf(s->path, sizeof(s->path), "/ask?n=");

	for (size_t i = 0; cs_lookup(s->poll, i) != NULL; i++)
		n += (size_t)snprintf(s->path + n, sizeof(s->path) - n, "%s%s",
		    i > 0 ? "," : "", cs_lookup(s->poll, i));
}

static enum cs_rc
asker_next(void *state, struct cs_request *out)
{
	struct asker *s = state;

	if (s->asked) {
		char left[3] = { '\0', (char)(s->polls + 1), '\0' };

		return cs_kind(s->poll) == CS_POLL_LOOKUP ||
		    cs_checkpoint_set(s->poll, left, sizeof(left)) == CS_OK ? CS_DONE : CS_E_NOMEM;
	}
	s->asked = true;
	if (cs_kind(s->poll) == CS_POLL_LOOKUP)
		asker_lookup_path(s);
	else if (cs_kind(s->poll) == CS_POLL_DELTA)
		(void)snprintf(s->path, sizeof(s->path), "/changes?since=%u", s->polls);
	else
		(void)snprintf(s->path, sizeof(s->path), "/list");
	out->path = s->path;
	return CS_OK;
}

static enum cs_rc
asker_line(struct asker *s)
{
	char *rest = s->line, *fields[5];
	struct cs_record rec;
	size_t n = 0;

	s->line[s->len] = '\0';
	s->len = 0;
	while (n < 5 && rest != NULL)
		fields[n++] = strsep(&rest, "|");
	if (n == 2 && strcmp(fields[0], "TOTAL") == 0) {
		cs_proven(s->poll, CS_PROOF_TOTAL, strtoull(fields[1], NULL, 10));
		return CS_OK;
	}
	if (n != 5)
		return cs_fail(s->poll, CS_E_INPUT, "a line of %zu fields", n);
	rec = (struct cs_record){
		.number = fields[0], .type = fields[1], .business_name = fields[4],
		.status = fields[2][0] == 'A' ? CS_STATUS_ACTIVE : CS_STATUS_DECERTIFIED
	};
	if (cs_date_parse("%Y-%m-%d", fields[3], &rec.expires_on) == CS_DATE_BAD)
		return cs_fail(s->poll, CS_E_INPUT, "an unreadable date");
	if (cs_item(s->poll, rec.number, strlen(rec.number)) != CS_OK)
		return CS_E_NOMEM;
	return cs_emit(s->poll, &rec);
}

static enum cs_rc
asker_push(void *state, const char *buf, size_t len)
{
	struct asker *s = state;
	enum cs_rc rc = CS_OK;

	for (size_t i = 0; i < len && rc == CS_OK; i++) {
		if (buf[i] == '\n')
			rc = asker_line(s);
		else if (s->len + 1 < sizeof(s->line))
			s->line[s->len++] = buf[i];
		else
			rc = cs_fail(s->poll, CS_E_LIMIT, "a line too long");
	}
	return rc;
}

static enum cs_rc
asker_end(void *state)
{
	struct asker *s = state;

	return s->len == 0 ? CS_OK : cs_fail(s->poll, CS_E_INPUT, "the last line is cut");
}

static void
asker_close(void *state)
{
	(void)state;
}

static const struct cs_setting_def asker_settings[] = {
	{ .name = "api_key", .type = CS_SETTING_SECRET, .help = "The key." },
	{ .name = "remark", .help = "Changes nothing but the settings." },
	{ .name = NULL }
};

static const struct cs_grammar asker_grammar = {
	.normalise = CS_NORM_UPPER, .min_len = 4, .max_len = 4, .chars = "A-Z0-9"
};

static const char *const asker_types[] = { "MBE", "WBE", NULL };

CS_API extern const struct cs_connector cs_connector_asker;
const struct cs_connector cs_connector_asker = {
	.abi = CS_CONNECTOR_ABI,
	.size = sizeof(struct cs_connector),
	.name = "asker",
	.summary = "Lines of five fields, for tests of look-ups and deltas.",
	.revision = 1,
	.state_size = sizeof(struct asker),
	.max_body = 1 << 20,
	.max_records = 10000,
	.kinds = CS_KIND(CS_POLL_FULL) | CS_KIND(CS_POLL_DELTA) | CS_KIND(CS_POLL_LOOKUP),
	.proofs = CS_PROOF(CS_PROOF_TOTAL),
	.unique_rows = true,
	.lookup_max = LOOKUP_MAX,
	.lookup_absent = true,
	.settings = asker_settings,
	.grammar = &asker_grammar,
	.types = asker_types,
	.open = asker_open,
	.next = asker_next,
	.push = asker_push,
	.end = asker_end,
	.close = asker_close,
};
