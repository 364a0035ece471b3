/* SPDX-License-Identifier: ISC */
/*
 * frame.h -- the bytes between engine and worker: frames, and the fields in
 * them, over one SOCK_STREAM socket pair.
 *
 *	u32 length of the payload | u8 type | payload
 *
 * Numbers are little-endian.  A text is u16 length, bytes, NUL, so that a
 * decoded text is a C string lent by the frame; length 0xffff alone is NULL.
 * Bytes are u32 length, bytes.  What the fields of each type are: message.h.
 *
 * Neither side trusts the other's lengths: a reader never leaves its frame,
 * the first broken field sticks, and bytes left over are an error.
 */
#ifndef WORKER_FRAME_H
#define WORKER_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <certsync/date.h>
#include "base/buf.h"
#include "base/err.h"

#define FRAME_HEADER		5	/* bytes before the payload */
/* The largest message is a request: body, path and headers, about 80 KiB. */
#define FRAME_PAYLOAD_MAX	(128u << 10)
#define FRAME_MAX		(FRAME_HEADER + FRAME_PAYLOAD_MAX)
#define FRAME_TEXT_MAX		0xfffeu	/* bytes of a text */

enum frame_type {
	/* engine to worker */
	FRAME_HELLO = 0x01,	/* first: what to do, with which plug-in */
	FRAME_SETTING,		/* one setting of the instance */
	FRAME_CHECKPOINT_IN,	/* what the last committed poll left */
	FRAME_LOOKUP,		/* one number of a look-up poll */
	FRAME_START,		/* all is said, begin */
	FRAME_RESPONSE,		/* the head of an answer */
	FRAME_DATA,		/* bytes of an answer, encoded as they came */
	FRAME_END,		/* the answer is complete */
	/* worker to engine */
	FRAME_DESCRIPTION = 0x41,
	FRAME_REQUEST,
	FRAME_CREDIT,		/* bytes of DATA done with */
	FRAME_RECORD,
	FRAME_ITEMS,		/* distinct items so far */
	FRAME_PROOF,
	FRAME_WARN,
	FRAME_CHECKPOINT,
	FRAME_FAILED,		/* last: the poll failed */
	FRAME_DONE,		/* last: it saw everything it wanted */
	FRAME_LEFT_OUT,		/* a row that could not be read */
	FRAME_UNPROVEN,		/* why nothing proves it, or that it has no proof of its own */
	FRAME_AS_OF,		/* the day that the list says it is of */
	FRAME_REPORT		/* of a list that is only tried: a column or word of it */
};

/* One received frame.  data is lent by the buffer it was found in. */
struct frame {
	enum frame_type	 type;
	const char	*data;
	size_t		 len;
};

/*
 * Looks for a frame at the start of data.  1: *out is one and *out_used its
 * bytes, header included; 0: more bytes are needed, *out_used says how many
 * there must be to go on; -1: no frame can begin so (err says why).
 */
int	frame_next(const char *data, size_t len, struct frame *out,
	    size_t *out_used, struct err *err);

/* Writing: begin, fields, end.  A frame over the cap fails the buf. */
size_t	frame_begin(struct buf *, enum frame_type);	/* give it to frame_end() */
void	frame_end(struct buf *, size_t begun);
void	frame_put_u8(struct buf *, uint8_t);
void	frame_put_u16(struct buf *, uint16_t);
void	frame_put_u32(struct buf *, uint32_t);
void	frame_put_u64(struct buf *, uint64_t);
void	frame_put_bool(struct buf *, bool);
void	frame_put_text(struct buf *, const char *);	/* NULL stays NULL */
void	frame_put_bytes(struct buf *, const void *, size_t len);
void	frame_put_date(struct buf *, struct cs_date);

/* Reading one payload.  After the first failure all reads give 0 or NULL. */
struct frame_reader {
	const char	*p, *end;
	const char	*field;		/* the first broken field; NULL: none */
	const char	*why;		/* what is wrong with it */
};

/* What a text must be, beyond its length. */
typedef bool frame_text_rule(const char *s, size_t len);

void		frame_reader_init(struct frame_reader *, const struct frame *);
/* Marks field as broken, unless one is already. */
void		frame_reader_fail(struct frame_reader *, const char *field,
		    const char *why);
uint8_t		frame_get_u8(struct frame_reader *, const char *field, uint8_t max);
uint16_t	frame_get_u16(struct frame_reader *, const char *field, uint16_t max);
uint32_t	frame_get_u32(struct frame_reader *, const char *field, uint32_t max);
uint64_t	frame_get_u64(struct frame_reader *, const char *field, uint64_t max);
int64_t		frame_get_i64(struct frame_reader *, const char *field);
bool		frame_get_bool(struct frame_reader *, const char *field);
/*
 * A text of min..max bytes without NUL that obeys rule (NULL: any), or NULL if
 * the writer put none.  Lent by the frame.
 */
const char	*frame_get_text(struct frame_reader *, const char *field,
		    size_t min, size_t max, frame_text_rule *rule);
/* As frame_get_text(), but none is a failure. */
const char	*frame_need_text(struct frame_reader *, const char *field,
		    size_t min, size_t max, frame_text_rule *rule);
/* At most max bytes, lent by the frame; *out_len is 0 on failure. */
const char	*frame_get_bytes(struct frame_reader *, const char *field,
		    size_t max, size_t *out_len);
/* A day that exists, or no date. */
struct cs_date	frame_get_date(struct frame_reader *, const char *field);
/* 0 if all was read and nothing broke a rule; else -1, err names the field. */
int		frame_reader_done(const struct frame_reader *, const char *what,
		    struct err *err);

#endif /* WORKER_FRAME_H */
