/* SPDX-License-Identifier: ISC */
/* host.c -- see host.h: polls, as a connector sees them. */
#include "parse/host.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "parse/report.h"

#define ITEMS_FIRST	1024	/* slots; doubled at half full */
#define CATEGORIES_ALL	(CS_CATEGORY_MINORITY | CS_CATEGORY_WOMAN | \
	CS_CATEGORY_VETERAN | CS_CATEGORY_DISABILITY | CS_CATEGORY_LGBTQ)

struct cs_poll {
	struct host_poll_options opt;
	uint8_t		 key[HASH_KEY_BYTES];
	uint64_t	*slots;		/* owned; open addressing, 0: free */
	size_t		 slot_count;	/* a power of two, or 0 */
	uint64_t	 items, records, warnings, left_out;
	bool		 unproven, proofless, dated;	/* said */
	char		*checkpoint;	/* owned */
	size_t		 checkpoint_len;
	int64_t		 retry_at_s;
	struct report	*report;	/* owned; NULL: not wanted */
	char		 reason[HOST_TEXT_MAX + 1];
};

struct cs_poll *
host_poll_new(const struct host_poll_options *opt)
{
	struct cs_poll *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->opt = *opt;
	p->report = opt->report ? report_new() : NULL;
	if ((opt->report && p->report == NULL) || hash_key_random(p->key) != 0)
		return host_poll_free(p);
	return p;
}

struct cs_poll *
host_poll_free(struct cs_poll *p)
{
	if (p == NULL)
		return NULL;
	free(p->slots);
	free(p->checkpoint);
	report_free(p->report);
	free(p);
	return NULL;
}

struct report *
host_poll_report(const struct cs_poll *p)
{
	return p->report;
}

const char *
host_poll_reason(const struct cs_poll *p)
{
	return p->reason[0] != '\0' ? p->reason : NULL;
}

int64_t
host_poll_retry_at(const struct cs_poll *p)
{
	return p->retry_at_s;
}

const char *
host_poll_checkpoint(const struct cs_poll *p, size_t *out_len)
{
	*out_len = p->checkpoint_len;
	return p->checkpoint;
}

uint64_t
host_poll_records(const struct cs_poll *p)
{
	return p->records;
}

uint64_t
host_poll_items(const struct cs_poll *p)
{
	return p->items;
}

uint64_t
host_poll_warnings(const struct cs_poll *p)
{
	return p->warnings;
}

/* --- records ---------------------------------------------------------------- */

/* NULL is fine; else 1..max clean bytes. */
static bool
field_ok(const char *s, size_t max)
{
	size_t len;

	if (s == NULL)
		return true;
	len = strnlen(s, max + 1);
	return len > 0 && len <= max && text_is_clean(s, len);
}

static bool
type_ok(const char *s)
{
	return s == NULL || (field_ok(s, CS_TYPE_MAX) &&
	    strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == strlen(s));
}

static bool
date_ok(struct cs_date d)
{
	return !cs_date_is_set(d) || cs_date_is_valid(d);
}

/* Which rule of connector.h a record breaks, NULL: none. */
static const char *
record_fault(const struct cs_record *rec)
{
	/* A list without numbers has names. */
	if ((rec->number == NULL && rec->business_name == NULL) ||
	    !field_ok(rec->number, CS_NUMBER_MAX))
		return "number";
	for (size_t i = 0; i < CS_ALIASES_MAX; i++)
		if (!field_ok(rec->aliases[i], CS_NUMBER_MAX))
			return "alias";
	if (!field_ok(rec->business_name, CS_NAME_MAX))
		return "business name";
	if (!field_ok(rec->dba_name, CS_NAME_MAX))
		return "trade name";
	if (!type_ok(rec->type))
		return "type";
	if ((rec->categories & ~CATEGORIES_ALL) != 0)
		return "category";
	if ((unsigned)rec->status > CS_STATUS_DECERTIFIED)
		return "status";
	if (!field_ok(rec->status_word, CS_WORD_MAX))
		return "status word";
	if (!date_ok(rec->issued_on) || !date_ok(rec->expires_on))
		return "date";
	return NULL;
}

