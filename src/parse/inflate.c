/* SPDX-License-Identifier: ISC */
/* inflate.c -- see inflate.h; the only file that knows zlib. */
#include "parse/inflate.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "parse/document.h"
#include "parse/zip.h"

#define GZIP_ONLY	(16 + MAX_WBITS)	/* zlib.h: no zlib or raw format */
#define RAW_ONLY	(-MAX_WBITS)		/* as in a ZIP archive */
#define TAIL_MAX	INFLATE_OUT		/* bytes of an archive after the data */

static const char gzip_magic[2] = { '\x1f', '\x8b' };

struct inflate {
	struct inflate_options opt;
	inflate_fn	*fn;
	void		*arg;		/* lent */
	struct cs_poll	*poll;		/* lent */
	/* BEHIND: a member of gzip; PADDED: zeros have followed the last one. */
	enum {
		SNIFF, PLAIN, GZIP, BEHIND, PADDED, ZIP_HEAD, ZIP_DATA, ZIP_STORED, ZIP_TAIL
	} state;
	enum cs_rc	 rc;		/* what stopped us, or CS_OK */
	char		 head[ZIP_HEAD_LEN]; /* first bytes, while they may be magic */
	size_t		 head_len;	/* BEHIND: bytes of the next magic */
	struct zip_file	 zip;		/* from the end of ZIP_HEAD on */
	uint32_t	 crc;		/* of the decoded bytes of an archive */
	uint64_t	 in, out;	/* encoded and decoded bytes */
	uint64_t	 packed;	/* bytes of an archive's data so far */
	const char	*wrong;		/* with an archive, told once its name is known; or NULL */
	char		 name[DOCUMENT_NAME]; /* of its first entry, as far as it matters */
	size_t		 name_len, name_left; /* bytes here, and still to come */
	char		 first[DOCUMENT_HEAD]; /* decoded bytes held back, until they are known */
	size_t		 first_len;
	bool		 known;		/* they are of a list */
	bool		 live;		/* z is */
	z_stream	 z;
	size_t		 tail_len;	/* of an archive's tail, which is in buf */
	char		 buf[INFLATE_OUT];
};

struct inflate *
inflate_new(const struct inflate_options *opt, inflate_fn *fn, void *arg,
    struct cs_poll *poll)
{
	struct inflate *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->opt = *opt;
	if (f->opt.ratio == 0)
		f->opt.ratio = INFLATE_RATIO;
	f->fn = fn;
	f->arg = arg;
	f->poll = poll;
	return f;
}

struct inflate *
inflate_free(struct inflate *f)
{
	if (f == NULL)
		return NULL;
	if (f->live)
		(void)inflateEnd(&f->z);
	free(f);
	return NULL;
}

static enum cs_rc
inflate_fail(struct inflate *f, enum cs_rc rc, const char *what)
{
	return f->rc = cs_fail(f->poll, rc, "%s, byte %llu: %s",
	    f->state >= ZIP_HEAD ? "ZIP archive" : "gzip",
	    (unsigned long long)f->in, what);
}

static enum cs_rc
hand_on(struct inflate *f, const char *buf, size_t len)
{
	return f->rc = f->fn(f->arg, buf, len);
}

/* Holds back the first bytes for as long as they may be those of a document. */
static enum cs_rc
first_deliver(struct inflate *f, const char *buf, size_t len)
{
	size_t n = DOCUMENT_HEAD - f->first_len;
	const char *what;
	bool more;

	n = len < n ? len : n;
	memcpy(f->first + f->first_len, buf, n);
	what = document_of_bytes(f->first, f->first_len + n, &more);
	if (what != NULL)
		return f->rc = cs_fail(f->poll, CS_E_INPUT, "%s", what);
	if (more) {
		f->first_len += n;
		return CS_OK;
	}
	f->known = true;
	if (f->first_len > 0 && hand_on(f, f->first, f->first_len) != CS_OK)
		return f->rc;
	return hand_on(f, buf, len);
}

/* Counts and hands on; the ratio is judged by whoever decodes. */
static enum cs_rc
inflate_deliver(struct inflate *f, const char *buf, size_t len)
{
	while (len > 0 && f->rc == CS_OK) {
		size_t n = len < INFLATE_OUT ? len : INFLATE_OUT;

		f->out += n;
		if (f->opt.max_bytes != 0 && f->out > f->opt.max_bytes)
			return f->rc = cs_fail(f->poll, CS_E_LIMIT,
			    "the answer is longer than %llu bytes",
			    (unsigned long long)f->opt.max_bytes);
		(void)(f->known ? hand_on(f, buf, n) : first_deliver(f, buf, n));
		buf += n;
		len -= n;
	}
	return f->rc;
}

