/* SPDX-License-Identifier: ISC */
/*
 * zone.c -- see zone.h.  "spec N" names a section of RFC 8536.
 *
 * Files come from tzdata, but dir may be set: every count and offset is checked
 * before it is used, and what zic would not write is refused.
 */
#include "base/zone.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "base/zone_rule.h"

#define ZONE_DIR	"/usr/share/zoneinfo"
#define NAME_MAX_LEN	64	/* bytes; tzdata's longest is 38 */
#define FILE_MAX	65536	/* bytes; tzdata's largest is under 4 KiB */
#define HEADER_LEN	44	/* spec 3.1 */
#define TIMES_MAX	2000	/* zic's own limit */
#define TYPES_MAX	256	/* an index is one byte */
#define CHARS_MAX	256	/* likewise */
#define FOOTER_MAX	128	/* bytes; tzdata's longest is 45 */
#define OFFSET_MIN_S	(-25 * 3600 + 1)	/* spec 3.2 */
#define OFFSET_MAX_S	(26 * 3600 - 1)
#define DAY_S		86400

static const char no_memory[] = "no memory";

struct zone {
	char		 name[NAME_MAX_LEN + 1];
	size_t		 count;		/* of times and types */
	int64_t		*times;		/* owned; Unix seconds, ascending */
	uint8_t		*types;		/* owned; the type from then on */
	int32_t		 offsets[TYPES_MAX];	/* of types; [0] before all times */
	bool		 has_rule;
	struct zone_rule rule;		/* from the last time on */
};

/* What is left of a file. */
struct bytes {
	const uint8_t	*p;
	size_t		 left;
};

struct header {
	uint32_t	isutc, isstd, leap, time, type, chars;
	int		version;
};

/* --- the file -------------------------------------------------------------- */

