/* SPDX-License-Identifier: ISC */
/* explain.c -- see explain.h. */
#include "core/explain.h"

#include <inttypes.h>

#include "base/text.h"
#include "core/record.h"

#define SHOWN_MAX	96	/* bytes of foreign text in a sentence */

static const char *const reasons[REASON_COUNT] = {
	[REASON_UNCHECKED] = "Nothing has been checked yet.",
	[REASON_NO_CONNECTOR] = "No connector covers this body and type: configure one.",
	[REASON_AWAITING_SOURCE] = "The registry has not been read completely yet: the next proven "
	    "poll decides.",
	[REASON_RECORD_ACTIVE] = "The registry lists the certification as active; number "
	    "and name agree.",
	[REASON_ATTESTED] = "A person has seen the certificate and vouches for it until "
	    "the date shown.",
	[REASON_PINNED] = "An operator has decided this by hand until the date shown.",
	[REASON_EXPIRY_PASSED] = "The last valid day has ended and the registry shows no later "
	    "one: the owner should renew with the body.",
	[REASON_RECORD_EXPIRED] = "The registry lists the certification as expired: the owner "
	    "should renew with the body.",
	[REASON_RECORD_GRADUATED] = "The program term is over; the certification "
	    "cannot be renewed.",
	[REASON_RENEWAL_LISTED] = "The certification has ended and the registry lists a renewal as "
	    "pending: it comes back by itself once the body decides.",
	[REASON_PROGRAM_ENDED] = "The body has ended the program.",
	[REASON_RECORD_SUSPENDED] = "The body has suspended the certification: the owner should "
	    "ask the body.",
	[REASON_RECORD_EXCLUDED] = "The business is excluded (debarred) at the registry: the owner "
	    "should ask the body.",
	[REASON_RECORD_WITHDRAWN] = "The certification was given back or taken back on request.",
	[REASON_RECORD_DECERTIFIED] = "The body has taken the certification back.",
	[REASON_RECORD_MISSING] = "The registry no longer lists the number: look at its own "
	    "site.",
	[REASON_LISTED_BY_NAME] = "A list without numbers has one firm of this name and type: "
	    "that is no proof, so compare them.",
	[REASON_NAME_MISMATCH] = "The registry lists another business name, or none, under this "
	    "number: compare them, or have the owner add the name in use.",
	[REASON_TYPE_MISMATCH] = "The number is known, but not with the claimed type: the owner "
	    "should correct the type.",
	[REASON_CATEGORY_CONFLICT] = "The number is known, but its certification does not confirm "
	    "the claimed category.",
	[REASON_STATUS_UNKNOWN] = "The registry gives a status that proves nothing, an unknown "
	    "word or an application: if the word means something, map it in the connector's "
	    "settings.",
	[REASON_CONFLICTING_RECORDS] = "The registry contradicts itself about this number: ask the "
	    "body which row is right.",
	[REASON_ALREADY_CLAIMED] = "The record verifies a badge of another holder: set the same "
	    "holder on both, or find out whose it is.",
	[REASON_DISPUTED] = "The owner objects: answer with a reason.",
	[REASON_NUMBER_UNKNOWN] = "A complete reading of the registry has no such number: the "
	    "owner should check it.",
	[REASON_NUMBER_MALFORMED] = "A number of this form cannot be one of this body's: the owner "
	    "should correct it.",
};

const char *
explain_reason(enum badge_reason reason)
{
	return (size_t)reason < REASON_COUNT ? reasons[reason] : "";
}

static const char *
explain_shown(const char *text, char out[SHOWN_MAX])
{
	size_t n = 0;

	while (text[n] != '\0')
		n++;
	return text_escape(text, n, out, SHOWN_MAX);
}

static void
explain_add_time(struct buf *out, int64_t unix_s)
{
	char text[TEXT_TIME];

	buf_puts(out, text_time_s(unix_s, text));
}

/* "2 days", "3 hours", "5 minutes". */
static void
add_age(struct buf *out, int64_t seconds)
{
	static const struct { int64_t s; const char *name; } units[] = {
		{ 86400, "day" }, { 3600, "hour" }, { 60, "minute" }, { 1, "second" },
	};
	size_t i = 0;
	int64_t n;

	if (seconds < 0)
		seconds = 0;
	while (i < 3 && seconds < 2 * units[i].s)
		i++;
	n = seconds / units[i].s;
	buf_printf(out, "%lld %s%s", (long long)n, units[i].name, n == 1 ? "" : "s");
}

static void
explain_outcome(const struct decision *d, struct buf *out)
{
	buf_printf(out, "Status: %s (%s)%s.\n", badge_status_name(d->status),
	    badge_reason_name(d->reason), d->kept ? ", kept as it was" : "");
	buf_printf(out, "%s\n", explain_reason(d->reason));
}

