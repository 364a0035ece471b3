/* SPDX-License-Identifier: ISC */
/* host_settings.c -- see host.h: the settings and covered types of a connector. */
#include "parse/host.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define NAME_SHOWN	64	/* bytes of an unknown key in a message */

struct value {
	char	*text;		/* owned; NULL: none */
	int64_t	 number;	/* of INT, DURATION (ms), SIZE (bytes), BOOL */
};

/* One of a family's, of those that are configured. */
struct member {
	char		*key;		/* owned */
	size_t		 row;		/* of its family */
	struct value	 value;
};

struct cs_settings {
	const struct cs_setting_def *defs;	/* lent; NULL: none */
	size_t		 count;
	struct member	*members;		/* owned; in the order of the pairs */
	size_t		 member_count;
	struct value	 values[];		/* one per row of defs; none of a family */
};

struct cs_cover {
	size_t	count;
	bool	by_name;
	char	types[HOST_COVER_MAX][CS_TYPE_MAX + 1];
};

/* Whether word is one of choices, "a|b|c". */
static bool
choice_ok(const char *choices, const char *word)
{
	size_t len = strlen(word);

	for (const char *c = choices; c != NULL && len > 0;) {
		size_t n = strcspn(c, "|");

		if (n == len && memcmp(c, word, n) == 0)
			return true;
		c = c[n] == '|' ? c + n + 1 : NULL;
	}
	return false;
}

/* Reads text as the row's type wants it.  false: it is no such thing. */
static bool
value_read(const struct cs_setting_def *def, const char *text, int64_t *out)
{
	switch (def->type) {
	case CS_SETTING_INT:
		return text_parse_i64(text, 0, INT64_MAX, out);
	case CS_SETTING_DURATION:
		return text_parse_duration_ms(text, out);
	case CS_SETTING_SIZE:
		return text_parse_size(text, out);
	case CS_SETTING_BOOL:
		*out = text_equal(text, "yes");
		return *out != 0 || text_equal(text, "no");
	case CS_SETTING_ENUM:
		return choice_ok(def->choices, text);
	case CS_SETTING_STRING:
	case CS_SETTING_SECRET:
		return true;
	}
	return false;
}

static bool
is_number(const struct cs_setting_def *def)
{
	return def->type == CS_SETTING_INT ||
	    def->type == CS_SETTING_DURATION || def->type == CS_SETTING_SIZE;
}

static int
value_set(struct value *v, const struct cs_setting_def *def, const char *text,
    struct err *err)
{
	int64_t number = 0;
	char *copy;

	if (def->type == CS_SETTING_SECRET)
		return 0;	/* a worker must not hold one, even by mistake */
	if (!value_read(def, text, &number))
		return err_set(err, "%s: not a valid value%s%s", def->name,
		    def->choices != NULL ? ", use one of " : "",
		    def->choices != NULL ? def->choices : "");
	if (is_number(def) && (def->min != 0 || def->max != 0) &&
	    (number < def->min || number > def->max))
		return err_set(err, "%s: outside %" PRId64 " to %" PRId64,
		    def->name, def->min, def->max);
	copy = strdup(text);
	if (copy == NULL)
		return err_set_passing(err, "%s: out of memory", def->name);
	free(v->text);
	*v = (struct value){ .text = copy, .number = number };
	return 0;
}

/* The row of name; s->count if there is none. */
static size_t
row_find(const struct cs_settings *s, const char *name)
{
	size_t i = 0;

	while (i < s->count && !text_is_key_of(s->defs[i].name, name))
		i++;
	return i;
}

/* The value that name has now; NULL: it is no setting, or a family's that has none. */
static const struct value *
value_find(const struct cs_settings *s, const char *name)
{
	size_t row = row_find(s, name);

	for (size_t i = 0; i < s->member_count; i++)
		if (strcmp(s->members[i].key, name) == 0)
			return &s->members[i].value;
	return row < s->count ? &s->values[row] : NULL;
}

/* Where the value of key goes, a setting of that row.  NULL: no memory. */
static struct value *
value_place(struct cs_settings *s, size_t row, const char *key)
{
	struct member *m;

	if (strcmp(s->defs[row].name, key) == 0)
		return &s->values[row];
	for (size_t i = 0; i < s->member_count; i++)
		if (strcmp(s->members[i].key, key) == 0)
			return &s->members[i].value;
	m = &s->members[s->member_count];
	*m = (struct member){ .key = strdup(key), .row = row };
	if (m->key == NULL)
		return NULL;
	s->member_count++;
	return &m->value;
}

