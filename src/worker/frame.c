/* SPDX-License-Identifier: ISC */
/* frame.c -- see frame.h. */
#include "worker/frame.h"

#include <string.h>

#define TEXT_NONE	0xffffu		/* the length that means NULL */

static uint64_t
get_le(const char *p, size_t bytes)
{
	uint64_t v = 0;

	for (size_t i = bytes; i-- > 0;)
		v = v << 8 | (uint8_t)p[i];
	return v;
}

static void
put_le(struct buf *b, uint64_t v, size_t bytes)
{
	char le[8];

	for (size_t i = 0; i < bytes; i++, v >>= 8)
		le[i] = (char)(v & 0xff);
	buf_add(b, le, bytes);
}

static bool
type_is_known(unsigned type)
{
	return (type >= FRAME_HELLO && type <= FRAME_END) ||
	    (type >= FRAME_DESCRIPTION && type <= FRAME_REPORT);
}

int
frame_next(const char *data, size_t len, struct frame *out, size_t *out_used,
    struct err *err)
{
	unsigned type;
	size_t payload;

	if (len < FRAME_HEADER) {
		*out_used = FRAME_HEADER;
		return 0;
	}
	payload = (size_t)get_le(data, 4);
	type = (uint8_t)data[4];
	if (payload > FRAME_PAYLOAD_MAX)
		return err_set(err, "frame of %zu bytes, %u is the most",
		    payload, FRAME_PAYLOAD_MAX);
	if (!type_is_known(type))
		return err_set(err, "frame of unknown type %u", type);
	*out_used = FRAME_HEADER + payload;
	if (len < *out_used)
		return 0;
	*out = (struct frame){
		.type = (enum frame_type)type,
		.data = data + FRAME_HEADER,
		.len = payload
	};
	return 1;
}

size_t
frame_begin(struct buf *b, enum frame_type type)
{
	size_t begun = b->len;

	frame_put_u32(b, 0);
	frame_put_u8(b, (uint8_t)type);
	return begun;
}

void
frame_end(struct buf *b, size_t begun)
{
	size_t payload;

	if (b->failed)
		return;
	payload = b->len - begun - FRAME_HEADER;
	if (payload > FRAME_PAYLOAD_MAX) {
		b->failed = true;
		return;
	}
	for (size_t i = 0; i < 4; i++)
		b->data[begun + i] = (char)(payload >> 8 * i & 0xff);
}

void
frame_put_u8(struct buf *b, uint8_t v)
{
	put_le(b, v, 1);
}

void
frame_put_u16(struct buf *b, uint16_t v)
{
	put_le(b, v, 2);
}

void
frame_put_u32(struct buf *b, uint32_t v)
{
	put_le(b, v, 4);
}

void
frame_put_u64(struct buf *b, uint64_t v)
{
	put_le(b, v, 8);
}

void
frame_put_bool(struct buf *b, bool v)
{
	put_le(b, v ? 1 : 0, 1);
}

void
frame_put_text(struct buf *b, const char *s)
{
	size_t len;

	if (s == NULL) {
		frame_put_u16(b, TEXT_NONE);
		return;
	}
	len = strlen(s);
	if (len > FRAME_TEXT_MAX) {
		b->failed = true;
		return;
	}
	frame_put_u16(b, (uint16_t)len);
	buf_add(b, s, len + 1);
}

void
frame_put_bytes(struct buf *b, const void *data, size_t len)
{
	if (len > FRAME_PAYLOAD_MAX) {
		b->failed = true;
		return;
	}
	frame_put_u32(b, (uint32_t)len);
	if (len > 0)
		buf_add(b, data, len);
}

void
frame_put_date(struct buf *b, struct cs_date d)
{
	frame_put_u16(b, (uint16_t)d.year);
	frame_put_u8(b, d.month);
	frame_put_u8(b, d.day);
}

void
frame_reader_init(struct frame_reader *r, const struct frame *f)
{
	*r = (struct frame_reader){ .p = f->data, .end = f->data + f->len };
}

void
frame_reader_fail(struct frame_reader *r, const char *field, const char *why)
{
	if (r->field != NULL)
		return;
	r->field = field;
	r->why = why;
}

