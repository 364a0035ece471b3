/* SPDX-License-Identifier: ISC */
/* record.c -- see record.h. */
#include "core/record.h"

#include <jansson.h>
#include <string.h>

#include "base/text.h"
#include "core/types.h"

#define ALIASES_BEGIN		",\"aliases\":["
#define RECORD_CATEGORIES	5	/* CS_CATEGORY_* bits there are */

static const char *const status_names[] = {
	[CS_STATUS_UNKNOWN] = "unknown",
	[CS_STATUS_ACTIVE] = "active",
	[CS_STATUS_PENDING] = "pending",
	[CS_STATUS_SUSPENDED] = "suspended",
	[CS_STATUS_EXCLUDED] = "excluded",
	[CS_STATUS_EXPIRED] = "expired",
	[CS_STATUS_GRADUATED] = "graduated",
	[CS_STATUS_WITHDRAWN] = "withdrawn",
	[CS_STATUS_DECERTIFIED] = "decertified",
};
#define STATUSES	(sizeof(status_names) / sizeof(status_names[0]))

const char *
record_status_name(enum cs_status status)
{
	return (size_t)status < STATUSES ? status_names[status] : status_names[0];
}

bool
record_has_key(const struct record *record, const char *key)
{
	if (strcmp(record->number, key) == 0)
		return true;
	for (size_t i = 0; i < record->alias_count; i++)
		if (strcmp(record->aliases[i], key) == 0)
			return true;
	return false;
}

static void
encode_string(struct buf *out, const char *member, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	buf_printf(out, ",\"%s\":", member);
	buf_json(out, value);
}

static void
encode_date(struct buf *out, const char *member, struct cs_date date)
{
	char text[CS_DATE_TEXT];

	if (cs_date_is_set(date))
		encode_string(out, member, cs_date_text(date, text));
}

