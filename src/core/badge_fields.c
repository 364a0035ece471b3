/* SPDX-License-Identifier: ISC */
/*
 * badge_fields.c -- a badge as the fields of its Redis hash and back.
 * Absent values have no field.
 */
#include "core/badge.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "core/types.h"

#define LIST_TEXT_MAX	BADGE_FIELD_MAX	/* a list is never longer than it was put */
#define CASE_TEXT_MAX	1024	/* every reason there is, with commas */
#define NUMBER_TEXT	24	/* an int64 in decimal, and NUL */

_Static_assert(REASON_COUNT <= 32, "case reasons are bits of an unsigned");

struct field_writer {
	struct arena	*arena;
	struct badge_field *out;
	size_t		 n;
	bool		 failed;
};

/* value is lent by the badge or the arena; empty or NULL: no field. */
static void
badge_write_text(struct field_writer *w, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0' || w->failed)
		return;
	if (w->n == BADGE_FIELDS_MAX) {
		w->failed = true;
		return;
	}
	w->out[w->n++] = (struct badge_field){ name, value };
}

static void
badge_write_copy(struct field_writer *w, const char *name, const char *value)
{
	char *copy = arena_strdup(w->arena, value);

	if (copy == NULL)
		w->failed = true;
	badge_write_text(w, name, copy);
}

static void
badge_write_time(struct field_writer *w, const char *name, int64_t unix_s)
{
	char text[TEXT_TIME];

	badge_write_copy(w, name, text_time_s(unix_s, text));
}

/* 0 is no time. */
static void
badge_write_time_if(struct field_writer *w, const char *name, int64_t unix_s)
{
	if (unix_s != 0)
		badge_write_time(w, name, unix_s);
}

static void
badge_write_i64(struct field_writer *w, const char *name, int64_t value)
{
	char text[NUMBER_TEXT];

	(void)snprintf(text, sizeof(text), "%lld", (long long)value);
	badge_write_copy(w, name, text);
}

static void
badge_write_date(struct field_writer *w, const char *name, struct cs_date date)
{
	char text[CS_DATE_TEXT];

	badge_write_copy(w, name, cs_date_text(date, text));
}

static void
badge_write_list(struct field_writer *w, const char *name, const char *const *v, size_t n)
{
	struct buf text;

	if (n == 0)
		return;
	buf_init(&text, LIST_TEXT_MAX);
	for (size_t i = 0; i < n; i++) {
		buf_putc(&text, i == 0 ? '[' : ',');
		buf_json(&text, v[i]);
	}
	buf_putc(&text, ']');
	if (text.failed)
		w->failed = true;
	else
		badge_write_copy(w, name, buf_str(&text));
	buf_free(&text);
}

static void
badge_write_reasons(struct field_writer *w, const char *name, unsigned reasons)
{
	struct buf text;

	if (reasons == 0)
		return;
	buf_init(&text, CASE_TEXT_MAX);
	for (unsigned i = 0; i < REASON_COUNT; i++) {
		if ((reasons & (1u << i)) == 0)
			continue;
		if (text.len > 0)
			buf_putc(&text, ',');
		buf_puts(&text, badge_reason_name((enum badge_reason)i));
	}
	if (text.failed)
		w->failed = true;
	else
		badge_write_copy(w, name, buf_str(&text));
	buf_free(&text);
}

static void
badge_write_claim(struct field_writer *w, const struct claim *c)
{
	badge_write_text(w, "badge", c->badge);
	badge_write_text(w, "profile", c->profile);
	badge_write_text(w, "body", c->body);
	badge_write_text(w, "category", category_name(c->category));
	badge_write_text(w, "number", c->number);
	badge_write_text(w, "business_name", c->business_name);
	badge_write_text(w, "type", c->type);
	badge_write_date(w, "claimed_expires_on", c->expires_on);
	badge_write_list(w, "names", c->names, c->name_count);
	badge_write_list(w, "aliases", c->aliases, c->alias_count);
	badge_write_text(w, "holder", c->holder);
	badge_write_text(w, "visibility", c->hidden ? "hidden" : "shown");
	if (c->rev >= 0)
		badge_write_i64(w, "rev", c->rev);
}

