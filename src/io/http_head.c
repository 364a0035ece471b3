/* SPDX-License-Identifier: ISC */
/* http_head.c -- see http_head.h.  "RFC" is RFC 9110 or 9112. */
#include "io/http_head.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define DIGITS_MAX	18	/* decimal digits that always fit an int64_t */

static int
month_number(const char *name)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int i = 0; i < 12; i++)
		if (strncmp(name, months + i * 3, 3) == 0)
			return i;
	return -1;
}

/* The whole of text by one of the forms; fills year, month name and the rest. */
static bool
date_scan(const char *text, struct tm *tm, char month[4])
{
	size_t len = strlen(text);
	int end = -1;

	if (sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n", &tm->tm_mday,
	    month, &tm->tm_year, &tm->tm_hour, &tm->tm_min, &tm->tm_sec, &end) == 6 &&
	    end == (int)len)
		return true;
	if (sscanf(text, "%*9[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d GMT%n", &tm->tm_mday,
	    month, &tm->tm_year, &tm->tm_hour, &tm->tm_min, &tm->tm_sec, &end) == 6 &&
	    end == (int)len) {
		tm->tm_year += tm->tm_year < 70 ? 2000 : 1900;
		return true;
	}
	return sscanf(text, "%*3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d%n", month,
	    &tm->tm_mday, &tm->tm_hour, &tm->tm_min, &tm->tm_sec, &tm->tm_year,
	    &end) == 6 && end == (int)len;
}

bool
http_date_parse(const char *text, int64_t *out_s)
{
	struct tm tm = { 0 };
	char month[4] = "";

	if (!date_scan(text, &tm, month))
		return false;
	tm.tm_mon = month_number(month);
	if (tm.tm_mon < 0 || tm.tm_year < 1970 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
	    tm.tm_hour < 0 || tm.tm_hour > 23 || tm.tm_min < 0 || tm.tm_min > 59 ||
	    tm.tm_sec < 0 || tm.tm_sec > 60)
		return false;
	tm.tm_year -= 1900;
	*out_s = timegm(&tm);
	return true;
}

static int64_t
retry_clamp(int64_t s)
{
	if (s <= 0)
		return 0;
	if (s < HTTP_RETRY_MIN_S)
		return HTTP_RETRY_MIN_S;
	return s > HTTP_RETRY_MAX_S ? HTTP_RETRY_MAX_S : s;
}

/* Decimal digits only.  -1: something else; saturates. */
static int64_t
digits_parse(const char *s)
{
	int64_t n = 0;
	size_t len = strspn(s, "0123456789");

	if (len == 0 || s[len] != '\0')
		return -1;
	s += strspn(s, "0");
	if (strlen(s) > DIGITS_MAX)
		return INT64_MAX;
	for (; *s != '\0'; s++)
		n = n * 10 + (*s - '0');
	return n;
}

int64_t
http_retry_after_s(const char *value, int64_t now_s)
{
	int64_t n = digits_parse(value), at_s;

	if (n >= 0)
		return retry_clamp(n);
	return http_date_parse(value, &at_s) ? retry_clamp(at_s - now_s) : 0;
}

/* Keeps printable ASCII that fits, else "". */
static void
keep_text(char *out, size_t out_size, const char *value)
{
	size_t len = strlen(value);

	out[0] = '\0';
	if (len >= out_size)
		return;
	for (size_t i = 0; i < len; i++)
		if (value[i] < 0x20 || value[i] > 0x7e)
			return;
	memcpy(out, value, len + 1);
}

static int
on_length(struct http_headers *h, const char *value, struct err *err)
{
	int64_t n = digits_parse(value);

	if (n < 0 || n == INT64_MAX)
		return err_set(err, "the answer's Content-Length is not a number");
	if (h->has_length && h->head.content_length != n)
		return err_set(err, "the answer has two different Content-Length headers");
	h->has_length = true;
	h->head.content_length = n;
	return 0;
}

static int
on_transfer_encoding(struct http_headers *h, const char *value, struct err *err)
{
	if (h->chunked || strcasecmp(value, "chunked") != 0)
		return err_set(err, "the answer's Transfer-Encoding is not just \"chunked\"");
	h->chunked = true;
	return 0;
}

static int
on_content_encoding(struct http_headers *h, const char *value, struct err *err)
{
	if (h->encoded)
		return err_set(err, "the answer has more than one Content-Encoding");
	h->encoded = true;
	if (strcasecmp(value, "gzip") == 0 || strcasecmp(value, "x-gzip") == 0)
		h->head.encoding = HTTP_ENCODING_GZIP;
	else if (strcasecmp(value, "identity") != 0 && value[0] != '\0')
		return err_set(err, "the answer's Content-Encoding is neither gzip nor identity");
	return 0;
}

static void
keep_lower(char *out, size_t size, const char *value)
{
	keep_text(out, size, value);
	for (char *p = out; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + ('a' - 'A'));
}

/* RFC 9110, section 8.3.1: parameters behind ";", their values quoted or not. */
static void
on_charset(struct http_headers *h, char *parameters)
{
	static const char name[] = "charset=";
	char *next = parameters, *one;

	while ((one = strsep(&next, ";")) != NULL) {
		one += strspn(one, " \t");
		if (strncasecmp(one, name, sizeof(name) - 1) != 0)
			continue;
		one += sizeof(name) - 1;
		one += *one == '"';
		one[strcspn(one, "\" \t")] = '\0';
		keep_lower(h->head.charset, sizeof(h->head.charset), one);
		return;
	}
}

