/* SPDX-License-Identifier: ISC */
/*
 * sam.c -- SAM.gov: the SBA certifications of registered entities.
 *
 * Sources: open.gsa.gov/api/entity-api, open.gsa.gov/api/sam-entity-extracts-api
 * and the "SAM Master Extract Mapping v6.0, Public File V2 Layout".
 *
 *	mode = extract	START -> TRIGGER -> DOWNLOAD -> FINISHED
 *					      ^  | pending: ask again, later
 *					      +--+
 *	mode = monthly	START -> MONTHLY -> FINISHED
 *	look-up		START -> LOOKUP (a page of ten, and the next) -> FINISHED
 *
 * One record per entity and SBA code: number is the UEI, alias the CAGE code.
 * - An SBA certification outlives the SAM registration: an inactive or expired
 *   registration is not a decertification, so such a row is still active.
 * - The exit date is the last valid day; none is normal (HUBZone) and is never
 *   an expiry.  An unreadable one makes the record unknown.
 * - One code twice in a row with different dates gives a record each.
 * - A look-up names up to ten UEIs in one request: ten rows are all that SAM
 *   puts on a page, and an entity with EFT indicators has several.  Nothing
 *   found proves nothing: an entity may keep out of the public search.
 * - What could not be read at all withholds every proof of the poll: then
 *   nothing is concluded from what seems to be missing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <certsync/connector.h>
#include <certsync/json.h>

#include "book.h"
#include "lib/count.h"
#include "lib/words.h"
#include "monthly.h"
#include "value.h"

/* One trigger and eight looks fit the smallest quota, ten requests a day. */
#define ASKS_MAX	8
#define DELAY_MAX_MS	(4 * 60 * 60 * INT64_C(1000))
#define TOKEN_MAX	256
#define TEXT_MAX	4096	/* start of a short answer; the known are < 1 KiB */
#define LOOKUP_MAX	10	/* UEIs of one request */
#define LOOKUP_PAGES	5	/* of it; an entity has a few rows at most */
#define PAGE_ROWS	10	/* SAM's own limit */
#define LOOKUP_BODY	(UINT64_C(8) << 20)	/* a page of whole entities is < 1 MiB */
#define EXTRACT_CAP	1000000	/* records SAM puts into one extract at most */
#define FILE_NAME_MAX	128

enum step { START = 0, TRIGGER, DOWNLOAD, MONTHLY, LOOKUP, FINISHED };

struct sam {
	struct cs_poll	*poll;		/* lent until close */
	const char	*version;	/* lent: v1..v4 */
	const char	*monthly_file;	/* lent; NULL: the url as it stands */
	bool		 monthly;
	enum step	 step;
	unsigned	 code;		/* HTTP code of the open answer */
	unsigned	 asks;		/* downloads, or pages of a look-up, asked for */
	int64_t		 delay_ms;	/* before the next one */
	char		 token[TOKEN_MAX + 1];
	char		 path[CS_PATH_MAX]; /* of the request, for next() */
	char		 text[TEXT_MAX + 1]; /* start of an answer that is no data */
	size_t		 text_len;
	struct cs_json_parser *json;	/* owned; set by the first byte */
	bool		 has_total;
	uint64_t	 total;		/* totalRecords */
	uint64_t	 entities;
	struct monthly	 file;
	struct book	 book;
};

/* --- the extract: JSON ---------------------------------------------------------- */

static const char *
member(const struct cs_json *parent, const char *path)
{
	return value_or_null(cs_json_text(cs_json_get(parent, path)));
}

static bool
member_is(const struct cs_json *parent, const char *path, const char *word)
{
	const char *text = member(parent, path);

	return text != NULL && strcasecmp(text, word) == 0;
}

/* The list was also seen as an object, as null and with an element of nulls. */
static enum cs_rc
entity_statements(struct sam *s, const struct entity *e, const struct cs_json *list)
{
	enum cs_rc rc = CS_OK;

	for (size_t i = 0; i < cs_json_count(list) && rc == CS_OK; i++) {
		const struct cs_json *t = cs_json_at(list, i);
		const char *code = member(t, "sbaBusinessTypeCode");

		if (code != NULL)
			rc = book_statement(&s->book, e, code,
			    member(t, "certificationEntryDate"),
			    member(t, "certificationExitDate"));
	}
	return rc;
}

