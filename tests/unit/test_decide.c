/* SPDX-License-Identifier: ISC */
/*
 * test_decide.c -- the rules of docs/decisions.md as a table, then as properties.
 *
 * A row of the table is a situation and the decision it must lead to, written
 * as one line: status, reason, rule, and what else is out of the ordinary:
 *	kept  case:REASON,...  unconfirmed  warn
 *	exp:DATE  until:TIME  next:TIME  at:TIME (when it became true)
 * Dates and times are compared only where the row names exp (a date or "-").
 *
 * It is 2026-06-15, noon in New York, unless a row says otherwise; polls are an
 * hour old and proven; the claim is a WOSB of Acme Widgets LLC.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"
#include "core/decide.h"

#define NOW		"2026-06-15T16:00:00Z"
#define ROW_RECORDS	4
#define EVIDENCE_S	(72 * 3600)
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

struct row_record {
	bool on;
	enum cs_status status;
	const char *exp;	/* NULL: not stated */
	const char *type;	/* NULL: WOSB; "-": none */
	const char *name;	/* NULL: ACME WIDGETS, L.L.C.; "-": none */
	const char *dba, *issued, *number, *seen;
	unsigned categories;
	bool taken;
	size_t connector;
};
#define REC(...)	{ .on = true, __VA_ARGS__ }
#define ACTIVE		.status = CS_STATUS_ACTIVE
#define PENDING		.status = CS_STATUS_PENDING
#define SUSPENDED	.status = CS_STATUS_SUSPENDED
#define EXCLUDED	.status = CS_STATUS_EXCLUDED
#define EXPIRED		.status = CS_STATUS_EXPIRED
#define GRADUATED	.status = CS_STATUS_GRADUATED
#define WITHDRAWN	.status = CS_STATUS_WITHDRAWN
#define DECERTIFIED	.status = CS_STATUS_DECERTIFIED
#define UNKNOWN		.status = CS_STATUS_UNKNOWN
#define EXP		.exp = "2027-03-01"	/* the usual date, in force */
#define PAST		.exp = "2026-06-10"	/* ended; the wait lasts to July */
#define LONG_PAST	.exp = "2026-05-01"	/* ended; waited out */

struct row {
	const char *what;
	/* The claim. */
	const char *type;	/* NULL: WOSB; "-": none */
	const char *number, *name;
	unsigned category;	/* 0: woman */
	/* The badge before; NULL: a new one. */
	const char *was;	/* "status reason" */
	const char *was_exp, *was_connector;
	unsigned was_case;
	bool once;		/* verified once, though not verified now */
	bool attested_before, pinned_before;
	bool edited, absence_counts;
	/* The connectors: one, "main", unless more are asked for. */
	bool uncovered, two, unproven, second_unproven, held, stale, no_negatives;
	bool lookup_due, lookup_absent;
	bool by_name, second_by_name, unread;	/* a list without numbers; never read */
	int grace;
	enum absence absence;
	const char *zone, *now, *proven;
	/* Pin and attestation in force. */
	const char *pin, *attested_until;
	struct row_record r[ROW_RECORDS];
	const char *want;
};
#define VERIFIED	.was = "verified record_active", .was_exp = "2027-03-01"
#define VERIFIED_PAST	.was = "verified record_active", .was_exp = "2026-06-10"