static uint64_t
be_read(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

static const uint8_t *
bytes_take(struct bytes *b, size_t n)
{
	const uint8_t *p = b->p;

	if (n > b->left)
		return NULL;
	b->p += n;
	b->left -= n;
	return p;
}

static bool
header_read(struct bytes *b, struct header *h)
{
	const uint8_t *p = bytes_take(b, HEADER_LEN);

	if (p == NULL || memcmp(p, "TZif", 4) != 0)
		return false;
	if (p[4] != '\0' && (p[4] < '2' || p[4] > '9'))
		return false;
	h->version = p[4] == '\0' ? 1 : p[4] - '0';
	h->isutc = (uint32_t)be_read(p + 20, 4);
	h->isstd = (uint32_t)be_read(p + 24, 4);
	h->leap = (uint32_t)be_read(p + 28, 4);
	h->time = (uint32_t)be_read(p + 32, 4);
	h->type = (uint32_t)be_read(p + 36, 4);
	h->chars = (uint32_t)be_read(p + 40, 4);
	return h->isutc <= TYPES_MAX && h->isstd <= TYPES_MAX &&
	    h->leap <= TIMES_MAX && h->time <= TIMES_MAX &&
	    h->type <= TYPES_MAX && h->chars <= CHARS_MAX;
}

static size_t
block_len(const struct header *h, size_t time_len)
{
	return h->time * (time_len + 1) + h->type * (size_t)6 + h->chars +
	    h->leap * (time_len + 4) + h->isstd + h->isutc;
}

static const char *
times_read(struct zone *z, struct bytes *b, const struct header *h, size_t time_len)
{
	const uint8_t *times = bytes_take(b, h->time * time_len);
	const uint8_t *types = bytes_take(b, h->time);

	if (times == NULL || types == NULL)
		return "the file is cut short";
	z->times = calloc(h->time + 1, sizeof(*z->times));
	z->types = calloc(h->time + 1, sizeof(*z->types));
	if (z->times == NULL || z->types == NULL)
		return no_memory;
	z->count = h->time;
	for (size_t i = 0; i < z->count; i++) {
		uint64_t v = be_read(times + i * time_len, time_len);

		z->times[i] = time_len == 4 ? (int32_t)(uint32_t)v : (int64_t)v;
		z->types[i] = types[i];
		if (types[i] >= h->type || (i > 0 && z->times[i] <= z->times[i - 1]))
			return "its transitions are not in order";
	}
	return NULL;
}

/* spec 3.2: reads a data block whose length is there. */
static const char *
block_read(struct zone *z, struct bytes *b, const struct header *h, size_t time_len)
{
	const uint8_t *p;
	const char *why;

	if (h->leap > 0)
		return "it counts leap seconds, Unix time does not";
	if (h->type == 0 || h->chars == 0 ||
	    (h->isutc != 0 && h->isutc != h->type) ||
	    (h->isstd != 0 && h->isstd != h->type))
		return "its header contradicts itself";
	if ((why = times_read(z, b, h, time_len)) != NULL)
		return why;
	for (size_t i = 0; i < h->type; i++) {
		if ((p = bytes_take(b, 6)) == NULL)
			return "the file is cut short";
		z->offsets[i] = (int32_t)(uint32_t)be_read(p, 4);
		if (z->offsets[i] < OFFSET_MIN_S || z->offsets[i] > OFFSET_MAX_S ||
		    p[4] > 1 || p[5] >= h->chars)
			return "a local time type is out of range";
	}
	if (bytes_take(b, h->chars + h->isstd + h->isutc) == NULL)
		return "the file is cut short";
	return NULL;
}

/* spec 3.3: newline, POSIX TZ string or nothing, newline, end. */
static const char *
footer_read(struct zone *z, struct bytes *b)
{
	char tz[FOOTER_MAX];
	size_t len;

	if (b->left < 2 || b->left - 2 >= sizeof(tz) || b->p[0] != '\n' ||
	    b->p[b->left - 1] != '\n')
		return "it has no usable footer";
	len = b->left - 2;
	memcpy(tz, b->p + 1, len);
	tz[len] = '\0';
	if (len == 0)
		return NULL;
	if (strlen(tz) != len || !zone_rule_parse(tz, &z->rule))
		return "its footer is not a POSIX TZ string";
	z->has_rule = true;
	return NULL;
}

static const char *
zone_read(struct zone *z, struct bytes b)
{
	struct header h;
	const char *why;

	if (!header_read(&b, &h))
		return "it is not a TZif file";
	if (h.version == 1)
		return block_read(z, &b, &h, 4);
	/* spec 3.1: the first block is for readers of version 1. */
	if (bytes_take(&b, block_len(&h, 4)) == NULL)
		return "the file is cut short";
	if (!header_read(&b, &h) || h.version == 1)
		return "its second header is unusable";
	why = block_read(z, &b, &h, 8);
	return why != NULL ? why : footer_read(z, &b);
}

/* --- loading --------------------------------------------------------------- */

/* No dot at all: no zone has one, and "../" is kept out with it. */
static bool
zone_name_ok(const char *name)
{
	size_t n;

	for (n = 0; name[n] != '\0'; n++) {
		bool slash = name[n] == '/';
		char c = name[n];

		if (n >= NAME_MAX_LEN || (slash && (n == 0 || name[n - 1] == '/')))
			return false;
		if (!slash && !(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= 'a' && c <= 'z') && c != '_' && c != '+' && c != '-')
			return false;
	}
	return n > 0 && name[n - 1] != '/';
}

static const char *
zone_file_read(const char *path, uint8_t data[FILE_MAX + 1], size_t *out_len, int *out_errno)
{
	struct stat st;
	size_t len = 0;
	ssize_t n = 0;
	/* Not to wait for the other end of a FIFO. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd == -1 && (errno == ENOENT || errno == ENOTDIR))
		return "no such time zone";
	if (fd == -1) {
		*out_errno = errno;
		return strerror(errno);
	}
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return "not a file";
	}
	while (len <= FILE_MAX &&
	    (n = read(fd, data + len, FILE_MAX + 1 - len)) > 0)
		len += (size_t)n;
	if (n == -1)
		*out_errno = errno;
	(void)close(fd);
	if (n == -1)
		return strerror(*out_errno);
	*out_len = len;
	return len > FILE_MAX ? "the file is too large" : NULL;
}

struct zone *
zone_load(const char *dir, const char *name, struct err *err)
{
	struct zone *z = NULL;
	const char *why = NULL;
	char path[PATH_MAX], shown[NAME_MAX_LEN + 1];
	uint8_t *data = NULL;
	size_t len = 0;
	int n, errnum = 0;

	(void)text_escape(name, strlen(name), shown, sizeof(shown));
	if (!zone_name_ok(name)) {
		(void)err_set(err, "time zone '%s': not a name like America/New_York",
		    shown);
		return NULL;
	}
	n = snprintf(path, sizeof(path), "%s/%s", dir != NULL ? dir : ZONE_DIR, name);
	z = calloc(1, sizeof(*z));
	data = malloc(FILE_MAX + 1);
	if (z == NULL || data == NULL)
		why = no_memory;
	else if (n < 0 || (size_t)n >= sizeof(path))
		why = "the path is too long";
	else if ((why = zone_file_read(path, data, &len, &errnum)) == NULL)
		why = zone_read(z, (struct bytes){ .p = data, .left = len });
	if (why == NULL)
		(void)text_copy(z->name, sizeof(z->name), name);
	else {
		if (errnum != 0)
			(void)err_set_errno(err, errnum, "time zone '%s' (%s)", shown, path);
		else if (why == no_memory)
			(void)err_set_passing(err, "time zone '%s': %s", shown, why);
		else
			(void)err_set(err, "time zone '%s' (%s): %s", shown, path, why);
		z = zone_free(z);
	}
	free(data);
	return z;
}

struct zone *
zone_free(struct zone *z)
{
	if (z != NULL) {
		free(z->times);
		free(z->types);
	}
	free(z);
	return NULL;
}

/* --- asking ---------------------------------------------------------------- */

const char *
zone_name(const struct zone *z)
{
	return z->name;
}

/* The offset at t and until when it holds; INT64_MAX: for good. */
static int32_t
zone_piece(const struct zone *z, int64_t t, int64_t *out_until)
{
	size_t low = 0, high = z->count;

	/* low becomes the number of transitions not after t. */
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (z->times[mid] <= t)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == z->count && z->has_rule)
		return zone_rule_offset_s(&z->rule, t, out_until);
	*out_until = low < z->count ? z->times[low] : INT64_MAX;
	return z->offsets[low > 0 ? z->types[low - 1] : 0];
}

int32_t
zone_offset_s(const struct zone *z, int64_t unix_s)
{
	int64_t until;

	return zone_piece(z, unix_s, &until);
}

struct cs_date
zone_date(const struct zone *z, int64_t unix_s)
{
	int64_t local, day;

	if (__builtin_add_overflow(unix_s, zone_offset_s(z, unix_s), &local))
		return (struct cs_date){ 0 };
	day = local / DAY_S - (local % DAY_S < 0 ? 1 : 0);
	if (day < INT32_MIN || day > INT32_MAX)
		return (struct cs_date){ 0 };
	return cs_date_from_days((int32_t)day);
}

/* The first instant whose local time is not before that of the day. */
static int64_t
local_reached_s(const struct zone *z, int32_t days, int64_t seconds)
{
	const int64_t local = (int64_t)days * DAY_S + seconds;
	int64_t t = local - OFFSET_MAX_S, until;

	/* Offsets are within bounds, so the first piece that reaches it is near. */
	for (;;) {
		int64_t at = local - zone_piece(z, t, &until);

		if (at < t)
			at = t;
		if (at < until)
			return at;
		t = until;
	}
}

int64_t
zone_day_start_s(const struct zone *z, struct cs_date day)
{
	return local_reached_s(z, cs_date_days(day), 0);
}

int64_t
zone_day_end_s(const struct zone *z, struct cs_date day)
{
	return local_reached_s(z, cs_date_days(day) + 1, 0);
}

int64_t
zone_minute_s(const struct zone *z, struct cs_date day, int minute)
{
	return local_reached_s(z, cs_date_days(day), (int64_t)minute * 60);
}
