/* SPDX-License-Identifier: ISC */
/*
 * mask.h -- a firm's number or name, shown so that one sees whether the right column is
 * read, and not whose it is.
 */
#ifndef CORE_MASK_H
#define CORE_MASK_H

#define MASK_SIZE	64	/* bytes with NUL; longer ones end in "..." */

/* The first character, and of six and more the last: "E***7".  "" stays "".  Returns out. */
const char *mask_number(const char *number, char out[MASK_SIZE]);
/* The first character of each word: "J*** H*** L***".  Returns out. */
const char *mask_name(const char *name, char out[MASK_SIZE]);

#endif /* CORE_MASK_H */
