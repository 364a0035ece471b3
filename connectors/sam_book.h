/* SPDX-License-Identifier: ISC */
/*
 * sam_book.h -- from rows about entities to records; both modes of sam.c.
 *
 * Part of sam.c and of nothing else.  An entity may have several rows, told
 * apart by the EFT indicator: the row without one decides, and only where
 * there is none do the others count.  Rows come in any order, so the book
 * remembers every UEI that has such a row, and keeps the records of the
 * others until the answer has ended.  Both are bounded.
 */
#ifndef CONNECTORS_SAM_BOOK_H
#define CONNECTORS_SAM_BOOK_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <certsync/connector.h>

#define UEI_LEN		12
#define UEI_SLOTS_MIN	((size_t)1 << 12)
#define UEI_SLOTS_MAX	((size_t)1 << 22)	/* 32 MiB; twice the largest file */
/* Certifications on rows with an EFT indicator; some hundreds are known. */
#define HELD_MAX	16384
#define CAGE_MAX	16		/* five today */

/* A record of a row with an EFT indicator; its texts follow the struct. */
struct held {
	struct held	*next;
	uint64_t	 uei;
	struct cs_record rec;
};

struct book {
	struct cs_poll	*poll;		/* lent until close */
	const char	*date_formats;	/* constant */
	unsigned	 wanted;	/* bit i: programs[i] */
	bool		 doubtful;	/* something was unreadable: no proof */
	uint64_t	*ueis;		/* owned; those with a row without EFT */
	size_t		 uei_slots, uei_used;
	struct held	*held, **held_tail; /* owned */
	size_t		 held_count;
	uint8_t		 warned[36 * 36 / 8]; /* a bit per two-character code */
};

/* What a row says of its entity.  Texts are lent; NULL where there is none. */
struct entity {
	const char	*uei;
	uint64_t	 key;		/* uei_pack(uei), not 0 */
	const char	*cage;
	char		 name[CS_NAME_MAX + 1], dba[CS_NAME_MAX + 1]; /* "": none */
	bool		 eft, excluded;
};

/*
 * The five codes in use of the SBA list (entity-api; a sweep of all codes in
 * 2026 found no other).  A4 is legacy without holders.  VOSB and SDVOSB are
 * not in SAM: A5 and QF there are the entity's own word.
 */
static const struct program {
	const char	*code, *name, *type;
} programs[] = {
	{ "A6",	"8a",		"SBA8A" },
	{ "JT",	"8a-jv",	"SBA8A-JV" },
	{ "XX",	"hubzone",	"HUBZONE" },
	{ "A9",	"wosb",		"WOSB" },
	{ "A0",	"edwosb",	"EDWOSB" },
};
#define PROGRAMS	(sizeof(programs) / sizeof(programs[0]))

/* --- values ---------------------------------------------------------------- */

/* SAM says "nothing" as null, as blanks and as the word null. */
static inline const char *
value_or_null(const char *text)
{
	if (text == NULL)
		return NULL;
	text += strspn(text, " \t");
	return *text == '\0' || strcmp(text, "null") == 0 ? NULL : text;
}

/* The value of a letter or digit, -1 for all else. */
static inline int
base36(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'Z' ? c - 'A' + 10 : -1;
}

/* Twelve base-36 digits fit 63 bits; one is added so that 0 means "no UEI". */
static inline uint64_t
uei_pack(const char *text)
{
	uint64_t v = 0;

	if (text == NULL || strlen(text) != UEI_LEN)
		return 0;
	for (; *text != '\0'; text++) {
		int d = base36(*text);

		if (d < 0)
			return 0;
		v = v * 36 + (uint64_t)d;
	}
	return v + 1;
}

/* A CAGE code only confirms: an odd one is left out, the row stays. */
static inline const char *
cage_read(const char *text)
{
	size_t n = 0;

	if ((text = value_or_null(text)) == NULL)
		return NULL;
	while (n <= CAGE_MAX && base36(text[n]) >= 0)
		n++;
	return text[n] == '\0' && n <= CAGE_MAX ? text : NULL;
}

/* Length of the UTF-8 sequence at p, 0 if there is none. */
static inline size_t
utf8_len(const unsigned char *p)
{
	size_t n = *p < 0x80 ? 1 : *p < 0xC2 ? 0 : *p < 0xE0 ? 2 :
	    *p < 0xF0 ? 3 : *p < 0xF5 ? 4 : 0;

	if ((*p == 0xE0 && p[1] < 0xA0) || (*p == 0xED && p[1] > 0x9F) ||
	    (*p == 0xF0 && p[1] < 0x90) || (*p == 0xF4 && p[1] > 0x8F))
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	return n;
}

/*
 * A name as a record may carry it: trimmed, UTF-8, control characters blank.
 * The monthly file is Latin-1 unless its UTF-8 twin was asked for.  "" if
 * there is none or it is too long: better no name than half of one.
 */
