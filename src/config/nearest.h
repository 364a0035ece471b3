/* SPDX-License-Identifier: ISC */
/*
 * nearest.h -- the known word that a misspelt one probably meant.
 */
#ifndef CONFIG_NEAREST_H
#define CONFIG_NEAREST_H

#define NEAREST_WORD_MAX	48	/* bytes; longer words have no neighbour */

struct nearest {
	const char	*word;		/* lent */
	const char	*best;		/* lent candidate; NULL: none near enough */
	unsigned	 distance;	/* edits to best */
};

/* Looks for word.  At most a third of its bytes, and three, may be wrong. */
void	nearest_init(struct nearest *, const char *word);
/* Considers a candidate; of equally near ones the first wins. */
void	nearest_try(struct nearest *, const char *candidate);

#endif /* CONFIG_NEAREST_H */
