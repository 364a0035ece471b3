/* SPDX-License-Identifier: ISC */
/* settings.c -- reads single settings by their row, see settings.h. */
#include "config/settings.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/nearest.h"
#include "config/settings_check.h"
#include "config/zone_hint.h"

#define SHOWN_MAX	80	/* bytes of a foreign value in a message */
#define CREDENTIAL	"credential:"
#define SECRET_FILE	"file:"

static_assert(sizeof(enum absence) == sizeof(unsigned) &&
    sizeof(enum log_level) == sizeof(unsigned), "SETTING_ENUM writes an unsigned");

const struct setting *
settings_find(const char *section, const char *key)
{
	size_t i;

	for (i = 0; i < settings_count; i++)
		if (strcmp(settings_table[i].section, section) == 0 &&
		    strcmp(settings_table[i].key, key) == 0)
			return &settings_table[i];
	return NULL;
}

const char *
settings_nearest_section(const char *name)
{
	struct nearest n;
	size_t i;

	nearest_init(&n, name);
	for (i = 0; i < settings_count; i++)
		nearest_try(&n, settings_table[i].section);
	return n.best;
}

bool
setting_is_secret_ref(const char *ref)
{
	const char *s = ref + strlen(CREDENTIAL);

	if (text_starts(ref, SECRET_FILE "/"))
		return true;
	if (!text_starts(ref, CREDENTIAL) || *s == '\0' || *s == '.')
		return false;
	for (; *s != '\0'; s++)
		if (!isalnum((unsigned char)*s) && strchr("._-", *s) == NULL)
			return false;
	return true;
}

int
setting_choice(const char *choices, const char *word)
{
	size_t len = strlen(word), item;
	int i;

	for (i = 0;; i++, choices += item + 1) {
		item = strcspn(choices, "|");
		if (item == len && memcmp(choices, word, len) == 0)
			return i;
		if (choices[item] == '\0')
			return -1;
	}
}

/* "is not ..., write ...", with the value and the range. */
static int
set_refuse(const struct setting *s, const char *value, const char *wanted,
    struct err *err)
{
	char shown[SHOWN_MAX];
	struct buf range;

	buf_init(&range, ERR_MAX);
	setting_print_range(s, &range);
	(void)err_set(err, "\"%s\" is not %s%s%s",
	    text_escape(value, strlen(value), shown, sizeof(shown)), wanted,
	    range.len > 0 ? ", " : "", buf_str(&range));
	buf_free(&range);
	return -1;
}

static int
set_refuse_word(const struct setting *s, const char *value, struct err *err)
{
	char shown[SHOWN_MAX];
	struct buf words;

	buf_init(&words, ERR_MAX);
	setting_print_range(s, &words);
	(void)err_set(err, "\"%s\" is not known: write %s",
	    text_escape(value, strlen(value), shown, sizeof(shown)),
	    buf_str(&words));
	buf_free(&words);
	return -1;
}

static int
set_text(const struct setting *s, const char *value, const char **out,
    struct merged *store, struct err *err)
{
	size_t len = strlen(value);
	const char *copy;

	if (len == 0 && s->min == 0 && s->value == NULL) {
		*out = NULL;
		return 0;
	}
	if (len < (size_t)s->min)
		return err_set(err, "is empty: give it a value");
	if (s->type == SETTING_WORD && setting_choice(s->choices, value) < 0)
		return set_refuse_word(s, value, err);
	if (s->max > 0 && len > (size_t)s->max)
		return err_set(err, "is longer than %lld bytes", (long long)s->max);
	if (s->type == SETTING_PATH && len > 0 && value[0] != '/')
		return err_set(err, "is not an absolute path");
	copy = merged_strdup(store, value, err);
	if (copy == NULL)
		return -1;
	*out = copy;
	return 0;
}

/* A secret that is written out must not reach a message. */
static int
set_secret(const char *value, struct config_secret *out,
    struct merged *store, struct err *err)
{
	const char *ref = NULL;

