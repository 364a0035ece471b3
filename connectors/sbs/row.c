/* SPDX-License-Identifier: ISC */
/* row.c -- see row.h. */
#include "row.h"

#include <stdio.h>
#include <string.h>

#include <certsync/cell.h>

#include "lib/seen.h"
#include "program.h"
#include "reader.h"

#define CAGE_MAX	16	/* five today */
#define CERTS_MAX	64	/* of one firm; nine kinds exist */

#define CERT_DATES	"%Y-%m-%d | %Y-%m-%dT%H:%M:%S%f%Z"
#define FLAT_DATES	"%m/%d/%Y"

/* certs[].name, letters and digits only.  Others are told, and read flat. */
static const struct {
	const char	*word;
	enum kind	 kind;
} names[] = {
	{ "8A", K_8A }, { "8AJV", K_8A_JV }, { "8AJOINTVENTURE", K_8A_JV },
	{ "HUBZONE", K_HUBZONE }, { "HZ", K_HUBZONE },
	{ "WOSB", K_WOSB }, { "EDWOSB", K_EDWOSB },
	{ "VOSB", K_VOSB }, { "VOSBJV", K_VOSB },
	{ "SDVOSB", K_SDVOSB }, { "SDVOSBJV", K_SDVOSB },
};

/* A firm's row.  Texts are lent by the document or stand here. */
struct row {
	const struct cs_json *node, *certs;
	uint64_t	 uei;		/* uei_pack(), not 0 */
	const char	*uei_text, *cage; /* cage: NULL if there is none */
	char		 name[CS_NAME_MAX + 1], dba[CS_NAME_MAX + 1]; /* "": none */
	size_t		 count;		/* of certs */
	enum kind	 kind[CERTS_MAX]; /* KINDS: none of ours */
};

/* Twelve base-36 digits fit 63 bits; one is added so that 0 means "no UEI". */
uint64_t
uei_pack(const char *text)
{
	uint64_t v = 0;

	if (text == NULL || strlen(text) != UEI_LEN)
		return 0;
	for (; *text != '\0'; text++) {
		char c = *text;

		if (c >= '0' && c <= '9')
			v = v * 36 + (uint64_t)(c - '0');
		else if (c >= 'A' && c <= 'Z')
			v = v * 36 + (uint64_t)(c - 'A' + 10);
		else
			return 0;
	}
	return v + 1;
}

