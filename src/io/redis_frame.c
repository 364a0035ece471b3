/* SPDX-License-Identifier: ISC */
/* redis_frame.c -- see redis_frame.h. */
#include "io/redis_frame.h"

#include <stdlib.h>
#include <string.h>

#define NUMBER_DIGITS_MAX	19	/* INT64_MAX has as many */

void
redis_frame_init(struct redis_frame *f, size_t max_bytes)
{
	*f = (struct redis_frame){ .max_bytes = max_bytes };
}

/* One value is whole.  True if it was the reply itself or its last part. */
static bool
frame_value_end(struct redis_frame *f)
{
	f->step = REDIS_FRAME_TYPE;
	while (f->depth > 0) {
		if (--f->open[f->depth - 1] > 0)
			return false;
		f->depth--;
	}
	return true;
}

static int
frame_type(struct redis_frame *f, char c, const char **why)
{
	f->type = c;
	f->number_len = 0;
	switch (c) {
	case '+':
	case '-':
		f->step = REDIS_FRAME_TEXT;
		return 0;
	case ':':
	case '$':
	case '*':
		f->step = REDIS_FRAME_NUMBER;
		return 0;
	default:
		*why = "bytes that are not RESP2";
		return -1;
	}
}

static int
frame_number(struct redis_frame *f, char c, const char **why)
{
	bool negative = f->number_len > 0 && f->number[0] == '-';

	if (c == '\r' && f->number_len > (negative ? 1U : 0U)) {
		f->number[f->number_len] = '\0';
		f->step = REDIS_FRAME_LF;
		return 0;
	}
	if ((c >= '0' && c <= '9' &&
	    f->number_len < NUMBER_DIGITS_MAX + (negative ? 1U : 0U)) ||
	    (c == '-' && f->number_len == 0)) {
		f->number[f->number_len++] = c;
		return 0;
	}
	*why = "a malformed number";
	return -1;
}

static int
frame_open_bulk(struct redis_frame *f, const char **why)
{
	long long n = strtoll(f->number, NULL, 10);

	if (n == -1)
		return frame_value_end(f) ? 1 : 0;
	if (n < 0) {
		*why = "a string of negative length";
		return -1;
	}
	if ((unsigned long long)n > f->max_bytes - f->bytes) {
		*why = "a reply over the size limit";
		return -1;
	}
	f->bulk_left = (size_t)n;
	f->step = n > 0 ? REDIS_FRAME_BULK : REDIS_FRAME_BULK_CR;
	return 0;
}

static int
frame_open_array(struct redis_frame *f, const char **why)
{
	long long n = strtoll(f->number, NULL, 10);

	if (n == -1 || n == 0)
		return frame_value_end(f) ? 1 : 0;
	if (n < 0) {
		*why = "an array of negative length";
		return -1;
	}
	if ((unsigned long long)n > REDIS_ELEMENTS_MAX - f->elements) {
		*why = "a reply of too many elements";
		return -1;
	}
	if (f->depth == REDIS_DEPTH_MAX) {
		*why = "a reply nested too deeply";
		return -1;
	}
	f->elements += (size_t)n;
	f->open[f->depth++] = (size_t)n;
	f->step = REDIS_FRAME_TYPE;
	return 0;
}

/* The LF after a line: what the line announced begins, or its value ends. */
static int
frame_line_end(struct redis_frame *f, char c, const char **why)
{
	if (c != '\n') {
		*why = "a line that does not end in CRLF";
		return -1;
	}
	if (f->type == '$')
		return frame_open_bulk(f, why);
	if (f->type == '*')
		return frame_open_array(f, why);
	return frame_value_end(f) ? 1 : 0;
}

static int
frame_bulk_end(struct redis_frame *f, char c, const char **why)
{
	if (c != (f->step == REDIS_FRAME_BULK_CR ? '\r' : '\n')) {
		*why = "a string longer than announced";
		return -1;
	}
	if (f->step == REDIS_FRAME_BULK_LF)
		return frame_value_end(f) ? 1 : 0;
	f->step = REDIS_FRAME_BULK_LF;
	return 0;
}

static int
frame_byte(struct redis_frame *f, char c, const char **why)
{
	switch (f->step) {
	case REDIS_FRAME_TYPE:
		return frame_type(f, c, why);
	case REDIS_FRAME_NUMBER:
		return frame_number(f, c, why);
	case REDIS_FRAME_LF:
		return frame_line_end(f, c, why);
	case REDIS_FRAME_BULK_CR:
	case REDIS_FRAME_BULK_LF:
		return frame_bulk_end(f, c, why);
	case REDIS_FRAME_TEXT:
	case REDIS_FRAME_BULK:
		break;
	}
	/* Text: frame_skip() stops at CR or LF only. */
	if (c != '\r') {
		*why = "a line that does not end in CRLF";
		return -1;
	}
	f->step = REDIS_FRAME_LF;
	return 0;
}

/* Bytes at data that need no look of their own. */
static size_t
frame_skip(struct redis_frame *f, const char *data, size_t len)
{
	size_t n = 0;

	if (f->step == REDIS_FRAME_BULK) {
		n = len < f->bulk_left ? len : f->bulk_left;
		f->bulk_left -= n;
		if (f->bulk_left == 0)
			f->step = REDIS_FRAME_BULK_CR;
	} else if (f->step == REDIS_FRAME_TEXT)
		while (n < len && data[n] != '\r' && data[n] != '\n')
			n++;
	f->bytes += n;
	return n;
}

int
redis_frame_push(struct redis_frame *f, const char *data, size_t len,
    size_t *used, const char **why)
{
	size_t i = 0;
	int rc = 0;

	while (rc == 0) {
		i += frame_skip(f, data + i, len - i);
		if (i < len)
			f->bytes++;
		if (f->bytes > f->max_bytes) {
			*why = "a reply over the size limit";
			return -1;
		}
		if (i == len)
			break;
		rc = frame_byte(f, data[i++], why);
	}
	*used = i;
	if (rc == 1)
		redis_frame_init(f, f->max_bytes);
	return rc;
}