/* The next len bytes, or NULL and a failure. */
static const char *
take(struct frame_reader *r, const char *field, size_t len)
{
	const char *p = r->p;

	if (r->field != NULL)
		return NULL;
	if ((size_t)(r->end - r->p) < len) {
		frame_reader_fail(r, field, "is cut off");
		return NULL;
	}
	r->p += len;
	return p;
}

static uint64_t
frame_get_number(struct frame_reader *r, const char *field, size_t bytes, uint64_t max)
{
	const char *p = take(r, field, bytes);
	uint64_t v;

	if (p == NULL)
		return 0;
	v = get_le(p, bytes);
	if (v > max) {
		frame_reader_fail(r, field, "is out of range");
		return 0;
	}
	return v;
}

uint8_t
frame_get_u8(struct frame_reader *r, const char *field, uint8_t max)
{
	return (uint8_t)frame_get_number(r, field, 1, max);
}

uint16_t
frame_get_u16(struct frame_reader *r, const char *field, uint16_t max)
{
	return (uint16_t)frame_get_number(r, field, 2, max);
}

uint32_t
frame_get_u32(struct frame_reader *r, const char *field, uint32_t max)
{
	return (uint32_t)frame_get_number(r, field, 4, max);
}

uint64_t
frame_get_u64(struct frame_reader *r, const char *field, uint64_t max)
{
	return frame_get_number(r, field, 8, max);
}

int64_t
frame_get_i64(struct frame_reader *r, const char *field)
{
	return (int64_t)frame_get_number(r, field, 8, UINT64_MAX);
}

bool
frame_get_bool(struct frame_reader *r, const char *field)
{
	return frame_get_number(r, field, 1, 1) == 1;
}

const char *
frame_get_text(struct frame_reader *r, const char *field, size_t min,
    size_t max, frame_text_rule *rule)
{
	size_t len = (size_t)frame_get_number(r, field, 2, TEXT_NONE);
	const char *s;

	if (r->field != NULL || len == TEXT_NONE)
		return NULL;
	s = take(r, field, len + 1);
	if (s == NULL)
		return NULL;
	if (s[len] != '\0' || memchr(s, '\0', len) != NULL)
		frame_reader_fail(r, field, "has a NUL inside or none at its end");
	else if (len < min)
		frame_reader_fail(r, field, "is too short");
	else if (len > max)
		frame_reader_fail(r, field, "is too long");
	else if (rule != NULL && !rule(s, len))
		frame_reader_fail(r, field, "has characters or a form not allowed");
	return r->field == NULL ? s : NULL;
}

const char *
frame_need_text(struct frame_reader *r, const char *field, size_t min,
    size_t max, frame_text_rule *rule)
{
	const char *s = frame_get_text(r, field, min, max, rule);

	if (s == NULL)
		frame_reader_fail(r, field, "is missing");
	return s;
}

const char *
frame_get_bytes(struct frame_reader *r, const char *field, size_t max,
    size_t *out_len)
{
	size_t len = (size_t)frame_get_number(r, field, 4, max);
	const char *p = take(r, field, len);

	*out_len = p == NULL ? 0 : len;
	return p;
}

struct cs_date
frame_get_date(struct frame_reader *r, const char *field)
{
	struct cs_date d;

	d.year = (int16_t)frame_get_number(r, field, 2, INT16_MAX);
	d.month = (uint8_t)frame_get_number(r, field, 1, UINT8_MAX);
	d.day = (uint8_t)frame_get_number(r, field, 1, UINT8_MAX);
	if (r->field != NULL)
		return (struct cs_date){ 0 };
	if ((d.year | d.month | d.day) != 0 && !cs_date_is_valid(d)) {
		frame_reader_fail(r, field, "is no day that exists");
		return (struct cs_date){ 0 };
	}
	return d;
}

int
frame_reader_done(const struct frame_reader *r, const char *what,
    struct err *err)
{
	if (r->field != NULL)
		return err_set(err, "%s: %s %s", what, r->field, r->why);
	if (r->p != r->end)
		return err_set(err, "%s: %zu bytes too many", what,
		    (size_t)(r->end - r->p));
	return 0;
}