/* Sorted and without doubles: their order says nothing. */
static void
encode_aliases(struct buf *out, const struct record *rec)
{
	const char *sorted[CS_ALIASES_MAX];
	size_t n = 0, at;

	for (size_t i = 0; i < rec->alias_count && i < CS_ALIASES_MAX; i++) {
		for (at = n; at > 0 && strcmp(sorted[at - 1], rec->aliases[i]) > 0; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = rec->aliases[i];
		n++;
	}
	for (size_t i = 0, written = 0; i < n; i++) {
		if (i > 0 && strcmp(sorted[i - 1], sorted[i]) == 0)
			continue;
		buf_puts(out, written++ == 0 ? ALIASES_BEGIN : ",");
		buf_json(out, sorted[i]);
	}
	if (n > 0)
		buf_putc(out, ']');
}

bool
record_line_has_aliases(const char *line, size_t len)
{
	/* Quotes inside of texts are escaped: these bytes are never part of one. */
	return memmem(line, len, ALIASES_BEGIN, sizeof(ALIASES_BEGIN) - 1) != NULL;
}

static void
encode_categories(struct buf *out, unsigned categories)
{
	bool any = false;

	for (unsigned i = 0; i < RECORD_CATEGORIES; i++) {
		if ((categories & (1u << i)) == 0)
			continue;
		buf_puts(out, any ? "," : ",\"categories\":[");
		buf_json(out, category_name(1u << i));
		any = true;
	}
	if (any)
		buf_putc(out, ']');
}

void
record_encode(const struct record *rec, struct buf *out)
{
	buf_puts(out, "{\"number\":");
	buf_json(out, rec->number);
	encode_aliases(out, rec);
	encode_string(out, "name", rec->business_name);
	encode_string(out, "dba", rec->dba_name);
	encode_string(out, "type", rec->type);
	encode_categories(out, rec->categories);
	encode_string(out, "status", record_status_name(rec->status));
	encode_string(out, "word", rec->status_word);
	encode_date(out, "issued_on", rec->issued_on);
	encode_date(out, "expires_on", rec->expires_on);
	buf_putc(out, '}');
}

/* An optional string of at most max bytes; *out stays NULL if there is none. */
static int
decode_string(const json_t *root, const char *member, size_t max,
    struct arena *arena, const char **out, struct err *err)
{
	const json_t *value = json_object_get(root, member);
	const char *text;
	size_t len;

	if (value == NULL)
		return 0;
	text = json_string_value(value);
	len = json_string_length(value);
	if (text == NULL || len == 0 || len > max || !text_is_clean(text, len))
		return err_set(err, "record: member \"%s\" is not a text of 1 to %zu bytes",
		    member, max);
	*out = arena_strndup(arena, text, len);
	return *out != NULL ? 0 : err_set_passing(err, "record: out of memory");
}

static int
decode_date(const json_t *root, const char *member, struct cs_date *out,
    struct err *err)
{
	const json_t *value = json_object_get(root, member);
	const char *text = json_string_value(value);
	char again[CS_DATE_TEXT];

	if (value == NULL)
		return 0;
	if (text == NULL || cs_date_parse("%Y-%m-%d", text, out) != CS_DATE_OK ||
	    strcmp(cs_date_text(*out, again), text) != 0)
		return err_set(err, "record: member \"%s\" is not a date", member);
	return 0;
}

static int
decode_status(const json_t *root, enum cs_status *out, struct err *err)
{
	const char *text = json_string_value(json_object_get(root, "status"));

	for (size_t i = 0; i < STATUSES; i++)
		if (text_equal(status_names[i], text)) {
			*out = (enum cs_status)i;
			return 0;
		}
	return err_set(err, "record: no known status");
}

static int
decode_aliases(const json_t *root, struct arena *arena, struct record *rec,
    struct err *err)
{
	const json_t *list = json_object_get(root, "aliases");

	if (list == NULL)
		return 0;
	if (!json_is_array(list) || json_array_size(list) > CS_ALIASES_MAX)
		return err_set(err, "record: \"aliases\" is not a list of at most %d",
		    CS_ALIASES_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *value = json_array_get(list, i);
		const char *text = json_string_value(value);
		size_t len = json_string_length(value);

		if (text == NULL || len == 0 || len > CS_NUMBER_MAX || !text_is_clean(text, len))
			return err_set(err, "record: an alias is not a text of 1 to %d bytes",
			    CS_NUMBER_MAX);
		rec->aliases[i] = arena_strndup(arena, text, len);
		if (rec->aliases[i] == NULL)
			return err_set_passing(err, "record: out of memory");
	}
	rec->alias_count = json_array_size(list);
	return 0;
}

static int
decode_categories(const json_t *root, unsigned *out, struct err *err)
{
	const json_t *list = json_object_get(root, "categories");

	if (list == NULL)
		return 0;
	if (!json_is_array(list))
		return err_set(err, "record: \"categories\" is not a list");
	for (size_t i = 0; i < json_array_size(list); i++) {
		unsigned bit = category_parse(json_string_value(json_array_get(list, i)));

		if (bit == 0)
			return err_set(err, "record: no such category");
		*out |= bit;
	}
	return 0;
}

/* rec is zeroed. */
static int
decode_members(const json_t *root, struct arena *arena, struct record *rec,
    struct err *err)
{
	if (decode_string(root, "number", CS_NUMBER_MAX, arena, &rec->number, err) != 0 ||
	    decode_aliases(root, arena, rec, err) != 0 ||
	    decode_string(root, "name", CS_NAME_MAX, arena, &rec->business_name, err) != 0 ||
	    decode_string(root, "dba", CS_NAME_MAX, arena, &rec->dba_name, err) != 0 ||
	    decode_string(root, "type", CS_TYPE_MAX, arena, &rec->type, err) != 0 ||
	    decode_categories(root, &rec->categories, err) != 0 ||
	    decode_status(root, &rec->status, err) != 0 ||
	    decode_string(root, "word", CS_WORD_MAX, arena, &rec->status_word, err) != 0 ||
	    decode_date(root, "issued_on", &rec->issued_on, err) != 0 ||
	    decode_date(root, "expires_on", &rec->expires_on, err) != 0)
		return -1;
	if (rec->number == NULL)
		return err_set(err, "record: no number");
	if (rec->type != NULL && !types_code_ok(rec->type))
		return err_set(err, "record: the type is not a type code");
	return 0;
}

int
record_decode(const char *line, size_t len, struct arena *arena,
    struct record *out, struct err *err)
{
	struct record rec = { 0 };
	json_t *root;
	int rc;

	if (len > RECORD_TEXT_MAX)
		return err_set(err, "record: longer than %d bytes", RECORD_TEXT_MAX);
	root = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(root)) {
		json_decref(root);
		return err_set(err, "record: not a JSON object");
	}
	rc = decode_members(root, arena, &rec, err);
	json_decref(root);
	if (rc == 0)
		*out = rec;
	return rc;
}