static inline void
name_read(const char *in, char out[CS_NAME_MAX + 1])
{
	const unsigned char *p = (const unsigned char *)value_or_null(in);
	bool utf8 = true;
	size_t n = 0, len;

	out[0] = '\0';
	if (p == NULL)
		return;
	for (const unsigned char *q = p; *q != '\0' && utf8; q += len)
		utf8 = (len = utf8_len(q)) != 0;
	for (; *p != '\0'; p += len) {
		len = utf8 ? utf8_len(p) : 1;
		if (n + len + 1 > CS_NAME_MAX) {
			out[0] = '\0';
			return;
		}
		if (*p < 0x20 || *p == 0x7F || (len == 1 && *p >= 0x80 && *p < 0xA0) ||
		    (*p == 0xC2 && len == 2 && p[1] < 0xA0)) {
			out[n++] = ' ';
		} else if (len == 1 && *p >= 0x80) {
			out[n++] = (char)(0xC0 | *p >> 6);
			out[n++] = (char)(0x80 | (*p & 0x3F));
		} else {
			memcpy(out + n, p, len);
			n += len;
		}
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
}

/* --- the entities with a row of their own ---------------------------------------- */

static inline size_t
uei_slot(const uint64_t *slots, size_t n, uint64_t key)
{
	size_t i = (size_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (n - 1);

	while (slots[i] != 0 && slots[i] != key)
		i = (i + 1) & (n - 1);
	return i;
}

static inline enum cs_rc
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

/* Notes that e has a row without EFT indicator, if this is one. */
static inline enum cs_rc
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

/* Takes every proof from this poll; says why, once. */
static inline void
book_doubt(struct book *b, const char *why)
{
	if (!b->doubtful)
		cs_warn(b->poll, "%s; this poll proves nothing", why);
	b->doubtful = true;
}

/* Once per code: a new one means that SBA certifies something we do not map. */
static inline void
code_warn(struct book *b, const char *code)
{
	int hi = base36(code[0]), lo = hi < 0 ? -1 : base36(code[1]);
	unsigned at;

	if (lo < 0 || code[2] != '\0') {
		book_doubt(b, "an SBA code that is not two letters or digits");
		return;
	}
	at = (unsigned)hi * 36 + (unsigned)lo;
	if ((b->warned[at / 8] & (1u << (at % 8))) == 0)
		cs_warn(b->poll, "SBA code %s has no type here; skipped", code);
	b->warned[at / 8] = (uint8_t)(b->warned[at / 8] | 1u << (at % 8));
}

static inline const char *
text_keep(char **at, const char *text)
{
	char *copy = *at;

	if (text == NULL)
		return NULL;
	*at = stpcpy(copy, text) + 1;
	return copy;
}

static inline size_t
text_size(const char *text)
{
	return text == NULL ? 0 : strlen(text) + 1;
}

static inline enum cs_rc
held_add(struct book *b, const struct entity *e, const struct cs_record *rec)
{
	struct held *h;
	char *at;

	if (b->held_count == HELD_MAX)
		return cs_fail(b->poll, CS_E_LIMIT,
		    "over %d certifications on rows with an EFT indicator", HELD_MAX);
	h = malloc(sizeof(*h) + text_size(rec->number) + text_size(rec->aliases[0]) +
	    text_size(rec->business_name) + text_size(rec->dba_name));
	if (h == NULL)
		return CS_E_NOMEM;
	*h = (struct held){ .uei = e->key, .rec = *rec };
	at = (char *)(h + 1);
	h->rec.number = text_keep(&at, rec->number);
	h->rec.aliases[0] = text_keep(&at, rec->aliases[0]);
	h->rec.business_name = text_keep(&at, rec->business_name);
	h->rec.dba_name = text_keep(&at, rec->dba_name);
	if (b->held_tail == NULL)
		b->held_tail = &b->held;
	*b->held_tail = h;
	b->held_tail = &h->next;
	b->held_count++;
	return CS_OK;
}

/* One SBA code of a row of e.  from and until are texts of dates, or NULL. */
static inline enum cs_rc
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
		code_warn(b, code);
		return CS_OK;
	}
	if ((b->wanted & (1u << i)) == 0)
		return CS_OK;
	rec.type = programs[i].type;
	if (from != NULL && cs_date_parse(b->date_formats, from,
	    &rec.issued_on) == CS_DATE_BAD)
		cs_warn(b->poll, "an entry date of code %s is unreadable",
		    programs[i].code);
	if (until != NULL && cs_date_parse(b->date_formats, until,
	    &rec.expires_on) == CS_DATE_BAD) {
		cs_warn(b->poll, "an exit date of code %s is unreadable",
		    programs[i].code);
		rec.status = CS_STATUS_UNKNOWN;
		rec.status_word = "unreadable-date";
	}
	return e->eft ? held_add(b, e, &rec) : cs_emit(b->poll, &rec);
}

/* The answer has ended: what was kept counts where nothing better came. */
static inline enum cs_rc
book_end(struct book *b)
{
	enum cs_rc rc = CS_OK;

	for (struct held *h = b->held; h != NULL && rc == CS_OK; h = h->next)
		if (b->uei_slots == 0 ||
		    b->ueis[uei_slot(b->ueis, b->uei_slots, h->uei)] == 0)
			rc = cs_emit(b->poll, &h->rec);
	return rc;
}

static inline void
book_free(struct book *b)
{
	struct held *next;

	for (; b->held != NULL; b->held = next) {
		next = b->held->next;
		free(b->held);
	}
	free(b->ueis);
	*b = (struct book){ 0 };
}

#endif /* CONNECTORS_SAM_BOOK_H */