static const struct row rows[] = {
	/* Rule 9, and what matching ignores. */
	{ "a new claim, active record", .r = { REC(ACTIVE, EXP) },
	    .want = "verified record_active 9 exp:2027-03-01 until:2027-03-02T05:00:00Z "
	    "next:2027-03-02T05:00:00Z" },
	{ "no date: nothing ever expires", .r = { REC(ACTIVE) },
	    .want = "verified record_active 9 exp:-" },
	{ "the record's date wins over none before", VERIFIED, .r = { REC(ACTIVE) },
	    .want = "verified record_active 9 exp:-" },
	{ "renewed", VERIFIED, .r = { REC(ACTIVE, .exp = "2028-03-01") },
	    .want = "verified record_active 9 exp:2028-03-01 until:2028-03-02T05:00:00Z "
	    "next:2028-03-02T05:00:00Z" },
	{ "a DBA agrees", .r = { REC(ACTIVE, EXP, .name = "Zenith Foods Inc", .dba = "Acme Widgets") },
	    .want = "verified record_active 9" },
	{ "suspended before, active now", .was = "suspended record_suspended", .once = true,
	    .r = { REC(ACTIVE, EXP) }, .want = "verified record_active 9" },
	{ "expired before, renewed now", .was = "expired expiry_passed", .was_exp = "2026-03-01",
	    .once = true, .r = { REC(ACTIVE, EXP) }, .want = "verified record_active 9" },
	{ "revoked before, active now", .was = "revoked record_decertified",
	    .r = { REC(ACTIVE, EXP) }, .want = "verified record_active 9" },
	{ "in review before, agrees now", .was = "review name_mismatch",
	    .r = { REC(ACTIVE, EXP) }, .want = "verified record_active 9" },
	{ "not found before, listed now", .was = "not_found number_unknown",
	    .r = { REC(ACTIVE, EXP) }, .want = "verified record_active 9" },
	{ "a case closes by itself", VERIFIED, .was_case = 1u << REASON_NAME_MISMATCH,
	    .r = { REC(ACTIVE, EXP) }, .want = "verified record_active 9" },
	{ "a dispute does not", VERIFIED,
	    .was_case = 1u << REASON_NAME_MISMATCH | 1u << REASON_DISPUTED,
	    .r = { REC(ACTIVE, EXP) }, .want = "verified record_active 9 case:disputed" },
	{ "attested before, listed now", .was = "verified attested", .attested_before = true,
	    .r = { REC(ACTIVE, EXP) }, .want = "verified record_active 9" },

	/* Rule 1. */
	{ "a pin wins", .pin = "review", .r = { REC(ACTIVE, EXP) },
	    .want = "review pinned 1" },
	{ "a pin to verified, nothing known", .pin = "verified",
	    .want = "verified pinned 1 exp:- until:2026-12-31T05:00:00Z next:2026-12-31T05:00:00Z" },
	{ "a pin without any connector", .pin = "verified", .uncovered = true,
	    .want = "verified pinned 1" },
	{ "an explicit negative beats a pin to verified", .pin = "verified",
	    .r = { REC(SUSPENDED, EXP) }, .want = "suspended record_suspended 5" },
	{ "but not a pin to revoked", .pin = "revoked", .r = { REC(SUSPENDED, EXP) },
	    .want = "revoked pinned 1" },
	{ "an unknown word does not beat it", .pin = "verified", .r = { REC(UNKNOWN, EXP) },
	    .want = "verified pinned 1" },
	{ "nor does an unproven negative of a verified badge", .pin = "verified", VERIFIED,
	    .no_negatives = true, .r = { REC(WITHDRAWN, EXP) }, .want = "verified pinned 1" },
	{ "nor an expired day", .pin = "verified", .r = { REC(ACTIVE, LONG_PAST) },
	    .want = "verified pinned 1" },
	{ "a pin that is over", .pin = "revoked", .now = "2027-01-01T00:00:00Z",
	    .r = { REC(ACTIVE, EXP, .seen = "2026-12-31T00:00:00Z") },
	    .want = "verified record_active 9" },

	/* Rule 2. */
	{ "no connector", .uncovered = true, .want = "self_reported no_connector 2" },
	{ "no connector, attested", .uncovered = true, .attested_until = "2026-12-31",
	    .want = "verified attested 2 exp:2026-12-31 until:2026-12-31T05:00:00Z "
	    "next:2026-12-31T05:00:00Z" },
	{ "the attestation lapsed", .uncovered = true, .was = "verified attested",
	    .attested_before = true, .attested_until = "2026-06-15", .now = "2027-01-02T00:00:00Z",
	    .want = "self_reported no_connector 2" },
	{ "verified by a connector now gone", .uncovered = true, VERIFIED,
	    .want = "verified record_active 2 kept" },
	{ "suspended by a connector now gone", .uncovered = true,
	    .was = "suspended record_suspended", .want = "suspended record_suspended 2 kept" },
	{ "not found by a connector now gone", .uncovered = true,
	    .was = "not_found number_unknown", .want = "not_found number_unknown 2 kept" },
	{ "awaiting a connector now gone", .uncovered = true, .was_connector = "",
	    .was = "self_reported awaiting_source", .want = "self_reported no_connector 2" },
	{ "kept with its case", .uncovered = true, VERIFIED, .was_case = 1u << REASON_NAME_MISMATCH,
	    .want = "verified record_active 2 kept case:name_mismatch" },
	{ "edited while the connector is gone", .uncovered = true, VERIFIED, .edited = true,
	    .want = "self_reported no_connector 2" },
	{ "expired by a connector now gone, attested", .uncovered = true,
	    .was = "expired expiry_passed", .attested_until = "2026-12-31",
	    .want = "verified attested 2" },

	/* Rule 3, never verified. */
	{ "no proof yet", .unproven = true, .want = "self_reported awaiting_source 3" },
	{ "proven, but about to be looked up", .lookup_due = true,
	    .want = "self_reported awaiting_source 3" },
	{ "nothing found, which proves it", .unproven = true, .lookup_absent = true,
	    .want = "not_found number_unknown 3" },
	{ "a look-up does not speak for the other source", .two = true, .unproven = true,
	    .second_unproven = true, .lookup_absent = true, .want = "self_reported awaiting_source 3" },
	{ "nothing is looked up that cannot be", .number = "12#4", .lookup_due = true,
	    .want = "invalid number_malformed 3" },
	{ "not found, about to be looked up again", .was = "not_found number_unknown", .was_connector = "main",
	    .lookup_due = true, .want = "not_found number_unknown 3 kept" },
	{ "verified is verified, whatever is looked up", VERIFIED, .lookup_due = true,
	    .want = "verified record_active 3 kept" },
	{ "one of two without proof", .two = true, .second_unproven = true,
	    .want = "self_reported awaiting_source 3" },
	{ "unknown to a proven snapshot", .want = "not_found number_unknown 3" },
	{ "unknown to both", .two = true, .want = "not_found number_unknown 3" },
	{ "no such number can be", .number = "12#4", .want = "invalid number_malformed 3" },
	{ "too long to be one", .number =
	    "12345678901234567890123456789012345678901234567890123456789012345",
	    .want = "invalid number_malformed 3" },
	{ "not even while awaited", .number = "12#4", .unproven = true,
	    .want = "invalid number_malformed 3" },
	{ "malformed for one of two", .number = "ab", .two = true,
	    .want = "not_found number_unknown 3" },
	{ "attested meanwhile", .attested_until = "2026-12-31", .want = "verified attested 3" },
	{ "the attestation lapsed", .was = "verified attested", .attested_before = true,
	    .want = "not_found number_unknown 3" },

	/* And where the list has no numbers. */
	{ "one firm of the name", .by_name = true, .r = { REC(ACTIVE) },
	    .want = "review listed_by_name 3 exp:-" },
	{ "whatever the number, and without proof", .by_name = true, .unproven = true,
	    .number = "12#4", .r = { REC(ACTIVE) }, .want = "review listed_by_name 3" },
	{ "by its trade name", .by_name = true,
	    .r = { REC(ACTIVE, .name = "Zenith Foods Inc", .dba = "Acme Widgets") },
	    .want = "review listed_by_name 3" },
	{ "until its day has ended", .by_name = true, .r = { REC(ACTIVE, EXP) },
	    .want = "review listed_by_name 3 exp:- next:2027-03-02T05:00:00Z" },
	{ "which it has", .by_name = true, .r = { REC(ACTIVE, PAST) },
	    .want = "self_reported unchecked 3" },
	{ "taken back", .by_name = true, .r = { REC(WITHDRAWN) },
	    .want = "self_reported unchecked 3" },
	{ "an application", .by_name = true, .r = { REC(PENDING) },
	    .want = "self_reported unchecked 3" },
	{ "a namesake that is over is one all the same", .by_name = true,
	    .r = { REC(ACTIVE), REC(EXPIRED) }, .want = "self_reported unchecked 3" },
	{ "one of its types is over", .by_name = true,
	    .r = { REC(EXPIRED), REC(ACTIVE, .type = "EDWOSB") }, .want = "review listed_by_name 3" },
	{ "an unknown word gives nothing, not even that", .by_name = true, .r = { REC(UNKNOWN) },
	    .want = "self_reported unchecked 3" },
	{ "of two types, one of which implies the claim's", .by_name = true,
	    .r = { REC(ACTIVE), REC(ACTIVE, .type = "EDWOSB") }, .want = "review listed_by_name 3" },
	{ "of another type besides", .by_name = true,
	    .r = { REC(ACTIVE, .type = "VOSB"), REC(ACTIVE) }, .want = "review listed_by_name 3" },
	{ "of another type only", .by_name = true, .r = { REC(ACTIVE, .type = "VOSB") },
	    .want = "self_reported unchecked 3" },
	{ "of no type", .by_name = true, .r = { REC(ACTIVE, .type = "-") },
	    .want = "self_reported unchecked 3" },
	{ "two firms", .by_name = true, .r = { REC(ACTIVE), REC(ACTIVE, EXP) },
	    .want = "self_reported unchecked 3" },
	{ "two firms of two types", .by_name = true,
	    .r = { REC(ACTIVE), REC(ACTIVE, .type = "EDWOSB", .name = "Acme Widgets Inc") },
	    .want = "self_reported unchecked 3" },
	{ "another firm under the same key", .by_name = true,
	    .r = { REC(ACTIVE, .name = "Zenith Foods Inc") }, .want = "self_reported unchecked 3" },
	{ "nobody of the name", .by_name = true, .want = "self_reported unchecked 3" },
	{ "and no number is malformed", .by_name = true, .number = "12#4",
	    .want = "self_reported unchecked 3" },
	{ "a list that was never read", .by_name = true, .unread = true,
	    .want = "self_reported awaiting_source 3" },
	{ "listed before, gone now", .by_name = true, .was = "review listed_by_name",
	    .want = "self_reported unchecked 3" },
	{ "attested, whoever is listed", .by_name = true, .attested_until = "2026-12-31",
	    .r = { REC(ACTIVE) }, .want = "verified attested 3" },
	{ "verified by a list that had numbers", VERIFIED, .by_name = true,
	    .want = "verified record_active 3 kept" },
	{ "the same, its name listed now", VERIFIED, .by_name = true, .r = { REC(ACTIVE) },
	    .want = "verified record_active 3 kept" },
	{ "edited: a new question", VERIFIED, .by_name = true, .edited = true, .r = { REC(ACTIVE) },
	    .want = "review listed_by_name 3" },
	{ "expired by a list that had numbers", .was = "expired expiry_passed", .once = true,
	    .was_exp = "2026-06-10", .by_name = true, .r = { REC(ACTIVE) },
	    .want = "expired expiry_passed 3 kept" },
	{ "the number comes first", .two = true, .second_by_name = true,
	    .r = { REC(ACTIVE, EXP), REC(ACTIVE, .connector = 1) },
	    .want = "verified record_active 9" },
	{ "no such number, but the name", .two = true, .second_by_name = true,
	    .r = { REC(ACTIVE, .connector = 1) }, .want = "review listed_by_name 3" },
	{ "neither, and what has no numbers does not know which", .two = true,
	    .second_by_name = true, .want = "self_reported unchecked 3" },
	{ "neither, but numbers may be missing", .two = true, .second_by_name = true,
	    .unproven = true, .want = "self_reported awaiting_source 3" },

	{ "not found stays so while a new source is awaited", .was = "not_found number_unknown",
	    .two = true, .second_unproven = true, .want = "not_found number_unknown 3 kept" },
	{ "suspended at first sight, source renamed", .was = "suspended record_suspended",
	    .was_connector = "old", .unproven = true, .want = "suspended record_suspended 3 kept" },
	{ "suspended at first sight, then unlisted", .was = "suspended record_suspended",
	    .want = "not_found number_unknown 3" },
	{ "the grammar has changed its mind", .was = "invalid number_malformed", .unproven = true,
	    .want = "self_reported awaiting_source 3" },
	{ "edited to a number nobody knows", VERIFIED, .edited = true,
	    .want = "not_found number_unknown 3" },
	{ "edited to a malformed number", VERIFIED, .edited = true, .number = "#",
	    .want = "invalid number_malformed 3" },
	{ "an edit closes a case", VERIFIED, .edited = true, .was_case = 1u << REASON_NAME_MISMATCH,
	    .want = "not_found number_unknown 3" },
	{ "but not a dispute", VERIFIED, .edited = true, .was_case = 1u << REASON_DISPUTED,
	    .want = "not_found number_unknown 3 case:disputed" },

	/* Rule 3, verified: absence. */
	{ "absence that does not count yet", VERIFIED,
	    .want = "verified record_active 3 kept exp:2027-03-01 until:2027-03-02T05:00:00Z "
	    "next:2027-03-02T05:00:00Z" },
	{ "absence opens a case", VERIFIED, .absence_counts = true,
	    .want = "verified record_active 3 kept case:record_missing" },
	{ "or is ignored", VERIFIED, .absence_counts = true, .absence = ABSENCE_IGNORE,
	    .want = "verified record_active 3 kept" },
	{ "or revokes", VERIFIED, .absence_counts = true, .absence = ABSENCE_REVOKE,
	    .want = "revoked record_missing 3" },
	{ "of two policies the one that decided", VERIFIED, .absence_counts = true, .two = true,
	    .absence = ABSENCE_REVOKE, .want = "revoked record_missing 3" },
	{ "else the milder", VERIFIED, .was_connector = "old", .absence_counts = true, .two = true,
	    .absence = ABSENCE_REVOKE, .want = "verified record_active 3 kept" },
	{ "a case stays open", VERIFIED, .was_case = 1u << REASON_NAME_MISMATCH,
	    .want = "verified record_active 3 kept case:name_mismatch" },
	{ "one case, two reasons", VERIFIED, .was_case = 1u << REASON_NAME_MISMATCH,
	    .absence_counts = true,
	    .want = "verified record_active 3 kept case:record_missing,name_mismatch" },
	{ "verified, and the mirror was lost", VERIFIED, .unproven = true,
	    .want = "verified record_active 3 kept" },
	{ "verified by a source since renamed", VERIFIED, .was_connector = "old", .unproven = true,
	    .want = "verified record_active 3 kept" },
	{ "verified without a date", .was = "verified record_active",
	    .want = "verified record_active 3 kept exp:-" },

	/* Rule 3, once verified. */
	{ "suspended, then unlisted", .was = "suspended record_suspended", .once = true,
	    .absence_counts = true, .want = "suspended record_suspended 3 kept" },
	{ "expired, then unlisted", .was = "expired expiry_passed", .once = true,
	    .was_exp = "2026-03-01", .want = "expired expiry_passed 3 kept" },
	{ "graduated, then unlisted", .was = "expired record_graduated", .once = true,
	    .was_exp = "2026-03-01", .want = "expired record_graduated 3 kept" },
	{ "taken back, then unlisted and its day ends", .was = "revoked record_decertified",
	    .once = true, .was_exp = "2026-03-01", .want = "revoked record_decertified 3 kept" },
	{ "malformed by a new grammar, once verified", VERIFIED, .number = "12#4",
	    .want = "verified record_active 3 kept" },
	{ "expired and unlisted, attested", .was = "expired expiry_passed", .once = true,
	    .was_exp = "2026-03-01", .attested_until = "2026-12-31", .want = "verified attested 3" },

	/* Rule 3: the day of the last known record. */
	{ "unlisted, and its day ended", VERIFIED_PAST,
	    .want = "expired expiry_passed 6 exp:2026-06-10 until:2026-06-11T04:00:00Z "
	    "at:2026-06-11T04:00:00Z" },
	{ "its day ended, but no proof that it was not renewed", VERIFIED_PAST,
	    .proven = "2026-06-01T00:00:00Z",
	    .want = "verified record_active 6 kept unconfirmed exp:2026-06-10 "
	    "until:2026-07-11T04:00:00Z next:2026-07-11T04:00:00Z" },
	{ "nor from the second source", VERIFIED_PAST, .two = true, .second_unproven = true,
	    .want = "verified record_active 6 kept unconfirmed" },
	{ "held: it waits", VERIFIED_PAST, .held = true,
	    .want = "verified record_active 6 kept unconfirmed" },
	{ "stale: it waits", VERIFIED_PAST, .stale = true,
	    .want = "verified record_active 6 kept unconfirmed" },
	{ "waited out", VERIFIED_PAST, .stale = true, .now = "2026-07-11T04:00:00Z",
	    .want = "expired expiry_passed 6 exp:2026-06-10 until:2026-06-11T04:00:00Z "
	    "at:2026-06-11T04:00:00Z" },
	{ "one second before", VERIFIED_PAST, .stale = true, .now = "2026-07-11T03:59:59Z",
	    .want = "verified record_active 6 kept unconfirmed" },
	{ "suspended, unlisted, its day ended", .was = "suspended record_suspended", .once = true,
	    .was_exp = "2026-06-10", .want = "expired expiry_passed 6" },
	{ "in review, unlisted, its day ended", .was = "review name_mismatch",
	    .was_exp = "2026-06-10", .want = "expired expiry_passed 6" },
	{ "never verified, expired, then unlisted", .was = "expired expiry_passed",
	    .was_exp = "2026-03-01", .want = "expired expiry_passed 3 kept" },
	{ "in review, its day ended, unconfirmed", .was = "review name_mismatch",
	    .was_exp = "2026-06-10", .held = true,
	    .want = "review name_mismatch 6 kept unconfirmed" },
	{ "expiry comes before absence", VERIFIED_PAST, .absence_counts = true,
	    .want = "expired expiry_passed 6" },
	{ "expiry comes before an attestation", VERIFIED_PAST, .attested_until = "2026-12-31",
	    .want = "expired expiry_passed 6" },

	/* Rule 4: types. */
	{ "an implied type", .r = { REC(ACTIVE, EXP, .type = "EDWOSB") },
	    .want = "verified record_active 9" },
	{ "it does not work upwards", .type = "EDWOSB", .r = { REC(ACTIVE, EXP) },
	    .want = "review type_mismatch 4" },
	{ "another type", .r = { REC(ACTIVE, EXP, .type = "SBA8A") },
	    .want = "review type_mismatch 4" },
	{ "a record without type", .r = { REC(ACTIVE, EXP, .type = "-",
	    .categories = CS_CATEGORY_WOMAN) }, .want = "review type_mismatch 4" },
	{ "exact before implied", .r = { REC(ACTIVE, .exp = "2027-01-01"),
	    REC(ACTIVE, .exp = "2029-01-01", .type = "EDWOSB") },
	    .want = "verified record_active 9 exp:2027-01-01 until:2027-01-02T05:00:00Z "
	    "next:2027-01-02T05:00:00Z" },
	{ "exact suspended before implied active", .r = { REC(SUSPENDED, EXP),
	    REC(ACTIVE, EXP, .type = "EDWOSB") }, .want = "suspended record_suspended 5" },
	{ "exact decertified before implied active", .r = { REC(DECERTIFIED, EXP),
	    REC(ACTIVE, EXP, .type = "EDWOSB") }, .want = "revoked record_decertified 5" },
	{ "exact merely over: implied active", .r = { REC(EXPIRED, .exp = "2026-01-01"),
	    REC(ACTIVE, EXP, .type = "EDWOSB") },
	    .want = "verified record_active 9 exp:2027-03-01 until:2027-03-02T05:00:00Z "
	    "next:2027-03-02T05:00:00Z" },
	{ "exact ended by date: implied active", VERIFIED, .r = { REC(ACTIVE, PAST),
	    REC(ACTIVE, EXP, .type = "EDWOSB") }, .want = "verified record_active 9" },
	{ "exact over, implied suspended", .r = { REC(EXPIRED, .exp = "2026-01-01"),
	    REC(SUSPENDED, EXP, .type = "EDWOSB") }, .want = "expired record_expired 5" },
	{ "type mismatch of a verified badge: a case", VERIFIED,
	    .r = { REC(ACTIVE, EXP, .type = "SBA8A") },
	    .want = "verified record_active 4 kept case:type_mismatch" },
	{ "edited: decided anew", VERIFIED, .edited = true,
	    .r = { REC(ACTIVE, EXP, .type = "SBA8A") }, .want = "review type_mismatch 4" },
	{ "a badge in suspension has no such claim", .was = "suspended record_suspended",
	    .once = true, .r = { REC(ACTIVE, EXP, .type = "SBA8A") },
	    .want = "review type_mismatch 4" },
	{ "a verified badge in doubt still expires", VERIFIED_PAST,
	    .r = { REC(ACTIVE, EXP, .type = "SBA8A") }, .want = "expired expiry_passed 6" },
	{ "on fresh evidence only", VERIFIED_PAST, .stale = true,
	    .r = { REC(ACTIVE, EXP, .type = "SBA8A") },
	    .want = "verified record_active 6 kept case:type_mismatch unconfirmed" },

	/* Rule 4: categories. */
	{ "the type's category is another", .category = CS_CATEGORY_LGBTQ,
	    .r = { REC(ACTIVE, EXP) }, .want = "review category_conflict 4" },
	{ "the record's own category wins: for", .type = "DBE",
	    .r = { REC(ACTIVE, EXP, .type = "DBE", .categories = CS_CATEGORY_WOMAN) },
	    .want = "verified record_active 9" },
	{ "the record's own category wins: against",
	    .r = { REC(ACTIVE, EXP, .categories = CS_CATEGORY_VETERAN) },
	    .want = "review category_conflict 4" },
	{ "a type that implies none confirms none", .type = "HUBZONE",
	    .r = { REC(ACTIVE, EXP, .type = "HUBZONE") }, .want = "review category_conflict 4" },
	{ "category conflict of a verified badge: a case", VERIFIED,
	    .r = { REC(ACTIVE, EXP, .categories = CS_CATEGORY_VETERAN) },
	    .want = "verified record_active 4 kept case:category_conflict" },
	{ "of two rows one has the category", .r = { REC(ACTIVE, EXP, .categories =
	    CS_CATEGORY_VETERAN), REC(ACTIVE, .exp = "2027-01-01") },
	    .want = "verified record_active 9 exp:2027-01-01 until:2027-01-02T05:00:00Z "
	    "next:2027-01-02T05:00:00Z" },

	/* Rule 4: claims without type. */
	{ "no type: any of the category", .type = "-",
	    .r = { REC(ACTIVE, EXP, .type = "SBA8A"), REC(ACTIVE, .exp = "2026-12-01", .type = "WBE") },
	    .want = "verified record_active 9 exp:2026-12-01 until:2026-12-02T05:00:00Z "
	    "next:2026-12-02T05:00:00Z" },
	{ "no type: none of the category", .type = "-", .r = { REC(ACTIVE, EXP, .type = "SBA8A") },
	    .want = "review category_conflict 4" },
	{ "no type: a record without type", .type = "-",
	    .r = { REC(ACTIVE, EXP, .type = "-", .categories = CS_CATEGORY_WOMAN) },
	    .want = "verified record_active 9" },
	{ "no type: any in force verifies", .type = "-",
	    .r = { REC(SUSPENDED, EXP), REC(ACTIVE, .exp = "2026-07-01", .type = "WBE") },
	    .want = "verified record_active 9" },
	{ "no type: from the second source", .type = "-", .two = true,
	    .r = { REC(ACTIVE, EXP, .connector = 1) }, .want = "verified record_active 9" },

	/* Rule 4: history. */
	{ "active before ended", .r = { REC(EXPIRED, .exp = "2024-01-01"), REC(ACTIVE, EXP) },
	    .want = "verified record_active 9" },
	{ "active before taken back", .r = { REC(DECERTIFIED, .exp = "2024-01-01"),
	    REC(ACTIVE, EXP) }, .want = "verified record_active 9" },
	{ "active before suspended", .r = { REC(SUSPENDED, .exp = "2025-01-01"),
	    REC(ACTIVE, EXP) }, .want = "verified record_active 9" },
	{ "suspended before ended", .r = { REC(EXPIRED, .exp = "2028-01-01"),
	    REC(SUSPENDED, EXP) }, .want = "suspended record_suspended 5" },
	{ "ended before taken back", .r = { REC(WITHDRAWN, .exp = "2028-01-01"),
	    REC(EXPIRED, .exp = "2025-01-01") }, .want = "expired record_expired 5" },
	{ "then the latest expiry", .r = { REC(ACTIVE, .exp = "2026-12-01"),
	    REC(ACTIVE, .exp = "2027-12-01") },
	    .want = "verified record_active 9 exp:2027-12-01 until:2027-12-02T05:00:00Z "
	    "next:2026-12-02T05:00:00Z" },
	{ "an active row whose day ended is history", .r = { REC(ACTIVE, PAST),
	    REC(SUSPENDED, EXP) }, .want = "suspended record_suspended 5" },
	{ "no date is the latest", .r = { REC(ACTIVE), REC(ACTIVE, EXP) },
	    .want = "verified record_active 9 exp:- next:2027-03-02T05:00:00Z" },
	{ "ended, and a renewal is listed", .r = { REC(EXPIRED, .exp = "2026-03-01"),
	    REC(PENDING) }, .want = "expired renewal_listed 5" },
	{ "graduated is not renewed", .r = { REC(GRADUATED, .exp = "2026-03-01"),
	    REC(PENDING) }, .want = "expired record_graduated 5" },
	{ "suspended, and an application", .r = { REC(SUSPENDED, EXP), REC(PENDING) },
	    .want = "suspended record_suspended 5" },
	{ "active, and a renewal under way", .r = { REC(ACTIVE, EXP), REC(PENDING) },
	    .want = "verified record_active 9" },
	{ "active, its day ended, a renewal under way", VERIFIED_PAST,
	    .r = { REC(ACTIVE, PAST), REC(PENDING) }, .want = "expired renewal_listed 6" },

	/* Rule 4: conflicts. */
	{ "same period, two statuses", .r = { REC(ACTIVE, EXP), REC(SUSPENDED, EXP) },
	    .want = "review conflicting_records 4" },
	{ "of a verified badge: a case", VERIFIED, .r = { REC(ACTIVE, EXP), REC(SUSPENDED, EXP) },
	    .want = "verified record_active 4 kept case:conflicting_records" },
	{ "no dates is one period too", .r = { REC(ACTIVE), REC(DECERTIFIED) },
	    .want = "review conflicting_records 4" },
	{ "another number's row is another row", .r = { REC(ACTIVE, EXP),
	    REC(SUSPENDED, EXP, .number = "99") }, .want = "verified record_active 9" },
	{ "the same twice is no conflict", .r = { REC(ACTIVE, EXP), REC(ACTIVE, EXP) },
	    .want = "verified record_active 9" },
	{ "two firms in force", .r = { REC(ACTIVE, EXP),
	    REC(ACTIVE, .exp = "2026-12-01", .name = "Zenith Foods Inc") },
	    .want = "review conflicting_records 4 exp:2027-03-01 until:2027-03-02T05:00:00Z "
	    "next:2026-12-02T05:00:00Z" },
	{ "another firm in history", .r = { REC(ACTIVE, EXP),
	    REC(EXPIRED, .exp = "2022-12-01", .name = "Zenith Foods Inc") },
	    .want = "verified record_active 9" },
	{ "the same firm written otherwise", .r = { REC(ACTIVE, EXP),
	    REC(ACTIVE, EXP, .name = "Acme Widgets Incorporated") },
	    .want = "verified record_active 9" },
	{ "a pending row contradicts nothing", .r = { REC(ACTIVE), REC(PENDING) },
	    .want = "verified record_active 9" },

	/* Rule 5. */
	{ "suspended", VERIFIED, .r = { REC(SUSPENDED, EXP) },
	    .want = "suspended record_suspended 5" },
	{ "excluded", VERIFIED, .r = { REC(EXCLUDED, EXP) },
	    .want = "suspended record_excluded 5" },
	{ "expired by its status", VERIFIED, .r = { REC(EXPIRED, EXP) },
	    .want = "expired record_expired 5" },
	{ "graduated", VERIFIED, .r = { REC(GRADUATED, EXP) },
	    .want = "expired record_graduated 5" },
	{ "withdrawn", VERIFIED, .r = { REC(WITHDRAWN, EXP) },
	    .want = "revoked record_withdrawn 5" },
	{ "decertified", VERIFIED, .r = { REC(DECERTIFIED, EXP) },
	    .want = "revoked record_decertified 5" },
	{ "a case is moot then", VERIFIED, .was_case = 1u << REASON_NAME_MISMATCH,
	    .r = { REC(SUSPENDED, EXP) }, .want = "suspended record_suspended 5" },
	{ "a status beats the name", .r = { REC(SUSPENDED, EXP, .name = "Zenith Foods Inc") },
	    .want = "suspended record_suspended 5" },
	{ "a status beats the date", .r = { REC(WITHDRAWN, LONG_PAST) },
	    .want = "revoked record_withdrawn 5" },
	{ "negatives that do not count", VERIFIED, .no_negatives = true,
	    .r = { REC(DECERTIFIED, EXP) }, .want = "verified record_active 5 kept" },
	{ "may be taken by a badge never verified", .no_negatives = true,
	    .r = { REC(DECERTIFIED, EXP) }, .want = "revoked record_decertified 5" },
	{ "or by an edited one", VERIFIED, .edited = true, .no_negatives = true,
	    .r = { REC(DECERTIFIED, EXP) }, .want = "revoked record_decertified 5" },
	{ "the day of a badge kept so ends all the same", VERIFIED_PAST, .no_negatives = true,
	    .r = { REC(WITHDRAWN, PAST) }, .want = "expired expiry_passed 6" },
	{ "an unknown word takes nothing", VERIFIED, .r = { REC(UNKNOWN, EXP) },
	    .want = "verified record_active 5 kept warn" },
	{ "an unknown word gives nothing", .r = { REC(UNKNOWN, EXP) },
	    .want = "review status_unknown 5 warn" },
	{ "not even back", .was = "suspended record_suspended", .once = true,
	    .r = { REC(UNKNOWN, EXP) }, .want = "review status_unknown 5 warn" },
	{ "active beside an unknown word", .r = { REC(ACTIVE, EXP), REC(UNKNOWN) },
	    .want = "verified record_active 9" },
	{ "an unknown word blocks an older end", VERIFIED_PAST,
	    .r = { REC(EXPIRED, PAST), REC(UNKNOWN, EXP) },
	    .want = "verified record_active 5 kept warn exp:2027-03-01 "
	    "until:2027-03-02T05:00:00Z next:2027-03-02T05:00:00Z" },
	{ "an older unknown word is history", VERIFIED_PAST,
	    .r = { REC(SUSPENDED, PAST), REC(UNKNOWN, .exp = "2020-01-01") },
	    .want = "suspended record_suspended 5" },
	{ "what has expired is not reopened by a word", .was = "expired expiry_passed",
	    .was_exp = "2026-06-10", .once = true, .r = { REC(UNKNOWN, PAST) },
	    .want = "expired expiry_passed 5 kept warn" },
	{ "unless it states a later day", .was = "expired expiry_passed",
	    .was_exp = "2026-06-10", .once = true, .r = { REC(UNKNOWN, EXP) },
	    .want = "review status_unknown 5 warn" },
	{ "nor by an unproven negative", .was = "expired expiry_passed", .no_negatives = true,
	    .was_exp = "2026-06-10", .once = true, .r = { REC(WITHDRAWN, PAST) },
	    .want = "expired expiry_passed 5 kept" },
	{ "nor by rows that conflict", .was = "expired expiry_passed", .was_exp = "2026-06-10",
	    .once = true, .r = { REC(EXPIRED, PAST), REC(GRADUATED, PAST) },
	    .want = "expired expiry_passed 4 kept" },
	{ "an application is no certificate", .r = { REC(PENDING, EXP) },
	    .want = "review status_unknown 5" },
	{ "a renewal under way takes nothing", VERIFIED, .r = { REC(PENDING, EXP) },
	    .want = "verified record_active 5 kept" },
	{ "until its day has ended", VERIFIED_PAST, .r = { REC(PENDING, PAST) },
	    .want = "expired renewal_listed 6" },
	{ "expired before its renewal was listed", .was = "expired expiry_passed", .once = true,
	    .was_exp = "2026-06-10", .r = { REC(PENDING, PAST) }, .want = "expired renewal_listed 5" },
	{ "expired, and an application without a date", .was = "expired expiry_passed", .once = true,
	    .was_exp = "2026-06-10", .r = { REC(PENDING) }, .want = "expired expiry_passed 5 kept" },
	{ "the same, never verified", .r = { REC(PENDING, PAST) },
	    .want = "expired renewal_listed 5" },

	/* Rule 6. */
	{ "its day has ended", VERIFIED_PAST, .r = { REC(ACTIVE, PAST) },
	    .want = "expired expiry_passed 6 exp:2026-06-10 until:2026-06-11T04:00:00Z "
	    "at:2026-06-11T04:00:00Z" },
	{ "a new claim, long ended", .r = { REC(ACTIVE, LONG_PAST) },
	    .want = "expired expiry_passed 6 exp:2026-05-01 until:2026-05-02T04:00:00Z "
	    "at:2026-05-02T04:00:00Z" },
	{ "moved into the past", VERIFIED, .r = { REC(ACTIVE, PAST) },
	    .want = "expired expiry_passed 6" },
	{ "its last day", .now = "2026-06-11T03:59:59Z", VERIFIED_PAST, .r = { REC(ACTIVE, PAST) },
	    .want = "verified record_active 9 exp:2026-06-10 until:2026-06-11T04:00:00Z "
	    "next:2026-06-11T04:00:00Z" },
	{ "the first instant after", .now = "2026-06-11T04:00:00Z", VERIFIED_PAST,
	    .r = { REC(ACTIVE, PAST) }, .want = "expired expiry_passed 6" },
	{ "seen just early enough", VERIFIED_PAST,
	    .r = { REC(ACTIVE, PAST, .seen = "2026-06-08T04:00:00Z") },
	    .want = "expired expiry_passed 6" },
	{ "seen a second too early", VERIFIED_PAST,
	    .r = { REC(ACTIVE, PAST, .seen = "2026-06-08T03:59:59Z") },
	    .want = "verified record_active 6 kept unconfirmed exp:2026-06-10 "
	    "until:2026-07-11T04:00:00Z next:2026-07-11T04:00:00Z" },
	{ "held", VERIFIED_PAST, .held = true, .r = { REC(ACTIVE, PAST) },
	    .want = "verified record_active 6 kept unconfirmed" },
	{ "stale", VERIFIED_PAST, .stale = true, .r = { REC(ACTIVE, PAST) },
	    .want = "verified record_active 6 kept unconfirmed" },
	{ "waited out", VERIFIED_PAST, .held = true, .now = "2026-07-11T04:00:00Z",
	    .r = { REC(ACTIVE, PAST) },
	    .want = "expired expiry_passed 6 exp:2026-06-10 until:2026-06-11T04:00:00Z "
	    "at:2026-06-11T04:00:00Z" },
	{ "a new claim waits unverified", .stale = true, .r = { REC(ACTIVE, PAST) },
	    .want = "self_reported awaiting_source 6 unconfirmed" },
	{ "an edited one too", VERIFIED_PAST, .edited = true, .stale = true,
	    .r = { REC(ACTIVE, PAST) }, .want = "self_reported awaiting_source 6 unconfirmed" },
	{ "what has expired does not wait", .was = "expired expiry_passed", .once = true,
	    .was_exp = "2026-06-10", .stale = true, .r = { REC(ACTIVE, PAST) },
	    .want = "expired expiry_passed 6" },
	{ "a suspension does not lift to wait", .was = "suspended record_suspended", .once = true,
	    .stale = true, .r = { REC(ACTIVE, PAST) },
	    .want = "suspended record_suspended 6 kept unconfirmed" },
	{ "a case stays while it waits", VERIFIED_PAST, .was_case = 1u << REASON_NAME_MISMATCH,
	    .stale = true, .r = { REC(ACTIVE, PAST) },
	    .want = "verified record_active 6 kept case:name_mismatch unconfirmed" },
	{ "expiry comes before the name", .r = { REC(ACTIVE, PAST, .name = "Zenith Foods Inc") },
	    .want = "expired expiry_passed 6" },
	{ "grace", VERIFIED_PAST, .grace = 7, .r = { REC(ACTIVE, PAST) },
	    .want = "verified record_active 9 exp:2026-06-10 until:2026-06-18T04:00:00Z "
	    "next:2026-06-18T04:00:00Z" },
	{ "grace over", VERIFIED_PAST, .grace = 3, .r = { REC(ACTIVE, PAST) },
	    .want = "expired expiry_passed 6 exp:2026-06-10 until:2026-06-14T04:00:00Z "
	    "at:2026-06-14T04:00:00Z" },

	/* Zones and daylight saving time. */
	{ "UTC", .zone = "UTC", .r = { REC(ACTIVE, EXP) },
	    .want = "verified record_active 9 exp:2027-03-01 until:2027-03-02T00:00:00Z "
	    "next:2027-03-02T00:00:00Z" },
	{ "Honolulu", .zone = "Pacific/Honolulu", .r = { REC(ACTIVE, EXP) },
	    .want = "verified record_active 9 exp:2027-03-01 until:2027-03-02T10:00:00Z "
	    "next:2027-03-02T10:00:00Z" },
	{ "still the day before in Honolulu", .zone = "Pacific/Honolulu",
	    .now = "2026-06-11T09:59:59Z", .r = { REC(ACTIVE, PAST) },
	    .want = "verified record_active 9" },
	{ "the day summer time begins", .r = { REC(ACTIVE, .exp = "2027-03-14") },
	    .want = "verified record_active 9 exp:2027-03-14 until:2027-03-15T04:00:00Z "
	    "next:2027-03-15T04:00:00Z" },
	{ "the day it ends", .r = { REC(ACTIVE, .exp = "2026-11-01") },
	    .want = "verified record_active 9 exp:2026-11-01 until:2026-11-02T05:00:00Z "
	    "next:2026-11-02T05:00:00Z" },
	{ "no midnight that day", .zone = "America/Havana", .now = "2020-01-01T00:00:00Z",
	    .r = { REC(ACTIVE, .exp = "2020-03-07") },
	    .want = "verified record_active 9 exp:2020-03-07 until:2020-03-08T05:00:00Z "
	    "next:2020-03-08T05:00:00Z" },
	{ "two midnights that day", .zone = "America/Havana", .now = "2019-10-01T00:00:00Z",
	    .r = { REC(ACTIVE, .exp = "2019-11-02") },
	    .want = "verified record_active 9 exp:2019-11-02 until:2019-11-03T04:00:00Z "
	    "next:2019-11-03T04:00:00Z" },
	{ "a leap day", .r = { REC(ACTIVE, .exp = "2028-02-29") },
	    .want = "verified record_active 9 exp:2028-02-29 until:2028-03-01T05:00:00Z "
	    "next:2028-03-01T05:00:00Z" },
	{ "grace counts civil days", .grace = 7, .r = { REC(ACTIVE, .exp = "2026-10-28") },
	    .want = "verified record_active 9 exp:2026-10-28 until:2026-11-05T05:00:00Z "
	    "next:2026-11-05T05:00:00Z" },
	{ "the end of days", .grace = 30, .r = { REC(ACTIVE, .exp = "9999-12-31") },
	    .want = "verified record_active 9 exp:9999-12-31 until:9999-12-31T23:59:59Z "
	    "next:9999-12-31T23:59:59Z" },

	/* Rule 7. */
	{ "another name", .r = { REC(ACTIVE, EXP, .name = "Zenith Foods Inc") },
	    .want = "review name_mismatch 7 exp:2027-03-01 until:2027-03-02T05:00:00Z "
	    "next:2027-03-02T05:00:00Z" },
	{ "of a verified badge: a case", VERIFIED, .r = { REC(ACTIVE, EXP, .name = "Zenith Foods Inc") },
	    .want = "verified record_active 7 kept case:name_mismatch" },
	{ "edited by its owner: decided anew", VERIFIED, .edited = true, .name = "Zenith Foods Inc",
	    .r = { REC(ACTIVE, EXP) }, .want = "review name_mismatch 7" },
	{ "a registry without names confirms none", .r = { REC(ACTIVE, EXP, .name = "-") },
	    .want = "review name_mismatch 7" },
	{ "that is no news about a verified badge", VERIFIED, .r = { REC(ACTIVE, EXP, .name = "-") },
	    .want = "verified record_active 9" },
	{ "the name comes before the other holder", .r = { REC(ACTIVE, EXP, .taken = true,
	    .name = "Zenith Foods Inc") }, .want = "review name_mismatch 7" },
	{ "in doubt, and the registry gives no date any more", VERIFIED_PAST,
	    .r = { REC(ACTIVE, .name = "Zenith Foods Inc") },
	    .want = "verified record_active 7 kept case:name_mismatch exp:-" },

	/* Rule 8. */
	{ "another holder has it", .r = { REC(ACTIVE, EXP, .taken = true) },
	    .want = "review already_claimed 8" },
	{ "nothing is taken from the first", VERIFIED, .r = { REC(ACTIVE, EXP, .taken = true) },
	    .want = "verified record_active 9" },
	{ "an edited claim is a newcomer", VERIFIED, .edited = true,
	    .r = { REC(ACTIVE, EXP, .taken = true) }, .want = "review already_claimed 8" },
	{ "the first has gone", .was = "review already_claimed", .r = { REC(ACTIVE, EXP) },
	    .want = "verified record_active 9" },
};

