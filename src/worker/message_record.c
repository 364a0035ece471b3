/* SPDX-License-Identifier: ISC */
/* message_record.c -- see message.h: records and requests. */
#include "worker/message.h"

#include "base/text.h"
#include "worker/rules.h"

#define CATEGORIES_ALL	(CS_CATEGORY_MINORITY | CS_CATEGORY_WOMAN | \
	CS_CATEGORY_VETERAN | CS_CATEGORY_DISABILITY | CS_CATEGORY_LGBTQ)

void
message_put_record(struct buf *b, const struct cs_record *rec)
{
	size_t at = frame_begin(b, FRAME_RECORD);

	frame_put_text(b, rec->number);
	for (size_t i = 0; i < CS_ALIASES_MAX; i++)
		frame_put_text(b, rec->aliases[i]);
	frame_put_text(b, rec->business_name);
	frame_put_text(b, rec->dba_name);
	frame_put_text(b, rec->type);
	frame_put_u8(b, (uint8_t)rec->categories);
	frame_put_u8(b, (uint8_t)rec->status);
	frame_put_text(b, rec->status_word);
	frame_put_date(b, rec->issued_on);
	frame_put_date(b, rec->expires_on);
	frame_end(b, at);
}

int
message_get_record(const struct frame *f, struct cs_record *out,
    struct err *err)
{
	struct frame_reader r;
	struct cs_record m = { 0 };

	frame_reader_init(&r, f);
	m.number = frame_get_text(&r, "number", 1, CS_NUMBER_MAX, text_is_clean);
	for (size_t i = 0; i < CS_ALIASES_MAX; i++)
		m.aliases[i] = frame_get_text(&r, "alias", 1, CS_NUMBER_MAX,
		    text_is_clean);
	m.business_name = frame_get_text(&r, "business name", 1, CS_NAME_MAX,
	    text_is_clean);
	m.dba_name = frame_get_text(&r, "trade name", 1, CS_NAME_MAX,
	    text_is_clean);
	m.type = frame_get_text(&r, "type", 1, CS_TYPE_MAX, rules_type);
	m.categories = frame_get_u8(&r, "categories", CATEGORIES_ALL);
	m.status = (enum cs_status)frame_get_u8(&r, "status",
	    CS_STATUS_DECERTIFIED);
	m.status_word = frame_get_text(&r, "status word", 1, CS_WORD_MAX,
	    text_is_clean);
	m.issued_on = frame_get_date(&r, "issue date");
	m.expires_on = frame_get_date(&r, "expiry date");
	if (m.number == NULL && m.business_name == NULL)
		frame_reader_fail(&r, "number", "is missing, as is the name");
	if (frame_reader_done(&r, "record", err) != 0)
		return -1;
	*out = m;
	return 0;
}

/* --- requests ---------------------------------------------------------------- */

static void
put_headers(struct buf *b, const struct cs_header *headers)
{
	uint8_t n = 0;

	while (n < CS_HEADERS_MAX && headers[n].name != NULL)
		n++;
	frame_put_u8(b, n);
	for (size_t i = 0; i < n; i++) {
		frame_put_text(b, headers[i].name);
		frame_put_text(b, headers[i].value);
	}
}

static void
put_codes(struct buf *b, const uint16_t *codes)
{
	uint8_t n = 0;

	while (n < CS_CODES_MAX && codes[n] != 0)
		n++;
	frame_put_u8(b, n);
	for (size_t i = 0; i < n; i++)
		frame_put_u16(b, codes[i]);
}

void
message_put_request(struct buf *b, const struct cs_request *m)
{
	size_t at = frame_begin(b, FRAME_REQUEST);

	frame_put_text(b, m->method);
	frame_put_text(b, m->path);
	put_headers(b, m->headers);
	frame_put_bool(b, m->body != NULL);
	frame_put_bytes(b, m->body, m->body != NULL ? m->body_len : 0);
	put_codes(b, m->codes);
	frame_put_u64(b, m->max_body);
	frame_put_u32(b, m->delay_ms);
	frame_put_u32(b, m->cost);
	frame_put_u8(b, (uint8_t)m->slot);
	frame_put_text(b, m->slot_name);
	frame_put_text(b, m->slot_setting);
	frame_put_bool(b, m->conditional);
	frame_put_text(b, m->link);
	frame_put_text(b, m->slot_prefix);
	frame_end(b, at);
}