/* Many registries write "" for "none"; the contract knows NULL only. */
static void
empty_to_null(const char **s)
{
	if (*s != NULL && **s == '\0')
		*s = NULL;
}

enum cs_rc
cs_emit(struct cs_poll *p, const struct cs_record *rec)
{
	struct cs_record r = *rec;
	const char *fault;

	for (size_t i = 0; i < CS_ALIASES_MAX; i++)
		empty_to_null(&r.aliases[i]);
	empty_to_null(&r.business_name);
	empty_to_null(&r.dba_name);
	empty_to_null(&r.type);
	empty_to_null(&r.status_word);
	if (r.status != CS_STATUS_UNKNOWN)
		r.status_word = NULL;
	fault = record_fault(&r);
	if (fault != NULL)
		return cs_fail(p, CS_E_INPUT,
		    "record %llu: its %s is outside the allowed bounds",
		    (unsigned long long)p->records + 1, fault);
	if (p->opt.max_records != 0 && p->records >= p->opt.max_records)
		return cs_fail(p, CS_E_LIMIT, "more than %llu records",
		    (unsigned long long)p->opt.max_records);
	p->records++;
	if (p->opt.sink->record != NULL &&
	    p->opt.sink->record(p->opt.sink_arg, &r) != 0)
		return CS_E_NOMEM;
	return CS_OK;
}

/* --- items ------------------------------------------------------------------ */

/* Puts h into slots.  false: it was there. */
static bool
slots_insert(uint64_t *slots, size_t count, uint64_t h)
{
	size_t i = (size_t)h & (count - 1);

	while (slots[i] != 0) {
		if (slots[i] == h)
			return false;
		i = (i + 1) & (count - 1);
	}
	slots[i] = h;
	return true;
}

static bool
items_grow(struct cs_poll *p)
{
	size_t count = p->slot_count == 0 ? ITEMS_FIRST : p->slot_count * 2;
	uint64_t *slots = calloc(count, sizeof(*slots));

	if (slots == NULL)
		return false;
	for (size_t i = 0; i < p->slot_count; i++)
		if (p->slots[i] != 0)
			(void)slots_insert(slots, count, p->slots[i]);
	free(p->slots);
	p->slots = slots;
	p->slot_count = count;
	return true;
}

enum cs_rc
cs_item(struct cs_poll *p, const char *key, size_t len)
{
	if (p->items * 2 >= p->slot_count && !items_grow(p))
		return CS_E_NOMEM;
	if (!slots_insert(p->slots, p->slot_count, hash64(p->key, key, len)))
		return CS_OK;
	if (p->items >= HOST_ITEMS_MAX)
		return cs_fail(p, CS_E_LIMIT, "more than %u items",
		    HOST_ITEMS_MAX);
	p->items++;
	if (p->opt.sink->item != NULL &&
	    p->opt.sink->item(p->opt.sink_arg, p->items) != 0)
		return CS_E_NOMEM;
	return CS_OK;
}

/* --- the rest of a poll ----------------------------------------------------- */

void
cs_proven(struct cs_poll *p, enum cs_proof proof, uint64_t declared)
{
	if ((unsigned)proof > CS_PROOF_CURSOR)
		return;
	if (proof == CS_PROOF_CLOSED || proof == CS_PROOF_CURSOR)
		declared = 0;
	if (p->opt.sink->proof != NULL)
		p->opt.sink->proof(p->opt.sink_arg, proof, declared);
}

enum cs_rc
cs_fail(struct cs_poll *p, enum cs_rc rc, const char *fmt, ...)
{
	va_list ap;

	if (p->reason[0] != '\0')
		return rc;
	va_start(ap, fmt);
	(void)vsnprintf(p->reason, sizeof(p->reason), fmt, ap);
	va_end(ap);
	return rc;
}