/* One call of zlib: takes from z.next_in, delivers what came out. */
static enum cs_rc
step(struct inflate *f)
{
	uint64_t before = f->z.avail_in;
	size_t n;
	int zrc;

	f->z.next_out = (Bytef *)f->buf;
	f->z.avail_out = INFLATE_OUT;
	zrc = inflate(&f->z, Z_NO_FLUSH);
	f->in += before - f->z.avail_in;
	n = INFLATE_OUT - f->z.avail_out;
	if (zrc == Z_MEM_ERROR)
		return f->rc = CS_E_NOMEM;
	if (zrc != Z_OK && zrc != Z_STREAM_END && zrc != Z_BUF_ERROR)
		return inflate_fail(f, CS_E_INPUT, "damaged");
	if (f->out + n > INFLATE_RATIO_FROM &&
	    (f->out + n) / f->opt.ratio > f->in)
		return inflate_fail(f, CS_E_LIMIT, "grows more than the ratio allowed");
	if (f->state == ZIP_DATA)
		f->crc = (uint32_t)crc32(f->crc, (const Bytef *)f->buf, (uInt)n);
	if (zrc == Z_STREAM_END) {
		f->packed = f->z.total_in;
		f->head_len = 0;
		f->state = f->state == GZIP ? BEHIND : ZIP_TAIL;
	}
	return inflate_deliver(f, f->buf, n);
}

static enum cs_rc
unpack_begin(struct inflate *f, int format)
{
	if (inflateInit2(&f->z, format) != Z_OK)
		return f->rc = CS_E_NOMEM;
	f->live = true;
	return CS_OK;
}

/* Takes from buf up to the end of the member. */
static enum cs_rc
member_push(struct inflate *f, const char **buf, size_t *len)
{
	f->z.next_in = (z_const Bytef *)(uintptr_t)*buf;
	f->z.avail_in = (uInt)*len;	/* pushes are far below 4 GiB */
	/* A full output buffer may hide more output than there is input left. */
	do {
		if (step(f) != CS_OK)
			return f->rc;
	} while (f->state == GZIP && (f->z.avail_in > 0 || f->z.avail_out == 0));
	*buf += *len - f->z.avail_in;
	*len = f->z.avail_in;
	return CS_OK;
}

/* A byte behind a member: of the next one's magic, or a zero to the end. */
static enum cs_rc
behind_push(struct inflate *f, char b)
{
	const char *magic = gzip_magic;
	size_t n = sizeof(gzip_magic);

	if (b == '\0' && f->head_len == 0) {
		f->in++;
		f->state = PADDED;
		return CS_OK;
	}
	if (f->state == PADDED || b != gzip_magic[f->head_len])
		return inflate_fail(f, CS_E_INPUT, "bytes after its end");
	if (++f->head_len < n)
		return CS_OK;
	(void)inflateReset(&f->z);
	f->state = GZIP;
	return member_push(f, &magic, &n);
}

static enum cs_rc
gunzip(struct inflate *f, const char *buf, size_t len)
{
	while (len > 0 && f->rc == CS_OK) {
		if (f->state == GZIP) {
			(void)member_push(f, &buf, &len);
		} else {
			(void)behind_push(f, *buf++);
			len--;
		}
	}
	return f->rc;
}

/* --- an archive ------------------------------------------------------------------ */

static enum cs_rc
tail_push(struct inflate *f, const char *buf, size_t len)
{
	if (len > TAIL_MAX - f->tail_len)
		return inflate_fail(f, CS_E_INPUT, "too much follows its first file: "
		    "does it hold more than one?");
	memcpy(f->buf + f->tail_len, buf, len);
	f->tail_len += len;
	return CS_OK;
}

static enum cs_rc
tail_end(struct inflate *f)
{
	const char *wrong = zip_tail(f->buf, f->tail_len, &f->zip, f->crc, f->packed, f->out);

	return wrong == NULL ? CS_OK : inflate_fail(f, CS_E_INPUT, wrong);
}

static enum cs_rc
data_push(struct inflate *f, const char *buf, size_t len)
{
	f->z.next_in = (z_const Bytef *)(uintptr_t)buf;
	f->z.avail_in = (uInt)len;
	do {
		if (step(f) != CS_OK)
			return f->rc;
	} while (f->state == ZIP_DATA && (f->z.avail_in > 0 || f->z.avail_out == 0));
	if (f->state == ZIP_DATA || f->z.avail_in == 0)
		return CS_OK;
	return tail_push(f, buf + len - f->z.avail_in, f->z.avail_in);
}

/* Data as they are, of the length that the header says. */
static enum cs_rc
stored_push(struct inflate *f, const char *buf, size_t len)
{
	uint64_t left = f->zip.size - f->packed;
	size_t n = len < left ? len : (size_t)left;

	f->crc = (uint32_t)crc32(f->crc, (const Bytef *)buf, (uInt)n);
	f->packed += n;
	f->in += n;
	if (inflate_deliver(f, buf, n) != CS_OK || f->packed < f->zip.size)
		return f->rc;
	f->state = ZIP_TAIL;
	return tail_push(f, buf + n, len - n);
}

/*
 * The name of the first entry: a document is told as that, whatever else is wrong.
 * Takes of buf what belongs to the name.
 */
