/* SPDX-License-Identifier: ISC */
/*
 * report.h -- what a poll that is only tried (`certsync try`) finds in its list: the
 * columns, and the words of types, statuses and dates with what they mean under these
 * settings.  Counted by the table that reads them, told once at the end of the poll.
 *
 * It holds words of the list, never more than a bounded number of them: for the
 * operator who asked, on the control socket, and for nothing else.
 */
#ifndef PARSE_REPORT_H
#define PARSE_REPORT_H

#include <stddef.h>
#include <stdint.h>

#define REPORT_ENTRIES_MAX 200	/* of a kind: the widest list seen has 70 columns */
#define REPORT_TEXT_MAX	120	/* bytes of a word, longer ones are cut */

enum report_kind {
	REPORT_LIST = 0,	/* a fact: "header line", "rows", "delimiter", "encoding" */
	REPORT_COLUMN,		/* of the header; meaning: settings that read it, "": none */
	REPORT_FIELD,		/* a setting; meaning: columns that it reads, "": none there */
	REPORT_TYPE,		/* word; meaning: its code, "-": no type, "": not mapped */
	REPORT_STATUS,		/* word; meaning: the status, "": none */
	REPORT_DATE		/* how days are written; meaning: the first, "-": no day, */
				/* "": unreadable */
};
#define REPORT_KINDS	(REPORT_DATE + 1)

/* Texts are escaped (base/text.h) and cut to fit; count: rows. */
struct report_entry {
	char	 word[REPORT_TEXT_MAX + 1], meaning[REPORT_TEXT_MAX + 1];
	uint64_t count;
};

struct report;

struct report	*report_new(void);			/* NULL: no memory */
struct report	*report_free(struct report *);		/* NULL allowed; returns NULL */
/* Drops the entries of a kind. */
void		 report_clear(struct report *, enum report_kind);
/*
 * Counts a word, adding it with its meaning if it is new; the meaning of the first time
 * stays.  One too many is counted by report_more() alone.  A report of NULL is none wanted.
 */
void		 report_count(struct report *, enum report_kind, const char *word,
		    const char *meaning, uint64_t count);
/* The same of entry i, in the order of their first time; nothing past the end. */
void		 report_count_at(struct report *, enum report_kind, size_t i, uint64_t count);
/* Entry i, lent until the next change; NULL: past the end. */
const struct report_entry *report_at(const struct report *, enum report_kind, size_t i);
/* What was counted of words beyond REPORT_ENTRIES_MAX. */
uint64_t	 report_more(const struct report *, enum report_kind);

#endif /* PARSE_REPORT_H */
