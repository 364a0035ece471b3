/* SPDX-License-Identifier: ISC */
/*
 * sbs.c -- SBA Small Business Search: 8(a), HUBZone, WOSB, EDWOSB and the
 * VetCert programs VOSB and SDVOSB.
 *
 * Nothing official documents it.  Sources: the request of the search page, and
 * public code that reads it (bencrane/core-x dsbs_ingest.py, govhub-marketing
 * enrich_sba.py, both of 2026).  So the layout is checked in every poll, and a
 * poll that looks odd fails: the last snapshot is the better one.
 *
 *	full:	 START -> SEARCH (one per program, all its firms in one answer)
 *			  ... -> FINISHED
 *	look-up: START -> PROFILE (one per number) ... -> FINISHED
 *
 * Number is the UEI, alias the CAGE code.  certs[] is the authority; where it
 * has no entry for a program, the flat members of the row stand in for it.
 * - An answer lists the firms that are active in its program, each with all its
 *   certifications: those that ended are read too, if their program is wanted.
 * - What ended says not why.  With its exit date passed it is expired, else
 *   unknown: it takes nothing away.
 * - A firm may have several profiles and comes in several answers: what ended
 *   is told only where none has it in force, and everything once.
 * - Contact persons, mail addresses and phones are never looked at.
 */
#include <stdio.h>
#include <string.h>

#include <certsync/connector.h>
#include <certsync/json.h>

#include "lib/words.h"
#include "program.h"
#include "reader.h"
#include "row.h"

#define TEXT_MAX	4096	/* start of an error's text; the known one is short */
#define BODY_MAX	2048	/* bytes of the search request */
#define PACE_MS		500	/* two requests a second were tolerated */
#define SEARCH_MAX	(UINT64_C(1) << 30)	/* six times the largest answer */
#define PROFILE_MAX	(UINT64_C(4) << 20)	/* with a firm's past performance */

enum step { START = 0, SEARCH, PROFILE, FINISHED };

struct sbs {
	struct cs_poll	*poll;		/* lent until close */
	enum step	 step;
	size_t		 lookup;	/* the next one */
	unsigned	 code;		/* HTTP code of the open answer */
	struct cs_json_parser *json;	/* owned; of the open answer */
	struct reader	 reader;
	char		 body[BODY_MAX], path[64];
	char		 text[TEXT_MAX + 1];
	size_t		 text_len;
};

/* --- answers --------------------------------------------------------------------- */

static enum cs_rc
sbs_begin(void *state, const struct cs_response *head)
{
	static const char *const in_search[] = { "results", NULL };
	static const char *const in_profile[] = { "entity", NULL };
	static const struct cs_json_ops ops = { .element = row_read };
	struct sbs *s = state;

	s->code = head->code;
	s->reader.rows = s->reader.fitting = s->reader.unreadable = 0;
	s->reader.search = s->step == SEARCH;
	s->text_len = 0;
	if (s->code != 200)
		return CS_OK;
	if (strcmp(head->content_type, "text/html") == 0)
		return cs_fail(s->poll, CS_E_INPUT, "HTML instead of JSON: an outage?");
	s->json = cs_json_new(s->step == SEARCH ? in_search : in_profile, &ops,
	    &s->reader, s->poll);
	return s->json != NULL ? CS_OK : CS_E_NOMEM;
}

static enum cs_rc
sbs_push(void *state, const char *buf, size_t len)
{
	struct sbs *s = state;
	size_t room = TEXT_MAX - s->text_len;

	if (s->json != NULL)
		return cs_json_push(s->json, buf, len);
	len = len < room ? len : room;
	memcpy(s->text + s->text_len, buf, len);
	s->text_len += len;
	return CS_OK;
}

/* A program without firms, or with others than its own, is no list of it. */
static enum cs_rc
search_end(struct sbs *s)
{
	const char *name = programs[s->reader.program].name;

	if (s->reader.rows == 0)
		return cs_fail(s->poll, CS_E_INPUT, "no firm at all in %s: an outage, "
		    "or has the request changed?", name);
	if (2 * s->reader.unreadable > s->reader.rows)
		return cs_fail(s->poll, CS_E_INPUT, "most rows of %s cannot be read: has the "
		    "layout changed?", name);
	if (2 * s->reader.fitting < s->reader.rows - s->reader.unreadable)
		return cs_fail(s->poll, CS_E_INPUT, "most firms listed for %s are not "
		    "active in it: has the request changed?", name);
	return CS_OK;
}