static enum cs_rc
name_push(struct inflate *f, const char **buf, size_t *len)
{
	size_t n = *len < f->name_left ? *len : f->name_left;
	size_t kept = sizeof(f->name) - f->name_len;
	const char *what;

	kept = n < kept ? n : kept;
	memcpy(f->name + f->name_len, *buf, kept);
	f->name_len += kept;
	f->name_left -= n;
	f->zip.skip -= f->wrong == NULL ? n : 0;
	*buf += n;
	*len -= n;
	if (f->name_left > 0)
		return CS_OK;
	what = document_of_entry(f->name, f->name_len);
	if (what != NULL)
		return f->rc = cs_fail(f->poll, CS_E_INPUT, "%s", what);
	return f->wrong != NULL ? inflate_fail(f, CS_E_INPUT, f->wrong) : CS_OK;
}

/* The local header's fixed part, its name, and its extra field, unread. */
static enum cs_rc
head_push(struct inflate *f, const char *buf, size_t len)
{
	size_t n = ZIP_HEAD_LEN - f->head_len;

	n = len < n ? len : n;
	memcpy(f->head + f->head_len, buf, n);
	f->head_len += n;
	if (n > 0 && f->head_len == ZIP_HEAD_LEN) {
		f->wrong = zip_head(f->head, &f->zip);
		f->name_left = zip_name_len(f->head);
	}
	buf += n;
	len -= n;
	if (f->head_len == ZIP_HEAD_LEN && name_push(f, &buf, &len) != CS_OK)
		return f->rc;
	if (f->name_left > 0 || f->head_len < ZIP_HEAD_LEN)
		return CS_OK;
	n = len < f->zip.skip ? len : f->zip.skip;
	f->zip.skip -= n;
	if (len == n)
		return CS_OK;
	f->state = f->zip.stored ? ZIP_STORED : ZIP_DATA;
	if (f->zip.stored)
		return stored_push(f, buf + n, len - n);
	if (unpack_begin(f, RAW_ONLY) != CS_OK)
		return f->rc;
	return data_push(f, buf + n, len - n);
}

/* --- what it is ------------------------------------------------------------------ */

static bool
begins(const struct inflate *f, const char *magic, size_t len)
{
	return memcmp(f->head, magic, f->head_len < len ? f->head_len : len) == 0;
}

/* Decides by the magic bytes, which may come one at a time. */
static enum cs_rc
sniff(struct inflate *f, const char *buf, size_t len)
{
	size_t held = f->head_len, n = ZIP_MAGIC_LEN - held;

	n = len < n ? len : n;
	memcpy(f->head + held, buf, n);
	f->head_len += n;
	if (begins(f, gzip_magic, sizeof(gzip_magic))) {
		if (f->head_len < sizeof(gzip_magic))
			return CS_OK;
		f->state = GZIP;
		if (unpack_begin(f, GZIP_ONLY) != CS_OK ||
		    (held > 0 && gunzip(f, gzip_magic, 1) != CS_OK))
			return f->rc;
		return gunzip(f, buf, len);
	}
	if (begins(f, ZIP_MAGIC, ZIP_MAGIC_LEN)) {
		if (f->head_len < ZIP_MAGIC_LEN)
			return CS_OK;
		f->state = ZIP_HEAD;
		return head_push(f, buf + n, len - n);
	}
	f->state = PLAIN;
	if (inflate_deliver(f, f->head, held) != CS_OK)
		return f->rc;
	return inflate_deliver(f, buf, len);
}

enum cs_rc
inflate_push(struct inflate *f, const char *buf, size_t len)
{
	if (f->rc != CS_OK || len == 0)
		return f->rc;
	switch (f->state) {
	case SNIFF:
		return sniff(f, buf, len);
	case PLAIN:
		return inflate_deliver(f, buf, len);
	case GZIP:
	case BEHIND:
	case PADDED:
		return gunzip(f, buf, len);
	case ZIP_HEAD:
		return head_push(f, buf, len);
	case ZIP_DATA:
		return data_push(f, buf, len);
	case ZIP_STORED:
		return stored_push(f, buf, len);
	case ZIP_TAIL:
		return tail_push(f, buf, len);
	}
	return CS_E_INPUT;
}

enum cs_rc
inflate_end(struct inflate *f)
{
	if (f->rc != CS_OK)
		return f->rc;
	if (f->state == SNIFF && inflate_deliver(f, f->head, f->head_len) != CS_OK)
		return f->rc;
	if (!f->known && f->first_len > 0 && hand_on(f, f->first, f->first_len) != CS_OK)
		return f->rc;
	if (f->state == ZIP_TAIL)
		return tail_end(f);
	if (f->state == GZIP || f->state == ZIP_HEAD || f->state == ZIP_DATA ||
	    f->state == ZIP_STORED)
		return inflate_fail(f, CS_E_INPUT, "cut before its end");
	if (f->state == BEHIND && f->head_len > 0)
		return inflate_fail(f, CS_E_INPUT, "bytes after its end");
	return CS_OK;
}

uint64_t
inflate_bytes(const struct inflate *f)
{
	return f->out;
}
