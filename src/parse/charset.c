/* SPDX-License-Identifier: ISC */
/* charset.c -- see charset.h. */
#include "parse/charset.h"

#include <string.h>

#include "base/text.h"

/* CP1252 0x80..0x9F as in the WHATWG index; 0: undefined. */
static const uint16_t cp1252_high[32] = {
	0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
	0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

static const struct {
	const char	*name;
	enum cs_encoding encoding;
} names[] = {
	{ "auto",		CS_ENCODING_AUTO },
	{ "utf-8",		CS_ENCODING_UTF8 },
	{ "utf8",		CS_ENCODING_UTF8 },
	{ "us-ascii",		CS_ENCODING_UTF8 },
	{ "utf-16",		CS_ENCODING_UTF16 },
	{ "utf-16le",		CS_ENCODING_UTF16 },
	{ "utf-16be",		CS_ENCODING_UTF16 },
	{ "latin-1",		CS_ENCODING_LATIN1 },
	{ "iso-8859-1",		CS_ENCODING_LATIN1 },
	{ "cp1252",		CS_ENCODING_CP1252 },
	{ "windows-1252",	CS_ENCODING_CP1252 },
};

bool
cs_encoding_parse(const char *name, enum cs_encoding *out)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (text_equal_nocase(names[i].name, name)) {
			*out = names[i].encoding;
			return true;
		}
	return false;
}

const char *
charset_name(const struct charset *c)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].encoding == c->encoding)
			return names[i].name;
	return "auto";
}

void
charset_init(struct charset *c, enum cs_encoding encoding)
{
	*c = (struct charset){ .encoding = encoding };
}

uint32_t
charset_cp1252(uint32_t byte)
{
	return byte >= 0x80 && byte <= 0x9f ? cp1252_high[byte - 0x80] : byte;
}

size_t
charset_put_utf8(uint32_t cp, char *out)
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xc0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xe0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		out[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	out[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

static bool
convert_8bit(enum cs_encoding encoding, const unsigned char *in, size_t len,
    char *out, size_t *out_len)
{
	size_t n = 0, done = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned cp = in[i];

		if (encoding == CS_ENCODING_CP1252)
			cp = charset_cp1252(cp);
		if (cp == 0 && in[i] != 0)
			break;
		n += charset_put_utf8(cp, out + n);
		*out_len = n;
		done++;
	}
	return done == len;
}

/* Bytes of the sequence that begins with b; 0: none can. */
static unsigned
sequence_len(unsigned char b)
{
	if (b < 0x80)
		return 1;
	if (b >= 0xc2 && b <= 0xdf)
		return 2;
	if (b >= 0xe0 && b <= 0xef)
		return 3;
	return b >= 0xf0 && b <= 0xf4 ? 4 : 0;
}

/* RFC 3629, section 4: what may follow the first byte of a sequence. */
static bool
second_ok(unsigned char first, unsigned char b)
{
	switch (first) {
	case 0xe0: return b >= 0xa0 && b <= 0xbf;
	case 0xed: return b >= 0x80 && b <= 0x9f;
	case 0xf0: return b >= 0x90 && b <= 0xbf;
	case 0xf4: return b >= 0x80 && b <= 0x8f;
	default:   return b >= 0x80 && b <= 0xbf;
	}
}

/* Takes one byte of UTF-8; a completed sequence goes to out. */
static bool
utf8_byte(struct charset *c, unsigned char b, char *out, size_t *n)
{
	if (c->have == 0) {
		c->need = sequence_len(b);
		if (c->need == 0)
			return false;
	} else if (c->have == 1 ? !second_ok(c->pending[0], b) :
	    (b < 0x80 || b > 0xbf))
		return false;
	c->pending[c->have++] = b;
	if (c->have < c->need)
		return true;
	if (c->started || c->need != 3 ||
	    memcmp(c->pending, "\xef\xbb\xbf", 3) != 0) {
		memcpy(out + *n, c->pending, c->need);
		*n += c->need;
	}
	c->started = true;
	c->have = 0;
	return true;
}

/* --- UTF-16 ------------------------------------------------------------------------ */

/* A code point beyond the basic plane. */
static void
put_supplementary(uint16_t high, uint16_t low, char *out, size_t *n)
{
	unsigned cp = 0x10000 + (((unsigned)high - 0xd800) << 10 | ((unsigned)low - 0xdc00));

	*n += charset_put_utf8(cp, out + *n);
}

static bool
utf16_unit(struct charset *c, uint16_t unit, char *out, size_t *n)
{
	bool low = unit >= 0xdc00 && unit <= 0xdfff;

	if ((c->high != 0) != low)
		return false;
	if (low) {
		put_supplementary(c->high, unit, out, n);
		c->high = 0;
	} else if (unit >= 0xd800 && unit <= 0xdbff) {
		c->high = unit;
	} else if (unit != 0xfeff || c->started) {
		*n += charset_put_utf8(unit, out + *n);
	}
	c->started = true;
	return true;
}

/* The first unit tells the order: a mark, or which half of a Latin letter is zero. */
static void
utf16_begin(struct charset *c)
{
	c->big_endian = (c->pending[0] == 0xfe && c->pending[1] == 0xff) ||
	    (c->pending[0] == 0 && c->pending[1] != 0);
}

static bool
utf16_byte(struct charset *c, unsigned char b, char *out, size_t *n)
{
	const unsigned char *p = c->pending;

	c->pending[c->have++] = b;
	if (c->have < 2)
		return true;
	c->have = 0;
	if (!c->started)
		utf16_begin(c);
	return utf16_unit(c, c->big_endian ? (uint16_t)(p[0] << 8 | p[1]) :
	    (uint16_t)(p[1] << 8 | p[0]), out, n);
}

/* --- all of them --------------------------------------------------------------------- */

/* Marks begin with bytes that nothing else does: 0xef, 0xfe, 0xff. */
static void
encoding_find(struct charset *c, unsigned char first)
{
	c->encoding = first == 0xfe || first == 0xff ? CS_ENCODING_UTF16 :
	    first == 0xef ? CS_ENCODING_UTF8 : c->otherwise;
	if (c->encoding == CS_ENCODING_AUTO)
		c->encoding = CS_ENCODING_UTF8;
}

bool
charset_convert(struct charset *c, const char *in, size_t len, char *out,
    size_t *out_len)
{
	const unsigned char *u = (const unsigned char *)in;
	size_t n = 0;
	bool ok = true;

	*out_len = 0;
	if (len > CHARSET_IN)
		return false;
	if (c->encoding == CS_ENCODING_AUTO && len > 0)
		encoding_find(c, u[0]);
	if (c->encoding == CS_ENCODING_LATIN1 || c->encoding == CS_ENCODING_CP1252)
		return convert_8bit(c->encoding, u, len, out, out_len);
	for (size_t i = 0; ok && i < len; i++)
		if (c->encoding == CS_ENCODING_UTF16)
			ok = utf16_byte(c, u[i], out, &n);
		else if (u[i] < 0x80 && c->have == 0) {
			c->started = true;
			out[n++] = in[i];
		} else
			ok = utf8_byte(c, u[i], out, &n);
	*out_len = n;
	return ok;
}

bool
charset_complete(const struct charset *c)
{
	return c->have == 0 && c->high == 0;
}
