/* SPDX-License-Identifier: ISC */
/* badge.c -- words, equality, tile and partition; see badge.h. */
#include "core/badge.h"

#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/text.h"
#include "core/types.h"

static const char *const status_names[BADGE_STATUS_COUNT] = {
	[BADGE_SELF_REPORTED] = "self_reported",
	[BADGE_VERIFIED] = "verified",
	[BADGE_EXPIRED] = "expired",
	[BADGE_SUSPENDED] = "suspended",
	[BADGE_REVOKED] = "revoked",
	[BADGE_REVIEW] = "review",
	[BADGE_NOT_FOUND] = "not_found",
	[BADGE_INVALID] = "invalid",
};

static const char *const reason_names[REASON_COUNT] = {
	[REASON_UNCHECKED] = "unchecked",
	[REASON_NO_CONNECTOR] = "no_connector",
	[REASON_AWAITING_SOURCE] = "awaiting_source",
	[REASON_RECORD_ACTIVE] = "record_active",
	[REASON_ATTESTED] = "attested",
	[REASON_PINNED] = "pinned",
	[REASON_EXPIRY_PASSED] = "expiry_passed",
	[REASON_RECORD_EXPIRED] = "record_expired",
	[REASON_RECORD_GRADUATED] = "record_graduated",
	[REASON_RENEWAL_LISTED] = "renewal_listed",
	[REASON_PROGRAM_ENDED] = "program_ended",
	[REASON_RECORD_SUSPENDED] = "record_suspended",
	[REASON_RECORD_EXCLUDED] = "record_excluded",
	[REASON_RECORD_WITHDRAWN] = "record_withdrawn",
	[REASON_RECORD_DECERTIFIED] = "record_decertified",
	[REASON_RECORD_MISSING] = "record_missing",
	[REASON_LISTED_BY_NAME] = "listed_by_name",
	[REASON_NAME_MISMATCH] = "name_mismatch",
	[REASON_TYPE_MISMATCH] = "type_mismatch",
	[REASON_CATEGORY_CONFLICT] = "category_conflict",
	[REASON_STATUS_UNKNOWN] = "status_unknown",
	[REASON_CONFLICTING_RECORDS] = "conflicting_records",
	[REASON_ALREADY_CLAIMED] = "already_claimed",
	[REASON_DISPUTED] = "disputed",
	[REASON_NUMBER_UNKNOWN] = "number_unknown",
	[REASON_NUMBER_MALFORMED] = "number_malformed",
};

static const char *const how_names[] = {
	[HOW_NONE] = "",
	[HOW_RECORD] = "record",
	[HOW_ATTESTED] = "attested",
	[HOW_PINNED] = "pinned",
};

static const char *const cause_names[] = {
	[CAUSE_CLAIM] = "claim",
	[CAUSE_POLL] = "poll",
	[CAUSE_LOOKUP] = "lookup",
	[CAUSE_EXPIRY] = "expiry",
	[CAUSE_OPERATOR] = "operator",
	[CAUSE_RULE] = "rule",
	[CAUSE_CONFIG] = "config",
	[CAUSE_IMPORT] = "import",
	[CAUSE_UNDO] = "undo",
	[CAUSE_REBUILD] = "rebuild",
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* Index of the word, or n. */
static size_t
word_find(const char *const *words, size_t n, const char *word)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (text_equal(words[i], word))
			break;
	return i;
}

const char *
badge_status_name(enum badge_status status)
{
	return (size_t)status < COUNT(status_names) ? status_names[status] : "";
}

bool
badge_status_parse(const char *word, enum badge_status *out)
{
	size_t i = word_find(status_names, COUNT(status_names), word);

	if (i == COUNT(status_names))
		return false;
	*out = (enum badge_status)i;
	return true;
}

const char *
badge_reason_name(enum badge_reason reason)
{
	return (size_t)reason < COUNT(reason_names) ? reason_names[reason] : "";
}

bool
badge_reason_parse(const char *word, enum badge_reason *out)
{
	size_t i = word_find(reason_names, COUNT(reason_names), word);

	if (i == COUNT(reason_names))
		return false;
	*out = (enum badge_reason)i;
	return true;
}

const char *
badge_reason_public(enum badge_reason reason)
{
	/* Only few programs graduate anyone, and programs that end make news. */
	if (reason == REASON_RECORD_GRADUATED || reason == REASON_PROGRAM_ENDED)
		reason = REASON_RECORD_EXPIRED;
	return badge_reason_name(reason);
}

const char *
badge_how_name(enum badge_how how)
{
	return (size_t)how < COUNT(how_names) ? how_names[how] : "";
}

bool
badge_how_parse(const char *word, enum badge_how *out)
{
	size_t i = word_find(how_names, COUNT(how_names), word);

	if (i == COUNT(how_names))
		return false;
	*out = (enum badge_how)i;
	return true;
}

const char *
badge_cause_name(enum badge_cause cause)
{
	return (size_t)cause < COUNT(cause_names) ? cause_names[cause] : "";
}

bool
badge_cause_parse(const char *word, enum badge_cause *out)
{
	size_t i = word_find(cause_names, COUNT(cause_names), word);

	if (i == COUNT(cause_names))
		return false;
	*out = (enum badge_cause)i;
	return true;
}

static bool
list_equal(const char *const *a, size_t a_count, const char *const *b, size_t b_count)
{
	if (a_count != b_count)
		return false;
	for (size_t i = 0; i < a_count; i++)
		if (!text_equal(a[i], b[i]))
			return false;
	return true;
}

bool
claim_equal(const struct claim *a, const struct claim *b)
{
	return text_equal(a->badge, b->badge) &&
	    text_equal(a->profile, b->profile) &&
	    text_equal(a->holder, b->holder) &&
	    text_equal(a->body, b->body) &&
	    a->category == b->category &&
	    text_equal(a->type, b->type) &&
	    text_equal(a->number, b->number) &&
	    text_equal(a->business_name, b->business_name) &&
	    cs_date_compare(a->expires_on, b->expires_on) == 0 &&
	    list_equal(a->names, a->name_count, b->names, b->name_count) &&
	    list_equal(a->aliases, a->alias_count, b->aliases, b->alias_count) &&
	    a->hidden == b->hidden;
}

void
badge_tile(const struct badge *b, struct buf *out)
{
	char date[CS_DATE_TEXT], time[TEXT_TIME];

	buf_puts(out, "{\"status\":");
	buf_json(out, badge_status_name(b->status));
	buf_puts(out, ",\"category\":");
	buf_json(out, category_name(b->claim.category));
	buf_puts(out, ",\"type\":");
	buf_json(out, b->claim.type);
	buf_puts(out, ",\"expires_on\":");
	buf_json(out, cs_date_is_set(b->expires_on) ?
	    cs_date_text(b->expires_on, date) : NULL);
	buf_puts(out, ",\"valid_until\":");
	buf_json(out, b->valid_until_s != 0 ? text_time_s(b->valid_until_s, time) : NULL);
	buf_printf(out, ",\"version\":%lld}", (long long)b->version);
}

unsigned
badge_partition(const char *profile, unsigned partitions)
{
	return partitions > 1 ? hash_slot(profile, strlen(profile)) % partitions : 0;
}