static const struct cs_grammar digits = { .max_len = 20, .chars = "0-9" };

struct world {
	struct types *types;
	struct claim claim;
	struct badge before;
	struct decide_connector connectors[2];
	struct record records[ROW_RECORDS];
	struct decide_record listed[ROW_RECORDS], named[ROW_RECORDS];
	struct badge_pin pin;
	struct badge_attestation attestation;
	struct decide_input in;
};

static struct types *types;
static struct zone *zones[8];
static size_t zone_count;

static const struct zone *
zone_of(const char *name)
{
	struct err err = { .text = "" };

	for (size_t i = 0; i < zone_count; i++)
		if (strcmp(zone_name(zones[i]), name) == 0)
			return zones[i];
	assert_true(zone_count < COUNT(zones));
	zones[zone_count] = zone_load(NULL, name, &err);
	if (zones[zone_count] == NULL)
		fail_msg("%s", err.text);
	return zones[zone_count++];
}

static int64_t
time_of(const char *text)
{
	int64_t s = 0;

	assert_true(text_parse_time_s(text, &s));
	return s;
}

static struct cs_date
date_of(const char *text)
{
	struct cs_date d = { 0 };

	if (text != NULL)
		assert_int_equal(cs_date_parse("%Y-%m-%d", text, &d), CS_DATE_OK);
	return d;
}