static void
badge_write_verdict(struct field_writer *w, const struct badge *b)
{
	badge_write_text(w, "claim_id", b->claim_id);
	badge_write_time(w, "claimed_at", b->claimed_at_s);
	badge_write_text(w, "status", badge_status_name(b->status));
	badge_write_text(w, "reason", badge_reason_name(b->reason));
	badge_write_text(w, "how", badge_how_name(b->how));
	badge_write_text(w, "verified_once", b->verified_once ? "yes" : NULL);
	badge_write_time(w, "since", b->since_s);
	badge_write_i64(w, "version", b->version);
	badge_write_text(w, "cause", badge_cause_name(b->cause));
	badge_write_date(w, "expires_on", b->expires_on);
	badge_write_text(w, "expires_source", b->expires_source);
	badge_write_time_if(w, "valid_until", b->valid_until_s);
	badge_write_time_if(w, "expires_since", b->expires_since_s);
	badge_write_text(w, "registry_name", b->registry_name);
	badge_write_text(w, "connector", b->connector);
	badge_write_text(w, "zone", b->zone);
	badge_write_text(w, "evidence", b->evidence);
	badge_write_time(w, "checked_at", b->checked_at_s);
	badge_write_time_if(w, "next_check", b->next_check_s);
	badge_write_text(w, "pin", b->pin);
}

static void
badge_write_case(struct field_writer *w, const struct badge *b)
{
	badge_write_reasons(w, "case", b->case_reasons);
	badge_write_time_if(w, "case_since", b->case_since_s);
	badge_write_time_if(w, "case_until", b->case_until_s);
	if (b->case_paused_s > 0)
		badge_write_i64(w, "case_paused", b->case_paused_s);
	badge_write_reasons(w, "case_settled", b->case_settled);
	if (b->case_number > 0)
		badge_write_i64(w, "case_number", b->case_number);
}

static const char *const confirm_words[] = {
	[CONFIRM_SILENT] = "", [CONFIRM_ACTIVE] = "active", [CONFIRM_GONE] = "gone"
};

static void
badge_write_confirm(struct field_writer *w, const struct badge_confirm *c)
{
	if (c->said != CONFIRM_SILENT)
		badge_write_text(w, "confirm", confirm_words[c->said]);
	badge_write_time_if(w, "confirm_at", c->said_s);
	badge_write_time_if(w, "confirm_since", c->since_s);
}

int
badge_to_fields(const struct badge *b, struct arena *arena,
    struct badge_field out[BADGE_FIELDS_MAX], size_t *out_n)
{
	struct field_writer w = { .arena = arena, .out = out };

	badge_write_claim(&w, &b->claim);
	badge_write_verdict(&w, b);
	badge_write_case(&w, b);
	badge_write_confirm(&w, &b->confirm);
	badge_write_date(&w, "reminded_for", b->reminded_for);
	if (b->reminded_days > 0)
		badge_write_i64(&w, "reminded_days", b->reminded_days);
	if (w.failed)
		return -1;
	*out_n = w.n;
	return 0;
}

struct field_reader {
	const struct badge_field *fields;
	size_t		 n;
	struct arena	*arena;
	struct err	*err;
};

/* NULL: no such field, or an empty one. */
static const char *
field_find(const struct field_reader *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->fields[i].name, name) == 0)
			return r->fields[i].value[0] != '\0' ? r->fields[i].value : NULL;
	return NULL;
}

static int
field_fail(const struct field_reader *r, const char *name, const char *what)
{
	return err_set(r->err, "badge hash: %s: %s", name, what);
}

