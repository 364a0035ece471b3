/* SPDX-License-Identifier: ISC */
/* replay_text.c -- see replay_text.h. */
#include "check/replay_text.h"

#include <inttypes.h>
#include <stddef.h>

static const char *const status_names[] = {
	"unknown", "active", "pending", "suspended", "excluded", "expired",
	"graduated", "withdrawn", "decertified"
};
static const char *const rc_names[] = {
	"OK", "DONE", "E_INPUT", "E_LIMIT", "E_NOMEM", "E_CONFIG", "E_REMOTE",
	"E_AUTH", "E_QUOTA"
};
static const char *const proof_names[] = { "total", "trailer", "closed", "cursor" };

static void
field_add(struct buf *b, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(b, " %s=", name);
	buf_json(b, value);
}

void
replay_text_record(struct buf *b, const struct cs_record *rec)
{
	char date[CS_DATE_TEXT];

	buf_printf(b, "record %s", rec->number != NULL ? rec->number : "(no number)");
	for (size_t i = 0; i < CS_ALIASES_MAX; i++)
		field_add(b, "alias", rec->aliases[i]);
	buf_printf(b, " %s %s", rec->type != NULL ? rec->type : "no-type",
	    status_names[rec->status]);
	field_add(b, "word", rec->status_word);
	if (rec->categories != 0)
		buf_printf(b, " categories=%02x", rec->categories);
	if (cs_date_is_set(rec->issued_on))
		buf_printf(b, " issued=%s", cs_date_text(rec->issued_on, date));
	if (cs_date_is_set(rec->expires_on))
		buf_printf(b, " expires=%s", cs_date_text(rec->expires_on, date));
	field_add(b, "name", rec->business_name);
	field_add(b, "dba", rec->dba_name);
	buf_putc(b, '\n');
}

void
replay_text_proof(struct buf *b, enum cs_proof proof, uint64_t declared)
{
	buf_printf(b, "proof %s %" PRIu64 "\n", proof_names[proof], declared);
}

void
replay_text_remark(struct buf *b, const char *word, const char *text)
{
	buf_printf(b, "%s ", word);
	buf_json(b, text);
	buf_putc(b, '\n');
}

void
replay_text_request(struct buf *b, const struct cs_request *q)
{
	buf_printf(b, "request %s %s", q->method != NULL ? q->method : "GET",
	    q->path != NULL ? q->path : q->link != NULL ? q->link : "-");
	for (size_t i = 0; i < CS_HEADERS_MAX && q->headers[i].name != NULL; i++)
		buf_printf(b, " %s:%s", q->headers[i].name, q->headers[i].value);
	for (size_t i = 0; i < CS_CODES_MAX && q->codes[i] != 0; i++)
		buf_printf(b, "%s%u", i == 0 ? " codes=" : ",", q->codes[i]);
	if (q->max_body != 0)
		buf_printf(b, " max_body=%" PRIu64, q->max_body);
	if (q->delay_ms != 0)
		buf_printf(b, " delay=%" PRIu32 "ms", q->delay_ms);
	if (q->slot != CS_SLOT_NONE)
		buf_printf(b, " %s=%s:%s%s%s%s", q->slot == CS_SLOT_QUERY ? "query" :
		    "header", q->slot_name, q->slot_prefix != NULL ? q->slot_prefix : "",
		    q->slot_prefix != NULL ? " " : "", q->slot_setting,
		    q->slot == CS_SLOT_HEADER_OPTIONAL ? "?" : "");
	buf_puts(b, q->conditional ? " conditional\n" : "\n");
	if (q->body != NULL) {
		buf_puts(b, "body ");
		buf_add(b, q->body, q->body_len);
		buf_putc(b, '\n');
	}
}

void
replay_text_end(struct buf *b, const struct cs_poll *poll, enum cs_rc rc)
{
	const char *reason = host_poll_reason(poll);

	buf_printf(b, "end %s\n", rc_names[rc]);
	if (reason != NULL)
		buf_printf(b, "reason %s\n", reason);
	if (host_poll_retry_at(poll) != 0)
		buf_printf(b, "retry_at %" PRId64 "\n", host_poll_retry_at(poll));
}
