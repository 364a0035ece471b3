/* SPDX-License-Identifier: ISC */
/* json_frame.c -- see json_frame.h. */
#include "parse/json_frame.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void
json_frame_start(struct json_frame *f, unsigned depth_max)
{
	f->len = 0;
	f->string_len = 0;
	f->depth = 0;
	f->depth_max = depth_max;
	f->in_string = false;
	f->escaped = false;
}

/* Bytes up to and with the one that ends the run of an open string. */
static size_t
string_run(struct json_frame *f, const char *s, size_t len)
{
	size_t i = 0;

	while (i < len) {
		if (f->escaped) {
			f->escaped = false;
			i++;
			continue;
		}
		while (i < len && s[i] != '"' && s[i] != '\\')
			i++;
		if (i == len)
			break;
		if (s[i++] == '"') {
			f->in_string = false;
			break;
		}
		f->escaped = true;
	}
	return i;
}

static bool
json_is_word(char b)
{
	return (b >= '0' && b <= '9') || (b >= 'a' && b <= 'z') ||
	    (b >= 'A' && b <= 'Z') || b == '-' || b == '+' || b == '.';
}

/* One byte outside strings. */
static enum json_frame_rc
structure(struct json_frame *f, char b)
{
	switch (b) {
	case '"':
		f->in_string = true;
		f->string_len = 0;
		return JSON_FRAME_MORE;
	case '{':
	case '[':
		f->string_len = 0;
		if (f->depth == f->depth_max)
			return JSON_FRAME_DEEP;
		f->depth++;
		return JSON_FRAME_MORE;
	case '}':
	case ']':
		f->string_len = 0;
		if (f->depth == 0)
			return JSON_FRAME_BAD;
		return --f->depth == 0 ? JSON_FRAME_DONE : JSON_FRAME_MORE;
	case ' ': case '\t': case '\r': case '\n': case ',': case ':':
		f->string_len = 0;
		return f->depth > 0 ? JSON_FRAME_MORE : JSON_FRAME_BAD;
	default:
		if (!json_is_word(b))
			return JSON_FRAME_BAD;
		return ++f->string_len > JSON_STRING_MAX ?
		    JSON_FRAME_LONG : JSON_FRAME_MORE;
	}
}

/* A run of string bytes; *out_used as in json_frame_push(). */
static enum json_frame_rc
string_bytes(struct json_frame *f, const char *s, size_t len, size_t *out_used)
{
	*out_used = string_run(f, s, len);
	f->string_len += *out_used;
	if (f->string_len > JSON_STRING_MAX)
		return JSON_FRAME_LONG;
	return !f->in_string && f->depth == 0 ?
	    JSON_FRAME_DONE : JSON_FRAME_MORE;
}

/* Goes on to the value's end or that of the len bytes. */
static enum json_frame_rc
scan(struct json_frame *f, const char *s, size_t len, size_t *out_used)
{
	enum json_frame_rc rc = JSON_FRAME_MORE;
	size_t i = 0, n;

	while (i < len && rc == JSON_FRAME_MORE) {
		n = 1;
		if (f->in_string)
			rc = string_bytes(f, s + i, len - i, &n);
		else if (f->depth == 0 && f->len + i > 0 && !json_is_word(s[i])) {
			/* A number or word at the top: it ended before this. */
			rc = JSON_FRAME_DONE;
			n = 0;
		} else
			rc = structure(f, s[i]);
		i += n;
	}
	*out_used = i;
	return rc;
}

enum json_frame_rc
json_frame_push(struct json_frame *f, const char *buf, size_t len,
    size_t *out_used)
{
	size_t room = CS_JSON_ELEMENT_MAX - f->len;
	enum json_frame_rc rc = scan(f, buf, len < room ? len : room, out_used);

	memcpy(f->data + f->len, buf, *out_used);
	f->len += *out_used;
	if (rc == JSON_FRAME_DONE)
		f->data[f->len] = '\n';
	else if (rc == JSON_FRAME_MORE && *out_used < len)
		rc = JSON_FRAME_LONG;
	return rc;
}

/* Four hex digits at s as a number; -1: they are not. */
static long
hex4(const char *s)
{
	char digits[5] = { s[0], s[1], s[2], s[3], '\0' };

	if (strspn(digits, "0123456789abcdefABCDEF") != 4)
		return -1;
	return strtol(digits, NULL, 16);
}

/*
 * Bytes of the escape at s, whose first byte is the backslash; 0: refused.
 * Only \u needs judging here.
 */
static size_t
escape_len(const char *s, size_t len)
{
	long cp, low;

	if (len < 2)
		return 0;
	if (s[1] != 'u')
		return 2;
	cp = len < 6 ? -1 : hex4(s + 2);
	if (cp <= 0 || (cp >= 0xdc00 && cp <= 0xdfff))
		return 0;
	if (cp < 0xd800 || cp > 0xdbff)
		return 6;
	if (len < 12 || s[6] != '\\' || s[7] != 'u')
		return 0;
	low = hex4(s + 8);
	return low >= 0xdc00 && low <= 0xdfff ? 12 : 0;
}

/* Most texts are, and this is many times faster than decoding them. */
static bool
is_ascii(const char *s, size_t len)
{
	uint64_t word, high = 0;

	for (; len >= sizeof(word); s += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, s, sizeof(word));
		high |= word;
	}
	for (; len > 0; s++, len--)
		high |= (unsigned char)*s;
	return (high & UINT64_C(0x8080808080808080)) == 0;
}

bool
json_text_ok(const char *s, size_t len)
{
	const char *end = s + len, *p = s;

	if (!is_ascii(s, len) && !text_is_utf8(s, len))
		return false;
	while ((p = memchr(p, '\\', (size_t)(end - p))) != NULL) {
		size_t n = escape_len(p, (size_t)(end - p));

		if (n == 0)
			return false;
		p += n;
	}
	return true;
}
