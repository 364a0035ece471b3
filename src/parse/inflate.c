/* SPDX-License-Identifier: ISC */
/* inflate.c -- see inflate.h; the only file that knows zlib. */
#include "parse/inflate.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define GZIP_ONLY	(16 + MAX_WBITS)	/* zlib.h: no zlib or raw format */

struct inflate {
	struct inflate_options opt;
	inflate_fn	*fn;
	void		*arg;		/* lent */
	struct cs_poll	*poll;		/* lent */
	enum { SNIFF, PLAIN, GZIP, ENDED } state;
	enum cs_rc	 rc;		/* what stopped us, or CS_OK */
	bool		 held;		/* 0x1f seen, its successor not yet */
	uint64_t	 in, out;	/* encoded and decoded bytes */
	z_stream	 z;		/* live in GZIP and ENDED */
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
	if (f->state == GZIP || f->state == ENDED)
		(void)inflateEnd(&f->z);
	free(f);
	return NULL;
}

static enum cs_rc
fail(struct inflate *f, enum cs_rc rc, const char *what)
{
	return f->rc = cs_fail(f->poll, rc, "gzip, byte %llu: %s",
	    (unsigned long long)f->in, what);
}

/* Counts and hands on; the ratio is judged by whoever decodes. */
static enum cs_rc
deliver(struct inflate *f, const char *buf, size_t len)
{
	while (len > 0 && f->rc == CS_OK) {
		size_t n = len < INFLATE_OUT ? len : INFLATE_OUT;

		f->out += n;
		if (f->opt.max_bytes != 0 && f->out > f->opt.max_bytes)
			return f->rc = cs_fail(f->poll, CS_E_LIMIT,
			    "the answer is longer than %llu bytes",
			    (unsigned long long)f->opt.max_bytes);
		f->rc = f->fn(f->arg, buf, n);
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
		return fail(f, CS_E_INPUT, "damaged");
	if (f->out + n > INFLATE_RATIO_FROM &&
	    (f->out + n) / f->opt.ratio > f->in)
		return fail(f, CS_E_LIMIT, "grows more than the ratio allowed");
	if (zrc == Z_STREAM_END)
		f->state = ENDED;
	return deliver(f, f->buf, n);
}

static enum cs_rc
gunzip(struct inflate *f, const char *buf, size_t len)
{
	f->z.next_in = (z_const Bytef *)(uintptr_t)buf;
	f->z.avail_in = (uInt)len;	/* pushes are far below 4 GiB */
	/* A full output buffer may hide more output than there is input left. */
	do {
		if (f->state == ENDED)
			return fail(f, CS_E_INPUT, "bytes after its end");
		if (step(f) != CS_OK)
			return f->rc;
	} while (f->z.avail_in > 0 ||
	    (f->state == GZIP && f->z.avail_out == 0));
	return f->rc;
}

/* Decides by the two magic bytes, which may come one at a time. */
static enum cs_rc
sniff(struct inflate *f, const char *buf, size_t len)
{
	static const char magic[2] = { '\x1f', '\x8b' };
	bool first = f->held || buf[0] == magic[0];
	size_t second = f->held ? 0 : 1;

	if (first && second >= len) {
		f->held = true;
		return CS_OK;
	}
	if (first && buf[second] == magic[1]) {
		if (inflateInit2(&f->z, GZIP_ONLY) != Z_OK)
			return f->rc = CS_E_NOMEM;
		f->state = GZIP;
		if (f->held && gunzip(f, magic, 1) != CS_OK)
			return f->rc;
		return gunzip(f, buf, len);
	}
	f->state = PLAIN;
	if (f->held && deliver(f, magic, 1) != CS_OK)
		return f->rc;
	return deliver(f, buf, len);
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
		return deliver(f, buf, len);
	case GZIP:
	case ENDED:
		return gunzip(f, buf, len);
	}
	return CS_E_INPUT;
}

enum cs_rc
inflate_end(struct inflate *f)
{
	if (f->rc != CS_OK)
		return f->rc;
	if (f->state == SNIFF && f->held)
		return deliver(f, "\x1f", 1);
	if (f->state == GZIP)
		return fail(f, CS_E_INPUT, "cut before its end");
	return CS_OK;
}

uint64_t
inflate_bytes(const struct inflate *f)
{
	return f->out;
}
