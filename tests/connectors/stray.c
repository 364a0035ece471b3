/* SPDX-License-Identifier: ISC */
/* stray.c -- names a proof that it does not declare, and a type that nobody knows. */
#include "hostile.h"

static enum cs_rc
stray_push(void *state, const char *buf, size_t len)
{
	static const char *const numbers[] = { "N1", "N2" };
	struct hostile *h = state;
	enum cs_rc rc = CS_OK;

	(void)buf, (void)len;
	for (size_t i = 0; i < 2 && rc == CS_OK; i++) {
		rc = cs_item(h->poll, numbers[i], strlen(numbers[i]));
		if (rc == CS_OK)
			rc = cs_emit(h->poll, &(struct cs_record){
				.number = numbers[i], .business_name = "A firm", .type = "NOSUCH",
				.status = CS_STATUS_ACTIVE
			});
		cs_proven(h->poll, CS_PROOF_TOTAL, 2 + i);
	}
	return rc;
}

HOSTILE(stray, .next = hostile_next, .push = stray_push, .close = hostile_close);
