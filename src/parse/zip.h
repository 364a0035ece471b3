/* SPDX-License-Identifier: ISC */
/*
 * zip.h -- the frame around the one file of a ZIP archive; for inflate.c.
 *
 * Source: PKWARE APPNOTE.TXT 4.3, without ZIP64, encryption and any method but
 * deflate, and stored where the header says how much.  The layout is read front to
 * back, as it comes:
 *
 *	local header, name, extra | data | descriptor? | directory | end record
 *
 * An archive of several files is an error: nobody says which is the list.
 */
#ifndef PARSE_ZIP_H
#define PARSE_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZIP_MAGIC	"PK\003\004"
#define ZIP_MAGIC_LEN	4
#define ZIP_HEAD_LEN	30	/* bytes of the local header's fixed part */

struct zip_file {
	size_t	 skip;		/* bytes between that part and the data */
	bool	 descriptor;	/* one follows the data */
	bool	 stored;	/* not packed */
	uint32_t size;		/* bytes of the data, if stored */
};

/*
 * Reads the fixed part, ZIP_HEAD_LEN bytes beginning with ZIP_MAGIC.
 * NULL: *out is filled; else what is wrong, a constant text.
 */
const char *zip_head(const void *head, struct zip_file *out);
/* Bytes of the name behind that part, whatever is wrong. */
size_t	zip_name_len(const void *head);
/*
 * Judges all that followed the data against what the data were: their CRC, and
 * their length packed and unpacked.  NULL: a whole archive of one file; else
 * what is wrong, a constant text.
 */
const char *zip_tail(const void *tail, size_t len, const struct zip_file *, uint32_t crc,
		    uint64_t packed, uint64_t unpacked);

#endif /* PARSE_ZIP_H */