/* Why the rules before the deciding one did not decide; a line each. */
static void
explain_earlier(const struct decide_input *in, const struct decision *d,
    struct buf *out)
{
	if (d->rule > 1)
		buf_puts(out, in->pin == NULL ? "  1 no pin is in force\n" :
		    "  1 the pin is over, or an explicit negative status beats it\n");
	if (d->rule > 2 && in->connector_count > 0) {
		buf_printf(out, "  2 %zu connector%s cover%s body and type:",
		    in->connector_count, in->connector_count == 1 ? "" : "s",
		    in->connector_count == 1 ? "s" : "");
		for (size_t i = 0; i < in->connector_count; i++)
			buf_printf(out, " %s", in->connectors[i].name);
		buf_putc(out, '\n');
	}
	if (d->rule > 3)
		buf_printf(out, "  3 the registry %s the number\n",
		    in->record_count > 0 ? "lists" : "no longer lists");
	/* Rule 6 may have decided on the last known day, with no record to speak of. */
	if (d->record == NULL)
		return;
	if (d->rule > 4)
		buf_puts(out, "  4 a record answers type and category\n");
	if (d->rule > 5 && d->record->status == CS_STATUS_ACTIVE)
		buf_puts(out, "  5 the registry's status is active\n");
	if (d->rule > 6)
		buf_puts(out, "  6 its last day has not ended\n");
	if (d->rule > 7)
		buf_puts(out, "  7 the name agrees\n");
	if (d->rule > 8)
		buf_puts(out, "  8 no badge of another holder stands on it\n");
}

static void
explain_rule(const struct decide_input *in, const struct decision *d,
    struct buf *out)
{
	static const char *const names[] = {
		[1] = "an operator's pin",
		[2] = "no connector covers body and type",
		[3] = "the registry does not list the number",
		[4] = "which record answers the claim",
		[5] = "the registry's status",
		[6] = "the end of its last valid day",
		[7] = "the business name",
		[8] = "another holder's badge",
		[9] = "an active record that agrees",
	};

	if (d->rule < 1 || d->rule > 9)
		return;
	buf_printf(out, "Decided by rule %d, %s.\n", d->rule,
	    d->reason == REASON_LISTED_BY_NAME || (d->rule == 3 && d->reason == REASON_UNCHECKED) ?
	    "a list without numbers, which is asked for the name" : names[d->rule]);
	explain_earlier(in, d, out);
}

static const struct decide_record *
row_of(const struct decide_input *in, const struct record *record)
{
	for (size_t i = 0; i < in->record_count; i++)
		if (in->records[i].record == record)
			return &in->records[i];
	for (size_t i = 0; i < in->named_count; i++)
		if (in->named[i].record == record)
			return &in->named[i];
	return NULL;
}

/* What was found, and how many of them. */
static void
explain_count(const struct decide_input *in, const struct decide_record *row, struct buf *out)
{
	bool by_name = row != NULL ? in->connectors[row->connector].by_name : in->record_count == 0;
	size_t n = by_name ? in->named_count : in->record_count;

	buf_printf(out, "%zu record%s of the %s.\n", n, n == 1 ? "" : "s",
	    by_name ? "name" : "number");
}

static void
explain_record(const struct decide_input *in, const struct decision *d,
    struct buf *out)
{
	const struct decide_record *row = row_of(in, d->record);
	char text[SHOWN_MAX], date[CS_DATE_TEXT];

	if (row == NULL) {
		buf_puts(out, "Evidence: ");
		explain_count(in, row, out);
		return;
	}
	buf_printf(out, "Evidence: connector %s lists it as %s",
	    in->connectors[row->connector].name, record_status_name(row->record->status));
	if (row->record->status_word != NULL)
		buf_printf(out, " (\"%s\")", explain_shown(row->record->status_word, text));
	if (row->record->type != NULL)
		buf_printf(out, ", type %s", row->record->type);
	if (row->record->business_name != NULL)
		buf_printf(out, ", name \"%s\"", explain_shown(row->record->business_name, text));
	buf_printf(out, ", expires %s", cs_date_is_set(row->record->expires_on) ?
	    cs_date_text(row->record->expires_on, date) : "on no stated date");
	buf_puts(out, "; last listed ");
	add_age(out, in->now_s - row->seen_s);
	buf_puts(out, " ago, 1 of ");
	explain_count(in, row, out);
}

static void
explain_reading(const struct decide_connector *c, int64_t now_s, struct buf *out)
{
	if (c->last_complete_s == 0) {
		buf_puts(out, "not read completely yet");
		return;
	}
	buf_puts(out, "last read ");
	add_age(out, now_s - c->last_complete_s);
	buf_puts(out, " ago");
	if (c->last_proven_s == 0)
		buf_puts(out, ", never proven complete");
	else if (c->last_proven_s >= c->last_complete_s)
		buf_puts(out, ", proven complete");
	else {
		buf_puts(out, ", last proven complete ");
		add_age(out, now_s - c->last_proven_s);
		buf_puts(out, " ago");
	}
	if (c->left_out > 0)
		buf_printf(out, ", %" PRIu64 " row%s left out", c->left_out,
		    c->left_out == 1 ? "" : "s");
}

