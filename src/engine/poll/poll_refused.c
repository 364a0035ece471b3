/* SPDX-License-Identifier: ISC */
/*
 * poll_refused.c -- feeds refused whole, and the one that an operator accepts.
 *
 * What was staged is dropped, so accepting does not bring it back: it says that
 * a feed with these very records may count.  It is fetched a second time at
 * once, and counts only if both downloads agree record by record -- the safer
 * of the two ways, as it takes a second look at the registry too.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"
#include "core/plan.h"
#include "engine/poll/poll_private.h"
#include "engine/registry/registry_event.h"
#include "engine/registry/registry_store.h"

static void
content_hash(const struct poll *poll, char out[PLAN_HASH_SIZE])
{
	char text[80];
	int n = snprintf(text, sizeof(text), "%016" PRIx64 "%016" PRIx64 " %" PRIu64,
	    poll->sum.sums[0], poll->sum.sums[1], poll->facts.records);

	if (digest_sha256_hex(text, (size_t)n, out) != 0)
		out[0] = '\0';
}

/* Verified badges of a body whose record the feed lacks. */
struct missing_badges {
	const char	*body;
	uint64_t	 verified;
};

static void
missing_badge(void *arg, struct index_badge *b)
{
	struct missing_badges *m = arg;

	if (b->status == BADGE_VERIFIED && strcmp(b->body, m->body) == 0)
		m->verified++;
}

struct missing_of {
	struct engine	*engine;
	struct missing_badges missing;
};

static void
lacking_number(void *arg, uint64_t number, uint64_t content)
{
	struct missing_of *m = arg;

	(void)content;
	index_each_key(m->engine->index, number, missing_badge, &m->missing);
}

bool
poll_is_accepted(const struct poll *poll)
{
	char hash[PLAN_HASH_SIZE];

	content_hash(poll, hash);
	return hash[0] != '\0' && strcmp(hash, poll->registry->refused.hash) == 0 &&
	    poll->registry->refused.accepted_by[0] != '\0';
}

void
poll_refused_note(struct poll *poll, const char *why)
{
	struct registry *registry = poll->registry;
	struct refused refused;
	struct missing_of m = { .engine = registry->engine,
	    .missing.body = registry->config->body };

	if (registry->refused.accepted_by[0] != '\0')
		log_warn("connector %s: the feed says something else than the one that was "
		    "accepted", registry->config->label);
	snapshot_poll_lacking(registry->snapshot, lacking_number, &m);
	refused = (struct refused){
		.records = poll->facts.records, .known = poll->facts.known,
		.lacking = poll->facts.lacking, .missing_verified = m.missing.verified,
		.at_s = poll->started_s
	};
	content_hash(poll, refused.hash);
	(void)snprintf(refused.why, sizeof(refused.why), "%s", why);
	registry_feed_refused(registry, &refused);
	if (refused.hash[0] != '\0')
		log_warn("connector %s: see `certsync plan %s`; if the registry is right, "
		    "`certsync accept %s %.*s`", registry->config->label, registry->config->label,
		    registry->config->label, PLAN_HASH_SHOWN, refused.hash);
}

int
poll_accept(struct registry *registry, const char *hash, const char *by, struct err *err)
{
	const struct refused *refused = &registry->refused;

	if (refused->hash[0] == '\0')
		return err_set(err, "no feed of %s has been refused", registry->name);
	if (!plan_hash_matches(refused->hash, hash))
		return err_set(err, "the feed of %s that was refused last is %.*s", registry->name,
		    PLAN_HASH_SHOWN, refused->hash);
	registry_feed_accepted(registry, by);
	log_notice("connector %s: the refused feed %.*s is accepted by %s", registry->config->label,
	    PLAN_HASH_SHOWN, refused->hash, by);
	registry_save_now(registry);
	/* If one is running its end decides; if none can start now, the next one does. */
	(void)poll_start(registry, true, NULL, NULL);
	return 0;
}