static void
build_claim(const struct row *row, struct claim *c)
{
	*c = (struct claim){
		.badge = "b1", .profile = "p1", .holder = "p1", .body = "sba",
		.category = row->category != 0 ? row->category : CS_CATEGORY_WOMAN,
		.type = row->type == NULL ? "WOSB" : row->type[0] == '-' ? NULL : row->type,
		.number = row->number != NULL ? row->number : "1234",
		.business_name = row->name != NULL ? row->name : "Acme Widgets LLC",
		.rev = -1,
	};
}

static void
build_before(const struct row *row, struct world *w)
{
	char status[32], reason[32];
	struct badge *b = &w->before;

	assert_int_equal(sscanf(row->was, "%31s %31s", status, reason), 2);
	*b = (struct badge){
		.claim = w->claim, .claim_id = "1-1", .version = 3,
		.how = row->attested_before ? HOW_ATTESTED :
		    row->pinned_before ? HOW_PINNED : HOW_RECORD,
		.expires_on = date_of(row->was_exp),
		.expires_source = row->was_exp != NULL ? "record" : "",
		.connector = row->was_connector != NULL ? row->was_connector :
		    row->attested_before ? "" : "main",
		.zone = "", .registry_name = "", .evidence = "", .pin = "",
		.case_reasons = row->was_case,
	};
	assert_true(badge_status_parse(status, &b->status));
	assert_true(badge_reason_parse(reason, &b->reason));
	b->verified_once = row->once ||
	    (b->status == BADGE_VERIFIED && b->how == HOW_RECORD);
	if (row->was_exp != NULL)
		b->valid_until_s = zone_day_end_s(w->connectors[0].zone, b->expires_on);
	w->in.before = b;
}

