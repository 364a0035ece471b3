/* SPDX-License-Identifier: ISC */
/* message.c -- see message.h: what the engine says, and the small replies. */
#include "worker/message.h"

#include "base/text.h"
#include "worker/rules.h"

/* Unix seconds of 9999-12-31; later ones are no "not before". */
#define RETRY_AT_MAX_S	INT64_C(253402214400)

/* --- engine to worker -------------------------------------------------------- */

void
message_put_hello(struct buf *b, const struct message_hello *m)
{
	size_t at = frame_begin(b, FRAME_HELLO);

	frame_put_u8(b, (uint8_t)m->mode);
	frame_put_u8(b, (uint8_t)m->kind);
	frame_put_date(b, m->today);
	frame_put_u64(b, m->max_body);
	frame_put_u32(b, m->max_records);
	frame_put_bool(b, m->report);
	frame_put_text(b, m->plugin);
	frame_end(b, at);
}

int
message_get_hello(const struct frame *f, struct message_hello *out,
    struct err *err)
{
	struct frame_reader r;
	struct message_hello m;

	frame_reader_init(&r, f);
	m.mode = (enum worker_mode)frame_get_u8(&r, "mode", WORKER_POLL);
	m.kind = (enum cs_poll_kind)frame_get_u8(&r, "kind", CS_POLL_LOOKUP);
	m.today = frame_get_date(&r, "today");
	m.max_body = frame_get_u64(&r, "max_body", MESSAGE_BODY_MAX);
	m.max_records = frame_get_u32(&r, "max_records", MESSAGE_RECORDS_MAX);
	m.report = frame_get_bool(&r, "report");
	m.plugin = frame_need_text(&r, "plugin", 2, MESSAGE_PATH_MAX, rules_file);
	if (frame_reader_done(&r, "hello", err) != 0)
		return -1;
	*out = m;
	return 0;
}

void
message_put_setting(struct buf *b, const char *key, const char *value)
{
	size_t at = frame_begin(b, FRAME_SETTING);

	frame_put_text(b, key);
	frame_put_text(b, value);
	frame_end(b, at);
}

int
message_get_setting(const struct frame *f, struct message_setting *out,
    struct err *err)
{
	struct frame_reader r;
	struct message_setting m;

	frame_reader_init(&r, f);
	m.key = frame_need_text(&r, "key", 1, MESSAGE_SETTING_NAME_MAX,
	    rules_setting_key);
	m.value = frame_need_text(&r, "value", 0, MESSAGE_SETTING_VALUE_MAX, NULL);
	if (frame_reader_done(&r, "setting", err) != 0)
		return -1;
	*out = m;
	return 0;
}

void
message_put_checkpoint(struct buf *b, enum frame_type type, const char *data,
    size_t len)
{
	size_t at = frame_begin(b, type);

	frame_put_bytes(b, data, len);
	frame_end(b, at);
}

int
message_get_checkpoint(const struct frame *f, const char **out, size_t *out_len,
    struct err *err)
{
	struct frame_reader r;
	const char *data;
	size_t len;

	frame_reader_init(&r, f);
	data = frame_get_bytes(&r, "bytes", CS_CHECKPOINT_MAX, &len);
	if (frame_reader_done(&r, "checkpoint", err) != 0)
		return -1;
	*out = data;
	*out_len = len;
	return 0;
}

void
message_put_lookup(struct buf *b, const char *number)
{
	size_t at = frame_begin(b, FRAME_LOOKUP);

	frame_put_text(b, number);
	frame_end(b, at);
}

int
message_get_lookup(const struct frame *f, const char **out, struct err *err)
{
	struct frame_reader r;
	const char *number;

	frame_reader_init(&r, f);
	number = frame_need_text(&r, "number", 1, CS_NUMBER_MAX, text_is_clean);
	if (frame_reader_done(&r, "lookup", err) != 0)
		return -1;
	*out = number;
	return 0;
}

void
message_put_response(struct buf *b, const struct cs_response *m)
{
	size_t at = frame_begin(b, FRAME_RESPONSE);

	frame_put_u16(b, (uint16_t)m->code);
	frame_put_text(b, m->content_type);
	frame_put_text(b, m->charset != NULL ? m->charset : "");
	frame_end(b, at);
}

