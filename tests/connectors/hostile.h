/* SPDX-License-Identifier: ISC */
/*
 * hostile.h -- what the hostile connectors of the tests share: one request,
 * then harm in the hook that the file defines.
 */
#ifndef TESTS_HOSTILE_H
#define TESTS_HOSTILE_H

#include <string.h>

#include <certsync/connector.h>

struct hostile {
	struct cs_poll	*poll;
	const char	*how;	/* setting "how"; lent */
	bool		 asked;
};

static enum cs_rc
hostile_open(void *state, const struct cs_settings *settings, struct cs_poll *poll)
{
	struct hostile *h = state;

	h->poll = poll;
	h->how = cs_setting(settings, "how");
	return CS_OK;
}

static inline bool
hostile_is(const struct hostile *h, const char *how)
{
	return strcmp(h->how, how) == 0;
}

static inline enum cs_rc
hostile_next(void *state, struct cs_request *out)
{
	struct hostile *h = state;

	if (h->asked)
		return CS_DONE;
	h->asked = true;
	out->path = "/list";
	return CS_OK;
}

static inline enum cs_rc
hostile_push(void *state, const char *buf, size_t len)
{
	(void)state, (void)buf, (void)len;
	return CS_OK;
}

static inline enum cs_rc
hostile_end(void *state)
{
	(void)state;
	return CS_OK;
}

static inline void
hostile_close(void *state)
{
	(void)state;
}

static const struct cs_setting_def hostile_settings[] = {
	{ .name = "how", .type = CS_SETTING_STRING, .value = "", .help = "Which harm." },
	{ .name = NULL }
};

#define HOSTILE(id, ...) \
	CS_API extern const struct cs_connector cs_connector_##id; \
	const struct cs_connector cs_connector_##id = { \
		.abi = CS_CONNECTOR_ABI, \
		.size = sizeof(struct cs_connector), \
		.name = #id, \
		.summary = "Does harm, for tests.", \
		.state_size = sizeof(struct hostile), \
		.max_body = 64 << 20, \
		.max_records = 1000, \
		.kinds = CS_KIND(CS_POLL_FULL), \
		.settings = hostile_settings, \
		.open = hostile_open, \
		.end = hostile_end, \
		__VA_ARGS__ \
	}

#endif /* TESTS_HOSTILE_H */
