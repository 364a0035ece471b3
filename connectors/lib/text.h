/* SPDX-License-Identifier: ISC */
/*
 * text.h -- the texts of a record that is kept longer than its row: behind the
 * struct that holds it, in one piece of memory.
 */
#ifndef CONNECTORS_LIB_TEXT_H
#define CONNECTORS_LIB_TEXT_H

#include <stddef.h>

/* Bytes of text with its NUL; 0 for NULL. */
size_t	text_size(const char *text);
/* Copies text to *at, which moves behind it, and returns the copy; NULL for NULL. */
const char *text_keep(char **at, const char *text);

#endif /* CONNECTORS_LIB_TEXT_H */
