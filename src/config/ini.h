/* SPDX-License-Identifier: ISC */
/*
 * ini.h -- one configuration file, line by line, by inih.
 *
 * Debian's inih cuts lines at 199 bytes and names at 49, glues an indented
 * line to the key before, takes ':' for '=' and ignores text after ']', all
 * without an error.  Each line is therefore judged here before inih sees it,
 * and refused by its number where inih would not read what was written:
 * over-long or indented lines, long names, text after ']', no '=', NUL and
 * other control characters, invalid UTF-8, a byte order mark.
 *
 * A comment begins with '#' or ';' at the start of a line, or with ';' after
 * white space behind a value.
 */
#ifndef CONFIG_INI_H
#define CONFIG_INI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define INI_FILE_MAX	(256u << 10)	/* bytes; 64 connectors need about 100 KiB */
#define INI_LINE_MAX	198		/* bytes; inih's buffer less its newline and NUL */
#define INI_NAME_MAX	48		/* bytes; inih copies names into 50 */

/* What is found, in the order of the file.  Texts are lent until return. */
struct ini_sink {
	void	*arg;
	void	(*section)(void *arg, const char *name, unsigned line);
	/* append: "key += value".  section is "" before the first one. */
	void	(*item)(void *arg, const char *section, const char *key,
		    const char *value, bool append, unsigned line);
	/* What is wrong and what to do; never holds what was written. */
	void	(*error)(void *arg, unsigned line, const struct err *);	/* lent */
};

/*
 * Reads len bytes.  Goes on after an error, so that one run finds them all;
 * the keys below a refused [section] are passed over.
 */
void	ini_read_text(const char *text, size_t len, const struct ini_sink *);
/* Reads the file at path.  A file that cannot be read is an error of line 0. */
void	ini_read_file(const char *path, const struct ini_sink *);

#endif /* CONFIG_INI_H */
