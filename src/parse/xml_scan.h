/* SPDX-License-Identifier: ISC */
/*
 * xml_scan.h -- what must hold of XML bytes before libxml2 sees them.
 *
 * libxml2 collects a whole tag before its first callback (100,000 attributes in
 * one tag took 2.4 s), reads DTDs, and opens iconv modules for what a document
 * calls its encoding.  This scan reads the declaration itself, hands on UTF-8
 * only, UTF-16 behind its byte order mark included, and refuses DOCTYPE, NUL, long
 * tags and many attributes.
 */
#ifndef PARSE_XML_SCAN_H
#define PARSE_XML_SCAN_H

#include <stddef.h>

#include <certsync/xml.h>
#include "parse/charset.h"

#define XML_SCAN_ATTRIBUTES 256	/* of one tag; honest ones have under 20 */
#define XML_SCAN_HEAD	256	/* bytes an XML declaration may take */

struct xml_scan {
	bool		begun, wide;	/* a byte has come; of UTF-16 */
	struct charset	utf16;		/* if it is that: what comes out is scanned */
	struct charset	charset;
	enum {
		XML_SCAN_DECLARATION, XML_SCAN_TEXT, XML_SCAN_OPEN, XML_SCAN_TAG,
		XML_SCAN_QUOTE, XML_SCAN_BANG, XML_SCAN_COMMENT, XML_SCAN_CDATA,
		XML_SCAN_PI
	}		state;
	char		head[XML_SCAN_HEAD];
	size_t		head_len;
	char		quote;		/* the one that closes the value */
	char		last[2];	/* the two bytes before, in a section */
	size_t		markup;		/* bytes since its '<' */
	unsigned	equals;		/* '=' outside quotes, of this tag */
	bool		element_seen;	/* text may come only after it */
	const char	*fault;		/* why it stopped, in our words */
	bool		limit;		/* fault is a limit, not the format */
};

void	xml_scan_init(struct xml_scan *);
/*
 * Scans len <= CHARSET_IN - XML_SCAN_HEAD bytes and puts them, as UTF-8, into
 * out (CHARSET_OUT bytes).  false: fault says why; *out_len is what came before.
 */
bool	xml_scan_push(struct xml_scan *, const char *in, size_t len, char *out,
	    size_t *out_len);
/* Whether the bytes may end here, as far as this scan can tell. */
bool	xml_scan_complete(const struct xml_scan *);

#endif /* PARSE_XML_SCAN_H */
