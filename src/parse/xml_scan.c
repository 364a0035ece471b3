/* SPDX-License-Identifier: ISC */
/* xml_scan.c -- see xml_scan.h. */
#include "parse/xml_scan.h"

#include <string.h>

#define BOM	"\xef\xbb\xbf"
#define WIDE_PIECE (CHARSET_IN / 2)	/* bytes of UTF-16 whose UTF-8 is one push of the scan */

void
xml_scan_init(struct xml_scan *s)
{
	*s = (struct xml_scan){ .state = XML_SCAN_DECLARATION };
}

static bool
stop(struct xml_scan *s, const char *fault)
{
	s->fault = fault;
	return false;
}

static bool
stop_limit(struct xml_scan *s, const char *fault)
{
	s->limit = true;
	return stop(s, fault);
}

/* The value of encoding="..." in the declaration; "" if it names none. */
static void
declared_encoding(const char *decl, char *out, size_t out_size)
{
	const char *p = strstr(decl, "encoding");
	size_t n;

	out[0] = '\0';
	if (p == NULL)
		return;
	p += strlen("encoding");
	p += strspn(p, " \t\r\n=");
	if (*p != '"' && *p != '\'')
		return;
	n = strcspn(p + 1, "\"'");
	if (n < out_size) {
		memcpy(out, p + 1, n);
		out[n] = '\0';
	} else
		(void)memcpy(out, "?", 2);
}

static bool
choose_encoding(struct xml_scan *s)
{
	enum cs_encoding encoding = CS_ENCODING_UTF8;
	char decl[XML_SCAN_HEAD + 1], name[32];

	memcpy(decl, s->head, s->head_len);
	decl[s->head_len] = '\0';
	declared_encoding(decl, name, sizeof(name));
	/* UTF-16 is told by its first bytes, whatever is said then, and is UTF-8 by now. */
	if (!s->wide && name[0] != '\0' && strcasecmp(name, "us-ascii") != 0 &&
	    (!cs_encoding_parse(name, &encoding) || encoding == CS_ENCODING_UTF16 ||
	    encoding == CS_ENCODING_AUTO))
		return stop(s, "declares an encoding other than UTF-8, "
		    "ISO-8859-1 or windows-1252");
	charset_init(&s->charset, encoding);
	return true;
}

/*
 * Collects bytes until it is clear whether there is a declaration and what it
 * says.  true: go on (state has changed once it is clear).
 */
static bool
head_byte(struct xml_scan *s, char b)
{
	static const char start[] = "<?xml";
	size_t skip = s->head_len >= 3 && memcmp(s->head, BOM, 3) == 0 ? 3 : 0;
	size_t n;

	s->head[s->head_len++] = b;
	if (skip == 0 && s->head_len <= 3 &&
	    memcmp(s->head, BOM, s->head_len) == 0)
		return true;
	n = s->head_len - skip;
	if (memcmp(s->head + skip, start, n < 5 ? n : 5) == 0 &&
	    (n < 5 || b != '>')) {
		if (s->head_len == sizeof(s->head))
			return stop(s, "no end of the XML declaration");
		return true;
	}
	if (!choose_encoding(s))
		return false;
	s->state = XML_SCAN_TEXT;
	return true;
}

static bool
markup_open(struct xml_scan *s)
{
	s->state = XML_SCAN_OPEN;
	s->markup = 0;
	s->equals = 0;
	s->last[0] = s->last[1] = '\0';
	return true;
}

/*
 * Ends a section at its two bytes (or one) and '>', if it is at least min
 * bytes long: the hyphens of "<!-->" are not those of an end.
 */
static void
section_byte(struct xml_scan *s, char b, char before, char before2, size_t min)
{
	if (b == '>' && s->markup >= min && s->last[1] == before &&
	    (before2 == '\0' || s->last[0] == before2))
		s->state = XML_SCAN_TEXT;
	s->last[0] = s->last[1];
	s->last[1] = b;
}

/* After "<!": only comments and CDATA; all else is a DTD. */
static bool
bang_byte(struct xml_scan *s, char b)
{
	if (b != '-' && b != '[')
		return stop(s, "has a DOCTYPE, which is refused");
	s->state = b == '-' ? XML_SCAN_COMMENT : XML_SCAN_CDATA;
	return true;
}

static bool
tag_byte(struct xml_scan *s, char b)
{
	if (b == '>')
		s->state = XML_SCAN_TEXT;
	else if (b == '"' || b == '\'') {
		s->state = XML_SCAN_QUOTE;
		s->quote = b;
	} else if (b == '=' && ++s->equals > XML_SCAN_ATTRIBUTES)
		return stop_limit(s, "a tag has too many attributes");
	return true;
}