static enum cs_rc
entity_read(void *arg, const struct cs_json *node)
{
	const struct cs_json *reg = cs_json_get(node, "entityRegistration");
	const char *eft = member(reg, "entityEFTIndicator");
	struct sam *s = arg;
	struct entity e = {
		.uei = member(reg, "ueiSAM"),
		.cage = cage_read(member(reg, "cageCode")), .eft = eft != NULL,
		/* "Y" since v3, "D" before. */
		.excluded = member_is(reg, "exclusionStatusFlag", "Y") ||
		    member_is(reg, "exclusionStatusFlag", "D"),
		.what = "entity", .place = ++s->entities
	};
	char key[64];
	enum cs_rc rc;

	e.key = uei_pack(e.uei);
	if (e.key != 0)
		snprintf(key, sizeof(key), "%s|%s", e.uei, eft != NULL ? eft : "");
	else
		snprintf(key, sizeof(key), "%llu", (unsigned long long)e.place);
	if ((rc = cs_item(s->poll, key, strlen(key))) != CS_OK)
		return rc;
	if (e.key == 0) {
		name_read(member(reg, "legalBusinessName"), e.name);
		book_leave_out(&s->book, &e, key, "no usable ueiSAM");
		return CS_OK;
	}
	/* Such an entity has a UEI and nothing else, yet its status reads "Active". */
	if (member_is(reg, "samRegistered", "No"))
		return CS_OK;
	name_read(member(reg, "legalBusinessName"), e.name);
	name_read(member(reg, "dbaName"), e.dba);
	if ((rc = book_entity(&s->book, &e)) != CS_OK)
		return rc;
	return entity_statements(s, &e, cs_json_get(node,
	    "coreData.businessTypes.sbaBusinessTypeList"));
}

/* totalRecords was also seen as null and, beside data, as "0": no count then. */
static enum cs_rc
scalar_read(void *arg, const char *path, const struct cs_json *node)
{
	const char *text = cs_json_text(node);
	struct sam *s = arg;

	if (strcmp(path, "totalRecords") != 0 ||
	    cs_json_type(node) != CS_JSON_NUMBER || !count_read(text, &s->total))
		return CS_OK;
	s->has_total = true;
	return CS_OK;
}

static void
text_push(struct sam *s, const char *buf, size_t len)
{
	size_t room = TEXT_MAX - s->text_len;

	len = len < room ? len : room;
	memcpy(s->text + s->text_len, buf, len);
	s->text_len += len;
	s->text[s->text_len] = '\0';
}

/* The first byte tells a document, a bare list, an error text and HTML apart. */
static enum cs_rc
document_push(struct sam *s, const char *buf, size_t len)
{
	static const char *const in_object[] = { "entityData", NULL };
	static const char *const in_list[] = { "", NULL };
	static const struct cs_json_ops ops = {
		.element = entity_read, .scalar = scalar_read
	};

	if (s->json == NULL && s->text_len == 0) {
		while (len > 0 && strchr(" \t\r\n", *buf) != NULL && *buf != '\0')
			buf++, len--;
		if (len == 0)
			return CS_OK;
		if (*buf == '<')
			return cs_fail(s->poll, CS_E_INPUT,
			    "HTML instead of the extract: an outage or login page?");
		if (*buf == '{' || *buf == '[') {
			s->json = cs_json_new(*buf == '{' ? in_object : in_list,
			    &ops, s, s->poll);
			if (s->json == NULL)
				return CS_E_NOMEM;
		}
	}
	if (s->json != NULL)
		return cs_json_push(s->json, buf, len);
	text_push(s, buf, len);
	return CS_OK;
}

/* A page of a look-up: whether there is another. */
static enum cs_rc
lookup_end(struct sam *s)
{
	enum cs_rc rc;

	if (s->json == NULL)
		return cs_fail(s->poll, CS_E_INPUT, "the answer to a look-up is %s",
		    s->text_len == 0 ? "empty" : "not JSON");
	rc = cs_json_end(s->json);
	s->json = cs_json_free(s->json);
	if (rc != CS_OK)
		return rc;
	if (!s->has_total)
		return cs_fail(s->poll, CS_E_INPUT, "a look-up without totalRecords");
	if (s->entities < s->total) {
		if (s->entities < (uint64_t)s->asks * PAGE_ROWS || s->asks == LOOKUP_PAGES)
			return cs_fail(s->poll, CS_E_INPUT, "the look-up declares %llu "
			    "entities, %llu came", (unsigned long long)s->total,
			    (unsigned long long)s->entities);
		return CS_OK;
	}
	s->step = FINISHED;
	return book_end(&s->book);
}

