/* SPDX-License-Identifier: ISC */
/* health_watch.c -- what changed in the health since the last look, into the log. */
#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "engine/ops/health.h"
#include "engine/registry/registry.h"


static void
watch_check(void *arg, const struct health_check *check)
{
	struct health_watch *w = arg;
	uint64_t name = hash_table_hash(check->name, strlen(check->name));
	enum log_level level = check->status == HEALTH_FAIL ? LOG_LEVEL_ERROR :
	    check->status == HEALTH_WARN ? LOG_LEVEL_WARN : LOG_LEVEL_NOTICE;
	const struct log_site site = { __FILE__, __func__, __LINE__, check->id };
	size_t i = 0;

	while (i < w->count && w->checks[i].name != name)
		i++;
	if (i == HEALTH_WATCH_MAX)
		return;
	if (i == w->count) {
		w->checks[i].name = name;
		w->checks[i].status = HEALTH_PASS;
		w->count++;
	}
	w->checks[i].seen = true;
	/* What has no id of its own is logged where it happens. */
	if (w->checks[i].status != check->status && check->id != LOG_ID_NONE)
		log_at(&site, level,
		    check->registry != NULL ? check->registry->config->label : NULL,
		    "health of %s: %s: %s", check->name, health_status_name(check->status),
		    check->output);
	w->checks[i].status = check->status;
}

void
health_watch_look(struct health_watch *w, const struct engine *engine)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->count; i++)
		w->checks[i].seen = false;
	health_each(engine, watch_check, w);
	/* Those of connectors that are gone make room. */
	for (size_t i = 0; i < w->count; i++)
		if (w->checks[i].seen)
			w->checks[kept++] = w->checks[i];
	w->count = kept;
}
