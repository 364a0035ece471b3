/* SPDX-License-Identifier: ISC */
/* liar.c -- records and requests that break the contract. */
#include "hostile.h"

static char long_number[CS_NUMBER_MAX + 2];

static enum cs_rc
liar_next(void *state, struct cs_request *out)
{
	struct hostile *h = state;
	enum cs_rc rc = hostile_next(state, out);

	if (hostile_is(h, "path"))
		out->path = "/list HTTP/1.1\r\nX-Evil: 1";
	if (hostile_is(h, "host"))
		out->path = "@evil.example/";
	if (hostile_is(h, "method"))
		out->method = "DELETE";
	if (hostile_is(h, "header"))
		out->headers[0] = (struct cs_header){ "Authorization", "x" };
	if (hostile_is(h, "crlf"))
		out->headers[0] = (struct cs_header){ "X-A", "b\r\nHost: evil" };
	if (hostile_is(h, "code"))
		out->codes[0] = 42;
	if (hostile_is(h, "rc"))
		return (enum cs_rc)77;
	return rc;
}

static enum cs_rc
liar_push(void *state, const char *buf, size_t len)
{
	struct hostile *h = state;
	struct cs_record rec = { .number = "A1", .status = CS_STATUS_ACTIVE };
	enum cs_rc rc;

	(void)buf, (void)len;
	memset(long_number, 'x', sizeof(long_number) - 1);
	if (hostile_is(h, "number") || hostile_is(h, "ignore"))
		rec.number = long_number;
	if (hostile_is(h, "utf8"))
		rec.business_name = "\xc0\xaf";
	if (hostile_is(h, "control"))
		rec.business_name = "a\nb";
	if (hostile_is(h, "type"))
		rec.type = "mbe";
	if (hostile_is(h, "date"))
		rec.expires_on = (struct cs_date){ 2026, 2, 30 };
	if (hostile_is(h, "status"))
		rec.status = (enum cs_status)55;
	rc = cs_emit(h->poll, &rec);
	return hostile_is(h, "ignore") ? CS_OK : rc;
}

HOSTILE(liar, .next = liar_next, .push = liar_push, .close = hostile_close);
