/* SPDX-License-Identifier: ISC */
/*
 * settings.h -- every setting of the daemon, one row each: what the parser,
 * the checks, the dump, the reload and the manual know of it comes from here.
 *
 * To add one: a field in config.h, a row in settings_table.c, a line in
 * config/certsyncd.conf, and "make docs/settings.md" by test_config --print.
 */
#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/merged.h"

#define SETTING_MS_PER_HOUR	INT64_C(3600000)
#define SETTING_PERCENT		100.0
#define SETTINGS_CONNECTOR	"connector"	/* section of the rows of [connector NAME] */

/* What a value looks like, and the type of the field it goes to. */
enum setting_type {
	SETTING_TEXT = 0,	/* const char *; min..max bytes */
	SETTING_PATH,		/* const char *; absolute; min 0: may be empty */
	SETTING_SECRET,		/* struct config_secret; credential:NAME or file:/PATH */
	SETTING_INT,		/* int */
	SETTING_UNSIGNED,	/* unsigned */
	SETTING_INT64,		/* int64_t */
	SETTING_HOURS,		/* int64_t of ms, written as whole hours */
	SETTING_DURATION,	/* int64_t of ms; range in ms */
	SETTING_SIZE,		/* int64_t of bytes */
	SETTING_RATIO,		/* double; range in percent */
	SETTING_BOOL,		/* bool; yes | no */
	SETTING_ENUM,		/* an enum whose values are the places in choices */
	SETTING_WORD,		/* const char *; one of choices */
	SETTING_ZONE,		/* const struct zone * */
	SETTING_DATE,		/* struct cs_date; YYYY-MM-DD */
	SETTING_MINUTE,		/* struct config_minute; HH:MM; empty: not set */
	SETTING_HOSTS,		/* const char *[CONFIG_HOSTS_MAX] and size_t */
	SETTING_DAYS		/* int[CONFIG_REMIND_MAX] and size_t, falling */
};

struct setting {
	const char	*section, *key;
	enum setting_type type;
	const char	*unit;		/* for people; NULL: none */
	int64_t		 min, max;	/* see the types */
	const char	*value;		/* default as text; NULL: the field stays zero */
	const char	*derived;	/* what stands in for no value, for people */
	const char	*choices;	/* "a|b|c" of ENUM and WORD */
	bool		 required;
	bool		 reloadable;	/* SIGHUP suffices */
	size_t		 offset;	/* in struct config or struct config_connector */
	size_t		 count_offset;	/* of HOSTS and DAYS */
	/* Further rules for the text.  0, or -1 with err: "is not ...". */
	int		(*check)(const char *value, struct err *err);
	const char	*text;		/* what it does and why the default; one line */
};

extern const struct setting settings_table[];
extern const size_t settings_count;

/* The row of section ("connector" for all of them) and key, or NULL. */
const struct setting *settings_find(const char *section, const char *key);
/* The known section nearest to name, or NULL. */
const char *settings_nearest_section(const char *name);
/*
 * Reads value into the field of base (a struct config or config_connector);
 * texts and zones go to the store.  -1: err says what is wrong, without the
 * value where it may be a secret.
 */
int	setting_set(const struct setting *, const char *value, void *base,
	    struct merged *, struct err *err);
/* The value in force, as it could be written in a file. */
void	setting_print(const struct setting *, const void *base, struct buf *out);
/* "1s to 30d", "case, revoke or ignore"; "" where anything of its type goes. */
void	setting_print_range(const struct setting *, struct buf *out);
/* "duration", "path"...: what may be written, for people. */
const char *setting_type_name(const struct setting *);

/* Whether ref is "credential:NAME" or "file:/PATH", well formed. */
bool	setting_is_secret_ref(const char *ref);
/* The index of word in choices "a|b|c", or -1. */
int	setting_choice(const char *choices, const char *word);
/* 90000 as "90s": the largest unit that divides it. */
void	setting_print_duration(int64_t ms, struct buf *out);

#endif /* CONFIG_SETTINGS_H */
