/* SPDX-License-Identifier: ISC */
/* book.c -- see book.h. */
#include "book.h"

#include <stdlib.h>
#include <string.h>

#include "value.h"

#define UEI_SLOTS_MIN	((size_t)1 << 12)
#define UEI_SLOTS_MAX	((size_t)1 << 22)	/* 32 MiB; twice the largest file */
/* Certifications on rows with an EFT indicator; some hundreds are known. */
#define EFT_MAX		16384

const struct program programs[PROGRAMS] = {
	{ "A6",	"8a",		"SBA8A" },
	{ "JT",	"8a-jv",	"SBA8A-JV" },
	{ "XX",	"hubzone",	"HUBZONE" },
	{ "A9",	"wosb",		"WOSB" },
	{ "A0",	"edwosb",	"EDWOSB" },
};

/* --- the entities with a row of their own ---------------------------------------- */

static size_t
uei_slot(const uint64_t *slots, size_t n, uint64_t key)
{
	size_t i = (size_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (n - 1);

	while (slots[i] != 0 && slots[i] != key)
		i = (i + 1) & (n - 1);
	return i;
}

static enum cs_rc
ueis_grow(struct book *b)
{
	size_t n = b->uei_slots == 0 ? UEI_SLOTS_MIN : 2 * b->uei_slots;
	uint64_t *slots;

	if (n > UEI_SLOTS_MAX)
		return cs_fail(b->poll, CS_E_LIMIT, "too many entities");
	if ((slots = calloc(n, sizeof(*slots))) == NULL)
		return CS_E_NOMEM;
	for (size_t i = 0; i < b->uei_slots; i++)
		if (b->ueis[i] != 0)
			slots[uei_slot(slots, n, b->ueis[i])] = b->ueis[i];
	free(b->ueis);
	b->ueis = slots;
	b->uei_slots = n;
	return CS_OK;
}

enum cs_rc
book_entity(struct book *b, const struct entity *e)
{
	enum cs_rc rc;
	size_t i;

	if (e->eft)
		return CS_OK;
	if (2 * b->uei_used >= b->uei_slots && (rc = ueis_grow(b)) != CS_OK)
		return rc;
	i = uei_slot(b->ueis, b->uei_slots, e->key);
	if (b->ueis[i] == 0) {
		b->ueis[i] = e->key;
		b->uei_used++;
	}
	return CS_OK;
}

/* --- records ------------------------------------------------------------------- */

void
book_doubt(struct book *b, const char *why)
{
	if (!b->doubtful)
		cs_warn(b->poll, "%s; this poll proves nothing", why);
	b->doubtful = true;
}

void
book_leave_out(struct book *b, const struct entity *e, const char *text, const char *what)
{
	const char *cells[] = { e->uei != NULL ? e->uei : "", e->name, text };

	cs_left_out(b->poll, cells, sizeof(cells) / sizeof(cells[0]), "%s %llu: %s", e->what,
	    (unsigned long long)e->place, what);
}

/* Once per code: a new one means that SBA certifies something we do not map. */
static void
code_warn(struct book *b, const struct entity *e, const char *code)
{
	int hi = value_base36(code[0]), lo = hi < 0 ? -1 : value_base36(code[1]);
	unsigned at;

	if (lo < 0 || code[2] != '\0') {
		book_leave_out(b, e, code, "an SBA code that is not two letters or digits");
		return;
	}
	at = (unsigned)hi * 36 + (unsigned)lo;
	if ((b->warned[at / 8] & (1u << (at % 8))) == 0)
		cs_warn(b->poll, "SBA code %s has no type here; skipped", code);
	b->warned[at / 8] = (uint8_t)(b->warned[at / 8] | 1u << (at % 8));
}

static enum cs_rc
eft_keep(struct book *b, const struct entity *e, const struct cs_record *rec)
{
	if (b->eft.count == EFT_MAX)
		return cs_fail(b->poll, CS_E_LIMIT,
		    "over %d certifications on rows with an EFT indicator", EFT_MAX);
	return kept_add(&b->eft, e->key, 0, rec);
}

enum cs_rc
book_statement(struct book *b, const struct entity *e, const char *code,
    const char *from, const char *until)
{
	struct cs_record rec = {
		.number = e->uei, .aliases = { e->cage },
		.business_name = e->name[0] != '\0' ? e->name : NULL,
		.dba_name = e->dba[0] != '\0' ? e->dba : NULL,
		.status = e->excluded ? CS_STATUS_EXCLUDED : CS_STATUS_ACTIVE
	};
	size_t i = 0;

	while (i < PROGRAMS && strcmp(programs[i].code, code) != 0)
		i++;
	if (i == PROGRAMS) {
		code_warn(b, e, code);
		return CS_OK;
	}
	if ((b->wanted & (1u << i)) == 0)
		return CS_OK;
	rec.type = programs[i].type;
	if (from != NULL && day_read(from, &rec.issued_on) == CS_DATE_BAD)
		cs_warn(b->poll, "an entry date of code %s is unreadable",
		    programs[i].code);
	if (until != NULL && day_read(until, &rec.expires_on) == CS_DATE_BAD) {
		cs_warn(b->poll, "an exit date of code %s is unreadable",
		    programs[i].code);
		rec.status = CS_STATUS_UNKNOWN;
		rec.status_word = "unreadable-date";
	}
	return e->eft ? eft_keep(b, e, &rec) : cs_emit(b->poll, &rec);
}

enum cs_rc
book_end(struct book *b)
{
	enum cs_rc rc = CS_OK;

	for (const struct kept *k = b->eft.first; k != NULL && rc == CS_OK; k = k->next)
		if (b->uei_slots == 0 ||
		    b->ueis[uei_slot(b->ueis, b->uei_slots, k->key)] == 0)
			rc = cs_emit(b->poll, &k->rec);
	return rc;
}

void
book_free(struct book *b)
{
	kept_free(&b->eft);
	free(b->ueis);
	*b = (struct book){ 0 };
}
