/* SPDX-License-Identifier: ISC */
/* html_entity.c -- see html_inside.h: entity.h, and what a page may have beside that. */
#include <stdlib.h>
#include <string.h>

#include "parse/entity.h"
#include "parse/html_inside.h"

#define UNKNOWN	0xfffdu		/* U+FFFD: what is no character */

/* The signs of ISO 8859-1 as HTML 3.2 named them, and others that headers have. */
static const struct { const char *name; uint32_t is; } signs[] = {
	{ "iexcl", 0xa1 }, { "cent", 0xa2 }, { "pound", 0xa3 }, { "curren", 0xa4 },
	{ "yen", 0xa5 }, { "brvbar", 0xa6 }, { "sect", 0xa7 }, { "uml", 0xa8 },
	{ "laquo", 0xab }, { "not", 0xac }, { "macr", 0xaf }, { "plusmn", 0xb1 },
	{ "sup2", 0xb2 }, { "sup3", 0xb3 }, { "acute", 0xb4 }, { "micro", 0xb5 },
	{ "para", 0xb6 }, { "cedil", 0xb8 }, { "sup1", 0xb9 }, { "raquo", 0xbb },
	{ "frac14", 0xbc }, { "frac12", 0xbd }, { "frac34", 0xbe }, { "iquest", 0xbf },
	{ "AMP", '&' }, { "ensp", 0x2002 }, { "emsp", 0x2003 }, { "thinsp", 0x2009 },
	{ "zwnj", 0x200c }, { "euro", 0x20ac }, { "num", '#' }, { "lpar", '(' },
	{ "rpar", ')' }, { "comma", ',' }, { "period", '.' }
};

/* 0x80 to 0x9f are what Windows means by them (WHATWG, "numeric character reference"). */
static uint32_t
numeric_code(const char *digits)
{
	bool hex = digits[0] == 'x' || digits[0] == 'X';
	char *end;
	unsigned long code = strtoul(digits + hex, &end, hex ? 16 : 10);

	if (end == digits + hex || *end != '\0')
		return 0;
	if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return UNKNOWN;
	return charset_cp1252((uint32_t)code) != 0 ? charset_cp1252((uint32_t)code) :
	    (uint32_t)code;
}

static uint32_t
named_code(const char *name)
{
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (strcmp(signs[i].name, name) == 0)
			return signs[i].is;
	return entity_named(name, strlen(name), false);
}

size_t
html_entity(const char *name, char out[4])
{
	uint32_t c = name[0] == '#' ? numeric_code(name + 1) : named_code(name);

	return c == 0 ? 0 : charset_put_utf8(c, out);
}