static enum cs_rc
document_end(struct sam *s)
{
	enum cs_rc rc;

	if (s->json == NULL && s->text[0] == '"')
		return cs_fail(s->poll, CS_E_REMOTE,
		    "an error instead of the extract: %.200s", s->text);
	if (s->json == NULL)
		return cs_fail(s->poll, CS_E_INPUT, "the extract is %s",
		    s->text_len == 0 ? "empty" : "not JSON");
	if ((rc = cs_json_end(s->json)) != CS_OK)
		return rc;
	if ((rc = book_end(&s->book)) != CS_OK)
		return rc;
	s->step = FINISHED;
	/* A full extract says nothing about what did not fit into it. */
	if (s->book.doubtful || s->entities >= EXTRACT_CAP)
		return CS_OK;
	cs_proven(s->poll, CS_PROOF_CLOSED, 0);
	if (s->has_total)
		cs_proven(s->poll, CS_PROOF_TOTAL, s->total);
	return CS_OK;
}

/* --- requests and refusals --------------------------------------------------------- */

/* "Extract File will be available ... with url: https://...&token=Tok123 in some time." */
static enum cs_rc
trigger_end(struct sam *s)
{
	const char *at = strstr(s->text, "token=");
	size_t len;

	if (s->text[0] == '<')
		return cs_fail(s->poll, CS_E_INPUT,
		    "HTML instead of a token: an outage or login page?");
	if (at == NULL)
		return cs_fail(s->poll, CS_E_REMOTE,
		    "no token in the answer to the extract request");
	at += strlen("token=");
	len = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789_-");
	if (len == 0 || len > TOKEN_MAX)
		return cs_fail(s->poll, CS_E_REMOTE, "the token is unusable");
	memcpy(s->token, at, len);
	s->token[len] = '\0';
	s->step = DOWNLOAD;
	return CS_OK;
}

static bool
text_has(const struct sam *s, const char *words)
{
	return strcasestr(s->text, words) != NULL;
}

/* HTTP 400 means "not yet" in four wordings, and everything else as well. */
static enum cs_rc
bad_request(struct sam *s)
{
	bool pending = text_has(s, "\"FSP\"") || text_has(s, "JSON_CSV_PENDING") ||
	    text_has(s, "in Progress") || text_has(s, "not generated yet");

	if (s->step != DOWNLOAD || !pending)
		return cs_fail(s->poll, CS_E_REMOTE, "HTTP 400: %.200s", s->text);
	if (s->asks == ASKS_MAX)
		return cs_fail(s->poll, CS_E_REMOTE,
		    "the extract was not ready after %d looks", ASKS_MAX);
	s->delay_ms = 2 * s->delay_ms < DELAY_MAX_MS ? 2 * s->delay_ms : DELAY_MAX_MS;
	return CS_OK;
}

/* "nextAccessTime":"2026-Apr-25 00:00:00+0000 UTC" */
static enum cs_rc
quota_end(struct sam *s)
{
	static const char name[] = "\"nextAccessTime\":\"";
	const char *at = strstr(s->text, name);
	char text[40];
	unsigned hour, minute, second;
	struct cs_date day;
	size_t len;

	if (at != NULL) {
		at += sizeof(name) - 1;
		len = strcspn(at, "\"");
		snprintf(text, sizeof(text), "%.*s", len < sizeof(text) ? (int)len : 0,
		    at);
		if (cs_date_parse("%Y-%b-%d %H:%M:%S+0000 UTC", text, &day) ==
		    CS_DATE_OK && sscanf(text, "%*s %2u:%2u:%2u", &hour, &minute,
		    &second) == 3)
			cs_retry_at(s->poll, cs_date_days(day) * INT64_C(86400) +
			    hour * 3600 + minute * 60 + second);
	}
	return cs_fail(s->poll, CS_E_QUOTA, "the quota of the API key is used up");
}

static enum cs_rc
sam_begin(void *state, const struct cs_response *head)
{
	struct sam *s = state;

	s->code = head->code;
	s->text_len = 0;
	s->text[0] = '\0';
	return CS_OK;
}