	if (*value != '\0') {
		if (!setting_is_secret_ref(value))
			return err_set(err, "holds the secret itself, or a malformed "
			    "reference: write credential:NAME or file:/PATH");
		ref = merged_strdup(store, value, err);
		if (ref == NULL)
			return -1;
	}
	out->ref = ref;
	return 0;
}

static int
set_number(const struct setting *s, const char *value, int64_t *out,
    struct err *err)
{
	int64_t n;
	bool ok;

	if (s->type == SETTING_DURATION) {
		if (!text_parse_duration_ms(value, &n))
			return set_refuse(s, value, "a duration such as 500ms, 60s, "
			    "15m, 24h or 7d", err);
	} else if (s->type == SETTING_SIZE) {
		if (!text_parse_size(value, &n))
			return set_refuse(s, value, "a size such as 65536, 64K, 8M "
			    "or 2G", err);
	} else {
		ok = text_parse_i64(value, 0, INT64_MAX, &n);
		if (!ok)
			return set_refuse(s, value, "a whole number", err);
	}
	if (n < s->min || n > s->max)
		return set_refuse(s, value, "in the range", err);
	*out = s->type == SETTING_HOURS ? n * SETTING_MS_PER_HOUR : n;
	return 0;
}

static int
set_ratio(const struct setting *s, const char *value, double *out,
    struct err *err)
{
	double ratio;

	if (!text_parse_ratio(value, &ratio))
		return set_refuse(s, value, "a share such as 20% or 0.2", err);
	if (ratio * SETTING_PERCENT < (double)s->min || ratio * SETTING_PERCENT > (double)s->max)
		return set_refuse(s, value, "in the range", err);
	*out = ratio;
	return 0;
}

static int
set_word(const struct setting *s, const char *value, void *field, struct err *err)
{
	int choice = setting_choice(s->type == SETTING_BOOL ? "no|yes" : s->choices,
	    value);
	unsigned number;

	if (choice < 0)
		return set_refuse_word(s, value, err);
	number = (unsigned)choice;
	if (s->type == SETTING_BOOL)
		*(bool *)field = choice == 1;
	else
		memcpy(field, &number, sizeof(number));
	return 0;
}

static int
set_date(const struct setting *s, const char *value, struct cs_date *out,
    struct err *err)
{
	struct cs_date date = { 0 };

	if (*value != '\0' && cs_date_parse("%Y-%m-%d", value, &date) != CS_DATE_OK)
		return set_refuse(s, value, "a date, YYYY-MM-DD", err);
	*out = date;
	return 0;
}

static int
set_minute(const struct setting *s, const char *value, struct config_minute *out,
    struct err *err)
{
	char hour[3] = "", minute[3] = "";
	int64_t hours, minutes;

	*out = (struct config_minute){ .set = false };
	if (*value == '\0')
		return 0;
	if (strlen(value) == strlen("HH:MM") && value[2] == ':') {
		memcpy(hour, value, 2);
		memcpy(minute, value + 3, 2);
	}
	if (!text_parse_i64(hour, 0, 23, &hours) || !text_parse_i64(minute, 0, 59, &minutes))
		return set_refuse(s, value, "a time of day such as 05:30", err);
	*out = (struct config_minute){ .set = true, .minute = (int)(hours * 60 + minutes) };
	return 0;
}

/* Hosts are compared by byte later, hence the lower case. */
static int
set_hosts(char *list, const char **out, size_t *out_n,
    struct merged *store, struct err *err)
{
	const char *hosts[CONFIG_HOSTS_MAX] = { NULL };
	char *item, *c;
	size_t n = 0;

