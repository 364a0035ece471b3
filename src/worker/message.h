/* SPDX-License-Identifier: ISC */
/*
 * message.h -- what engine and worker say to each other, one struct a frame.
 *
 *	engine					worker
 *	HELLO, SETTING*, CHECKPOINT?,
 *	LOOKUP*, START			-->
 *		describe, check:	<--	DESCRIPTION, DONE
 *		poll:			<--	REQUEST
 *	RESPONSE, DATA*, END		-->
 *					<--	CREDIT*, RECORD*, ITEMS*, PROOF*,
 *						WARN*, LEFT_OUT*, then REQUEST
 *						again, or REPORT*, CHECKPOINT?, DONE
 *		at any time:		<--	REPORT*, FAILED
 *
 * put functions append one whole frame.  get functions decode one payload and
 * check every rule of connector.h that the engine relies on: ranges of enums,
 * days that exist, clean UTF-8, type codes, request lines that cannot smuggle.
 * Strings and bytes of a decoded message are lent by the frame.  A get that
 * fails returns -1 and names message and field in err, never the value.
 */
#ifndef WORKER_MESSAGE_H
#define WORKER_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <certsync/connector.h>
#include "base/buf.h"
#include "base/err.h"
#include "parse/report.h"
#include "worker/frame.h"

#define MESSAGE_SETTING_NAME_MAX 48	/* bytes; connector.h */
#define MESSAGE_SETTING_VALUE_MAX 4096	/* bytes; the longest list of aliases */
#define MESSAGE_SETTINGS_MAX	128	/* rows a connector may declare */
#define MESSAGE_TYPES_MAX	64	/* covered types; as HOST_COVER_MAX */
#define MESSAGE_LOOKUPS_MAX	1000	/* numbers of one look-up poll */
#define MESSAGE_PATH_MAX	4096	/* bytes of a plug-in's file name */
#define MESSAGE_CONTENT_TYPE_MAX 128	/* bytes; longer ones are no known type */
#define MESSAGE_HEADER_MAX	1024	/* bytes of a request header's value */
#define MESSAGE_TEXT_MAX	500	/* bytes of a reason or remark */
#define MESSAGE_DELAY_MAX_MS	(24u * 3600 * 1000) /* longest wait in a poll */
#define MESSAGE_COST_MAX	1000	/* of one request, in budget units */
#define MESSAGE_RECORDS_MAX	10000000u /* five times the largest registry */
#define MESSAGE_BODY_MAX	(UINT64_C(16) << 30) /* decoded bytes */
#define MESSAGE_DATA_MAX	(64u << 10) /* bytes of one DATA; four reads of curl */
#define MESSAGE_WARNINGS_MAX	20	/* of one poll; connector.h */
/* of one poll: all entries, and for each kind what is beyond */
#define MESSAGE_REPORTS_MAX	(REPORT_KINDS * (REPORT_ENTRIES_MAX + 1))
#define MESSAGE_PROOFS_MAX	16	/* claims of one poll, repeated ones too */

/* What a worker is started for. */
enum worker_mode {
	WORKER_DESCRIBE = 0,	/* say what the plug-in is; settings unused */
	WORKER_CHECK,		/* the same, and try the settings: cover(), open() */
	WORKER_TRY,		/* the same, and its first request: next() */
	WORKER_POLL
};

struct message_hello {
	enum worker_mode mode;
	enum cs_poll_kind kind;
	struct cs_date	 today;
	uint64_t	 max_body;	/* decoded bytes; 0: the connector's */
	uint32_t	 max_records;	/* 0: the connector's */
	bool		 report;	/* the poll is only tried: REPORT is wanted */
	const char	*plugin;	/* absolute path of the shared object */
};

struct message_setting {
	const char	*key, *value;
};

struct message_proof {
	enum cs_proof	 kind;
	uint64_t	 declared;
};

struct message_left_out {
	uint64_t	 hash;		/* of the row's bytes */
	const char	*text;		/* where and why, clean UTF-8; "": not told */
};

/* An entry of report.h; word "": what was counted beyond the entries there may be. */
struct message_report {
	enum report_kind kind;
	const char	*word, *meaning; /* clean UTF-8 */
	uint64_t	 count;
};

struct message_failed {
	enum cs_rc	 rc;		/* one of CS_E_* */
	const char	*text;		/* clean UTF-8, never empty */
	int64_t		 retry_at_s;	/* Unix seconds; 0: not said */
};

struct message_done {
	uint64_t	 items, records;
};

