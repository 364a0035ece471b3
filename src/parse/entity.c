/* SPDX-License-Identifier: ISC */
/* entity.c -- see entity.h. */
#include "parse/entity.h"

#include <string.h>
#include <strings.h>

#include "parse/charset.h"

#define ENTITY_MAX	10	/* bytes with "&" and ";", &#1114111; is the longest */
#define UNICODE_MAX	0x10ffffu

/* The first few are written in capitals too, where whole texts are. */
#define ANY_CASE	6
static const struct { const char *name; uint16_t is; } names[] = {
	{ "amp", 0x26 }, { "apos", 0x27 }, { "gt", 0x3e }, { "lt", 0x3c }, { "quot", 0x22 },
	{ "nbsp", 0xa0 }, { "shy", 0xad }, { "ndash", 0x2013 }, { "mdash", 0x2014 },
	{ "lsquo", 0x2018 }, { "rsquo", 0x2019 }, { "ldquo", 0x201c }, { "rdquo", 0x201d },
	{ "bull", 0x2022 }, { "hellip", 0x2026 }, { "trade", 0x2122 }, { "copy", 0xa9 },
	{ "reg", 0xae }, { "middot", 0xb7 }, { "ordf", 0xaa }, { "ordm", 0xba }, { "deg", 0xb0 },
	{ "OElig", 0x152 }, { "oelig", 0x153 }, { "Scaron", 0x160 }, { "scaron", 0x161 },
	{ "Yuml", 0x178 }, { "AElig", 0xc6 }, { "Aacute", 0xc1 }, { "Acirc", 0xc2 },
	{ "Agrave", 0xc0 }, { "Aring", 0xc5 }, { "Atilde", 0xc3 }, { "Auml", 0xc4 },
	{ "Ccedil", 0xc7 }, { "ETH", 0xd0 }, { "Eacute", 0xc9 }, { "Ecirc", 0xca },
	{ "Egrave", 0xc8 }, { "Euml", 0xcb }, { "Iacute", 0xcd }, { "Icirc", 0xce },
	{ "Igrave", 0xcc }, { "Iuml", 0xcf }, { "Ntilde", 0xd1 }, { "Oacute", 0xd3 },
	{ "Ocirc", 0xd4 }, { "Ograve", 0xd2 }, { "Oslash", 0xd8 }, { "Otilde", 0xd5 },
	{ "Ouml", 0xd6 }, { "THORN", 0xde }, { "Uacute", 0xda }, { "Ucirc", 0xdb },
	{ "Ugrave", 0xd9 }, { "Uuml", 0xdc }, { "Yacute", 0xdd }, { "aacute", 0xe1 },
	{ "acirc", 0xe2 }, { "aelig", 0xe6 }, { "agrave", 0xe0 }, { "aring", 0xe5 },
	{ "atilde", 0xe3 }, { "auml", 0xe4 }, { "ccedil", 0xe7 }, { "divide", 0xf7 },
	{ "eacute", 0xe9 }, { "ecirc", 0xea }, { "egrave", 0xe8 }, { "eth", 0xf0 },
	{ "euml", 0xeb }, { "iacute", 0xed }, { "icirc", 0xee }, { "igrave", 0xec },
	{ "iuml", 0xef }, { "ntilde", 0xf1 }, { "oacute", 0xf3 }, { "ocirc", 0xf4 },
	{ "ograve", 0xf2 }, { "oslash", 0xf8 }, { "otilde", 0xf5 }, { "ouml", 0xf6 },
	{ "szlig", 0xdf }, { "thorn", 0xfe }, { "times", 0xd7 }, { "uacute", 0xfa },
	{ "ucirc", 0xfb }, { "ugrave", 0xf9 }, { "uuml", 0xfc }, { "yacute", 0xfd },
	{ "yuml", 0xff }
};

uint32_t
entity_named(const char *name, size_t len, bool any_case)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int differs = any_case && i < ANY_CASE ? strncasecmp(names[i].name, name, len) :
		    strncmp(names[i].name, name, len);

		if (differs == 0 && names[i].name[len] == '\0')
			return names[i].is;
	}
	return 0;
}

static int
digit(char c, unsigned base)
{
	int v = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;

	return v < (int)base ? v : -1;
}

/* "233" or "xE9".  0: no number, or of no character. */
static uint32_t
numbered(const char *s, size_t len)
{
	unsigned base = len > 0 && (*s == 'x' || *s == 'X') ? 16 : 10;
	uint32_t c = 0;

	for (size_t i = base == 16; i < len; i++) {
		int v = digit(s[i], base);

		if (v < 0)
			return 0;
		c = c * base + (uint32_t)v;	/* of ENTITY_MAX bytes: no overflow */
	}
	if (c >= 0x80 && c <= 0x9f)
		c = charset_cp1252(c);
	return c > UNICODE_MAX || (c >= 0xd800 && c <= 0xdfff) ? 0 : c;
}

size_t
entity_read(const char *s, size_t len, char out[ENTITY_OUT], size_t *out_len)
{
	size_t most = len < ENTITY_MAX ? len : ENTITY_MAX, end = 1;
	uint32_t c;

	if (len < 4 || s[0] != '&')
		return 0;
	while (end < most && s[end] != ';')
		end++;
	if (end == most)
		return 0;
	c = s[1] == '#' ? numbered(s + 2, end - 2) : entity_named(s + 1, end - 1, true);
	if (c == 0)
		return 0;
	if (c < 0x20 || c == 0x7f)
		c = ' ';
	*out_len = charset_put_utf8(c, out);
	return end + 1;
}

size_t
entity_copy(const char *s, size_t len, char *out)
{
	size_t n = 0, entity, out_len;

	for (size_t i = 0; i < len; i += entity, n += out_len) {
		entity = entity_read(s + i, len - i, out + n, &out_len);
		if (entity > 0)
			continue;
		out[n] = s[i];
		entity = out_len = 1;
	}
	out[n] = '\0';
	return n;
}