	while ((item = text_list_next(&list, ',')) != NULL) {
		if (n == CONFIG_HOSTS_MAX)
			return err_set(err, "has more than %d hosts", CONFIG_HOSTS_MAX);
		if (settings_check_host(item, err) == -1)
			return -1;
		for (c = item; *c != '\0'; c++)
			*c = (char)tolower((unsigned char)*c);
		hosts[n] = merged_strdup(store, item, err);
		if (hosts[n++] == NULL)
			return -1;
	}
	memcpy(out, hosts, n * sizeof(hosts[0]));
	*out_n = n;
	return 0;
}

static int
set_days(const struct setting *s, char *list, int *out, size_t *out_n,
    struct err *err)
{
	int days[CONFIG_REMIND_MAX] = { 0 };
	int64_t day;
	char *item;
	size_t n = 0;

	while ((item = text_list_next(&list, ',')) != NULL) {
		if (n == CONFIG_REMIND_MAX)
			return err_set(err, "has more than %d numbers", CONFIG_REMIND_MAX);
		if (!text_parse_i64(item, s->min, s->max, &day))
			return set_refuse(s, item, "a whole number in the range", err);
		if (n > 0 && day >= days[n - 1])
			return err_set(err, "is not in falling order: write it as in "
			    "90, 30, 7, 1");
		days[n++] = (int)day;
	}
	memcpy(out, days, n * sizeof(days[0]));
	*out_n = n;
	return 0;
}

static int
set_list(const struct setting *s, const char *value, char *base,
    struct merged *store, struct err *err)
{
	void *field = base + s->offset;
	size_t *count = (size_t *)(void *)(base + s->count_offset);
	char *list = strdup(value);
	int rc;

	if (list == NULL)
		return err_set_passing(err, "out of memory");
	if (s->type == SETTING_HOSTS)
		rc = set_hosts(list, field, count, store, err);
	else
		rc = set_days(s, list, field, count, err);
	free(list);
	return rc;
}

/* Numbers that go to narrower fields; the rows' ranges keep them in. */
static int
set_count(const struct setting *s, const char *value, void *field,
    struct err *err)
{
	int64_t n = 0;

	if (set_number(s, value, &n, err) == -1)
		return -1;
	if (s->type == SETTING_INT)
		*(int *)field = (int)n;
	else if (s->type == SETTING_UNSIGNED)
		*(unsigned *)field = (unsigned)n;
	else
		*(int64_t *)field = n;
	return 0;
}

static int
set_zone(const char *value, const struct zone **out, struct merged *store,
    struct err *err)
{
	const struct zone *zone = merged_zone(store, value, err);
	size_t len;

	if (zone == NULL && err->passing)
		return err_prefix(err, "cannot be read now");
	if (zone == NULL) {
		(void)err_prefix(err, "is no time zone known here");
		len = strlen(err->text);
		zone_hint(value, err->text + len, sizeof(err->text) - len);
		return -1;
	}
	*out = zone;
	return 0;
}

int
setting_set(const struct setting *s, const char *value, void *base,
    struct merged *store, struct err *err)
{
	void *field = (char *)base + s->offset;

	if (s->check != NULL && s->check(value, err) == -1)
		return -1;
	switch (s->type) {
	case SETTING_TEXT:
	case SETTING_PATH:
	case SETTING_WORD:
		return set_text(s, value, field, store, err);
	case SETTING_SECRET:
		return set_secret(value, field, store, err);
	case SETTING_INT:
	case SETTING_UNSIGNED:
	case SETTING_INT64:
	case SETTING_HOURS:
	case SETTING_DURATION:
	case SETTING_SIZE:
		return set_count(s, value, field, err);
	case SETTING_RATIO:
		return set_ratio(s, value, field, err);
	case SETTING_BOOL:
	case SETTING_ENUM:
		return set_word(s, value, field, err);
	case SETTING_ZONE:
		return set_zone(value, field, store, err);
	case SETTING_DATE:
		return set_date(s, value, field, err);
	case SETTING_MINUTE:
		return set_minute(s, value, field, err);
	case SETTING_HOSTS:
	case SETTING_DAYS:
		return set_list(s, value, base, store, err);
	}
	return err_set(err, "has a type that is not known");
}
