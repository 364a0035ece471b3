/* SPDX-License-Identifier: ISC */
/*
 * source.h -- registries that come as files: a file:// file, or the newest
 * complete file of a drop directory.
 *
 * Whoever puts files there may still be writing.  A file is complete when it is
 * a regular file, not a link, its name has no leading '.' and does not end in
 * .part, .tmp or .manifest, and, in a directory, it has either been left alone
 * for a while or has a manifest with a checksum, NAME.manifest beside it:
 *
 *	{"rows": 1234, "sha256": "64 hex digits", "as_of": "2026-11-21T00:00:00Z"}
 *
 * All members are optional, others are ignored; as_of may be a date.  The
 * checksum is compared as the file is read, so a mismatch ends the reading, at
 * its end, as HTTP_INCOMPLETE.
 *
 * Reading speaks http.h's language, head, data* and done, so that the engine
 * drives both alike; what http.h says of pausing and cancelling holds here.
 */
#ifndef IO_SOURCE_H
#define IO_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "io/http.h"
#include "io/loop.h"

#define SOURCE_NAME_MAX		256	/* bytes with NUL */
#define SOURCE_ENTRIES_MAX	4096	/* of a directory; it is searched in one go */
#define SOURCE_MANIFEST_MAX	4096	/* bytes */
#define SOURCE_PIECE		65536	/* most bytes data() gets at once */
#define SOURCE_PATTERN_MAX	190	/* bytes of a pattern, all alternatives */
#define SOURCE_FUTURE_MAX_S	86400	/* how far ahead an as_of may be */

struct source_file {
	int	 fd;			/* owned; -1: none */
	char	 name[SOURCE_NAME_MAX];	/* without the directory; foreign text */
	uint64_t size;			/* bytes */
	int64_t	 mtime_s;
	long	 mtime_ns;
	dev_t	 dev;
	ino_t	 ino;
	bool	 has_manifest;
	int64_t	 rows;			/* data rows as the manifest says; -1: it does not */
	int64_t	 as_of_s;		/* by manifest, else mtime_s: newest is the largest */
	char	 sha256[65];		/* lower case; "": not stated */
	bool	 searched;		/* found in a directory */
	unsigned older;			/* files there that it was chosen before */
	/* escaped: a newer one that was passed over, as it cannot be opened; "": none */
	char	 passed[SOURCE_NAME_MAX];
};

/* What is looked for. */
struct source_wanted {
	const char *url;	/* "file:///path", %XX allowed; a directory is searched */
	/*
	 * What the name of a file of a directory must be like, shell patterns (glob(7))
	 * with '|' between them, case does not count; NULL: anything but what never is a
	 * list (a README, checksums and signatures, locks and copies of editors).
	 */
	const char *pattern;
	int64_t	 settle_s;	/* how long a file of a directory must be unchanged */
	int64_t	 now_s;		/* against this, Unix */
};

/*
 * Finds and opens the newest complete file.  What cannot be opened is passed over
 * where no pattern says that it is a list.
 * 0: *out is open.  1: nothing complete there, err says what it waits for.
 * -1: url or directory cannot be used, or a manifest is wrong.
 */
int	source_pick(const struct source_wanted *, struct source_file *out, struct err *err);
/*
 * The same of a file that somebody has opened: fd is duplicated, name is what messages
 * call it.  -1: it is no regular file, or no descriptor is left.
 */
int	source_given(int fd, const char *name, struct source_file *out, struct err *err);
/* Whether a pattern can match a file's name.  -1: err goes on from its name ("holds ..."). */
int	source_pattern_check(const char *pattern, struct err *err);
void	source_file_close(struct source_file *);	/* fine if fd is -1 */
/* Whether url is a file:// URL. */
bool	source_is_file(const char *url);

struct source_read;

/*
 * Reads file to its end; takes its fd, also on failure.  Outcomes: HTTP_OK,
 * HTTP_STOPPED, HTTP_TOO_LARGE (above max_bytes), HTTP_INCOMPLETE (changed
 * meanwhile, or not what its manifest says), HTTP_LOCAL (no memory, disk).
 * events is lent until done.  NULL: no memory, no callback comes.
 */
struct source_read *source_start(struct loop *, struct source_file *file,
	    uint64_t max_bytes, const struct http_events *events, void *arg,
	    struct err *);
void	source_pause(struct source_read *);
void	source_resume(struct source_read *);
void	source_cancel(struct source_read *);	/* no callback any more; allowed anywhere */

#endif /* IO_SOURCE_H */