static void
build_connectors(const struct row *row, struct world *w)
{
	struct decide_connector *c = w->connectors;

	c[0] = (struct decide_connector){
		.name = "main",
		.zone = zone_of(row->zone != NULL ? row->zone : "America/New_York"),
		.grammar = &digits,
		.last_proven_s = row->unproven ? 0 :
		    row->proven != NULL ? time_of(row->proven) : w->in.now_s - 3600,
		.held = row->held, .stale = row->stale,
		.negatives_count = !row->no_negatives, .grace_days = row->grace,
		.expiry_evidence_s = EVIDENCE_S, .absence = row->absence,
		.lookup_due = row->lookup_due, .lookup_absent = row->lookup_absent,
		.by_name = row->by_name, .last_complete_s = row->unread ? 0 : w->in.now_s - 3600,
	};
	c[1] = c[0];
	c[1].lookup_due = c[1].lookup_absent = false;
	c[1].name = "second";
	c[1].grammar = NULL;
	c[1].by_name = row->second_by_name;
	c[1].absence = ABSENCE_IGNORE;
	c[1].last_proven_s = row->second_unproven ? 0 : c[0].last_proven_s;
	w->in.connectors = c;
	w->in.connector_count = row->uncovered ? 0 : row->two ? 2 : 1;
}