int
message_get_response(const struct frame *f, struct cs_response *out,
    struct err *err)
{
	struct frame_reader r;
	struct cs_response m;

	frame_reader_init(&r, f);
	m.code = frame_get_u16(&r, "code", 599);
	m.content_type = frame_need_text(&r, "content type", 0,
	    MESSAGE_CONTENT_TYPE_MAX, text_is_clean);
	m.charset = frame_need_text(&r, "charset", 0, MESSAGE_CONTENT_TYPE_MAX, text_is_clean);
	if (frame_reader_done(&r, "response", err) != 0)
		return -1;
	*out = m;
	return 0;
}

void
message_put_data(struct buf *b, const void *data, size_t len)
{
	size_t at = frame_begin(b, FRAME_DATA);

	buf_add(b, data, len);
	frame_end(b, at);
}

void
message_put_empty(struct buf *b, enum frame_type type)
{
	frame_end(b, frame_begin(b, type));
}

int
message_get_empty(const struct frame *f, struct err *err)
{
	struct frame_reader r;

	frame_reader_init(&r, f);
	return frame_reader_done(&r, f->type == FRAME_START ? "start" : "end", err);
}

/* --- worker to engine: the small ones ------------------------------------------ */

static void
put_number(struct buf *b, enum frame_type type, uint64_t v)
{
	size_t at = frame_begin(b, type);

	frame_put_u64(b, v);
	frame_end(b, at);
}

static int
message_get_number(const struct frame *f, const char *what, uint64_t max, uint64_t *out,
    struct err *err)
{
	struct frame_reader r;
	uint64_t v;

	frame_reader_init(&r, f);
	v = frame_get_u64(&r, "number", max);
	if (frame_reader_done(&r, what, err) != 0)
		return -1;
	*out = v;
	return 0;
}

void
message_put_credit(struct buf *b, uint32_t bytes)
{
	put_number(b, FRAME_CREDIT, bytes);
}

int
message_get_credit(const struct frame *f, uint32_t *out, struct err *err)
{
	uint64_t v;

	if (message_get_number(f, "credit", UINT32_MAX, &v, err) != 0)
		return -1;
	*out = (uint32_t)v;
	return 0;
}

void
message_put_items(struct buf *b, uint64_t distinct)
{
	put_number(b, FRAME_ITEMS, distinct);
}

int
message_get_items(const struct frame *f, uint64_t *out, struct err *err)
{
	return message_get_number(f, "items", MESSAGE_RECORDS_MAX, out, err);
}

void
message_put_proof(struct buf *b, const struct message_proof *m)
{
	size_t at = frame_begin(b, FRAME_PROOF);

	frame_put_u8(b, (uint8_t)m->kind);
	frame_put_u64(b, m->declared);
	frame_end(b, at);
}

int
message_get_proof(const struct frame *f, struct message_proof *out,
    struct err *err)
{
	struct frame_reader r;
	struct message_proof m;

	frame_reader_init(&r, f);
	m.kind = (enum cs_proof)frame_get_u8(&r, "kind", CS_PROOF_CURSOR);
	m.declared = frame_get_u64(&r, "declared", UINT64_MAX);
	if (frame_reader_done(&r, "proof", err) != 0)
		return -1;
	*out = m;
	return 0;
}

void
message_put_warn(struct buf *b, const char *text)
{
	size_t at = frame_begin(b, FRAME_WARN);

	frame_put_text(b, text);
	frame_end(b, at);
}

int
message_get_warn(const struct frame *f, const char **out, struct err *err)
{
	struct frame_reader r;
	const char *text;

	frame_reader_init(&r, f);
	text = frame_need_text(&r, "text", 1, MESSAGE_TEXT_MAX, text_is_clean);
	if (frame_reader_done(&r, "warning", err) != 0)
		return -1;
	*out = text;
	return 0;
}

void
message_put_as_of(struct buf *b, struct cs_date day)
{
	size_t at = frame_begin(b, FRAME_AS_OF);

	frame_put_date(b, day);
	frame_end(b, at);
}

int
message_get_as_of(const struct frame *f, struct cs_date *out, struct err *err)
{
	struct frame_reader r;
	struct cs_date day;

	frame_reader_init(&r, f);
	day = frame_get_date(&r, "day");
	if (frame_reader_done(&r, "day of the list", err) != 0)
		return -1;
	*out = day;
	return 0;
}

