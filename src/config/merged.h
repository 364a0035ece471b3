/* SPDX-License-Identifier: ISC */
/*
 * merged.h -- what the files say, merged, before anybody judges it: the
 * inside of struct config.  Private to the config_*.c and setting*.c files.
 */
#ifndef CONFIG_MERGED_H
#define CONFIG_MERGED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/zone.h"
#include "config/config.h"

#define CONFIG_CONNECTOR	"connector "	/* before the name in a section's */
#define CONFIG_FILES_MAX	64	/* drop-ins; one per connector is usual */
#define CONFIG_SECTIONS_MAX	(CONFIG_CONNECTORS_MAX + 16)
#define CONFIG_ENTRIES_MAX	8192	/* 64 connectors of 110 keys, and the rest */
#define CONFIG_VALUE_MAX	4096	/* bytes of a value, its "+=" included */
#define CONFIG_ZONES_MAX	128	/* two for each connector */
#define CONFIG_MEMORY_MAX	(8u << 20) /* bytes of all texts of one configuration */

/* key = value of one section, as in force after all files. */
struct config_entry {
	size_t		 section;	/* index */
	const char	*key, *value;
	const char	*file;		/* that had the last word */
	unsigned	 line;
};

struct config_section {
	const char	*name;
	const char	*file;		/* of its first line */
	unsigned	 line;
	const char	*last_file;	/* that opened it last, */
	unsigned	 last_line;	/* to find it twice in one file */
};

/* Texts live in the arena. */
struct merged {
	struct arena	*arena;
	struct config_section sections[CONFIG_SECTIONS_MAX];
	size_t		 section_count;
	struct config_entry *entries;	/* owned; CONFIG_ENTRIES_MAX of them */
	size_t		 entry_count;
	struct zone	*zones[CONFIG_ZONES_MAX]; /* owned, each name once */
	size_t		 zone_count;
};

/* NULL: no memory. */
struct merged *merged_new(void);
struct merged *merged_free(struct merged *);	/* NULL allowed; returns NULL */
/* Reads path and its drop-ins; what is wrong is added to errors. */
void	merged_read(struct merged *, const char *path,
	    struct config_errors *errors);
/* Copied.  NULL: err says out of memory. */
const char *merged_strdup(struct merged *, const char *, struct err *err);
/* The zone called name, loaded once, lent until merged_free().  NULL: err. */
const struct zone *merged_zone(struct merged *, const char *name,
	    struct err *err);
/* The section called name, or NULL. */
const struct config_section *merged_section(const struct merged *,
	    const char *name);
/* The section of the connector called name, or NULL. */
const struct config_section *merged_connector(const struct merged *,
	    const char *name);
/* NULL: not set (section may be NULL too). */
const struct config_entry *merged_entry(const struct merged *,
	    const struct config_section *, const char *key);
/* Entry i of the section, in order of appearance, or NULL past the end. */
const struct config_entry *merged_next(const struct merged *,
	    const struct config_section *, size_t *i);

/* Adds "file:line: text"; line 0: of the file as a whole, file NULL: of none. */
void	config_error(struct config_errors *, const char *file, unsigned line,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The error added last is as passing as what caused it (err.h). */
void	config_error_cause(struct config_errors *, const struct err *why);
void	config_error_memory(struct config_errors *, const char *file, unsigned line);

#endif /* CONFIG_MERGED_H */
