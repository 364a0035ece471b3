/* SPDX-License-Identifier: ISC */
/*
 * connector.h -- the whole contract between the engine and a connector.
 *
 * A connector translates one registry: it names the requests of a poll and
 * turns the bytes of the answers into records.  It opens no socket, reads no
 * clock, writes no log and keeps no static variable that changes; the engine
 * does the rest.  So pushing bytes at it tests it, and the records must not
 * depend on how those bytes are split.
 *
 * It runs in a worker process of its own, one per poll, without network and
 * without any credential.  A crash fails that poll and nothing else.  A system
 * call but for memory, the time and the like fails it too and is told by name,
 * from a constructor as well (certsync-connector(7)).  So does a call below that
 * takes over a minute, a request more than the setting max_requests, and a hundred
 * answers in a row without a new item; of a look-up, the latter does not.  What it
 * prints is in the daemon's debug log.
 *
 * One poll, as the engine drives it:
 *
 *	open --> next --CS_DONE--> close	engine commits the snapshot
 *		 ^  |
 *		 |  CS_OK: engine performs the request
 *		 |  v
 *		 end <-- push* <-- begin
 *
 * Any other return value ends the poll: close() is called, every record of
 * the poll is dropped and the last committed snapshot stays in force.  A
 * half-read list must never look like a list of withdrawals.
 *
 * Of an answer that breaks off there is no end(): after begin() and some push()
 * the worker is stopped, without close() even, and the poll has failed.  That a
 * list was whole is known in end() and not before.
 *
 * Ownership words used below: *lent until X*: valid until X, never freed by
 * the borrower; *copied*: the callee keeps its own copy; *owned*: the receiver
 * frees it.
 */
#ifndef CERTSYNC_CONNECTOR_H
#define CERTSYNC_CONNECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <certsync/date.h>

/* Raised when a struct below changes; the worker refuses any other value. */
#define CS_CONNECTOR_ABI	2u

#define CS_ALIASES_MAX		4	/* other identifiers of one record */
#define CS_HEADERS_MAX		8	/* request headers of one request */
#define CS_CODES_MAX		8	/* HTTP codes one request asks for */
#define CS_NUMBER_MAX		64	/* bytes of a number or alias */
#define CS_NAME_MAX		512	/* bytes of a business name */
#define CS_TYPE_MAX		16	/* bytes of a type code */
#define CS_WORD_MAX		64	/* bytes of an unknown status word */
#define CS_PATH_MAX		4096	/* bytes of a request path with query */
#define CS_BODY_MAX		65536	/* bytes of a request body */
#define CS_CHECKPOINT_MAX	4096	/* bytes of a checkpoint */

enum cs_rc {
	CS_OK = 0,
	CS_DONE,	/* next(): this poll needs no further request */
	CS_E_INPUT,	/* the answer breaks the registry's own format */
	CS_E_LIMIT,	/* the answer exceeds a limit of the connector */
	CS_E_NOMEM,
	CS_E_CONFIG,	/* open(): the settings cannot work */
	CS_E_REMOTE,	/* the registry answered with an error: back off */
	CS_E_AUTH,	/* credential refused: stop until an operator acts */
	CS_E_QUOTA	/* throttled; see cs_retry_at() */
};

/*
 * What the registry says of a certification today.  A word that is not in the
 * registry's documented vocabulary is CS_STATUS_UNKNOWN, never a guess: it
 * takes no badge away and gives none.
 */
enum cs_status {
	CS_STATUS_UNKNOWN = 0,
	CS_STATUS_ACTIVE,
	CS_STATUS_PENDING,	/* applied for, or renewal under way */
	CS_STATUS_SUSPENDED,	/* may become active again */
	CS_STATUS_EXCLUDED,	/* debarred; may become active again */
	CS_STATUS_EXPIRED,	/* its period is over */
	CS_STATUS_GRADUATED,	/* its program term is over */
	CS_STATUS_WITHDRAWN,	/* given back, or taken back on request */
	CS_STATUS_DECERTIFIED	/* taken back by the body */
};

