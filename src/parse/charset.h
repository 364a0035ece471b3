/* SPDX-License-Identifier: ISC */
/*
 * charset.h -- turn pushed bytes of a declared encoding into valid UTF-8.
 *
 * Own tables: iconv loads modules from disk, which a caged worker cannot.
 * UTF-8 is checked strictly (RFC 3629), UTF-16 for its surrogates, and both may be cut
 * anywhere between calls; one byte order mark at the very start is dropped.  CP1252's
 * five undefined bytes are errors.
 */
#ifndef PARSE_CHARSET_H
#define PARSE_CHARSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <certsync/csv.h>

#define CHARSET_IN	4096	/* bytes one call may take */
#define CHARSET_OUT	(3 * CHARSET_IN + 4) /* bytes one call may give */

struct charset {
	enum cs_encoding encoding;	/* AUTO only until it is known */
	enum cs_encoding otherwise;	/* with AUTO, where there is no byte order mark */
	bool		 big_endian;	/* of UTF-16, once it is known */
	uint16_t	 high;		/* of UTF-16: a surrogate whose second half is to come */
	unsigned char	 pending[4];	/* a UTF-8 sequence or UTF-16 unit cut by the split */
	unsigned	 have, need;	/* bytes of it here, and in all */
	bool		 started;	/* past the place of a byte order mark */
};

void	charset_init(struct charset *, enum cs_encoding);
/*
 * Converts len <= CHARSET_IN bytes into out (CHARSET_OUT bytes, no NUL added)
 * and sets *out_len.  false: a byte or sequence is invalid in the encoding;
 * out then holds what came before it.
 */
bool	charset_convert(struct charset *, const char *in, size_t len, char *out,
	    size_t *out_len);
/* As the configuration names it; with AUTO what it has been found to be. */
const char *charset_name(const struct charset *);
/* What a byte of CP1252 stands for; 0: nothing. */
uint32_t charset_cp1252(uint32_t byte);
/* A code point as UTF-8; returns the bytes written, at most 4. */
size_t	charset_put_utf8(uint32_t cp, char *out);
/* Whether the text may end here: no sequence is open. */
bool	charset_complete(const struct charset *);

#endif /* PARSE_CHARSET_H */