static enum cs_rc
profile_end(struct sbs *s)
{
	static const char not_found[] = "No matching MeiliSearch document";

	switch (s->code) {
	case 200:
		return s->reader.rows == 1 ? CS_OK : cs_fail(s->poll, CS_E_INPUT,
		    "a profile without its entity");
	case 404:
		return CS_OK;
	default:	/* 500: how the search says "not found", and an outage */
		if (memmem(s->text, s->text_len, not_found,
		    sizeof(not_found) - 1) != NULL)
			return CS_OK;
		return cs_fail(s->poll, CS_E_REMOTE, "the profile service answers "
		    "with HTTP %u", s->code);
	}
}

static enum cs_rc
sbs_end(void *state)
{
	struct sbs *s = state;
	enum cs_rc rc = CS_OK;

	if (s->json != NULL)
		rc = cs_json_end(s->json);
	s->json = cs_json_free(s->json);
	if (rc != CS_OK)
		return rc;
	return s->step == SEARCH ? search_end(s) : profile_end(s);
}

/* --- requests -------------------------------------------------------------------- */

/*
 * The search page's whole filter state.  "Or" and "at-least", in this spelling,
 * and entityDetailId: with others the search was seen to fail.
 */
static void
search_request(struct sbs *s, struct cs_request *out)
{
	int n = snprintf(s->body, sizeof(s->body), "{\"searchProfiles\":"
	    "{\"searchTerm\":\"\"},\"location\":{\"states\":[],\"zipCodes\":[],"
	    "\"counties\":[],\"districts\":[],\"msas\":[]},\"sbaCertifications\":"
	    "{\"activeCerts\":[{\"label\":\"%s\",\"value\":\"%s\"}],"
	    "\"isPreviousCert\":false,\"operatorType\":\"Or\"},\"naics\":"
	    "{\"codes\":[],\"isPrimary\":false,\"operatorType\":\"Or\"},"
	    "\"selfCertifications\":{\"certifications\":[],\"operatorType\":"
	    "\"Or\"},\"keywords\":{\"list\":[],\"operatorType\":\"Or\"},"
	    "\"lastUpdated\":{\"date\":{\"label\":\"Anytime\",\"value\":"
	    "\"anytime\"}},\"samStatus\":{\"isActiveSAM\":false},"
	    "\"qualityAssuranceStandards\":{\"qas\":[]},\"bondingLevels\":"
	    "{\"constructionIndividual\":\"\",\"constructionAggregate\":\"\","
	    "\"serviceIndividual\":\"\",\"serviceAggregate\":\"\"},"
	    "\"businessSize\":{\"relationOperator\":\"at-least\","
	    "\"numberOfEmployees\":\"\"},\"annualRevenue\":{\"relationOperator\":"
	    "\"at-least\",\"annualGrossRevenue\":\"\"},\"entityDetailId\":\"\"}",
	    programs[s->reader.program].label, programs[s->reader.program].value);

	*out = (struct cs_request){
		.method = "POST", .path = "/_api/v2/search",
		.headers = { { "Content-Type", "application/json" },
		    { "Accept", "application/json" } },
		.body = s->body, .body_len = (size_t)n, .max_body = SEARCH_MAX
	};
}

static enum cs_rc
search_next(struct sbs *s, struct cs_request *out)
{
	unsigned next = s->step == START ? 0 : (unsigned)s->reader.program + 1;
	bool first = s->step == START;
	enum cs_rc rc;

	while (next < PROGRAMS && (s->reader.wanted & (1u << next)) == 0)
		next++;
	s->step = SEARCH;
	if (next < PROGRAMS) {
		s->reader.program = (enum program)next;
		search_request(s, out);
		out->delay_ms = first ? 0 : PACE_MS;
		return CS_OK;
	}
	s->step = FINISHED;
	if ((rc = reader_end(&s->reader)) != CS_OK)
		return rc;
	/* Each answer was one document, closed, of a source that answers whole. */
	if (!s->reader.doubtful)
		cs_proven(s->poll, CS_PROOF_CLOSED, 0);
	return CS_DONE;
}

