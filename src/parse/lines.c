/* SPDX-License-Identifier: ISC */
/* lines.c -- see certsync/lines.h. */
#include <certsync/lines.h>

#include <stdlib.h>
#include <string.h>

struct cs_lines {
	cs_line_fn	*fn;
	void		*arg;		/* lent */
	struct cs_poll	*poll;		/* lent */
	uint64_t	 no;		/* lines delivered */
	enum cs_rc	 rc;		/* what stopped us, or CS_OK */
	size_t		 len;
	char		 line[CS_LINE_MAX + 2];	/* and a CR, and a NUL */
};

struct cs_lines *
cs_lines_new(cs_line_fn *fn, void *arg, struct cs_poll *poll)
{
	struct cs_lines *l = calloc(1, sizeof(*l));

	if (l != NULL) {
		l->fn = fn;
		l->arg = arg;
		l->poll = poll;
	}
	return l;
}

static enum cs_rc
too_long(struct cs_lines *l)
{
	return l->rc = cs_fail(l->poll, CS_E_LIMIT,
	    "line %llu is longer than %d bytes",
	    (unsigned long long)l->no + 1, CS_LINE_MAX);
}

static enum cs_rc
lines_deliver(struct cs_lines *l)
{
	size_t len = l->len;

	if (len > 0 && l->line[len - 1] == '\r')
		len--;
	if (len > CS_LINE_MAX)
		return too_long(l);
	l->line[len] = '\0';
	l->len = 0;
	return l->rc = l->fn(l->arg, l->line, len, ++l->no);
}

enum cs_rc
cs_lines_push(struct cs_lines *l, const char *buf, size_t len)
{
	while (len > 0 && l->rc == CS_OK) {
		const char *lf = memchr(buf, '\n', len);
		size_t n = lf != NULL ? (size_t)(lf - buf) : len;

		if (n > CS_LINE_MAX + 1 - l->len)
			return too_long(l);
		memcpy(l->line + l->len, buf, n);
		l->len += n;
		if (lf == NULL)
			break;
		(void)lines_deliver(l);
		buf += n + 1;
		len -= n + 1;
	}
	return l->rc;
}

enum cs_rc
cs_lines_end(struct cs_lines *l)
{
	if (l->rc == CS_OK && l->len > 0)
		(void)lines_deliver(l);
	return l->rc;
}

struct cs_lines *
cs_lines_free(struct cs_lines *l)
{
	free(l);
	return NULL;
}