/* A CAGE code only confirms: an odd one is left out, the row stays. */
static const char *
cage_read(const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;

	return len > 0 && len <= CAGE_MAX && strspn(text, "0123456789"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == len ?
	    text : NULL;
}

/*
 * A member's text, trimmed, control characters blank.  "" if there is none or
 * it does not fit: better no name than half of one.
 */
static const char *
text_read(const struct cs_json *node, char *out, size_t size)
{
	const unsigned char *p = (const unsigned char *)cs_json_text(node);
	size_t n = 0;

	out[0] = '\0';
	for (; p != NULL && *p != '\0'; p++) {
		bool c1 = p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0;
		bool blank = *p <= 0x20 || *p == 0x7f || c1;

		p += c1 ? 1 : 0;
		if (blank && n == 0)
			continue;
		if (n + 1 >= size) {
			out[0] = '\0';
			return out;
		}
		out[n++] = blank ? ' ' : (char)*p;
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	return out;
}

static bool
row_flag(const struct row *r, const char *member)
{
	return member != NULL && cs_json_true(cs_json_get(r->node, member));
}

static bool
row_flag_active(const struct row *r, enum kind k)
{
	return row_flag(r, kinds[k].active) || row_flag(r, kinds[k].active_jv);
}

static enum kind
cert_kind(struct reader *s, const struct cs_json *cert)
{
	const char *text = cs_json_text(cs_json_get(cert, "name"));
	char word[CS_WORD_MAX + 1];
	size_t n = 0;

	for (const char *p = text; p != NULL && *p != '\0' && n < CS_WORD_MAX; p++)
		if ((*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z'))
			word[n++] = *p;
		else if (*p >= 'a' && *p <= 'z')
			word[n++] = (char)(*p - 'a' + 'A');
	word[n] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].word, word) == 0)
			return names[i].kind;
	reader_remark(s, "certs[].name", text != NULL ? text : "(none)");
	return KINDS;
}

/* --- records --------------------------------------------------------------------- */

/* What is told of firm r; ended: it only counts where nothing is in force. */
static enum cs_rc
state_certification(struct reader *s, const struct row *r, enum kind k,
    struct cs_record *rec, bool ended)
{
	enum cs_rc rc = CS_OK;
	bool new;

	rec->number = r->uei_text;
	rec->aliases[0] = r->cage;
	rec->type = kinds[k].type;
	rec->business_name = r->name[0] != '\0' ? r->name : NULL;
	rec->dba_name = r->dba[0] != '\0' ? r->dba : NULL;
	if (ended)
		return reader_hold(s, r->uei, k, rec);
	if (rec->status == CS_STATUS_ACTIVE || rec->status == CS_STATUS_SUSPENDED)
		rc = seen_add(&s->in_force, s->poll, r->uei, k, &new);
	return rc == CS_OK ? reader_tell(s, r->uei, rec) : rc;
}

/* Fills a date that is not there yet. */
static void
date_fill(struct reader *s, const struct cs_json *node, const char *formats,
    const char *what, struct cs_date *out, bool *bad)
{
	const char *text = cs_json_text(node);

	if (text == NULL || cs_date_is_set(*out) ||
	    cs_cell_date(formats, text, out) != CS_DATE_BAD)
		return;
	cs_warn(s->poll, "%s: an unreadable date", what);
	*bad = true;
}

static void
record_unknown(struct cs_record *rec, const char *word)
{
	rec->status = CS_STATUS_UNKNOWN;
	rec->status_word = word;
}

/*
 * What has ended: expired, if the date of that has come.  A date to come means
 * an end before its time, by somebody's decision that nobody tells; it is not
 * the last valid day.  odd: another member says that it has not ended.
 */
static void
record_ended(const struct reader *s, struct cs_record *rec, const char *word, bool odd)
{
	if (!odd && cs_date_is_set(rec->expires_on) &&
	    cs_date_compare(rec->expires_on, cs_today(s->poll)) <= 0) {
		rec->status = CS_STATUS_EXPIRED;
		return;
	}
	record_unknown(rec, word[0] != '\0' ? word : "inactive");
	rec->expires_on = (struct cs_date){ 0 };
}

/* Whether an entry says that the certification is there, in whatever state. */
static bool
cert_lives(const struct cs_json *cert)
{
	return cs_json_true(cs_json_get(cert, "active")) ||
	    cs_json_true(cs_json_get(cert, "suspended")) ||
	    cs_json_true(cs_json_get(cert, "pending"));
}

/* flat: the row's flat dates speak of this entry.  odd: they contradict it. */
static enum cs_rc
cert_read(struct reader *s, const struct row *r, enum kind k,
    const struct cs_json *cert, bool flat, bool odd)
{
	const struct cs_json *active = cs_json_get(cert, "active");
	struct cs_record rec = { .status = CS_STATUS_ACTIVE };
	char word[CS_WORD_MAX + 1];
	bool odd_start = false, odd_exit = false, ended = false;

	date_fill(s, cs_json_get(cert, "entranceDate"), CERT_DATES,
	    "entranceDate", &rec.issued_on, &odd_start);
	date_fill(s, cs_json_get(cert, "exitDate"), CERT_DATES, "exitDate",
	    &rec.expires_on, &odd_exit);
	if (flat && kinds[k].start != NULL && !odd_start)
		date_fill(s, cs_json_get(r->node, kinds[k].start), FLAT_DATES,
		    kinds[k].start, &rec.issued_on, &odd_start);
	if (flat && kinds[k].exit != NULL && !odd_exit)
		date_fill(s, cs_json_get(r->node, kinds[k].exit), FLAT_DATES,
		    kinds[k].exit, &rec.expires_on, &odd_exit);
	text_read(cs_json_get(cert, "status"), word, sizeof(word));
	if (word[0] != '\0')
		reader_remark(s, "certs[].status", word);
	if (cs_json_type(active) != CS_JSON_BOOL) {
		reader_doubt(s, "certs[].active is not true or false");
		record_unknown(&rec, "no-active");
	} else if (cs_json_true(cs_json_get(cert, "suspended"))) {
		rec.status = CS_STATUS_SUSPENDED;
	} else if (cs_json_true(cs_json_get(cert, "pending")) && !cs_json_true(active)) {
		rec.status = CS_STATUS_PENDING;
	} else if (!cs_json_true(active)) {
		ended = true;
		record_ended(s, &rec, odd ? "contradictory" : word, odd);
	}
	if (odd_exit)
		record_unknown(&rec, "unreadable-date");
	return state_certification(s, r, k, &rec, ended);
}

/* No entry in certs[]: what the flat members say, if anything. */
static enum cs_rc
flat_read(struct reader *s, const struct row *r, enum kind k)
{
	struct cs_record rec = { .status = CS_STATUS_ACTIVE };
	bool active = row_flag_active(r, k), pending = row_flag(r, kinds[k].pending);
	bool odd_start = false, odd_exit = false;

	if (!active && !pending && !row_flag(r, kinds[k].prev))
		return CS_OK;
	if (kinds[k].start != NULL)
		date_fill(s, cs_json_get(r->node, kinds[k].start), FLAT_DATES,
		    kinds[k].start, &rec.issued_on, &odd_start);
	if (kinds[k].exit != NULL)
		date_fill(s, cs_json_get(r->node, kinds[k].exit), FLAT_DATES,
		    kinds[k].exit, &rec.expires_on, &odd_exit);
	if (!active && pending)
		rec.status = CS_STATUS_PENDING;
	else if (!active)
		record_ended(s, &rec, "", false);
	if (odd_exit)
		record_unknown(&rec, "unreadable-date");
	return state_certification(s, r, k, &rec, !active && !pending);
}

static enum cs_rc
kind_read(struct reader *s, const struct row *r, enum kind k)
{
	size_t entries = 0;
	bool lives = false;
	enum cs_rc rc = CS_OK;

	for (size_t i = 0; i < r->count; i++)
		if (r->kind[i] == k) {
			entries++;
			lives = lives || cert_lives(cs_json_at(r->certs, i));
		}
	if (entries == 0)
		return flat_read(s, r, k);
	for (size_t i = 0; i < r->count && rc == CS_OK; i++)
		if (r->kind[i] == k)
			rc = cert_read(s, r, k, cs_json_at(r->certs, i),
			    entries == 1, !lives && row_flag_active(r, k));
	return rc;
}

/* Whether a row belongs into the answer it is in: 5 lists EDWOSB as well. */
static bool
row_fits(const struct row *r, enum program p)
{
	for (size_t k = 0; k < KINDS; k++) {
		bool asked = kinds[k].program == p ||
		    (p == P_WOSB && k == K_EDWOSB);

		if (asked && row_flag_active(r, (enum kind)k))
			return true;
		for (size_t i = 0; asked && i < r->count; i++)
			if (r->kind[i] == k && cs_json_true(cs_json_get(
			    cs_json_at(r->certs, i), "active")))
				return true;
	}
	return false;
}

/* Which member the row cannot be read without; NULL: it has them. */
static const char *
row_lacks(const struct row *r, const char *id)
{
	return r->uei == 0 ? "uei" : id == NULL || id[0] == '\0' ? "entity_detail_id" :
	    cs_json_type(r->certs) != CS_JSON_ARRAY ? "certs" : NULL;
}

/* A profile that cannot be read answers no look-up; of a list it is one row. */
static enum cs_rc
row_leave_out(struct reader *s, const struct row *r, const char *id, const char *what)
{
	const char *cells[] = { r->uei_text != NULL ? r->uei_text : "", id != NULL ? id : "", what,
	    r->name };
	char key[32];

	if (s->asked != NULL)
		return cs_fail(s->poll, CS_E_INPUT, "the profile has no usable %s: "
		    "has the layout changed?", what);
	snprintf(key, sizeof(key), "row %llu", (unsigned long long)s->rows);
	cs_left_out(s->poll, cells, sizeof(cells) / sizeof(cells[0]),
	    "%s has no usable %s", key, what);
	s->unreadable++;
	return id != NULL && id[0] != '\0' ? cs_item(s->poll, id, strlen(id)) :
	    cs_item(s->poll, key, strlen(key));
}

static enum cs_rc
row_check(struct reader *s, const struct row *r)
{
	if (r->count > CERTS_MAX)
		return cs_fail(s->poll, CS_E_LIMIT, "row %llu has over %d certs",
		    (unsigned long long)s->rows, CERTS_MAX);
	if (s->asked != NULL && strcmp(s->asked, r->uei_text) != 0)
		return cs_fail(s->poll, CS_E_INPUT,
		    "the profile is that of another firm");
	return CS_OK;
}

enum cs_rc
row_read(void *arg, const struct cs_json *node)
{
	struct reader *s = arg;
	const char *id = cs_json_text(cs_json_get(node, "entity_detail_id"));
	struct row r = {
		.node = node, .certs = cs_json_get(node, "certs"),
		.uei_text = cs_json_text(cs_json_get(node, "uei")),
		.cage = cage_read(cs_json_text(cs_json_get(node, "cage_code")))
	};
	const char *what;
	enum cs_rc rc;

	s->rows++;
	r.uei = uei_pack(r.uei_text);
	r.count = cs_json_count(r.certs);
	text_read(cs_json_get(node, "legal_business_name"), r.name, sizeof(r.name));
	if ((what = row_lacks(&r, id)) != NULL)
		return row_leave_out(s, &r, id, what);
	if ((rc = row_check(s, &r)) != CS_OK ||
	    (rc = cs_item(s->poll, id, strlen(id))) != CS_OK)
		return rc;
	text_read(cs_json_get(node, "dba_name"), r.dba, sizeof(r.dba));
	for (size_t i = 0; i < r.count; i++)
		r.kind[i] = cert_kind(s, cs_json_at(r.certs, i));
	if (s->search && row_fits(&r, s->program))
		s->fitting++;
	for (size_t k = 0; k < KINDS && rc == CS_OK; k++)
		if ((s->wanted & (1u << kinds[k].program)) != 0)
			rc = kind_read(s, &r, (enum kind)k);
	return rc;
}