/* A number that is no UEI is none of theirs: nothing to ask. */
static enum cs_rc
profile_next(struct sbs *s, struct cs_request *out)
{
	bool first = s->step == START;

	s->step = PROFILE;
	do {
		s->reader.asked = cs_lookup(s->poll, s->lookup++);
		if (s->reader.asked == NULL) {
			enum cs_rc rc = reader_end(&s->reader);

			s->step = FINISHED;
			return rc == CS_OK ? CS_DONE : rc;
		}
	} while (uei_pack(s->reader.asked) == 0);
	snprintf(s->path, sizeof(s->path), "/_api/v2/profile/%s", s->reader.asked);
	*out = (struct cs_request){
		.path = s->path, .headers = { { "Accept", "application/json" } },
		.codes = { 200, 404, 500 }, .max_body = PROFILE_MAX,
		.delay_ms = first ? 0 : PACE_MS
	};
	return CS_OK;
}

static enum cs_rc
sbs_next(void *state, struct cs_request *out)
{
	struct sbs *s = state;

	if (s->step == FINISHED)
		return CS_DONE;
	return cs_kind(s->poll) == CS_POLL_LOOKUP ? profile_next(s, out) :
	    search_next(s, out);
}

/* --- settings -------------------------------------------------------------------- */

static const char *
program_name(size_t i)
{
	return i < PROGRAMS ? programs[i].name : NULL;
}

static enum cs_rc
sbs_cover(const struct cs_settings *settings, struct cs_cover *cover)
{
	unsigned wanted;
	enum cs_rc rc = CS_OK;

	if (!words_read(cs_setting(settings, "programs"), program_name, &wanted))
		return CS_E_CONFIG;
	for (size_t k = 0; k < KINDS && rc == CS_OK; k++)
		if ((wanted & (1u << kinds[k].program)) != 0)
			rc = cs_cover_type(cover, kinds[k].type);
	return rc;
}

static enum cs_rc
sbs_open(void *state, const struct cs_settings *settings, struct cs_poll *poll)
{
	struct sbs *s = state;

	s->poll = s->reader.poll = poll;
	return words_read(cs_setting(settings, "programs"), program_name, &s->reader.wanted) ?
	    CS_OK : cs_fail(poll, CS_E_CONFIG, "programs: not a list of 8a, "
	    "hubzone, wosb, edwosb, vosb, sdvosb");
}

static void
sbs_close(void *state)
{
	struct sbs *s = state;

	s->json = cs_json_free(s->json);
	reader_free(&s->reader);
}

static const struct cs_setting_def sbs_settings[] = {
	{ .name = "programs", .value = "vosb, sdvosb",
	  .help = "SBA programs to read: 8a, hubzone, wosb, edwosb, vosb, sdvosb" },
	{ .name = NULL }
};

/* GSA-TTS/FAC UeiSchema: no I or O, no 0 first, no run of nine digits. */
static const struct cs_grammar sbs_grammar = {
	.normalise = CS_NORM_UPPER | CS_NORM_SPACE,
	.min_len = UEI_LEN, .max_len = UEI_LEN,
	.chars = "A-HJ-NP-Z0-9", .first = "A-HJ-NP-Z1-9", .max_digits = 8
};

CS_API const struct cs_connector cs_connector_sbs = {
	.abi = CS_CONNECTOR_ABI,
	.size = sizeof(struct cs_connector),
	.name = "sbs",
	.summary = "SBA Small Business Search: VOSB, SDVOSB and the other SBA programs",
	.revision = 1,
	.state_size = sizeof(struct sbs),
	.max_body = SEARCH_MAX,
	.max_records = 500000,	/* four times what the six programs list */
	.kinds = CS_KIND(CS_POLL_FULL) | CS_KIND(CS_POLL_LOOKUP),
	.proofs = CS_PROOF(CS_PROOF_CLOSED),
	.lookup_max = 50,	/* half a minute at this pace */
	.settings = sbs_settings,
	.grammar = &sbs_grammar,
	.cover = sbs_cover,
	.open = sbs_open,
	.next = sbs_next,
	.begin = sbs_begin,
	.push = sbs_push,
	.end = sbs_end,
	.close = sbs_close,
};