static const char *
or_none(const char *given, const char *usual)
{
	return given == NULL ? usual : given[0] == '-' ? NULL : given;
}

static void
build_records(const struct row *row, struct world *w)
{
	for (size_t n = 0; n < ROW_RECORDS && row->r[n].on; n++) {
		const struct row_record *r = &row->r[n];
		bool by_name = w->connectors[r->connector].by_name;

		w->records[n] = (struct record){
			.number = r->number != NULL ? r->number : "1234",
			.type = or_none(r->type, "WOSB"),
			.business_name = or_none(r->name, "ACME WIDGETS, L.L.C."),
			.dba_name = r->dba, .categories = r->categories,
			.status = r->status,
			.issued_on = date_of(r->issued), .expires_on = date_of(r->exp),
		};
		*(by_name ? &w->named[w->in.named_count++] :
		    &w->listed[w->in.record_count++]) = (struct decide_record){
			.record = &w->records[n], .connector = r->connector,
			.seen_s = r->seen != NULL ? time_of(r->seen) : w->in.now_s - 3600,
			.taken = r->taken,
		};
	}
	w->in.records = w->listed;
	w->in.named = w->named;
}

static void
build(const struct row *row, struct world *w)
{
	*w = (struct world){ .types = types };
	w->in = (struct decide_input){
		.types = types, .claim = &w->claim, .edited = row->edited,
		.absence_counts = row->absence_counts,
		.now_s = time_of(row->now != NULL ? row->now : NOW),
		.name_match = 0.85, .unconfirmed_days = 30,
	};
	build_claim(row, &w->claim);
	build_connectors(row, w);
	if (row->was != NULL)
		build_before(row, w);
	build_records(row, w);
	if (row->pin != NULL) {
		assert_true(badge_status_parse(row->pin, &w->pin.status));
		w->pin.until_s = time_of("2026-12-31T05:00:00Z");
		w->in.pin = &w->pin;
	}
	if (row->attested_until != NULL) {
		w->attestation = (struct badge_attestation){ date_of(row->attested_until),
		    time_of("2026-12-31T05:00:00Z") };
		w->in.attestation = &w->attestation;
	}
}

