/* SPDX-License-Identifier: ISC */
/* settings.c -- reads and writes single settings by their row, see settings.h. */
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
#define PERCENT		100.0
#define MS_PER_HOUR	INT64_C(3600000)
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

/* Item i of choices. */
static void
print_choice(const char *choices, unsigned i, struct buf *out)
{
	while (i-- > 0)
		choices += strcspn(choices, "|") + 1;
	buf_add(out, choices, strcspn(choices, "|"));
}

void
setting_print_duration(int64_t ms, struct buf *out)
{
	static const struct { int64_t ms; const char *name; } units[] = {
		{ 24 * MS_PER_HOUR, "d" }, { MS_PER_HOUR, "h" },
		{ 60000, "m" }, { 1000, "s" }, { 1, "ms" }
	};
	size_t i = 0;

	if (ms == 0) {
		buf_puts(out, "0");
		return;
	}
	while (ms % units[i].ms != 0)
		i++;
	/* A day is the interval people know as 24h; weeks read better in days. */
	if (i == 0 && ms <= 48 * MS_PER_HOUR)
		i = 1;
	buf_printf(out, "%lld%s", (long long)(ms / units[i].ms), units[i].name);
}

static void
print_size(int64_t bytes, struct buf *out)
{
	static const char units[] = "GMK";
	int shift = 30;
	size_t i;

	for (i = 0; i < 3; i++, shift -= 10)
		if (bytes != 0 && bytes % (INT64_C(1) << shift) == 0) {
			buf_printf(out, "%lld%c", (long long)(bytes >> shift), units[i]);
			return;
		}
	buf_printf(out, "%lld", (long long)bytes);
}

/* A number of the row's type, as the row's min and max are written. */
static void
print_number(const struct setting *s, int64_t n, struct buf *out)
{
	if (s->type == SETTING_DURATION)
		setting_print_duration(n, out);
	else if (s->type == SETTING_SIZE)
		print_size(n, out);
	else
		buf_printf(out, s->type == SETTING_RATIO ? "%lld%%" : "%lld",
		    (long long)n);
}

static void
print_choices(const char *choices, struct buf *out)
{
	const char *next;
	size_t len;

	for (; choices != NULL; choices = next) {
		len = strcspn(choices, "|");
		next = choices[len] == '\0' ? NULL : choices + len + 1;
		buf_add(out, choices, len);
		if (next != NULL)
			buf_puts(out, strchr(next, '|') != NULL ? ", " : " or ");
	}
}

void
setting_print_range(const struct setting *s, struct buf *out)
{
	switch (s->type) {
	case SETTING_ENUM:
	case SETTING_WORD:
		print_choices(s->choices, out);
		break;
	case SETTING_BOOL:
		buf_puts(out, "yes or no");
		break;
	case SETTING_INT:
	case SETTING_UNSIGNED:
	case SETTING_INT64:
	case SETTING_HOURS:
	case SETTING_DURATION:
	case SETTING_SIZE:
	case SETTING_RATIO:
	case SETTING_DAYS:
		/* A plug-in may leave the end open. */
		if (s->max == INT64_MAX)
			break;
		print_number(s, s->min, out);
		buf_puts(out, " to ");
		print_number(s, s->max, out);
		break;
	case SETTING_TEXT:
	case SETTING_PATH:
	case SETTING_SECRET:
	case SETTING_ZONE:
	case SETTING_DATE:
	case SETTING_MINUTE:
	case SETTING_HOSTS:
		break;
	}
}

const char *
setting_type_name(const struct setting *s)
{
	static const char *const names[] = {
		[SETTING_TEXT] = "text", [SETTING_PATH] = "path",
		[SETTING_SECRET] = "secret", [SETTING_INT] = "number",
		[SETTING_UNSIGNED] = "number", [SETTING_INT64] = "number",
		[SETTING_HOURS] = "number", [SETTING_DURATION] = "duration",
		[SETTING_SIZE] = "size", [SETTING_RATIO] = "share",
		[SETTING_BOOL] = "switch", [SETTING_ENUM] = "word",
		[SETTING_WORD] = "word", [SETTING_ZONE] = "time zone",
		[SETTING_DATE] = "date", [SETTING_MINUTE] = "time of day",
		[SETTING_HOSTS] = "list of hosts",
		[SETTING_DAYS] = "list of numbers"
	};

	return s->unit != NULL ? s->unit : names[s->type];
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
	*out = s->type == SETTING_HOURS ? n * MS_PER_HOUR : n;
	return 0;
}

static int
set_ratio(const struct setting *s, const char *value, double *out,
    struct err *err)
{
	double ratio;

	if (!text_parse_ratio(value, &ratio))
		return set_refuse(s, value, "a share such as 20% or 0.2", err);
	if (ratio * PERCENT < (double)s->min || ratio * PERCENT > (double)s->max)
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

static void
print_list(const struct setting *s, const char *base, struct buf *out)
{
	const void *field = base + s->offset;
	size_t n = *(const size_t *)(const void *)(base + s->count_offset), i;

	for (i = 0; i < n; i++) {
		buf_puts(out, i == 0 ? "" : ", ");
		if (s->type == SETTING_HOSTS)
			buf_puts(out, ((const char *const *)field)[i]);
		else
			buf_printf(out, "%d", ((const int *)field)[i]);
	}
}

static void
print_minute(const struct config_minute *at, struct buf *out)
{
	if (at->set)
		buf_printf(out, "%02d:%02d", at->minute / 60, at->minute % 60);
}

static void
print_text(const char *text, struct buf *out)
{
	if (text != NULL)
		buf_puts(out, text);
}

void
setting_print(const struct setting *s, const void *base, struct buf *out)
{
	const void *field = (const char *)base + s->offset;
	const struct zone *zone;
	char date[CS_DATE_TEXT];
	unsigned number;

	switch (s->type) {
	case SETTING_TEXT:
	case SETTING_PATH:
	case SETTING_WORD:
		print_text(*(const char *const *)field, out);
		break;
	case SETTING_SECRET:
		print_text(((const struct config_secret *)field)->ref, out);
		break;
	case SETTING_INT:
		buf_printf(out, "%d", *(const int *)field);
		break;
	case SETTING_UNSIGNED:
		buf_printf(out, "%u", *(const unsigned *)field);
		break;
	case SETTING_HOURS:
		print_number(s, *(const int64_t *)field / MS_PER_HOUR, out);
		break;
	case SETTING_INT64:
	case SETTING_DURATION:
	case SETTING_SIZE:
		print_number(s, *(const int64_t *)field, out);
		break;
	case SETTING_RATIO:
		buf_printf(out, "%.6g%%", *(const double *)field * PERCENT);
		break;
	case SETTING_BOOL:
		buf_puts(out, *(const bool *)field ? "yes" : "no");
		break;
	case SETTING_ENUM:
		memcpy(&number, field, sizeof(number));
		print_choice(s->choices, number, out);
		break;
	case SETTING_ZONE:
		zone = *(const struct zone *const *)field;
		print_text(zone != NULL ? zone_name(zone) : NULL, out);
		break;
	case SETTING_DATE:
		buf_puts(out, cs_date_text(*(const struct cs_date *)field, date));
		break;
	case SETTING_MINUTE:
		print_minute(field, out);
		break;
	case SETTING_HOSTS:
	case SETTING_DAYS:
		print_list(s, base, out);
		break;
	}
}
