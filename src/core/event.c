/* SPDX-License-Identifier: ISC */
/*
 * event.c -- CloudEvents 1.0 documents in structured JSON (certsync-events(5)),
 * and history entries.
 *
 * Events are thin: category, type, body, number and names never stand beside a
 * badge or profile here.
 */
#include "core/transition.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "core/types.h"

#define TYPE_PREFIX	"org.certsync."
#define TYPE_SUFFIX	".v1"
#define ID_MAX		(BADGE_ID_MAX + 48)	/* a badge, dashes, a number and a rung */

/* One event's envelope. */
struct event_head {
	const char *id, *type, *subject, *schema;
	int64_t time_s;
};

/* A member with its comma; value NULL is null. */
static void
add_text(struct buf *out, const char *member, const char *value)
{
	buf_printf(out, ",\"%s\":", member);
	buf_json(out, value);
}

static void
event_add_time(struct buf *out, const char *member, int64_t unix_s)
{
	char text[TEXT_TIME];

	add_text(out, member, text_time_s(unix_s, text));
}

/* 0 is null. */
static void
add_time_or_null(struct buf *out, const char *member, int64_t unix_s)
{
	if (unix_s != 0)
		event_add_time(out, member, unix_s);
	else
		add_text(out, member, NULL);
}

static void
add_date_or_null(struct buf *out, const char *member, struct cs_date date)
{
	char text[CS_DATE_TEXT];

	add_text(out, member, cs_date_is_set(date) ? cs_date_text(date, text) : NULL);
}

/* Everything up to and with "data": the caller adds an object and the last brace. */
static void
event_begin(const struct event_context *ctx, const struct event_head *head,
    struct buf *out)
{
	buf_puts(out, "{\"specversion\":\"1.0\"");
	add_text(out, "id", head->id);
	buf_puts(out, ",\"source\":\"urn:certsync:");
	buf_puts(out, ctx->epoch);
	buf_puts(out, "\",\"type\":\"" TYPE_PREFIX);
	buf_puts(out, head->type);
	buf_puts(out, TYPE_SUFFIX "\"");
	if (head->subject != NULL)
		add_text(out, "subject", head->subject);
	event_add_time(out, "time", head->time_s);
	event_add_time(out, "recordedtime", ctx->now_s);
	add_text(out, "datacontenttype", "application/json");
	add_text(out, "dataschema", head->schema);
	buf_printf(out, ",\"partitionkey\":\"%u\",\"data\":", ctx->partition);
}

/* Without the last brace. */
static void
event_badge_data(const struct badge *b, const char *from, enum badge_cause cause,
    struct buf *out)
{
	buf_puts(out, "{\"badge\":");
	buf_json(out, b->claim.badge);
	add_text(out, "profile", b->claim.profile);
	buf_printf(out, ",\"version\":%lld", (long long)b->version);
	add_text(out, "from", from);
	add_text(out, "to", badge_status_name(b->status));
	add_text(out, "reason", badge_reason_public(b->reason));
	add_text(out, "cause", badge_cause_name(cause));
	add_date_or_null(out, "expires_on", b->expires_on);
	add_time_or_null(out, "valid_until", b->valid_until_s);
	add_text(out, "claim_id", b->claim_id);
	if (b->claim.rev >= 0)
		buf_printf(out, ",\"rev\":%lld", (long long)b->claim.rev);
	else
		buf_puts(out, ",\"rev\":null");
}

/* "<badge>-<prefix><number><suffix>" in out. */
static void
event_id(char out[ID_MAX], const char *badge, const char *prefix, int64_t number,
    const char *suffix)
{
	(void)snprintf(out, ID_MAX, "%s-%s%lld%s", badge, prefix, (long long)number, suffix);
}