static void
get_headers(struct frame_reader *r, struct cs_header *out)
{
	size_t n = frame_get_u8(r, "header count", CS_HEADERS_MAX);

	for (size_t i = 0; i < n; i++) {
		out[i].name = frame_need_text(r, "header name", 1,
		    CS_WORD_MAX, rules_header);
		out[i].value = frame_need_text(r, "header value", 0,
		    MESSAGE_HEADER_MAX, rules_header_value);
	}
}

static void
get_codes(struct frame_reader *r, uint16_t *out)
{
	size_t n = frame_get_u8(r, "code count", CS_CODES_MAX);

	for (size_t i = 0; i < n; i++) {
		out[i] = frame_get_u16(r, "HTTP code", 599);
		if (out[i] < 100)
			frame_reader_fail(r, "HTTP code", "is out of range");
	}
	if (n == 0)
		out[0] = 200;
}

static void
get_body(struct frame_reader *r, struct cs_request *m)
{
	bool given = frame_get_bool(r, "body flag");

	m->body = frame_get_bytes(r, "body", CS_BODY_MAX, &m->body_len);
	if (!given && m->body_len > 0)
		frame_reader_fail(r, "body", "is there although none was announced");
	if (given && m->method[0] != 'P')
		frame_reader_fail(r, "body", "is there although the method is GET");
	if (!given)
		m->body = NULL;
}

/* A credential's place is named whole or not at all. */
static void
get_slot(struct frame_reader *r, struct cs_request *m)
{
	m->slot = (enum cs_slot)frame_get_u8(r, "slot",
	    CS_SLOT_HEADER_OPTIONAL);
	m->slot_name = frame_get_text(r, "slot name", 1, CS_WORD_MAX,
	    m->slot == CS_SLOT_QUERY ? rules_parameter : rules_slot_header);
	m->slot_setting = frame_get_text(r, "slot setting", 1,
	    MESSAGE_SETTING_NAME_MAX, rules_setting);
	if (m->slot != CS_SLOT_NONE &&
	    (m->slot_name == NULL || m->slot_setting == NULL))
		frame_reader_fail(r, "slot", "names no place or no setting");
	if (m->slot == CS_SLOT_NONE) {
		m->slot_name = NULL;
		m->slot_setting = NULL;
	}
}

int
message_get_request(const struct frame *f, struct cs_request *out,
    struct err *err)
{
	struct frame_reader r;
	struct cs_request m = { 0 };

	frame_reader_init(&r, f);
	m.method = frame_get_text(&r, "method", 1, 8, rules_method);
	if (m.method == NULL)
		m.method = "GET";
	m.path = frame_get_text(&r, "path", 1, CS_PATH_MAX, rules_path);
	get_headers(&r, m.headers);
	get_body(&r, &m);
	get_codes(&r, m.codes);
	m.max_body = frame_get_u64(&r, "max_body", MESSAGE_BODY_MAX);
	m.delay_ms = frame_get_u32(&r, "delay", MESSAGE_DELAY_MAX_MS);
	m.cost = frame_get_u32(&r, "cost", MESSAGE_COST_MAX);
	if (m.cost == 0)
		m.cost = 1;
	get_slot(&r, &m);
	m.conditional = frame_get_bool(&r, "conditional");
	m.link = frame_get_text(&r, "link", 1, CS_PATH_MAX, rules_link);
	if (m.link != NULL && m.path != NULL)
		frame_reader_fail(&r, "link", "is there beside a path");
	m.slot_prefix = frame_get_text(&r, "slot prefix", 1, CS_WORD_MAX, rules_header_value);
	if (frame_reader_done(&r, "request", err) != 0)
		return -1;
	*out = m;
	return 0;
}