static int
field_nomem(const struct field_reader *r, const char *name)
{
	return err_set_passing(r->err, "badge hash: %s: out of memory", name);
}

/* *out is "" without the field. */
static int
badge_read_text(const struct field_reader *r, const char *name, const char **out)
{
	const char *value = field_find(r, name);

	if (value != NULL && !text_is_clean(value, strlen(value)))
		return field_fail(r, name, "not UTF-8 without control characters");
	*out = arena_strdup(r->arena, value != NULL ? value : "");
	return *out != NULL ? 0 : field_nomem(r, name);
}

/* *out is untouched without the field; required: that is an error. */
static int
badge_read_time(const struct field_reader *r, const char *name, bool required, int64_t *out)
{
	const char *value = field_find(r, name);

	if (value == NULL)
		return required ? field_fail(r, name, "is missing") : 0;
	return text_parse_time_s(value, out) ? 0 :
	    field_fail(r, name, "not a time in RFC 3339 UTC");
}

static int
badge_read_date(const struct field_reader *r, const char *name, struct cs_date *out)
{
	const char *value = field_find(r, name);

	if (value == NULL)
		return 0;
	return cs_date_parse("%Y-%m-%d", value, out) == CS_DATE_OK ? 0 :
	    field_fail(r, name, "not a date");
}

/* other: what a newer daemon's reason becomes. */
static int
badge_read_reasons(const struct field_reader *r, const char *name, unsigned other, unsigned *out)
{
	const char *value = field_find(r, name);
	enum badge_reason reason;
	char *rest, *word;

	if (value == NULL)
		return 0;
	rest = arena_strdup(r->arena, value);
	if (rest == NULL)
		return field_nomem(r, name);
	while ((word = text_list_next(&rest, ',')) != NULL)
		*out |= badge_reason_parse(word, &reason) ? 1u << reason : other;
	return 0;
}

/* The claim's fields are those of a put, but for the name of its date. */
static int
badge_read_claim(const struct field_reader *r, struct claim *out)
{
	static const char *const names[][2] = {
		{ "badge", "badge" }, { "profile", "profile" }, { "body", "body" },
		{ "category", "category" }, { "number", "number" },
		{ "business_name", "business_name" }, { "type", "type" },
		{ "claimed_expires_on", "expires_on" }, { "names", "names" },
		{ "aliases", "aliases" }, { "holder", "holder" },
		{ "visibility", "visibility" }, { "rev", "rev" },
	};
	struct badge_field put[sizeof(names) / sizeof(names[0])];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = field_find(r, names[i][0]);

		if (value != NULL)
			put[n++] = (struct badge_field){ names[i][1], value };
	}
	if (claim_parse(put, n, r->arena, out, r->err) != 0)
		return err_prefix(r->err, "badge hash");
	return 0;
}

static int
badge_read_words(const struct field_reader *r, struct badge *b)
{
	const char *how = field_find(r, "how");

	if (!badge_status_parse(field_find(r, "status"), &b->status))
		return field_fail(r, "status", "not a status");
	if (!badge_reason_parse(field_find(r, "reason"), &b->reason))
		return field_fail(r, "reason", "not a reason");
	if (!badge_how_parse(how != NULL ? how : "", &b->how))
		return field_fail(r, "how", "not a way of verification");
	if (!badge_cause_parse(field_find(r, "cause"), &b->cause))
		return field_fail(r, "cause", "not a cause");
	b->verified_once = field_find(r, "verified_once") != NULL;
	/* A newer daemon's reason keeps the case open under a known one. */
	if (badge_read_reasons(r, "case", 1u << REASON_DISPUTED, &b->case_reasons) != 0)
		return -1;
	return badge_read_reasons(r, "case_settled", 0, &b->case_settled);
}