static void
put_time(struct buf *out, const char *what, int64_t s)
{
	char text[TEXT_TIME];

	if (s != 0)
		buf_printf(out, " %s:%s", what, text_time_s(s, text));
}

/* The decision as the table writes it. */
static void
describe(const struct decision *d, bool dates, struct buf *out)
{
	char text[CS_DATE_TEXT];
	bool first = true;

	buf_printf(out, "%s %s %d", badge_status_name(d->status),
	    badge_reason_name(d->reason), d->rule);
	if (d->kept)
		buf_puts(out, " kept");
	for (unsigned i = 0; i < REASON_COUNT; i++) {
		if ((d->case_reasons & (1u << i)) == 0)
			continue;
		buf_printf(out, "%s%s", first ? " case:" : ",",
		    badge_reason_name((enum badge_reason)i));
		first = false;
	}
	if (d->unconfirmed)
		buf_puts(out, " unconfirmed");
	if (d->warn_status)
		buf_puts(out, " warn");
	if (!dates)
		return;
	buf_printf(out, " exp:%s", cs_date_is_set(d->expires_on) ?
	    cs_date_text(d->expires_on, text) : "-");
	put_time(out, "until", d->valid_until_s);
	put_time(out, "next", d->next_check_s);
	put_time(out, "at", d->time_s);
}

static void
test_table(void **state)
{
	struct buf got;
	int failed = 0;

	(void)state;
	buf_init(&got, 1024);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct world w;
		struct decision d;

		build(&rows[i], &w);
		d = decide(&w.in);
		buf_clear(&got);
		describe(&d, strstr(rows[i].want, " exp:") != NULL, &got);
		if (strcmp(buf_str(&got), rows[i].want) == 0)
			continue;
		print_error("%s:\n  want %s\n  got  %s\n", rows[i].what, rows[i].want,
		    buf_str(&got));
		failed++;
	}
	buf_free(&got);
	assert_int_equal(failed, 0);
	print_message("%zu situations\n", COUNT(rows));
}

