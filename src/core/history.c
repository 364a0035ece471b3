/* SPDX-License-Identifier: ISC */
/*
 * history.c -- what a version was decided from, as one JSON line.
 * It stays beside the badge and is as confidential.
 */
#include "core/transition.h"

#include <string.h>

#include "base/text.h"
#include "core/record.h"
#include "core/types.h"

#define TEXT_MAX	BADGE_FIELD_MAX
#define ID_TEXT_MAX	128	/* bytes of an actor, poll or number kept */

/* A member with its comma, at most max bytes of it; NULL is null, max 0 leaves it out. */
static void
add_cut(struct buf *out, const char *member, const char *value, size_t max)
{
	char text[TEXT_MAX + 1];
	size_t len;

	if (max == 0)
		return;
	buf_printf(out, ",\"%s\":", member);
	if (value == NULL) {
		buf_puts(out, "null");
		return;
	}
	len = strlen(value);
	if (len > max) {
		/* Not in the middle of a character. */
		for (len = max; len > 0 && ((unsigned char)value[len] & 0xc0) == 0x80; len--)
			;
	}
	memcpy(text, value, len);
	text[len] = '\0';
	buf_json(out, text);
}

static void
add_claim(struct buf *out, const struct claim *c, size_t max)
{
	char date[CS_DATE_TEXT];

	buf_puts(out, ",\"claim\":{\"category\":");
	buf_json(out, category_name(c->category));
	add_cut(out, "body", c->body, ID_TEXT_MAX);
	add_cut(out, "type", c->type, ID_TEXT_MAX);
	add_cut(out, "number", c->number, ID_TEXT_MAX);
	add_cut(out, "business_name", c->business_name, max);
	add_cut(out, "expires_on", cs_date_is_set(c->expires_on) ?
	    cs_date_text(c->expires_on, date) : NULL, ID_TEXT_MAX);
	buf_putc(out, '}');
}

static const char *
short_name(const char *name, size_t max)
{
	return name != NULL && strlen(name) <= max ? name : NULL;
}

static void
add_record(struct buf *out, const struct record *record, size_t max)
{
	struct record rec;

	buf_puts(out, ",\"record\":");
	if (record == NULL) {
		buf_puts(out, "null");
		return;
	}
	rec = *record;
	rec.business_name = short_name(rec.business_name, max);
	rec.dba_name = short_name(rec.dba_name, max);
	record_encode(&rec, out);
}

/* Texts of names are cut to max bytes. */
static void
write_entry(const struct transition_input *in, const struct transition *t,
    size_t max, struct buf *out)
{
	const struct decision *d = in->decision;
	char time[TEXT_TIME];

	buf_printf(out, "{\"version\":%lld", (long long)t->after.version);
	add_cut(out, "time", text_time_s(in->now_s, time), ID_TEXT_MAX);
	add_cut(out, "from", in->before != NULL ? badge_status_name(in->before->status) :
	    NULL, ID_TEXT_MAX);
	add_cut(out, "to", badge_status_name(t->after.status), ID_TEXT_MAX);
	add_cut(out, "reason", badge_reason_name(t->after.reason), ID_TEXT_MAX);
	buf_printf(out, ",\"rule\":%u", d->rule);
	add_cut(out, "cause", badge_cause_name(in->cause), ID_TEXT_MAX);
	add_cut(out, "actor", in->actor != NULL ? in->actor : "", ID_TEXT_MAX);
	add_cut(out, "poll", in->poll != NULL ? in->poll : "", ID_TEXT_MAX);
	if (in->plan != NULL)
		add_cut(out, "plan", in->plan, ID_TEXT_MAX);
	else
		buf_puts(out, ",\"plan\":null");
	add_claim(out, in->claim, max);
	add_record(out, d->record, max);
	buf_putc(out, '}');
}

void
history_entry(const struct transition_input *in, const struct transition *t,
    struct buf *out)
{
	static const size_t cuts[] = { TEXT_MAX, 256, 64, 0 };
	struct buf entry;

	buf_init(&entry, HISTORY_MAX);
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		buf_clear(&entry);
		write_entry(in, t, cuts[i], &entry);
		if (!entry.failed)
			break;
	}
	if (entry.failed)
		out->failed = true;
	else
		buf_add(out, entry.data, entry.len);
	buf_free(&entry);
}