/* *out is 0 without the field. */
static int
badge_read_number(const struct field_reader *r, const char *name, int64_t max, int64_t *out)
{
	const char *value = field_find(r, name);

	*out = 0;
	return value == NULL || text_parse_i64(value, 0, max, out) ? 0 :
	    field_fail(r, name, "not a number");
}

static int
badge_read_numbers(const struct field_reader *r, struct badge *b)
{
	const char *version = field_find(r, "version");
	int64_t cases, days;

	if (version == NULL || !text_parse_i64(version, 1, INT64_MAX, &b->version))
		return field_fail(r, "version", "not a number from 1");
	if (badge_read_number(r, "case_number", INT32_MAX, &cases) != 0 ||
	    badge_read_number(r, "reminded_days", INT32_MAX, &days) != 0 ||
	    badge_read_number(r, "case_paused", INT64_MAX / 2, &b->case_paused_s) != 0)
		return -1;
	b->case_number = (unsigned)cases;
	b->reminded_days = (int)days;
	return 0;
}

static int
badge_read_times(const struct field_reader *r, struct badge *b)
{
	if (badge_read_time(r, "claimed_at", true, &b->claimed_at_s) != 0 ||
	    badge_read_time(r, "since", true, &b->since_s) != 0 ||
	    badge_read_time(r, "checked_at", true, &b->checked_at_s) != 0 ||
	    badge_read_time(r, "valid_until", false, &b->valid_until_s) != 0 ||
	    badge_read_time(r, "expires_since", false, &b->expires_since_s) != 0 ||
	    badge_read_time(r, "case_since", false, &b->case_since_s) != 0 ||
	    badge_read_time(r, "case_until", false, &b->case_until_s) != 0 ||
	    badge_read_time(r, "next_check", false, &b->next_check_s) != 0)
		return -1;
	if (badge_read_date(r, "reminded_for", &b->reminded_for) != 0)
		return -1;
	return badge_read_date(r, "expires_on", &b->expires_on);
}

/* An unknown word or a date alone is nothing said: it is asked again. */
static int
badge_read_confirm(const struct field_reader *r, struct badge_confirm *c)
{
	const char *said = field_find(r, "confirm");

	if (badge_read_time(r, "confirm_at", false, &c->said_s) != 0 ||
	    badge_read_time(r, "confirm_since", false, &c->since_s) != 0)
		return -1;
	if (text_equal(said, confirm_words[CONFIRM_ACTIVE]))
		c->said = CONFIRM_ACTIVE;
	else if (text_equal(said, confirm_words[CONFIRM_GONE]))
		c->said = CONFIRM_GONE;
	if (c->said == CONFIRM_SILENT || c->said_s == 0)
		*c = (struct badge_confirm){ .since_s = c->since_s };
	return 0;
}

static int
badge_read_texts(const struct field_reader *r, struct badge *b)
{
	if (badge_read_text(r, "claim_id", &b->claim_id) != 0 ||
	    badge_read_text(r, "expires_source", &b->expires_source) != 0 ||
	    badge_read_text(r, "registry_name", &b->registry_name) != 0 ||
	    badge_read_text(r, "connector", &b->connector) != 0 ||
	    badge_read_text(r, "zone", &b->zone) != 0 ||
	    badge_read_text(r, "evidence", &b->evidence) != 0)
		return -1;
	return badge_read_text(r, "pin", &b->pin);
}

int
badge_from_fields(const struct badge_field *fields, size_t n,
    struct arena *arena, struct badge *out, struct err *err)
{
	struct field_reader r = { fields, n, arena, err };
	struct badge b = { 0 };

	if (badge_read_claim(&r, &b.claim) != 0 || badge_read_words(&r, &b) != 0 ||
	    badge_read_numbers(&r, &b) != 0 || badge_read_times(&r, &b) != 0 ||
	    badge_read_confirm(&r, &b.confirm) != 0 || badge_read_texts(&r, &b) != 0)
		return -1;
	*out = b;
	return 0;
}
