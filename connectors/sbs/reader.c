/* SPDX-License-Identifier: ISC */
/* reader.c -- see reader.h. */
#include "reader.h"

#include <stdlib.h>

#include "lib/text.h"

#define HELD_MAX	200000	/* ended certifications; 67,000 firms are listed */

/* An ended certification, told if no profile has it in force; texts follow. */
struct held {
	struct held	*next;
	uint64_t	 uei;
	enum kind	 kind;
	struct cs_record rec;
};

void
reader_remark(struct reader *s, const char *what, const char *word)
{
	uint64_t hash = seen_hash(seen_hash(SEEN_HASH, what), word);

	for (size_t i = 0; i < s->remark_count; i++)
		if (s->remarks[i] == hash)
			return;
	if (s->remark_count == REMARKS_MAX)
		return;
	s->remarks[s->remark_count++] = hash;
	cs_warn(s->poll, "%s: a word not met before: \"%.64s\"", what, word);
}

void
reader_doubt(struct reader *s, const char *why)
{
	if (!s->doubtful)
		cs_warn(s->poll, "%s; this poll proves nothing", why);
	s->doubtful = true;
}

enum cs_rc
reader_tell(struct reader *s, uint64_t uei, const struct cs_record *rec)
{
	char from[CS_DATE_TEXT], until[CS_DATE_TEXT];
	uint64_t hash = seen_hash(SEEN_HASH, rec->type);
	enum cs_rc rc;
	bool new;

	hash = seen_hash(hash + (uint64_t)rec->status, rec->status_word);
	hash = seen_hash(hash, cs_date_text(rec->issued_on, from));
	hash = seen_hash(hash, cs_date_text(rec->expires_on, until));
	hash = seen_hash(seen_hash(hash, rec->business_name), rec->dba_name);
	hash = seen_hash(hash, rec->aliases[0]);
	rc = seen_add(&s->told, s->poll, uei, hash, &new);
	return rc == CS_OK && new ? cs_emit(s->poll, rec) : rc;
}

enum cs_rc
reader_hold(struct reader *s, uint64_t uei, enum kind k, const struct cs_record *rec)
{
	struct held *h;
	char *at;

	if (s->held_count == HELD_MAX)
		return cs_fail(s->poll, CS_E_LIMIT,
		    "over %d ended certifications", HELD_MAX);
	h = malloc(sizeof(*h) + text_size(rec->number) + text_size(rec->aliases[0]) +
	    text_size(rec->business_name) + text_size(rec->dba_name) +
	    text_size(rec->status_word));
	if (h == NULL)
		return CS_E_NOMEM;
	*h = (struct held){ .uei = uei, .kind = k, .rec = *rec };
	at = (char *)(h + 1);
	h->rec.number = text_keep(&at, rec->number);
	h->rec.aliases[0] = text_keep(&at, rec->aliases[0]);
	h->rec.business_name = text_keep(&at, rec->business_name);
	h->rec.dba_name = text_keep(&at, rec->dba_name);
	h->rec.status_word = text_keep(&at, rec->status_word);
	if (s->held_tail == NULL)
		s->held_tail = &s->held;
	*s->held_tail = h;
	s->held_tail = &h->next;
	s->held_count++;
	return CS_OK;
}

enum cs_rc
reader_end(struct reader *s)
{
	enum cs_rc rc = CS_OK;

	for (struct held *h = s->held; h != NULL && rc == CS_OK; h = h->next)
		if (!seen_has(&s->in_force, h->uei, h->kind))
			rc = reader_tell(s, h->uei, &h->rec);
	return rc;
}

void
reader_free(struct reader *s)
{
	struct held *next;

	for (; s->held != NULL; s->held = next) {
		next = s->held->next;
		free(s->held);
	}
	seen_free(&s->told);
	seen_free(&s->in_force);
}
