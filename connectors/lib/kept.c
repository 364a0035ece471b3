/* SPDX-License-Identifier: ISC */
/* kept.c -- see kept.h.  A record's texts stand behind it, in one piece of memory. */
#include "lib/kept.h"

#include <stdlib.h>
#include <string.h>

static size_t
text_size(const char *text)
{
	return text == NULL ? 0 : strlen(text) + 1;
}

/* Copies text to *at, which moves behind it. */
static const char *
text_keep(char **at, const char *text)
{
	char *copy = *at;

	if (text == NULL)
		return NULL;
	*at = stpcpy(copy, text) + 1;
	return copy;
}

enum cs_rc
kept_add(struct kept_list *list, uint64_t key, unsigned kind, const struct cs_record *rec)
{
	struct kept *k = malloc(sizeof(*k) + text_size(rec->number) + text_size(rec->aliases[0]) +
	    text_size(rec->business_name) + text_size(rec->dba_name) +
	    text_size(rec->status_word));
	char *at;

	if (k == NULL)
		return CS_E_NOMEM;
	*k = (struct kept){ .key = key, .kind = kind, .rec = *rec };
	at = (char *)(k + 1);
	k->rec.number = text_keep(&at, rec->number);
	k->rec.aliases[0] = text_keep(&at, rec->aliases[0]);
	k->rec.business_name = text_keep(&at, rec->business_name);
	k->rec.dba_name = text_keep(&at, rec->dba_name);
	k->rec.status_word = text_keep(&at, rec->status_word);
	if (list->tail == NULL)
		list->tail = &list->first;
	*list->tail = k;
	list->tail = &k->next;
	list->count++;
	return CS_OK;
}

void
kept_free(struct kept_list *list)
{
	struct kept *next;

	for (; list->first != NULL; list->first = next) {
		next = list->first->next;
		free(list->first);
	}
	*list = (struct kept_list){ 0 };
}
