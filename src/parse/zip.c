/* SPDX-License-Identifier: ISC */
/* zip.c -- see zip.h. */
#include "parse/zip.h"

#include <string.h>

#define DIRECTORY	0x02014b50u
#define DIRECTORY_LEN	46
#define END		0x06054b50u
#define END_LEN		22
#define LOCAL		0x04034b50u
#define STORED		0
#define DEFLATE		8
#define FLAG_ENCRYPTED	0x0001u
#define FLAG_DESCRIPTOR	0x0008u

static unsigned
u16(const unsigned char *p)
{
	return p[0] | (unsigned)p[1] << 8;
}

static uint32_t
u32(const unsigned char *p)
{
	return u16(p) | (uint32_t)u16(p + 2) << 16;
}

const char *
zip_head(const void *head, struct zip_file *out)
{
	const unsigned char *p = head;
	unsigned flags = u16(p + 6);

	if ((flags & FLAG_ENCRYPTED) != 0)
		return "encrypted";
	out->stored = u16(p + 8) == STORED;
	out->size = u32(p + 18);
	if (out->stored && (out->size == 0 || (flags & FLAG_DESCRIPTOR) != 0))
		return "its first entry is a directory, or stored without its length";
	if (!out->stored && u16(p + 8) != DEFLATE)
		return "packed otherwise than by deflate";
	out->skip = (size_t)u16(p + 26) + u16(p + 28);
	out->descriptor = (flags & FLAG_DESCRIPTOR) != 0;
	return NULL;
}

size_t
zip_name_len(const void *head)
{
	return u16((const unsigned char *)head + 26);
}

/* Where the directory begins: a descriptor has three or five words. */
static size_t
directory_at(const unsigned char *tail, size_t len, bool descriptor)
{
	static const size_t after[] = { 12, 16, 20, 24 };

	if (!descriptor)
		return 0;
	for (size_t i = 0; i < sizeof(after) / sizeof(after[0]); i++)
		if (after[i] + 4 <= len && (u32(tail + after[i]) == DIRECTORY ||
		    u32(tail + after[i]) == LOCAL))
			return after[i];
	return len;
}

const char *
zip_tail(const void *tail, size_t len, const struct zip_file *file, uint32_t crc,
    uint64_t packed, uint64_t unpacked)
{
	size_t at = directory_at(tail, len, file->descriptor);
	const unsigned char *p = (const unsigned char *)tail + at, *end;
	size_t left = len - at, entry;

	if (left >= 4 && u32(p) == LOCAL)
		return "holds more than one file";
	if (left < DIRECTORY_LEN + END_LEN)
		return "cut before its end";
	if (u32(p) != DIRECTORY)
		return "its directory is not where it should be";
	entry = DIRECTORY_LEN + (size_t)u16(p + 28) + u16(p + 30) + u16(p + 32);
	if (left < entry + END_LEN)
		return "cut before its end";
	end = p + entry;
	if (u32(end) == DIRECTORY)
		return "holds more than one file";
	/* Of ZIP64, or with bytes behind its end: not read, and never half. */
	if (u32(end) != END || u16(end + 10) != 1 || u32(end + 12) != entry ||
	    left != entry + END_LEN + u16(end + 20))
		return "its end is not that of an archive of one file";
	if (u32(p + 16) != crc)
		return "the checksum is wrong";
	if (u32(p + 20) != packed || u32(p + 24) != unpacked)
		return "the lengths are wrong";
	return NULL;
}