static enum cs_rc
sam_push(void *state, const char *buf, size_t len)
{
	struct sam *s = state;

	if (s->code == 200 && (s->step == DOWNLOAD || s->step == LOOKUP))
		return document_push(s, buf, len);
	if (s->code == 200 && s->step == MONTHLY)
		return monthly_push(&s->file, buf, len);
	text_push(s, buf, len);
	return CS_OK;
}

static enum cs_rc
sam_end(void *state)
{
	struct sam *s = state;

	switch (s->code) {
	case 200:
		return s->step == TRIGGER ? trigger_end(s) :
		    s->step == LOOKUP ? lookup_end(s) :
		    s->step == DOWNLOAD ? document_end(s) : monthly_end(&s->file);
	case 400:
		return bad_request(s);
	case 429:
		return quota_end(s);
	default:	/* 401, 403 */
		return cs_fail(s->poll, CS_E_AUTH,
		    "HTTP %u: the API key is refused; keys expire after 60 to 90 days",
		    s->code);
	}
}

static enum cs_rc
trigger_next(struct sam *s)
{
	int n = snprintf(s->path, sizeof(s->path),
	    "/entity-information/%s/entities?sbaBusinessTypeCode=", s->version);

	for (size_t i = 0, first = 1; i < PROGRAMS; i++)
		if ((s->book.wanted & (1u << i)) != 0) {
			n += snprintf(s->path + n, sizeof(s->path) - (size_t)n,
			    "%s%s", first ? "" : "~", programs[i].code);
			first = 0;
		}
	snprintf(s->path + n, sizeof(s->path) - (size_t)n,
	    "&includeSections=entityRegistration,coreData&format=json");
	s->step = TRIGGER;
	return CS_OK;
}

/* A UEI is letters and digits by its grammar: nothing in it needs an escape but the brackets. */
static void
lookup_next(struct sam *s)
{
	bool several = cs_lookup(s->poll, 1) != NULL;
	int n = snprintf(s->path, sizeof(s->path), "/entity-information/%s/entities?ueiSAM=%s",
	    s->version, several ? "%5B" : "");

	for (size_t i = 0; i < LOOKUP_MAX && cs_lookup(s->poll, i) != NULL; i++)
		n += snprintf(s->path + n, sizeof(s->path) - (size_t)n, "%s%s",
		    i > 0 ? "~" : "", cs_lookup(s->poll, i));
	snprintf(s->path + n, sizeof(s->path) - (size_t)n,
	    "%s&includeSections=entityRegistration,coreData&page=%u&size=%d",
	    several ? "%5D" : "", s->asks, PAGE_ROWS);
	s->asks++;
	s->has_total = false;
	s->step = LOOKUP;
}

static enum cs_rc
sam_next(void *state, struct cs_request *out)
{
	struct sam *s = state;

	*out = (struct cs_request){
		.codes = { 200, 400, 401, 403, 429 },
		/* A header: unlike a query parameter it is in no log of a proxy. */
		.slot = CS_SLOT_HEADER, .slot_name = "X-Api-Key",
		.slot_setting = "api_key"
	};
	switch (s->step) {
	case START:
		if (cs_kind(s->poll) == CS_POLL_LOOKUP) {
			out->path = s->path;
			out->max_body = LOOKUP_BODY;
			lookup_next(s);
			return CS_OK;
		}
		if (!s->monthly) {
			out->path = s->path;
			out->max_body = 65536;	/* a sentence */
			return trigger_next(s);
		}
		if (s->monthly_file != NULL) {
			snprintf(s->path, sizeof(s->path),
			    "/data-services/v1/extracts?fileName=%s", s->monthly_file);
			out->path = s->path;
		}
		out->conditional = true;
		s->step = MONTHLY;
		return CS_OK;
	case LOOKUP:
		out->path = s->path;
		out->max_body = LOOKUP_BODY;
		lookup_next(s);
		return CS_OK;
	case DOWNLOAD:
		snprintf(s->path, sizeof(s->path),
		    "/entity-information/%s/download-entities?token=%s", s->version,
		    s->token);
		out->path = s->path;
		out->delay_ms = (uint32_t)s->delay_ms;
		s->asks++;
		return CS_OK;
	default:
		return CS_DONE;
	}
}

/* --- settings ---------------------------------------------------------------------- */

static const char *
program_name(size_t i)
{
	return i < PROGRAMS ? programs[i].name : NULL;
}

