/* SPDX-License-Identifier: ISC */
/*
 * json_frame.h -- find where one JSON value ends, before any parser sees it.
 *
 * yajl has no depth limit, is quadratic on long strings fed in pieces and takes
 * overlong UTF-8, lone surrogates and \u0000 (measured with 2.1.0).  So a value
 * is collected whole by counting brackets outside strings, under caps, and its
 * text is checked; only then is it parsed, in one piece.
 */
#ifndef PARSE_JSON_FRAME_H
#define PARSE_JSON_FRAME_H

#include <stdbool.h>
#include <stddef.h>

#include <certsync/json.h>

#define JSON_STRING_MAX	65536	/* bytes of one string or number as written */

enum json_frame_rc {
	JSON_FRAME_MORE = 0,	/* all bytes taken, the value goes on */
	JSON_FRAME_DONE,	/* the value is complete in data */
	JSON_FRAME_BAD,		/* a byte that cannot be part of a value */
	JSON_FRAME_LONG,	/* over an element's or a string's cap */
	JSON_FRAME_DEEP		/* over the depth allowed */
};

struct json_frame {
	size_t	 len;		/* bytes of data */
	size_t	 string_len;	/* bytes of the open string, number or word */
	unsigned depth;		/* open brackets of this value */
	unsigned depth_max;
	bool	 in_string, escaped;
	char	 data[CS_JSON_ELEMENT_MAX + 1];	/* and a closing LF */
};

/* Begins a value; depth_max: brackets it may open. */
void	json_frame_start(struct json_frame *, unsigned depth_max);
/*
 * Takes bytes of the value, of which the first call gets the first one (not
 * white space).  *out_used: how many; after a number or word the byte that
 * ended it is not used.  On DONE data ends with one LF more, so that a parser
 * knows that a number has ended.
 */
enum json_frame_rc json_frame_push(struct json_frame *, const char *buf,
	    size_t len, size_t *out_used);
/*
 * Whether a framed text is strict UTF-8 and its \u escapes are neither lone
 * surrogates nor NUL.  All other grammar is the parser's.
 */
bool	json_text_ok(const char *s, size_t len);

#endif /* PARSE_JSON_FRAME_H */