void
event_badge(const struct event_context *ctx, const struct badge *before,
    const struct transition *t, struct buf *out)
{
	const struct badge *b = &t->after;
	char id[ID_MAX], type[64] = "badge.";
	struct event_head head = {
		.id = id, .type = type, .subject = b->claim.badge,
		.schema = EVENT_SCHEMA_BADGE,
		.time_s = t->kind == TRANSITION_STATUS ? b->since_s : b->checked_at_s,
	};
	const char *what = t->kind == TRANSITION_STATUS ? badge_status_name(b->status) :
	    t->kind == TRANSITION_RENEWED ? "renewed" : "changed";

	(void)text_copy(type + strlen(type), sizeof(type) - strlen(type), what);
	event_id(id, b->claim.badge, "", b->version, "");
	event_begin(ctx, &head, out);
	event_badge_data(b, before != NULL ? badge_status_name(before->status) : NULL,
	    b->cause, out);
	buf_puts(out, "}}");
}

void
event_reminder(const struct event_context *ctx, const struct transition *t,
    struct buf *out)
{
	const struct badge *b = &t->after;
	char id[ID_MAX], rung[16];
	struct event_head head = {
		.id = id, .type = "badge.expiring", .subject = b->claim.badge,
		.schema = EVENT_SCHEMA_BADGE,
		/* Of a badge that is younger than the rung: since it says so. */
		.time_s = t->remind.due_s > b->checked_at_s ? t->remind.due_s : b->checked_at_s,
	};

	(void)snprintf(rung, sizeof(rung), "-d%d", t->remind.rung);
	event_id(id, b->claim.badge, "", b->version, rung);
	event_begin(ctx, &head, out);
	event_badge_data(b, badge_status_name(b->status), CAUSE_EXPIRY, out);
	buf_printf(out, ",\"days_left\":%d}}", t->remind.days_left);
}

static void
add_reasons(struct buf *out, unsigned reasons)
{
	bool any = false;

	buf_puts(out, ",\"reasons\":[");
	for (unsigned i = 0; i < REASON_COUNT; i++) {
		if ((reasons & (1u << i)) == 0)
			continue;
		if (any)
			buf_putc(out, ',');
		buf_json(out, badge_reason_public((enum badge_reason)i));
		any = true;
	}
	buf_putc(out, ']');
}

void
event_case(const struct event_context *ctx, const struct transition *t,
    bool opened, struct buf *out)
{
	const struct badge *b = &t->after;
	char id[ID_MAX];
	struct event_head head = {
		.id = id, .type = opened ? "case.opened" : "case.closed",
		.subject = b->claim.badge, .schema = EVENT_SCHEMA_CASE,
		.time_s = opened ? b->case_since_s : ctx->now_s,
	};

	event_id(id, b->claim.badge, "c", b->case_number, opened ? "" : "x");
	event_begin(ctx, &head, out);
	buf_puts(out, "{\"badge\":");
	buf_json(out, b->claim.badge);
	add_text(out, "profile", b->claim.profile);
	buf_printf(out, ",\"case\":%u", b->case_number);
	if (opened) {
		add_reasons(out, b->case_reasons);
		event_add_time(out, "until", b->case_until_s);
	}
	buf_puts(out, "}}");
}

void
event_erased(const struct event_context *ctx, const char *badge,
    int64_t version, struct buf *out)
{
	char id[ID_MAX];
	struct event_head head = {
		.id = id, .type = "badge.erased", .subject = badge,
		.schema = EVENT_SCHEMA_ERASED, .time_s = ctx->now_s,
	};

	event_id(id, badge, "", version, "");
	event_begin(ctx, &head, out);
	buf_puts(out, "{\"badge\":");
	buf_json(out, badge);
	buf_printf(out, ",\"version\":%lld}}", (long long)version);
}

void
event_other(const struct event_context *ctx, const char *type, const char *id,
    const char *subject, const char *data, struct buf *out)
{
	struct event_head head = {
		.id = id, .type = type, .subject = subject,
		.schema = EVENT_SCHEMA_NOTICE, .time_s = ctx->now_s,
	};

	event_begin(ctx, &head, out);
	buf_puts(out, data);
	buf_putc(out, '}');
}
