/* SPDX-License-Identifier: ISC */
/*
 * careless.c -- the faults that certsync-connector-check finds.  Lines are numbers.
 * Compiled with one of EXPORTS, DEFAULT, GRAMMAR defined its descriptor has a fault too.
 */
#include <stdlib.h>

#include "hostile.h"

static struct cs_setting_def careless_settings[] = {
	{ .name = "how", .value = "", .help = "Which fault." },
#ifdef DEFAULT
	{ .name = "pages", .type = CS_SETTING_INT, .value = "many", .help = "Pages." },
#endif
	{ .name = NULL }
};

static const struct cs_grammar careless_grammar = {
#ifdef GRAMMAR
	.min_len = 9,
#endif
	.max_len = 4
};

#ifdef EXPORTS
CS_API extern int careless_helper;
int careless_helper = 1;
#endif

static enum cs_rc
careless_emit(struct hostile *h, const char *number, size_t len)
{
	char text[CS_NUMBER_MAX + 1] = "";
	struct cs_record rec = { .number = text, .status = CS_STATUS_ACTIVE };

	if (len == 0 || len > CS_NUMBER_MAX)
		return cs_fail(h->poll, CS_E_INPUT, "no number");
	memcpy(text, number, len);
	if (hostile_is(h, "type"))
		rec.type = "NONESUCH";
	if (cs_item(h->poll, text, len) != CS_OK)
		return CS_E_NOMEM;
	return cs_emit(h->poll, &rec);
}

/* Trusts that a piece ends where a line does. */
static enum cs_rc
careless_push(void *state, const char *buf, size_t len)
{
	struct hostile *h = state;
	const char *line = buf;
	enum cs_rc rc = CS_OK;

	if (hostile_is(h, "crash") && len > 0 && buf[len - 1] != '\n')
		abort();
	if (hostile_is(h, "constant"))
		careless_settings[0].help = "Another.";
	for (size_t i = 0; i < len && rc == CS_OK; i++)
		if (buf[i] == '\n') {
			rc = careless_emit(h, line, (size_t)(buf + i - line));
			line = buf + i + 1;
		}
	return rc;
}

static enum cs_rc
careless_end(void *state)
{
	struct hostile *h = state;

	if (hostile_is(h, "proof"))
		cs_proven(h->poll, CS_PROOF_CURSOR, 0);
	if (hostile_is(h, "closed"))
		cs_proven(h->poll, CS_PROOF_CLOSED, 0);
	return hostile_end(state);
}

CS_API extern const struct cs_connector cs_connector_careless;
const struct cs_connector cs_connector_careless = {
	.abi = CS_CONNECTOR_ABI,
	.size = sizeof(struct cs_connector),
	.name = "careless",
	.summary = "Trusts its answers, for tests.",
	.state_size = sizeof(struct hostile),
	.max_body = 64 << 20,
	.max_records = 1000,
	.kinds = CS_KIND(CS_POLL_FULL),
	.proofs = CS_PROOF(CS_PROOF_CLOSED),
	.settings = careless_settings,
	.grammar = &careless_grammar,
	.open = hostile_open,
	.next = hostile_next,
	.push = careless_push,
	.end = careless_end,
	.close = hostile_close,
};
