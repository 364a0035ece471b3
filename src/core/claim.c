/* SPDX-License-Identifier: ISC */
/*
 * claim.c -- what a member stated, read from the fields of a `put` command
 * (certsync-events(5)).  Messages name the field and the rule, never the value: they
 * end in claims:rejected, which more people may read than the claim.
 */
#include "core/badge.h"

#include <jansson.h>
#include <string.h>

#include "base/text.h"
#include "core/record.h"
#include "core/types.h"

#define BODY_MAX	32	/* bytes */
#define SHOWN_MAX	40	/* bytes of an unknown field's name in a message */

/* What the readers below share. */
struct claim_reader {
	struct arena	*arena;
	struct claim	*claim;
	const char	*field;		/* being read */
	struct err	*err;
};

static int
claim_fail(const struct claim_reader *r, const char *rule)
{
	return err_set(r->err, "%s: %s", r->field, rule);
}

/* A trimmed copy. */
static int
copy_trimmed(const struct claim_reader *r, const char *value, const char **out)
{
	char *copy = arena_strdup(r->arena, value);

	if (copy == NULL)
		return err_set_passing(r->err, "%s: out of memory", r->field);
	*out = text_trim(copy);
	return 0;
}

static int
claim_read_id(const struct claim_reader *r, const char *value, const char **out)
{
	if (!text_is_id(value, BADGE_ID_MAX))
		return claim_fail(r, "must be 1 to 64 of A-Z a-z 0-9 _ -");
	return copy_trimmed(r, value, out);
}

static int
claim_read_badge(struct claim_reader *r, const char *value)
{
	return claim_read_id(r, value, &r->claim->badge);
}

static int
claim_read_profile(struct claim_reader *r, const char *value)
{
	return claim_read_id(r, value, &r->claim->profile);
}

static int
claim_read_holder(struct claim_reader *r, const char *value)
{
	return claim_read_id(r, value, &r->claim->holder);
}

static int
claim_read_body(struct claim_reader *r, const char *value)
{
	if (!text_is_name(value, BODY_MAX))
		return claim_fail(r, "must be 1 to 32 of a-z 0-9 -");
	return copy_trimmed(r, value, &r->claim->body);
}

static int
claim_read_category(struct claim_reader *r, const char *value)
{
	r->claim->category = category_parse(value);
	return r->claim->category != 0 ? 0 : claim_fail(r,
	    "must be minority, woman, veteran, disability or lgbtq");
}

static int
claim_read_type(struct claim_reader *r, const char *value)
{
	if (!types_code_ok(value))
		return claim_fail(r, "must be a type code, 1 to 16 of A-Z 0-9 -");
	return copy_trimmed(r, value, &r->claim->type);
}

static int
claim_read_text(const struct claim_reader *r, const char *value, const char **out)
{
	if (copy_trimmed(r, value, out) != 0)
		return -1;
	return (*out)[0] != '\0' ? 0 : claim_fail(r, "must not be blank");
}

static int
claim_read_number(struct claim_reader *r, const char *value)
{
	return claim_read_text(r, value, &r->claim->number);
}

static int
claim_read_business_name(struct claim_reader *r, const char *value)
{
	return claim_read_text(r, value, &r->claim->business_name);
}

static int
claim_read_expires_on(struct claim_reader *r, const char *value)
{
	struct cs_date date;
	char again[CS_DATE_TEXT];

	if (cs_date_parse("%Y-%m-%d", value, &date) != CS_DATE_OK ||
	    strcmp(cs_date_text(date, again), value) != 0)
		return claim_fail(r, "must be a date, YYYY-MM-DD");
	r->claim->expires_on = date;
	return 0;
}

static int
claim_read_rev(struct claim_reader *r, const char *value)
{
	return text_parse_i64(value, 0, INT64_MAX, &r->claim->rev) ? 0 :
	    claim_fail(r, "must be a whole number from 0 to 2^63-1");
}

static int
claim_read_visibility(struct claim_reader *r, const char *value)
{
	r->claim->hidden = strcmp(value, "hidden") == 0;
	return r->claim->hidden || strcmp(value, "shown") == 0 ? 0 :
	    claim_fail(r, "must be shown or hidden");
}

