/* SPDX-License-Identifier: ISC */
/* source_name.h -- which files of a drop directory may be lists, by their names. */
#ifndef IO_SOURCE_NAME_H
#define IO_SOURCE_NAME_H

#include <stdbool.h>

#define SOURCE_MANIFEST	".manifest"	/* behind the name of the file that it is of */

/* pattern: as of struct source_wanted. */
bool	source_name_is_wanted(const char *pattern, const char *name);

#endif /* IO_SOURCE_NAME_H */
