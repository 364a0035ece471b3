/* SPDX-License-Identifier: ISC */
/* message_description.c -- see message.h: what a plug-in says of itself. */
#include "worker/message.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "worker/rules.h"

#define KINDS_ALL	(CS_KIND(CS_POLL_FULL) | CS_KIND(CS_POLL_DELTA) | \
	CS_KIND(CS_POLL_LOOKUP))
#define PROOFS_ALL	(CS_PROOF(CS_PROOF_TOTAL) | CS_PROOF(CS_PROOF_TRAILER) | \
	CS_PROOF(CS_PROOF_CLOSED) | CS_PROOF(CS_PROOF_CURSOR))
#define NORM_ALL	(CS_NORM_UPPER | CS_NORM_SPACE | CS_NORM_DASH | CS_NORM_ZEROS)
#define NAME_MAX_BYTES	31	/* of a connector; connector.h */
#define SUMMARY_MAX	200	/* bytes; one line */
#define HELP_MAX	400	/* bytes; one line of a manual */
#define CHARS_MAX	128	/* bytes of a class of characters */

const char *
message_connector_fault(unsigned kinds, unsigned proofs, uint32_t lookup_max,
    uint64_t max_body, uint32_t max_records)
{
	bool lookup = (kinds & CS_KIND(CS_POLL_LOOKUP)) != 0;

	if ((kinds & ~KINDS_ALL) != 0 || (kinds & CS_KIND(CS_POLL_FULL)) == 0)
		return "kinds has unknown bits or lacks CS_POLL_FULL";
	if ((proofs & ~PROOFS_ALL) != 0)
		return "proofs has unknown bits";
	if (lookup != (lookup_max > 0) || lookup_max > MESSAGE_LOOKUPS_MAX)
		return "lookup_max must be 1 to 1000 with look-ups, else 0";
	if (max_body == 0 || max_body > MESSAGE_BODY_MAX)
		return "max_body must be 1 byte to 16 GiB";
	if (max_records == 0 || max_records > MESSAGE_RECORDS_MAX)
		return "max_records must be 1 to 10000000";
	return NULL;
}

/* --- writing -------------------------------------------------------------------- */

static void
put_settings(struct buf *b, const struct cs_setting_def *defs)
{
	uint16_t n = 0;

	while (defs != NULL && defs[n].name != NULL && n < UINT16_MAX)
		n++;
	frame_put_u16(b, n);
	for (size_t i = 0; i < n; i++) {
		frame_put_text(b, defs[i].name);
		frame_put_u8(b, (uint8_t)defs[i].type);
		frame_put_text(b, defs[i].value);
		frame_put_text(b, defs[i].choices);
		frame_put_u64(b, (uint64_t)defs[i].min);
		frame_put_u64(b, (uint64_t)defs[i].max);
		frame_put_bool(b, defs[i].required);
		frame_put_text(b, defs[i].help);
	}
}

static void
put_grammar(struct buf *b, const struct cs_grammar *g)
{
	frame_put_bool(b, g != NULL);
	if (g == NULL)
		return;
	frame_put_u32(b, g->normalise);
	frame_put_u32(b, g->min_len);
	frame_put_u32(b, g->max_len);
	frame_put_text(b, g->chars);
	frame_put_text(b, g->first);
	frame_put_u32(b, g->max_digits);
}

void
message_put_description(struct buf *b, const struct cs_connector *c,
    const char *const *types, bool types_by_settings, bool by_name, const char *needs)
{
	size_t at = frame_begin(b, FRAME_DESCRIPTION);
	uint16_t n = 0;

	frame_put_text(b, c->name);
	frame_put_text(b, c->summary);
	frame_put_u32(b, c->revision);
	frame_put_u32(b, c->kinds);
	frame_put_u32(b, c->proofs);
	frame_put_bool(b, c->unique_rows);
	frame_put_bool(b, c->lookup_absent);
	frame_put_u32(b, c->lookup_max);
	frame_put_u64(b, c->max_body);
	frame_put_u32(b, c->max_records);
	put_settings(b, c->settings);
	put_grammar(b, c->grammar);
	while (types != NULL && types[n] != NULL && n < UINT16_MAX)
		n++;
	frame_put_u16(b, n);
	for (size_t i = 0; i < n; i++)
		frame_put_text(b, types[i]);
	frame_put_bool(b, types_by_settings);
	frame_put_bool(b, by_name);
	frame_put_text(b, needs[0] != '\0' ? needs : NULL);
	frame_end(b, at);
}

/* --- reading -------------------------------------------------------------------- */