static int
claim_read_list_items(const struct claim_reader *r, const json_t *list, bool aliases,
    const char *out[BADGE_LIST_MAX])
{
	char normalised[CS_NUMBER_MAX + 1];

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		const char *text = json_string_value(item);

		if (text == NULL || !text_is_clean(text, json_string_length(item)))
			return claim_fail(r,
			    "every entry must be a text without control characters");
		if (claim_read_text(r, text, &out[i]) != 0)
			return -1;
		if (aliases && !alias_normalise(out[i], normalised))
			return claim_fail(r,
			    "every entry must be 1 to 64 letters, digits or signs");
	}
	return 0;
}

static int
claim_read_list(const struct claim_reader *r, const char *value, bool aliases,
    const char *out[BADGE_LIST_MAX], size_t *out_count)
{
	json_t *list = json_loads(value, 0, NULL);
	int rc;

	if (!json_is_array(list))
		rc = claim_fail(r, "must be a JSON array of texts");
	else if (json_array_size(list) > BADGE_LIST_MAX)
		rc = claim_fail(r, "must have at most 8 entries");
	else {
		rc = claim_read_list_items(r, list, aliases, out);
		*out_count = json_array_size(list);
	}
	json_decref(list);
	return rc;
}

static int
claim_read_names(struct claim_reader *r, const char *value)
{
	return claim_read_list(r, value, false, r->claim->names, &r->claim->name_count);
}

static int
claim_read_aliases(struct claim_reader *r, const char *value)
{
	return claim_read_list(r, value, true, r->claim->aliases, &r->claim->alias_count);
}

static const struct {
	const char *name;
	bool	 required;
	int	(*read)(struct claim_reader *, const char *value);
} rules[] = {
	{ "badge",		true,	claim_read_badge },
	{ "profile",		true,	claim_read_profile },
	{ "body",		true,	claim_read_body },
	{ "category",		true,	claim_read_category },
	{ "number",		true,	claim_read_number },
	{ "business_name",	true,	claim_read_business_name },
	{ "type",		false,	claim_read_type },
	{ "expires_on",		false,	claim_read_expires_on },
	{ "names",		false,	claim_read_names },
	{ "aliases",		false,	claim_read_aliases },
	{ "holder",		false,	claim_read_holder },
	{ "visibility",		false,	claim_read_visibility },
	{ "rev",		false,	claim_read_rev },
};
#define RULES	(sizeof(rules) / sizeof(rules[0]))

/* Index into rules; RULES: no such field. */
static size_t
rule_find(const char *name)
{
	size_t i;

	for (i = 0; i < RULES; i++)
		if (strcmp(rules[i].name, name) == 0)
			break;
	return i;
}

static int
fail_unknown(const char *name, struct err *err)
{
	char shown[SHOWN_MAX];

	return err_set(err, "%s: no such field",
	    text_escape(name, strlen(name), shown, sizeof(shown)));
}

/* Sorts the values by rule; those not given stay NULL. */
static int
collect_values(const struct badge_field *fields, size_t n,
    const char *values[RULES], struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = rule_find(fields[i].name);

		if (k == RULES) {
			if (strcmp(fields[i].name, "op") != 0)
				return fail_unknown(fields[i].name, err);
			continue;
		}
		if (values[k] != NULL)
			return err_set(err, "%s: given twice", rules[k].name);
		values[k] = fields[i].value;
	}
	return 0;
}

static int
claim_read_value(struct claim_reader *r, size_t k, const char *value)
{
	size_t len = value != NULL ? strlen(value) : 0;

	r->field = rules[k].name;
	if (len == 0)
		return rules[k].required ? claim_fail(r, "is missing") : 0;
	if (len > BADGE_FIELD_MAX)
		return claim_fail(r, "must be at most 1024 bytes");
	if (!text_is_clean(value, len))
		return claim_fail(r, "must be UTF-8 without control characters");
	return rules[k].read(r, value);
}

int
claim_parse(const struct badge_field *fields, size_t n, struct arena *arena,
    struct claim *out, struct err *err)
{
	const char *values[RULES] = { NULL };
	struct claim claim = { .rev = -1 };
	struct claim_reader r = { .arena = arena, .claim = &claim, .err = err };

	if (collect_values(fields, n, values, err) != 0)
		return -1;
	for (size_t k = 0; k < RULES; k++)
		if (claim_read_value(&r, k, values[k]) != 0)
			return -1;
	if (claim.holder == NULL)
		claim.holder = claim.profile;
	*out = claim;
	return 0;
}