static bool
text_byte(struct xml_scan *s, char b)
{
	if (b == '<')
		return markup_open(s);
	if (!s->element_seen && strchr(" \t\r\n", b) == NULL)
		return stop(s, "does not begin with '<': not XML");
	return true;
}

/* One byte of UTF-8. */
static bool
scan_byte(struct xml_scan *s, char b)
{
	if (b == '\0')
		return stop(s, "has a NUL byte");
	if (s->state != XML_SCAN_TEXT && ++s->markup > CS_XML_TAG_MAX)
		return stop_limit(s, "a tag, comment or section is too long");
	switch (s->state) {
	case XML_SCAN_DECLARATION:
	case XML_SCAN_TEXT:
		return text_byte(s, b);
	case XML_SCAN_OPEN:
		s->state = b == '!' ? XML_SCAN_BANG :
		    b == '?' ? XML_SCAN_PI : XML_SCAN_TAG;
		s->element_seen |= s->state == XML_SCAN_TAG;
		return true;
	case XML_SCAN_TAG:
		return tag_byte(s, b);
	case XML_SCAN_QUOTE:
		if (b == s->quote)
			s->state = XML_SCAN_TAG;
		return true;
	case XML_SCAN_BANG:
		return bang_byte(s, b);
	case XML_SCAN_COMMENT:
		section_byte(s, b, '-', '-', sizeof("!----"));
		return true;
	case XML_SCAN_CDATA:
		section_byte(s, b, ']', ']', sizeof("![CDATA[]]"));
		return true;
	case XML_SCAN_PI:
		section_byte(s, b, '?', '\0', 0);
		return true;
	}
	return false;
}

static bool
convert(struct xml_scan *s, const char *in, size_t len, char *out,
    size_t *out_len)
{
	size_t n = 0;
	bool ok = charset_convert(&s->charset, in, len, out, &n);

	for (*out_len = 0; *out_len < n; ++*out_len)
		if (!scan_byte(s, out[*out_len]))
			return false;
	return ok || stop(s, "has bytes that are invalid in its encoding");
}

/* Of UTF-8, or what is declared. */
static bool
narrow_push(struct xml_scan *s, const char *in, size_t len, char *out, size_t *out_len)
{
	char all[CHARSET_IN];
	size_t n = 0;

	*out_len = 0;
	if (s->state != XML_SCAN_DECLARATION)
		return convert(s, in, len, out, out_len);
	while (n < len && s->state == XML_SCAN_DECLARATION)
		if (!head_byte(s, in[n++]))
			return false;
	if (s->state == XML_SCAN_DECLARATION)
		return true;
	memcpy(all, s->head, s->head_len);
	memcpy(all + s->head_len, in + n, len - n);
	return convert(s, all, s->head_len + len - n, out, out_len);
}

static bool
wide_push(struct xml_scan *s, const char *in, size_t len, char *out, size_t *out_len)
{
	char utf8[CHARSET_OUT];
	size_t n, used;

	for (*out_len = 0; len > 0; in += n, len -= n) {
		bool ok, taken;
		size_t narrow = 0;

		n = len < WIDE_PIECE ? len : WIDE_PIECE;
		ok = charset_convert(&s->utf16, in, n, utf8, &narrow);
		taken = narrow_push(s, utf8, narrow, out + *out_len, &used);
		*out_len += used;
		if (!taken)
			return false;
		if (!ok)
			return stop(s, "has bytes that are invalid in UTF-16");
	}
	return true;
}

/* By the first byte of a mark of UTF-16, with which no other XML begins. */
static void
scan_begin(struct xml_scan *s, char first)
{
	s->begun = true;
	s->wide = first == '\xff' || first == '\xfe';
	charset_init(&s->utf16, CS_ENCODING_UTF16);
}

bool
xml_scan_push(struct xml_scan *s, const char *in, size_t len, char *out,
    size_t *out_len)
{
	*out_len = 0;
	if (len == 0)
		return true;
	if (!s->begun)
		scan_begin(s, in[0]);
	return s->wide ? wide_push(s, in, len, out, out_len) :
	    narrow_push(s, in, len, out, out_len);
}

bool
xml_scan_complete(const struct xml_scan *s)
{
	return s->state == XML_SCAN_TEXT && s->element_seen &&
	    charset_complete(&s->charset) && charset_complete(&s->utf16);
}