static enum cs_rc
sam_cover(const struct cs_settings *settings, struct cs_cover *cover)
{
	unsigned wanted;
	enum cs_rc rc = CS_OK;

	if (!words_read(cs_setting(settings, "programs"), program_name, &wanted))
		return CS_E_CONFIG;
	for (size_t i = 0; i < PROGRAMS && rc == CS_OK; i++)
		if ((wanted & (1u << i)) != 0)
			rc = cs_cover_type(cover, programs[i].type);
	return rc;
}

static enum cs_rc
sam_open(void *state, const struct cs_settings *settings, struct cs_poll *poll)
{
	struct sam *s = state;

	s->poll = s->book.poll = s->file.poll = poll;
	s->file.book = &s->book;
	s->version = cs_setting(settings, "version");
	s->monthly = strcmp(cs_setting(settings, "mode"), "monthly") == 0;
	s->monthly_file = cs_setting(settings, "monthly_file");
	s->delay_ms = cs_setting_int(settings, "extract_delay");
	if (!words_read(cs_setting(settings, "programs"), program_name, &s->book.wanted))
		return cs_fail(poll, CS_E_CONFIG, "programs: not a list of "
		    "8a, 8a-jv, hubzone, wosb, edwosb");
	if (s->monthly_file != NULL && (strlen(s->monthly_file) > FILE_NAME_MAX ||
	    strspn(s->monthly_file, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
	    "qrstuvwxyz0123456789._-") != strlen(s->monthly_file)))
		return cs_fail(poll, CS_E_CONFIG, "monthly_file: not a file name");
	/* Then the url is a file, somewhere, and not the API. */
	if (cs_kind(poll) == CS_POLL_LOOKUP && s->monthly && s->monthly_file == NULL)
		return cs_fail(poll, CS_E_CONFIG, "look-ups need the API as url");
	return CS_OK;
}

static void
sam_close(void *state)
{
	struct sam *s = state;

	s->json = cs_json_free(s->json);
	monthly_free(&s->file);
	book_free(&s->book);
}

static const struct cs_setting_def sam_settings[] = {
	{ .name = "api_key", .type = CS_SETTING_SECRET,
	  .help = "API key of a SAM.gov account; not needed for a file" },
	{ .name = "mode", .type = CS_SETTING_ENUM, .value = "extract",
	  .choices = "extract|monthly",
	  .help = "the API's extract, or the public monthly file" },
	{ .name = "extract_delay", .type = CS_SETTING_DURATION, .value = "60s",
	  .min = 1, .max = 3600000,
	  .help = "before the first look for the extract; doubles while pending" },
	{ .name = "version", .type = CS_SETTING_ENUM, .value = "v3",
	  .choices = "v1|v2|v3|v4", .help = "version of the entity API" },
	{ .name = "programs", .value = "8a, 8a-jv, hubzone, wosb, edwosb",
	  .help = "SBA programs to read" },
	{ .name = "monthly_file",
	  .help = "fileName to ask the extracts API for; unset: url is the file" },
	{ .name = NULL }
};

/* GSA-TTS/FAC UeiSchema: no I or O, no 0 first, no run of nine digits. */
static const struct cs_grammar sam_grammar = {
	.normalise = CS_NORM_UPPER | CS_NORM_SPACE,
	.min_len = UEI_LEN, .max_len = UEI_LEN,
	.chars = "A-HJ-NP-Z0-9", .first = "A-HJ-NP-Z1-9", .max_digits = 8
};

CS_API const struct cs_connector cs_connector_sam = {
	.abi = CS_CONNECTOR_ABI,
	.size = sizeof(struct cs_connector),
	.name = "sam",
	.summary = "SAM.gov: SBA 8(a), HUBZone, WOSB and EDWOSB certifications",
	.revision = 1,
	.state_size = sizeof(struct sam),
	.max_body = UINT64_C(2) << 30,
	.max_records = 2000000,
	.kinds = CS_KIND(CS_POLL_FULL) | CS_KIND(CS_POLL_LOOKUP),
	.lookup_max = LOOKUP_MAX,
	.proofs = CS_PROOF(CS_PROOF_TOTAL) | CS_PROOF(CS_PROOF_TRAILER) |
	    CS_PROOF(CS_PROOF_CLOSED),
	.settings = sam_settings,
	.grammar = &sam_grammar,
	.cover = sam_cover,
	.open = sam_open,
	.next = sam_next,
	.begin = sam_begin,
	.push = sam_push,
	.end = sam_end,
	.close = sam_close,
};