static void
get_setting(struct frame_reader *r, struct cs_setting_def *d)
{
	d->name = frame_need_text(r, "setting name", 1,
	    MESSAGE_SETTING_NAME_MAX, rules_setting);
	d->type = (enum cs_setting_type)frame_get_u8(r, "setting type",
	    CS_SETTING_SECRET);
	d->value = frame_get_text(r, "setting default", 0,
	    MESSAGE_SETTING_VALUE_MAX, text_is_clean);
	d->choices = frame_get_text(r, "setting choices", 1,
	    MESSAGE_SETTING_VALUE_MAX, rules_ascii);
	d->min = frame_get_i64(r, "setting minimum");
	d->max = frame_get_i64(r, "setting maximum");
	d->required = frame_get_bool(r, "setting required");
	d->help = frame_get_text(r, "setting help", 0, HELP_MAX, text_is_clean);
	if (d->min > d->max)
		frame_reader_fail(r, "setting range", "is empty");
	if (d->type == CS_SETTING_ENUM && d->choices == NULL)
		frame_reader_fail(r, "setting choices", "are missing");
	if (d->type == CS_SETTING_SECRET && d->value != NULL)
		frame_reader_fail(r, "setting default", "is given for a secret");
}

static void
get_settings(struct frame_reader *r, struct description *d)
{
	size_t n = frame_get_u16(r, "setting count", MESSAGE_SETTINGS_MAX);

	for (size_t i = 0; i < n && r->field == NULL; i++) {
		get_setting(r, &d->settings[i]);
		for (size_t k = 0; k < i && r->field == NULL; k++)
			if (strcmp(d->settings[k].name, d->settings[i].name) == 0)
				frame_reader_fail(r, "setting name", "is there twice");
	}
	d->setting_count = n;
}

static void
get_grammar(struct frame_reader *r, struct description *d)
{
	struct cs_grammar *g = &d->grammar;

	d->has_grammar = frame_get_bool(r, "grammar flag");
	if (!d->has_grammar)
		return;
	g->normalise = frame_get_u32(r, "grammar normalise", NORM_ALL);
	g->min_len = frame_get_u32(r, "grammar min_len", CS_NUMBER_MAX);
	g->max_len = frame_get_u32(r, "grammar max_len", CS_NUMBER_MAX);
	g->chars = frame_get_text(r, "grammar chars", 1, CHARS_MAX, rules_ascii);
	g->first = frame_get_text(r, "grammar first", 1, CHARS_MAX, rules_ascii);
	g->max_digits = frame_get_u32(r, "grammar max_digits", CS_NUMBER_MAX);
	if (g->max_len != 0 && g->min_len > g->max_len)
		frame_reader_fail(r, "grammar min_len", "is above max_len");
}

static void
get_types(struct frame_reader *r, struct description *d)
{
	size_t n = frame_get_u16(r, "type count", MESSAGE_TYPES_MAX);

	for (size_t i = 0; i < n && r->field == NULL; i++)
		d->types[i] = frame_need_text(r, "type", 1, CS_TYPE_MAX, rules_type);
	d->type_count = n;
	d->types_by_settings = frame_get_bool(r, "types flag");
	d->by_name = frame_get_bool(r, "names flag");
}

static void
get_description(struct frame_reader *r, struct description *d)
{
	const char *fault;

	d->name = frame_need_text(r, "name", 1, NAME_MAX_BYTES, rules_connector);
	d->summary = frame_need_text(r, "summary", 1, SUMMARY_MAX, text_is_clean);
	d->revision = frame_get_u32(r, "revision", UINT32_MAX);
	d->kinds = frame_get_u32(r, "kinds", UINT32_MAX);
	d->proofs = frame_get_u32(r, "proofs", UINT32_MAX);
	d->unique_rows = frame_get_bool(r, "unique_rows");
	d->lookup_absent = frame_get_bool(r, "lookup_absent");
	d->lookup_max = frame_get_u32(r, "lookup_max", UINT32_MAX);
	d->max_body = frame_get_u64(r, "max_body", UINT64_MAX);
	d->max_records = frame_get_u32(r, "max_records", UINT32_MAX);
	fault = message_connector_fault(d->kinds, d->proofs, d->lookup_max,
	    d->max_body, d->max_records);
	if (fault != NULL)
		frame_reader_fail(r, "descriptor:", fault);
	get_settings(r, d);
	get_grammar(r, d);
	get_types(r, d);
	d->needs = frame_get_text(r, "needed secret", 1, MESSAGE_SETTING_NAME_MAX, rules_setting);
}

struct description *
message_get_description(const struct frame *f, struct err *err)
{
	struct description *d = calloc(1, sizeof(*d));
	char *bytes = malloc(f->len + 1);
	struct frame own = *f;
	struct frame_reader r;

	if (d == NULL || bytes == NULL) {
		(void)err_set_passing(err, "out of memory for a description");
		free(bytes);
		return description_free(d);
	}
	if (f->len > 0)
		memcpy(bytes, f->data, f->len);
	bytes[f->len] = '\0';
	own.data = d->bytes = bytes;
	frame_reader_init(&r, &own);
	get_description(&r, d);
	if (frame_reader_done(&r, "description", err) != 0)
		return description_free(d);
	return d;
}

struct description *
description_free(struct description *d)
{
	if (d == NULL)
		return NULL;
	free(d->bytes);
	free(d);
	return NULL;
}