/* How far the absence of a once verified number has counted. */
static void
explain_absence(const struct decide_input *in, const struct decide_connector *c, struct buf *out)
{
	if (in->record_count > 0 || in->before == NULL || in->before->status != BADGE_VERIFIED)
		return;
	buf_printf(out, "  it lacked the number in %u proven reading%s in a row",
	    (unsigned)c->missing.polls, c->missing.polls == 1 ? "" : "s");
	if (c->missing.polls > 0) {
		buf_puts(out, ", first ");
		add_age(out, in->now_s - c->missing.first_s);
		buf_puts(out, " ago");
	}
	if (c->absence == ABSENCE_IGNORE)
		buf_puts(out, "; its absences are ignored\n");
	else {
		buf_printf(out, "; %u count%s as absence, at least ", (unsigned)c->absent_polls,
		    c->absent_polls == 1 ? "s" : "");
		add_age(out, c->absent_apart_s);
		buf_puts(out, " apart\n");
	}
}

static void
explain_sources(const struct decide_input *in, struct buf *out)
{
	for (size_t i = 0; i < in->connector_count; i++) {
		const struct decide_connector *c = &in->connectors[i];

		buf_printf(out, "Source %s: ", c->name);
		explain_reading(c, in->now_s, out);
		buf_printf(out, "%s%s%s%s%s.\n",
		    c->unusable ? ", its plug-in cannot be used now" : "",
		    c->held ? ", held" : "", c->stale ? ", stale" : "",
		    c->unchanged ? ", unchanged for so long that it may be frozen" : "",
		    c->negatives_count ? "" : ", its negatives take no badge away (no proof)");
		explain_absence(in, c, out);
	}
}

/* What the connector of `confirm` says of a certification that is listed no more. */
static void
explain_confirm(const struct decide_input *in, const struct decision *d, struct buf *out)
{
	const struct badge_confirm *c = &d->confirm;
	const char *name;

	if (in->confirm == NULL || (c->said == CONFIRM_SILENT && c->since_s == 0))
		return;
	name = in->confirm->connector.name;
	if (c->said == CONFIRM_SILENT) {
		buf_printf(out, "To be confirmed: that it is listed no more does not count before "
		    "connector %s has said the same; it has been asked since ", name);
		explain_add_time(out, c->since_s);
		buf_puts(out, in->now_s < c->since_s + in->confirm->wait_s ? ", and from " :
		    " and gave no answer, so that a person must look, as from ");
		explain_add_time(out, c->since_s + in->confirm->wait_s);
		buf_puts(out, in->now_s < c->since_s + in->confirm->wait_s ?
		    " on a person must look.\n" : " on.\n");
		return;
	}
	buf_printf(out,
	    c->said == CONFIRM_ACTIVE ? "Not confirmed: connector %s has it in force, as of " :
	    "Confirmed: connector %s does not have it in force either, as of ", name);
	add_age(out, in->now_s - c->said_s);
	buf_puts(out, c->said == CONFIRM_ACTIVE ?
	    " ago; so its absence does not count, and is asked about again.\n" : " ago.\n");
}

static void
explain_doubts(const struct decision *d, struct buf *out)
{
	if (d->unconfirmed)
		buf_puts(out, "Expiry unconfirmed: its last day has ended, but the registry has "
		    "not been heard since; it waits for new evidence.\n");
	if (d->warn_status)
		buf_puts(out, "The registry uses a status word the connector does not know: it "
		    "neither gives nor takes a badge.\n");
	for (unsigned i = 0; i < REASON_COUNT; i++)
		if ((d->case_reasons & (1u << i)) != 0)
			buf_printf(out, "Open case, %s: %s\n",
			    badge_reason_name((enum badge_reason)i),
			    explain_reason((enum badge_reason)i));
	if (d->case_until_s != 0 && (d->case_reasons & ~(1u << REASON_DISPUTED)) != 0) {
		buf_puts(out, "Unanswered, the case runs out at ");
		explain_add_time(out, d->case_until_s);
		buf_puts(out, ", later if its source is held, stale or unchanged meanwhile.\n");
	}
}

static void
explain_origin(const struct decide_input *in, struct buf *out)
{
	if (in->before != NULL && in->before->cause == CAUSE_REBUILD)
		buf_puts(out, "Rebuilt from claim and registry after the store had been emptied or "
		    "restored: what was before is not known.\n");
}

static void
explain_next(const struct decision *d, struct buf *out)
{
	if (d->valid_until_s != 0 && d->status == BADGE_VERIFIED) {
		buf_puts(out, "Valid until ");
		explain_add_time(out, d->valid_until_s);
		buf_puts(out, ".\n");
	}
	buf_puts(out, "Next: ");
	if (d->next_check_s != 0) {
		buf_puts(out, "decided again at ");
		explain_add_time(out, d->next_check_s);
		buf_puts(out, ", or when the registry or the claim changes.\n");
	} else
		buf_puts(out, "decided again when the registry or the claim changes.\n");
}

void
explain_decision(const struct decide_input *in, const struct decision *d,
    struct buf *out)
{
	explain_outcome(d, out);
	explain_rule(in, d, out);
	if (in->record_count > 0 || in->named_count > 0)
		explain_record(in, d, out);
	explain_sources(in, out);
	explain_confirm(in, d, out);
	explain_doubts(d, out);
	explain_origin(in, out);
	explain_next(d, out);
}