static void
on_content_type(struct http_headers *h, char *value)
{
	size_t len = strcspn(value, "; \t");
	char *parameters = strchr(value, ';');

	if (h->has_type)
		return;
	h->has_type = true;
	if (parameters != NULL)
		on_charset(h, parameters + 1);
	value[len] = '\0';
	keep_lower(h->head.content_type, sizeof(h->head.content_type), value);
}

static int
http_on_field(struct http_headers *h, const char *name, char *value, struct err *err)
{
	int64_t date_s;

	if (strcasecmp(name, "Content-Length") == 0)
		return on_length(h, value, err);
	if (strcasecmp(name, "Transfer-Encoding") == 0)
		return on_transfer_encoding(h, value, err);
	if (strcasecmp(name, "Content-Encoding") == 0)
		return on_content_encoding(h, value, err);
	if (strcasecmp(name, "Content-Type") == 0)
		on_content_type(h, value);
	else if (strcasecmp(name, "ETag") == 0)
		keep_text(h->head.etag, sizeof(h->head.etag), value);
	else if (strcasecmp(name, "Last-Modified") == 0)
		keep_text(h->head.last_modified, sizeof(h->head.last_modified), value);
	else if (strcasecmp(name, "Retry-After") == 0)
		keep_text(h->retry_after, sizeof(h->retry_after), value);
	else if (strcasecmp(name, "Date") == 0 && http_date_parse(value, &date_s))
		h->head.date_s = date_s;
	else if (strcasecmp(name, "Location") == 0)
		h->has_location = true;
	return 0;
}

static int
on_status_line(struct http_headers *h, const char *line, struct err *err)
{
	const char *p = line + strlen("HTTP/1.x");
	int version;
	unsigned code;

	if (sscanf(line, "HTTP/1.%1d %3u", &version, &code) != 2 || p[0] != ' ' ||
	    strspn(p + 1, "0123456789") != 3 || code < 100 || code > 599)
		return err_set(err, "the answer does not begin with an HTTP/1 status line");
	h->head.code = code;
	h->head.content_length = -1;
	return 0;
}

static int
on_head_end(struct http_headers *h, int64_t now_s, struct err *err)
{
	struct http_head *head = &h->head;

	if (head->code == 0)
		return err_set(err, "the answer has no status line");
	if (head->code == 101)
		return err_set(err, "the answer switches protocols unasked");
	if (head->code < 200) {
		/* It leaves nothing behind but its weight. */
		*h = (struct http_headers){ .lines = h->lines, .bytes = h->bytes };
		return 0;
	}
	if (h->has_length && h->chunked)
		return err_set(err, "the answer has both Content-Length and chunks");
	if (h->chunked)
		head->framing = HTTP_FRAMING_CHUNKED;
	else if (!h->has_length && head->code != 204 && head->code != 304)
		head->framing = HTTP_FRAMING_UNFRAMED;
	/* The server's own clock, where it tells, judges its date best. */
	head->retry_after_s = http_retry_after_s(h->retry_after,
	    head->date_s != 0 ? head->date_s : now_s);
	h->complete = true;
	return 1;
}

/* Splits "Name: value" and hands it on. */
static int
on_header_line(struct http_headers *h, char *line, struct err *err)
{
	char *colon = strchr(line, ':'), *value, *end;

	if (line[0] == ' ' || line[0] == '\t')
		return err_set(err, "the answer has a folded header line");
	if (colon == NULL || colon == line || colon[-1] == ' ' || colon[-1] == '\t')
		return err_set(err, "the answer has a line that is no header");
	*colon = '\0';
	value = colon + 1 + strspn(colon + 1, " \t");
	end = value + strlen(value);
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	return http_on_field(h, line, value, err);
}

int
http_headers_line(struct http_headers *h, const char *line, size_t len,
    int64_t now_s, struct err *err)
{
	char copy[4096];	/* no header we read is longer; see below */
	size_t kept;

	h->bytes += len;
	if (++h->lines > HTTP_HEADERS_MAX || h->bytes > HTTP_HEADER_BYTES_MAX) {
		h->too_large = true;
		return err_set(err, "the answer's head is larger than %d lines or %d bytes",
		    HTTP_HEADERS_MAX, HTTP_HEADER_BYTES_MAX);
	}
	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)line[i] < 0x20 && line[i] != '\t') || line[i] == 0x7f)
			return err_set(err, "the answer's head has a control character");
	if (h->complete)
		return 0;
	if (len == 0)
		return on_head_end(h, now_s, err);
	/* Cut, a long cookie or policy stays harmless and a long framing header is refused. */
	kept = len < sizeof(copy) ? len : sizeof(copy) - 1;
	memcpy(copy, line, kept);
	copy[kept] = '\0';
	return h->head.code == 0 ? on_status_line(h, copy, err) : on_header_line(h, copy, err);
}

bool
http_headers_redirect(const struct http_headers *h)
{
	switch (h->head.code) {
	case 301: case 302: case 303: case 307: case 308:
		return h->has_location;
	default:
		return false;
	}
}