/* Categories as bits; a record with none takes those of its type. */
#define CS_CATEGORY_MINORITY	0x01u
#define CS_CATEGORY_WOMAN	0x02u
#define CS_CATEGORY_VETERAN	0x04u
#define CS_CATEGORY_DISABILITY	0x08u
#define CS_CATEGORY_LGBTQ	0x10u

/*
 * One certification as the registry states it today.  Strings are UTF-8.
 *
 * A firm that holds several is several records of one number, each with its type,
 * status and dates; a claim is decided by those whose type is the claimed one or implies
 * it.  Rows of one number and type with different periods are its history; of the same
 * period they must agree, else no one is believed.  How often the firm is counted with
 * cs_item() is another question: once, if that is what the registry's total counts.
 */
struct cs_record {
	const char	*number;	/* as printed, 1..CS_NUMBER_MAX bytes; */
					/* the engine normalises by grammar.  NULL: the */
					/* list has none, see cs_cover_by_name() */
	const char	*aliases[CS_ALIASES_MAX]; /* UEI, CAGE...; NULL: none */
	const char	*business_name;	/* NULL: not published; not without a number */
	const char	*dba_name;	/* NULL: none */
	const char	*type;		/* code of config/types.conf, or NULL.  One that it */
					/* lacks is kept and warned of: it implies nothing */
	unsigned	 categories;	/* CS_CATEGORY_*; 0: those of the type */
	enum cs_status	 status;
	const char	*status_word;	/* the word, if status is UNKNOWN */
	struct cs_date	 issued_on;	/* zero: not stated */
	struct cs_date	 expires_on;	/* last valid day; zero: not stated */
};

/*
 * What a poll is for.  The engine asks for a full one at least every
 * `full_interval` and after any change of revision or settings; a delta and a
 * look-up only add and update: what they do not list has not gone.  A row of
 * the same number, type and period takes the place of the one known before.
 */
enum cs_poll_kind {
	CS_POLL_FULL = 0,	/* everything the registry lists */
	CS_POLL_DELTA,		/* what changed since the checkpoint, which there is */
	CS_POLL_LOOKUP		/* some numbers; see cs_lookup() */
};
#define CS_KIND(k)	(1u << (k))

/*
 * Where the engine puts a credential that the connector never sees: it reads the secret
 * setting slot_setting anew for every request, and sends it to scheme, host and port of
 * "url" only, not after a redirect.  Without a value the request fails, but as OPTIONAL.
 * In a query it is escaped; in a header it stands as it is, after slot_prefix and a
 * blank ("Bearer", "Token") if there is one: neither is part of the secret.
 */
enum cs_slot {
	CS_SLOT_NONE = 0,
	CS_SLOT_HEADER,		/* request header slot_name */
	CS_SLOT_QUERY,		/* query parameter slot_name */
	CS_SLOT_HEADER_OPTIONAL	/* as HEADER; not configured, sent without */
};

struct cs_header {
	const char	*name;
	const char	*value;
};

/*
 * What next() asks for.  Everything is copied when next() returns.  The engine
 * sends it only to scheme, host and port of the setting "url"; with a file://
 * url it reads that file, or the newest complete file of that directory, and
 * ignores all but the caps.
 */