static int
settings_fill(struct cs_settings *s, const char *const *pairs, struct err *err)
{
	char shown[NAME_SHOWN];

	for (size_t i = 0; i < s->count; i++)
		if (s->defs[i].value != NULL && value_set(&s->values[i],
		    &s->defs[i], s->defs[i].value, err) != 0)
			return -1;
	for (; pairs != NULL && *pairs != NULL; pairs += 2) {
		size_t row = row_find(s, pairs[0]);
		struct value *place;

		if (row == s->count)
			return err_set(err, "%s: no such setting", text_escape(
			    pairs[0], strlen(pairs[0]), shown, sizeof(shown)));
		place = value_place(s, row, pairs[0]);
		if (place == NULL)
			return err_set_passing(err, "settings: out of memory");
		if (pairs[1] == NULL || value_set(place, &s->defs[row], pairs[1], err) != 0)
			return -1;
	}
	for (size_t i = 0; i < s->count; i++)
		if (s->defs[i].required && s->values[i].text == NULL &&
		    s->defs[i].type != CS_SETTING_SECRET)
			return err_set(err, "%s: required, but not set",
			    s->defs[i].name);
	return 0;
}

struct cs_settings *
host_settings_new(const struct cs_setting_def *defs, const char *const *pairs,
    struct err *err)
{
	struct cs_settings *s;
	size_t count = 0, given = 0;

	while (pairs != NULL && pairs[given] != NULL)
		given += 2;
	while (defs != NULL && defs[count].name != NULL)
		count++;
	s = calloc(1, sizeof(*s) + count * sizeof(s->values[0]));
	if (s == NULL) {
		(void)err_set_passing(err, "settings: out of memory");
		return NULL;
	}
	s->defs = defs;
	s->count = count;
	s->members = calloc(given / 2 + 1, sizeof(*s->members));
	if (s->members == NULL) {
		(void)err_set_passing(err, "settings: out of memory");
		return host_settings_free(s);
	}
	if (settings_fill(s, pairs, err) != 0)
		return host_settings_free(s);
	return s;
}

struct cs_settings *
host_settings_free(struct cs_settings *s)
{
	if (s == NULL)
		return NULL;
	for (size_t i = 0; i < s->count; i++)
		free(s->values[i].text);
	for (size_t i = 0; i < s->member_count; i++) {
		free(s->members[i].key);
		free(s->members[i].value.text);
	}
	free(s->members);
	free(s);
	return NULL;
}

const char *
cs_setting(const struct cs_settings *s, const char *name)
{
	const struct value *v = value_find(s, name);

	return v != NULL ? v->text : NULL;
}

int64_t
cs_setting_int(const struct cs_settings *s, const char *name)
{
	const struct value *v = value_find(s, name);

	return v != NULL ? v->number : 0;
}

const char *
cs_setting_member(const struct cs_settings *s, const char *family, size_t i,
    const char **out_value)
{
	for (size_t k = 0; k < s->member_count; k++) {
		const struct member *m = &s->members[k];

		if (strcmp(s->defs[m->row].name, family) != 0 || i-- > 0)
			continue;
		*out_value = m->value.text;
		return m->key + strlen(family) - 1;
	}
	return NULL;
}

/* --- covered types ---------------------------------------------------------- */

struct cs_cover *
host_cover_new(void)
{
	return calloc(1, sizeof(struct cs_cover));
}

struct cs_cover *
host_cover_free(struct cs_cover *c)
{
	free(c);
	return NULL;
}

size_t
host_cover_count(const struct cs_cover *c)
{
	return c->count;
}

const char *
host_cover_type(const struct cs_cover *c, size_t i)
{
	return i < c->count ? c->types[i] : NULL;
}

bool
host_cover_is_by_name(const struct cs_cover *c)
{
	return c->by_name;
}

void
cs_cover_by_name(struct cs_cover *c)
{
	c->by_name = true;
}

enum cs_rc
cs_cover_type(struct cs_cover *c, const char *type)
{
	char copy[CS_TYPE_MAX + 1];

	if (type == NULL || !text_copy(copy, sizeof(copy), type) ||
	    copy[0] == '\0' ||
	    strspn(copy, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != strlen(copy))
		return CS_E_CONFIG;
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->types[i], copy) == 0)
			return CS_OK;
	if (c->count == HOST_COVER_MAX)
		return CS_E_LIMIT;
	memcpy(c->types[c->count++], copy, sizeof(copy));
	return CS_OK;
}