/* Each status, each reason decide() can give, and each rule is in the table. */
static void
test_coverage(void **state)
{
	bool statuses[BADGE_STATUS_COUNT] = { false }, reasons[REASON_COUNT] = { false };
	bool rules[10] = { false };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct world w;
		struct decision d;

		build(&rows[i], &w);
		d = decide(&w.in);
		statuses[d.status] = reasons[d.reason] = rules[d.rule] = true;
		for (unsigned k = 0; k < REASON_COUNT; k++)
			reasons[k] = reasons[k] || (d.case_reasons & (1u << k)) != 0;
	}
	/* Before the first decision, and of a later issue. */
	reasons[REASON_UNCHECKED] = reasons[REASON_PROGRAM_ENDED] = true;
	for (size_t i = 0; i < COUNT(statuses); i++)
		if (!statuses[i])
			fail_msg("status %s", badge_status_name((enum badge_status)i));
	for (size_t i = 0; i < COUNT(reasons); i++)
		if (!reasons[i])
			fail_msg("reason %s", badge_reason_name((enum badge_reason)i));
	for (size_t i = 1; i < COUNT(rules); i++)
		if (!rules[i])
			fail_msg("rule %zu", i);
}

static uint64_t seed;

static uint64_t
draw(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

static const char *
draw_of(const char *const *v, size_t n)
{
	return v[draw(n)];
}

static struct row
random_row(void)
{
	static const char *const types_claimed[] = { NULL, NULL, "-", "EDWOSB", "SBA8A" };
	static const char *const types_listed[] = { NULL, NULL, "EDWOSB", "WBE", "SBA8A", "-" };
	static const char *const dates[] = { NULL, "2027-03-01", "2027-03-01", "2026-12-01",
	    "2026-06-10", "2026-05-01", "2020-01-01" };
	static const char *const names[] = { NULL, NULL, NULL, "Zenith Foods Inc", "-" };
	static const char *const before[] = { NULL, "verified record_active",
	    "verified record_active", "verified record_active", "verified attested",
	    "expired expiry_passed", "suspended record_suspended", "revoked record_withdrawn",
	    "review name_mismatch", "not_found number_unknown", "invalid number_malformed",
	    "self_reported awaiting_source", "self_reported no_connector" };
	static const char *const seen[] = { NULL, NULL, "2026-05-01T00:00:00Z" };
	static const char *const connectors[] = { NULL, NULL, "old", "second" };
	struct row row = {
		.what = "random", .type = draw_of(types_claimed, COUNT(types_claimed)),
		.number = draw(8) == 0 ? "x#" : NULL,
		.was = draw_of(before, COUNT(before)), .was_exp = draw_of(dates, COUNT(dates)),
		.was_connector = draw_of(connectors, COUNT(connectors)),
		.was_case = draw(4) == 0 ? 1u << draw(REASON_COUNT) : 0,
		.once = draw(2) == 0, .edited = draw(6) == 0, .absence_counts = draw(2) == 0,
		.uncovered = draw(10) == 0, .two = draw(2) == 0, .unproven = draw(6) == 0,
		.second_unproven = draw(4) == 0, .held = draw(5) == 0, .stale = draw(5) == 0,
		.no_negatives = draw(3) == 0, .grace = (int)draw(3) * 3,
		.absence = (enum absence)draw(3),
	};
	size_t n = draw(ROW_RECORDS + 1);

	row.attested_before = row.was != NULL && strstr(row.was, "attested") != NULL;
	if (row.was != NULL && strstr(row.was, "self_reported") != NULL)
		row.was_connector = "";
	for (size_t i = 0; i < n && !row.uncovered; i++)
		row.r[i] = (struct row_record){
			.on = true, .status = (enum cs_status)draw(CS_STATUS_DECERTIFIED + 1),
			.exp = draw_of(dates, COUNT(dates)),
			.type = draw_of(types_listed, COUNT(types_listed)),
			.name = draw_of(names, COUNT(names)), .seen = draw_of(seen, COUNT(seen)),
			.categories = draw(5) == 0 ? CS_CATEGORY_VETERAN :
			    draw(5) == 0 ? CS_CATEGORY_WOMAN : 0,
			.taken = draw(5) == 0, .connector = row.two ? draw(2) : 0,
		};
	return row;
}

static bool
is_held_to(const struct world *w)
{
	return w->in.before != NULL && !w->in.edited &&
	    w->before.status == BADGE_VERIFIED && w->before.how == HOW_RECORD;
}

/* "A verified badge is not taken away by doubt." */
static void
check_not_taken(const struct world *w, const struct decision *d)
{
	bool explicit = d->record != NULL && d->record->status >= CS_STATUS_SUSPENDED &&
	    d->rule == 5 && w->in.connectors[d->connector].negatives_count;
	bool revoked = d->rule == 3 && w->in.absence_counts && d->status == BADGE_REVOKED &&
	    w->in.record_count == 0;

	if (!is_held_to(w) || d->status == BADGE_VERIFIED)
		return;
	assert_true(explicit || revoked || d->rule == 6);
	if (d->rule == 6) {
		assert_int_equal(d->status, BADGE_EXPIRED);
		assert_true(d->time_s <= w->in.now_s);
		assert_false(d->unconfirmed);
	}
}

/* Whoever is newly verified has a record in force that answers. */
static void
check_not_given(const struct world *w, const struct decision *d)
{
	if (d->status != BADGE_VERIFIED || d->kept)
		return;
	assert_int_equal(d->rule, 9);
	assert_int_equal(d->record->status, CS_STATUS_ACTIVE);
	assert_true(decide_is_candidate(types, &w->claim, d->record));
	assert_true(d->valid_until_s == 0 || d->valid_until_s > w->in.now_s);
	if (!is_held_to(w))
		assert_non_null(d->record->business_name);
}

static void
check_shape(const struct world *w, const struct decision *d)
{
	assert_in_range(d->rule, 1, 9);
	assert_true(d->next_check_s == 0 || d->next_check_s > w->in.now_s);
	assert_true(d->connector == SIZE_MAX || d->connector < w->in.connector_count);
	if (d->kept) {
		assert_int_equal(d->status, w->before.status);
		assert_int_equal(d->reason, w->before.reason);
		assert_int_equal(d->how, w->before.how);
	} else if (!is_held_to(w))
		assert_int_equal(d->case_reasons & ~(1u << REASON_DISPUTED), 0);
	if (w->in.before != NULL && (w->before.case_reasons & (1u << REASON_DISPUTED)) != 0)
		assert_true(d->case_reasons & (1u << REASON_DISPUTED));
	if (d->unconfirmed)
		assert_true(d->next_check_s != 0);
}

static void
check_order(struct world *w, const struct decision *d)
{
	struct buf a, b;
	struct decision again;

	buf_init(&a, 1024);
	buf_init(&b, 1024);
	for (size_t i = w->in.record_count; i > 1; i--) {
		size_t k = draw(i);
		struct decide_record swap = w->listed[i - 1];

		w->listed[i - 1] = w->listed[k];
		w->listed[k] = swap;
	}
	again = decide(&w->in);
	describe(d, true, &a);
	describe(&again, true, &b);
	assert_string_equal(buf_str(&a), buf_str(&b));
	assert_int_equal(d->connector, again.connector);
	assert_int_equal(d->record != NULL, again.record != NULL);
	buf_free(&a);
	buf_free(&b);
}

static void
test_properties(void **state)
{
	int verified = 0, kept = 0, left = 0;

	(void)state;
	seed = 20260615;
	for (int i = 0; i < 100000; i++) {
		struct row row = random_row();
		struct world w;
		struct decision d;

		build(&row, &w);
		d = decide(&w.in);
		check_shape(&w, &d);
		check_not_taken(&w, &d);
		check_not_given(&w, &d);
		check_order(&w, &d);
		verified += d.status == BADGE_VERIFIED && !d.kept;
		kept += d.kept;
		left += is_held_to(&w) && d.status != BADGE_VERIFIED;
	}
	print_message("%d verified, %d kept, %d taken away\n", verified, kept, left);
	assert_true(verified > 1000 && kept > 1000 && left > 1000);
}

static int
setup(void **state)
{
	struct err err;

	(void)state;
	types = types_builtin(&err);
	return types != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	types = types_free(types);
	while (zone_count > 0)
		zone_free(zones[--zone_count]);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_coverage),
		cmocka_unit_test(test_properties),
	};

	return cmocka_run_group_tests_name("decide", tests, setup, teardown);
}
