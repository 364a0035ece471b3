/* SPDX-License-Identifier: ISC */
/* reader.c -- see reader.h. */
#include "reader.h"

#define ENDED_MAX	200000	/* ended certifications; 67,000 firms are listed */

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
	if (s->ended.count == ENDED_MAX)
		return cs_fail(s->poll, CS_E_LIMIT,
		    "over %d ended certifications", ENDED_MAX);
	return kept_add(&s->ended, uei, k, rec);
}

enum cs_rc
reader_end(struct reader *s)
{
	enum cs_rc rc = CS_OK;

	for (const struct kept *k = s->ended.first; k != NULL && rc == CS_OK; k = k->next)
		if (!seen_has(&s->in_force, k->key, k->kind))
			rc = reader_tell(s, k->key, &k->rec);
	return rc;
}

void
reader_free(struct reader *s)
{
	kept_free(&s->ended);
	seen_free(&s->told);
	seen_free(&s->in_force);
}