void
cs_warn(struct cs_poll *p, const char *fmt, ...)
{
	char text[HOST_TEXT_MAX + 1];
	va_list ap;

	if (p->warnings++ >= HOST_WARNINGS_MAX || p->opt.sink->warn == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	p->opt.sink->warn(p->opt.sink_arg, text);
}

/*
 * Each cell's hash is the key of the next one, so that "a", "b" is not "ab".
 * It hides nothing, which is the engine's part: it is the same in every process.
 */
static uint64_t
cells_hash(const char *const *cells, size_t n)
{
	uint8_t key[HASH_KEY_BYTES] = { 0 };
	uint64_t h = 0;

	for (size_t i = 0; i < n; i++) {
		h = hash64(key, cells[i] != NULL ? cells[i] : "",
		    cells[i] != NULL ? strlen(cells[i]) : 0);
		memcpy(key, &h, sizeof(h));
	}
	return h;
}

void
cs_left_out(struct cs_poll *p, const char *const *cells, size_t n, const char *fmt, ...)
{
	char text[HOST_TEXT_MAX + 1] = "";
	va_list ap;

	if (p->opt.sink->left_out == NULL)
		return;
	va_start(ap, fmt);
	if (p->left_out++ < HOST_LEFT_OUT_TOLD)
		(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	p->opt.sink->left_out(p->opt.sink_arg, cells_hash(cells, n), text);
}

void
cs_as_of(struct cs_poll *p, struct cs_date day)
{
	if (p->dated || p->opt.sink->as_of == NULL || !cs_date_is_valid(day) ||
	    cs_date_days(day) > cs_date_days(p->opt.today) + 1)
		return;
	p->dated = true;
	p->opt.sink->as_of(p->opt.sink_arg, day);
}

void
cs_unproven(struct cs_poll *p, const char *fmt, ...)
{
	char text[HOST_TEXT_MAX + 1];
	va_list ap;

	if (p->unproven || p->opt.sink->unproven == NULL)
		return;
	p->unproven = true;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	p->opt.sink->unproven(p->opt.sink_arg, text);
}

void
cs_proofless(struct cs_poll *p)
{
	if (p->proofless || p->opt.sink->unproven == NULL)
		return;
	p->proofless = true;
	p->opt.sink->unproven(p->opt.sink_arg, NULL);
}

void
cs_retry_at(struct cs_poll *p, int64_t unix_s)
{
	p->retry_at_s = unix_s;
}

enum cs_poll_kind
cs_kind(const struct cs_poll *p)
{
	return p->opt.kind;
}

struct cs_date
cs_today(const struct cs_poll *p)
{
	return p->opt.today;
}

const char *
cs_lookup(const struct cs_poll *p, size_t i)
{
	return i < p->opt.lookup_count ? p->opt.lookups[i] : NULL;
}

const char *
cs_checkpoint(const struct cs_poll *p, size_t *out_len)
{
	if (out_len != NULL)
		*out_len = p->opt.checkpoint != NULL ? p->opt.checkpoint_len : 0;
	return p->opt.checkpoint;
}

enum cs_rc
cs_checkpoint_set(struct cs_poll *p, const char *buf, size_t len)
{
	char *copy;

	if (len > CS_CHECKPOINT_MAX)
		return cs_fail(p, CS_E_LIMIT, "checkpoint over %d bytes",
		    CS_CHECKPOINT_MAX);
	copy = malloc(len + 1);
	if (copy == NULL)
		return CS_E_NOMEM;
	if (len > 0)
		memcpy(copy, buf, len);
	copy[len] = '\0';
	free(p->checkpoint);
	p->checkpoint = copy;
	p->checkpoint_len = len;
	return CS_OK;
}