/* A connector's descriptor, as a value that outlives its worker. */
struct description {
	const char	*name, *summary;
	uint32_t	 revision;
	unsigned	 kinds, proofs;	/* CS_KIND(), CS_PROOF() bits */
	bool		 unique_rows, lookup_absent;
	uint32_t	 lookup_max;
	uint64_t	 max_body;
	uint32_t	 max_records;
	struct cs_setting_def settings[MESSAGE_SETTINGS_MAX + 1]; /* ended by name NULL */
	size_t		 setting_count;
	bool		 has_grammar;
	struct cs_grammar grammar;	/* zeroed without one: any number */
	const char	*types[MESSAGE_TYPES_MAX + 1]; /* ended by NULL */
	size_t		 type_count;
	bool		 types_by_settings; /* empty until WORKER_CHECK tells them */
	bool		 by_name;	/* its list has no numbers; as types */
	/* the secret its first request goes with, as WORKER_TRY tells; NULL: none */
	const char	*needs;
	char		*bytes;		/* owned; every string above is in it */
};

void	message_put_hello(struct buf *, const struct message_hello *);
void	message_put_setting(struct buf *, const char *key, const char *value);
/* type: FRAME_CHECKPOINT_IN or FRAME_CHECKPOINT. */
void	message_put_checkpoint(struct buf *, enum frame_type type,
	    const char *data, size_t len);
void	message_put_lookup(struct buf *, const char *number);
void	message_put_response(struct buf *, const struct cs_response *);
void	message_put_data(struct buf *, const void *data, size_t len);
void	message_put_empty(struct buf *, enum frame_type);	/* START, END */

int	message_get_hello(const struct frame *, struct message_hello *out, struct err *);
int	message_get_setting(const struct frame *, struct message_setting *out, struct err *);
int	message_get_checkpoint(const struct frame *, const char **out, size_t *out_len,
	    struct err *);
int	message_get_lookup(const struct frame *, const char **out, struct err *);
int	message_get_response(const struct frame *, struct cs_response *out, struct err *);
int	message_get_empty(const struct frame *, struct err *);

/* types: covered codes, ended by NULL; needs: a setting's name, or "". */
void	message_put_description(struct buf *, const struct cs_connector *,
	    const char *const *types, bool types_by_settings, bool by_name, const char *needs);
void	message_put_request(struct buf *, const struct cs_request *);
void	message_put_credit(struct buf *, uint32_t bytes);
void	message_put_record(struct buf *, const struct cs_record *);
void	message_put_items(struct buf *, uint64_t distinct);
void	message_put_proof(struct buf *, const struct message_proof *);
void	message_put_warn(struct buf *, const char *text);
void	message_put_as_of(struct buf *, struct cs_date);
/* text NULL: it has no proof of its own. */
void	message_put_unproven(struct buf *, const char *text);
void	message_put_left_out(struct buf *, const struct message_left_out *);
void	message_put_report(struct buf *, const struct message_report *);
void	message_put_failed(struct buf *, const struct message_failed *);
void	message_put_done(struct buf *, const struct message_done *);

/* Owned by the caller.  NULL: err says why. */
struct description *message_get_description(const struct frame *, struct err *);
struct description *description_free(struct description *); /* NULL allowed; returns NULL */
/*
 * *out is complete: method is never NULL, cost never 0, codes never empty,
 * max_body 0 only where the connector's own cap is meant.
 */
int	message_get_request(const struct frame *, struct cs_request *out, struct err *);
int	message_get_credit(const struct frame *, uint32_t *out, struct err *);
int	message_get_record(const struct frame *, struct cs_record *out, struct err *);
int	message_get_items(const struct frame *, uint64_t *out, struct err *);
int	message_get_proof(const struct frame *, struct message_proof *out, struct err *);
int	message_get_warn(const struct frame *, const char **out, struct err *);
int	message_get_as_of(const struct frame *, struct cs_date *out, struct err *);
int	message_get_unproven(const struct frame *, const char **out, struct err *);
int	message_get_left_out(const struct frame *, struct message_left_out *out, struct err *);
int	message_get_report(const struct frame *, struct message_report *out, struct err *err);
int	message_get_failed(const struct frame *, struct message_failed *out, struct err *);
int	message_get_done(const struct frame *, struct message_done *out, struct err *);

/*
 * Why the fields of a descriptor cannot be used, as the engine and the worker
 * both judge it; NULL: they can.
 */
const char *message_connector_fault(unsigned kinds, unsigned proofs,
	    uint32_t lookup_max, uint64_t max_body, uint32_t max_records);

#endif /* WORKER_MESSAGE_H */