void
message_put_unproven(struct buf *b, const char *text)
{
	size_t at = frame_begin(b, FRAME_UNPROVEN);

	frame_put_text(b, text);
	frame_end(b, at);
}

int
message_get_unproven(const struct frame *f, const char **out, struct err *err)
{
	struct frame_reader r;
	const char *text;

	frame_reader_init(&r, f);
	text = frame_get_text(&r, "reason", 0, MESSAGE_TEXT_MAX, text_is_clean);
	if (frame_reader_done(&r, "word on proofs", err) != 0)
		return -1;
	*out = text;
	return 0;
}

void
message_put_left_out(struct buf *b, const struct message_left_out *m)
{
	size_t at = frame_begin(b, FRAME_LEFT_OUT);

	frame_put_u64(b, m->hash);
	frame_put_text(b, m->text);
	frame_end(b, at);
}

int
message_get_left_out(const struct frame *f, struct message_left_out *out, struct err *err)
{
	struct frame_reader r;
	struct message_left_out m;

	frame_reader_init(&r, f);
	m.hash = frame_get_u64(&r, "hash", UINT64_MAX);
	m.text = frame_need_text(&r, "text", 0, MESSAGE_TEXT_MAX, text_is_clean);
	if (frame_reader_done(&r, "row left out", err) != 0)
		return -1;
	*out = m;
	return 0;
}

void
message_put_report(struct buf *b, const struct message_report *m)
{
	size_t at = frame_begin(b, FRAME_REPORT);

	frame_put_u8(b, (uint8_t)m->kind);
	frame_put_text(b, m->word);
	frame_put_text(b, m->meaning);
	frame_put_u64(b, m->count);
	frame_end(b, at);
}

int
message_get_report(const struct frame *f, struct message_report *out, struct err *err)
{
	struct frame_reader r;
	struct message_report m;

	frame_reader_init(&r, f);
	m.kind = (enum report_kind)frame_get_u8(&r, "kind", REPORT_KINDS - 1);
	m.word = frame_need_text(&r, "word", 0, REPORT_TEXT_MAX, text_is_clean);
	m.meaning = frame_need_text(&r, "meaning", 0, REPORT_TEXT_MAX, text_is_clean);
	m.count = frame_get_u64(&r, "count", UINT64_MAX);
	if (frame_reader_done(&r, "report", err) != 0)
		return -1;
	*out = m;
	return 0;
}

void
message_put_failed(struct buf *b, const struct message_failed *m)
{
	size_t at = frame_begin(b, FRAME_FAILED);

	frame_put_u8(b, (uint8_t)m->rc);
	frame_put_u64(b, (uint64_t)m->retry_at_s);
	frame_put_text(b, m->text);
	frame_end(b, at);
}

int
message_get_failed(const struct frame *f, struct message_failed *out,
    struct err *err)
{
	struct frame_reader r;
	struct message_failed m;

	frame_reader_init(&r, f);
	m.rc = (enum cs_rc)frame_get_u8(&r, "code", CS_E_QUOTA);
	if (m.rc < CS_E_INPUT)
		frame_reader_fail(&r, "code", "is no failure");
	m.retry_at_s = frame_get_i64(&r, "retry time");
	if (m.retry_at_s < 0 || m.retry_at_s > RETRY_AT_MAX_S)
		frame_reader_fail(&r, "retry time", "is out of range");
	m.text = frame_need_text(&r, "text", 1, MESSAGE_TEXT_MAX, text_is_clean);
	if (frame_reader_done(&r, "failure", err) != 0)
		return -1;
	*out = m;
	return 0;
}

void
message_put_done(struct buf *b, const struct message_done *m)
{
	size_t at = frame_begin(b, FRAME_DONE);

	frame_put_u64(b, m->items);
	frame_put_u64(b, m->records);
	frame_end(b, at);
}

int
message_get_done(const struct frame *f, struct message_done *out,
    struct err *err)
{
	struct frame_reader r;
	struct message_done m;

	frame_reader_init(&r, f);
	m.items = frame_get_u64(&r, "items", MESSAGE_RECORDS_MAX);
	m.records = frame_get_u64(&r, "records", MESSAGE_RECORDS_MAX);
	if (frame_reader_done(&r, "done", err) != 0)
		return -1;
	*out = m;
	return 0;
}