struct cs_request {
	const char	*method;	/* NULL: "GET" */
	const char	*path;		/* appended to "url", "/..." or "?...", whose ? is a */
					/* & where url has a query; NULL: url as it stands */
	struct cs_header headers[CS_HEADERS_MAX]; /* ended by name NULL */
	const char	*body;		/* NULL: none */
	size_t		 body_len;	/* bytes */
	uint16_t	 codes[CS_CODES_MAX]; /* HTTP codes whose answers go to */
					/* begin/push/end; none: 200 only. */
					/* Any other code fails the poll */
	uint64_t	 max_body;	/* decoded bytes; 0: the connector's */
	uint32_t	 delay_ms;	/* earliest start after the last answer */
	uint32_t	 cost;		/* of the daily budget; 0 counts as 1 */
	enum cs_slot	 slot;		/* where the credential goes */
	const char	*slot_name;	/* header or parameter name */
	const char	*slot_setting;	/* secret setting, e.g. "api_key" */
	bool		 conditional;	/* the answer is the whole list, and the first */
					/* request of the poll: the engine may send */
					/* validators, and a 304, or a file read before, */
					/* then ends the poll as unchanged */
	const char	*link;		/* in place of path: where to, as an answer wrote it: */
					/* "/..." from the root of url's host, "?..." in place */
					/* of its query, or a whole address.  One of another */
					/* host fails the poll; the scheme is always url's. */
					/* NULL: path.  Up to CS_PATH_MAX bytes */
	const char	*slot_prefix;	/* of a header: the credential follows after a blank; */
					/* NULL: it stands alone.  1..CS_WORD_MAX bytes */
};

/* The head of an answer.  Lent until begin() returns. */
struct cs_response {
	unsigned	 code;		/* HTTP code; 200 for a file */
	const char	*content_type;	/* lower case, no parameters; "" if none */
	const char	*charset;	/* of Content-Type, lower case; "" if none */
};

struct cs_poll;		/* host side of one poll; opaque to connectors */
struct cs_settings;	/* this instance's settings; opaque, read-only */

/*
 * Stages one record; everything in *rec is copied.
 * CS_OK; CS_E_INPUT: a field breaks a rule above; CS_E_LIMIT: too many
 * records; CS_E_NOMEM.
 */
CS_API enum cs_rc cs_emit(struct cs_poll *, const struct cs_record *rec)
    CS_MUST_USE;

/*
 * Counts one item: a row, an entity, whatever the registry's own total counts.
 * Items of equal key (len bytes, copied as a hash) count once.
 * CS_OK, CS_E_LIMIT, CS_E_NOMEM.
 */
CS_API enum cs_rc cs_item(struct cs_poll *, const char *key, size_t len)
    CS_MUST_USE;

/*
 * Why this poll saw everything.  Declared in the descriptor, named by the
 * connector once it has seen it, judged by the engine: without a proof a poll
 * may add and renew, but nothing is concluded from what it lacks.  One that the
 * descriptor does not declare proves nothing, and is warned of.
 */
enum cs_proof {
	CS_PROOF_TOTAL = 0,	/* the registry declared how many items */
	CS_PROOF_TRAILER,	/* a trailer record with a count */
	CS_PROOF_CLOSED,	/* one self-delimiting document, closed, from */
				/* a source documented to answer whole */
	CS_PROOF_CURSOR		/* the terminal cursor */
};
#define CS_PROOF(p)	(1u << (p))

/*
 * Claims a proof.  declared: the items the registry says there are; ignored
 * for CLOSED and CURSOR.  The engine compares it with cs_item()'s count.
 */
CS_API void	cs_proven(struct cs_poll *, enum cs_proof, uint64_t declared);

/*
 * Says why this poll proves nothing, as "the list says that it is filtered", in a
 * sentence for the log; the first call counts.  Then no proof does: neither one that was
 * claimed, nor a manifest, nor a second download that is the same.
 */
