/* SPDX-License-Identifier: ISC */
/* html_entity.c -- see html_inside.h. */
#include <stdlib.h>
#include <string.h>

#include "parse/html_inside.h"

#define UNKNOWN	0xfffdu		/* U+FFFD: what is no character */

/* U+00A0 to U+00FF, in their order: ISO 8859-1 as HTML 3.2 named it. */
static const char *const latin1[] = {
	"nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy",
	"ordf", "laquo", "not", "shy", "reg", "macr", "deg", "plusmn", "sup2", "sup3", "acute",
	"micro", "para", "middot", "cedil", "sup1", "ordm", "raquo", "frac14", "frac12",
	"frac34", "iquest", "Agrave", "Aacute", "Acirc", "Atilde", "Auml", "Aring", "AElig",
	"Ccedil", "Egrave", "Eacute", "Ecirc", "Euml", "Igrave", "Iacute", "Icirc", "Iuml",
	"ETH", "Ntilde", "Ograve", "Oacute", "Ocirc", "Otilde", "Ouml", "times", "Oslash",
	"Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute", "THORN", "szlig", "agrave", "aacute",
	"acirc", "atilde", "auml", "aring", "aelig", "ccedil", "egrave", "eacute", "ecirc",
	"euml", "igrave", "iacute", "icirc", "iuml", "eth", "ntilde", "ograve", "oacute",
	"ocirc", "otilde", "ouml", "divide", "oslash", "ugrave", "uacute", "ucirc", "uuml",
	"yacute", "thorn", "yuml"
};

/* Others that names and headers have. */
static const struct { const char *name; unsigned code; } others[] = {
	{ "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' }, { "apos", '\'' },
	{ "AMP", '&' }, { "ndash", 0x2013 }, { "mdash", 0x2014 }, { "lsquo", 0x2018 },
	{ "rsquo", 0x2019 }, { "ldquo", 0x201c }, { "rdquo", 0x201d }, { "bull", 0x2022 },
	{ "hellip", 0x2026 }, { "trade", 0x2122 }, { "ensp", 0x2002 }, { "emsp", 0x2003 },
	{ "thinsp", 0x2009 }, { "zwnj", 0x200c }, { "OElig", 0x152 }, { "oelig", 0x153 },
	{ "Scaron", 0x160 }, { "scaron", 0x161 }, { "Yuml", 0x178 }, { "euro", 0x20ac },
	{ "num", '#' }, { "lpar", '(' }, { "rpar", ')' }, { "comma", ',' }, { "period", '.' }
};

/* 0x80 to 0x9f are what Windows means by them (WHATWG, "numeric character reference"). */
static const unsigned short cp1252[] = {
	0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160,
	0x2039, 0x152, 0x8d, 0x17d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013,
	0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178
};

static unsigned
numeric_code(const char *digits)
{
	bool hex = digits[0] == 'x' || digits[0] == 'X';
	char *end;
	unsigned long code = strtoul(digits + hex, &end, hex ? 16 : 10);

	if (end == digits + hex || *end != '\0')
		return 0;
	if (code >= 0x80 && code <= 0x9f)
		return cp1252[code - 0x80];
	return code == 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? UNKNOWN :
	    (unsigned)code;
}

static unsigned
named_code(const char *name)
{
	for (size_t i = 0; i < sizeof(latin1) / sizeof(latin1[0]); i++)
		if (strcmp(latin1[i], name) == 0)
			return 0xa0 + (unsigned)i;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(others[i].name, name) == 0)
			return others[i].code;
	return 0;
}

size_t
html_entity(const char *name, char out[4])
{
	unsigned c = name[0] == '#' ? numeric_code(name + 1) : named_code(name);

	if (c == 0)
		return 0;
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}