CS_API void	cs_unproven(struct cs_poll *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/*
 * Says that this list has none of the proofs that the descriptor declares: a second
 * download may prove it then, as one of a connector that declares none.
 */
CS_API void	cs_proofless(struct cs_poll *);

/*
 * The day that the list says it is of.  One that says an earlier day than the last list
 * did is an old copy, and is not taken.  A day after tomorrow (cs_today()) says nothing.
 */
CS_API void	cs_as_of(struct cs_poll *, struct cs_date);

/*
 * Keeps the reason of a failure (the first call wins) and returns rc, so that
 * callers can "return cs_fail(...)".  The engine logs it once with the name of
 * the instance; foreign bytes are escaped there.  Up to 500 bytes are kept.
 * Never put a number, name or address of the registry into it.
 */
CS_API enum cs_rc cs_fail(struct cs_poll *, enum cs_rc rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A remark that does not end the poll; at most 20 a poll are kept. */
CS_API void	cs_warn(struct cs_poll *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * A row that could not be read, or whose number, status or date could only be
 * guessed; fmt says where and why, as in "line 7: \"Cert No\" is blank", with
 * no value of the row.  It is counted, and a firm that seems to be missing may
 * be this one: nothing is concluded from absence, but about whom was listed
 * while the same row was left out already.  It is known again by its n cells
 * (copied as a hash; NULL: none), of which no two rows should share all.
 * A row that is left out is an item as well: cs_item() is the caller's.
 */
CS_API void	cs_left_out(struct cs_poll *, const char *const *cells, size_t n,
		    const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* With CS_E_QUOTA: the registry's own "not before", Unix seconds UTC. */
CS_API void	cs_retry_at(struct cs_poll *, int64_t unix_s);

CS_API enum cs_poll_kind cs_kind(const struct cs_poll *);
/* The civil date of the poll's start in the connector's time zone. */
CS_API struct cs_date	cs_today(const struct cs_poll *);
/* Number i of a look-up poll, normalised, lent until close(); NULL: past the end. */
CS_API const char	*cs_lookup(const struct cs_poll *, size_t i);
/*
 * Bytes the last committed poll left, lent until close(); NULL: none, or left
 * by another revision or under other settings.  A look-up should leave none.
 */
CS_API const char	*cs_checkpoint(const struct cs_poll *, size_t *out_len);
/* Bytes for the next poll, copied; kept only if this poll is committed. */
CS_API enum cs_rc	 cs_checkpoint_set(struct cs_poll *, const char *, size_t len)
    CS_MUST_USE;

/*
 * The value of a declared setting, its default if not configured, NULL if it
 * has none.  Lent until close().  Secrets read as NULL: workers have none.
 */
CS_API const char	*cs_setting(const struct cs_settings *, const char *name);
/* As cs_setting for INT, DURATION (ms), SIZE (bytes), BOOL; the engine has checked it. */
CS_API int64_t		 cs_setting_int(const struct cs_settings *, const char *name);

/*
 * Member i of a family ("type.column.*") among what is configured, in the order of the
 * file: what its name has for the "*", lent until close(), and its value.  NULL: there
 * is none.
 */
CS_API const char	*cs_setting_member(const struct cs_settings *, const char *family,
			    size_t i, const char **out_value);

enum cs_setting_type {
	CS_SETTING_STRING = 0,
	CS_SETTING_INT,
	CS_SETTING_DURATION,	/* 100ms 60s 15m 24h 7d; range in ms */
	CS_SETTING_SIZE,	/* bytes, or 64K 8M 2G */
	CS_SETTING_BOOL,	/* yes | no */
	CS_SETTING_ENUM,	/* one of choices, "a|b|c" */
	CS_SETTING_SECRET	/* credential:NAME or file:/PATH; engine only */
};

/* One setting of a plug-in.  Tables end with name NULL. */
struct cs_setting_def {
	const char	*name;		/* [a-z][a-z0-9_.]{0,47}; one that ends in ".*" is a */
					/* family: any name with [A-Z0-9-]+ for the "*" */
	enum cs_setting_type type;
	const char	*value;		/* default as text; NULL: none */
	const char	*choices;	/* of ENUM */
	int64_t		 min, max;	/* of INT, DURATION, SIZE; both 0: any */
	bool		 required;
	const char	*help;		/* one line for manual and messages */
};

/*
 * What a number of this registry can look like, and what does not count when
 * two are compared, as data: the engine applies it to claims and records alike.
 */
struct cs_grammar {
	unsigned	 normalise;	/* CS_NORM_* */
	unsigned	 min_len, max_len; /* after normalisation; 0 max: CS_NUMBER_MAX */
	const char	*chars;		/* allowed, as in "A-Z0-9-"; NULL: any graphic ASCII */
	const char	*first;		/* allowed first; NULL: as chars */
	unsigned	 max_digits;	/* longest run of digits; 0: any */
};
#define CS_NORM_UPPER		0x01u	/* case does not count */
#define CS_NORM_SPACE		0x02u	/* inner white space does not count */
#define CS_NORM_DASH		0x04u	/* hyphens do not count */
#define CS_NORM_ZEROS		0x08u	/* leading zeros do not count */
/* Outer white space never counts. */

struct cs_cover;	/* collects covered types; opaque */
/* Adds one covered type code, copied.  CS_OK, CS_E_CONFIG, CS_E_LIMIT. */
CS_API enum cs_rc cs_cover_type(struct cs_cover *, const char *type) CS_MUST_USE;
/*
 * Says that the list has no numbers: its records have none, and a claim is looked up by
 * the business's name.  That verifies nobody, so a person is asked.
 */
CS_API void	cs_cover_by_name(struct cs_cover *);

/*
 * A connector.  One per shared object NAME.so, exported with CS_API as
 * cs_connector_NAME, constant, everything else static.  state is state_size zeroed bytes, owned
 * by the host.  settings and poll are lent from open() until close() returns.
 */
struct cs_connector {
	uint32_t	 abi;		/* CS_CONNECTOR_ABI */
	uint32_t	 size;		/* sizeof(struct cs_connector) */
	const char	*name;		/* NAME, [a-z][a-z0-9_]{0,30} */
	const char	*summary;	/* one line for people */
	uint32_t	 revision;	/* raise when records may change: forces a full poll */
	size_t		 state_size;	/* bytes */
	uint64_t	 max_body;	/* decoded bytes per answer */
	uint32_t	 max_records;	/* per poll */
	unsigned	 kinds;		/* CS_KIND() bits; FULL is required */
	unsigned	 proofs;	/* CS_PROOF() bits it can give */
	bool		 unique_rows;	/* a certification is listed once, so an */
					/* explicit negative row counts alone */
	unsigned	 lookup_max;	/* numbers per look-up poll */
	bool		 lookup_absent;	/* a look-up that finds nothing proves */
					/* that the registry has no such number */
	const struct cs_setting_def *settings; /* ended by name NULL; or NULL */
	const struct cs_grammar *grammar; /* NULL: any number */
	const char *const *types;	/* covered, ended by NULL; or use cover() */

	/* Types that depend on settings.  Optional. */
	enum cs_rc	(*cover)(const struct cs_settings *, struct cs_cover *);
	/*
	 * Checks settings, keeps the pointers.  CS_OK, CS_E_CONFIG, CS_E_NOMEM.
	 * CS_E_CONFIG of a look-up alone: none is made under these settings.
	 */
	enum cs_rc	(*open)(void *state, const struct cs_settings *,
			    struct cs_poll *);
	/* Fills *out (zeroed before).  CS_OK: perform it; CS_DONE: finished. */
	enum cs_rc	(*next)(void *state, struct cs_request *out);
	/* The head of an answer, once per request.  Optional. */
	enum cs_rc	(*begin)(void *state, const struct cs_response *);
	/* Decoded bytes, len > 0, in any split.  Lent until return. */
	enum cs_rc	(*push)(void *state, const char *buf, size_t len);
	/* The answer has ended and its framing and gzip trailer were right. */
	enum cs_rc	(*end)(void *state);
	/* Frees what the state owns; also after a failed open(). */
	void		(*close)(void *state);
};

#endif /* CERTSYNC_CONNECTOR_H */
