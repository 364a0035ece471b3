/* SPDX-License-Identifier: ISC */
/*
 * test_table_tree.c -- table.h where records are trees: what is absent, what has
 * gone from the whole feed, who counts; and the types a connector covers.
 */
#include <certsync/json.h>
#include <certsync/table.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/doc.h"

#define PAIRS	16	/* settings of one case, keys and values */

static const struct cs_setting_def defs[] = {
	CS_TABLE_FIELD_SETTINGS,
	CS_TABLE_MAP_SETTINGS,
	{ .name = NULL }
};

static const struct cs_table_defaults preset = {
	.field = { [CS_FIELD_NUMBER] = "Cert No", [CS_FIELD_STATUS] = "Status" },
	.type = "LGBTBE",
	.status = { [CS_STATUS_ACTIVE] = "Active" },
};

struct setup {
	const struct cs_table_defaults *defaults;
	const char	*pairs[PAIRS];	/* ended by NULL */
};

struct feed {
	struct doc	 p;
	struct cs_settings *settings;
	struct cs_table	*table;
};

static const char *
json_get(const void *node, const char *name)
{
	return cs_json_text(cs_json_get(node, name));
}

static enum cs_rc
on_element(void *arg, const struct cs_json *v)
{
	return cs_table_tree(((struct feed *)arg)->table, json_get, v, 1);
}

/* A table that was fed the JSON list text. */
static void
feed_init(struct feed *f, const struct setup *setup, const char *text)
{
	static const char *const root[] = { "", NULL };
	static const struct cs_json_ops ops = { .element = on_element };
	struct cs_json_parser *json;
	struct err err;

	doc_init(&f->p, 0);
	f->settings = host_settings_new(defs, setup->pairs, &err);
	assert_non_null(f->settings);
	assert_int_equal(cs_table_new(f->settings, setup->defaults, f->p.poll,
	    &f->table), CS_OK);
	json = cs_json_new(root, &ops, f, f->p.poll);
	assert_non_null(json);
	assert_int_equal(cs_json_push(json, text, strlen(text)), CS_OK);
	assert_int_equal(cs_json_end(json), CS_OK);
	cs_json_free(json);
}

static void
feed_fini(struct feed *f)
{
	assert_null(cs_table_free(f->table));
	host_settings_free(f->settings);
	doc_fini(&f->p);
}

/* In a tree a configured status that is left out is blank, never active. */
static void
test_absent(void **state)
{
	static const struct setup wants_status = { &preset, {
		"field.status", "status", NULL
	} };
	static const struct setup by_preset = { &preset, { NULL } };
	static const struct { const struct setup *setup; const char *says; } rows[] = {
		{ &wants_status, "record 7|-|-|-|LGBTBE|0|0|(blank)||\n" },
		{ &by_preset, "record 7|-|-|-|LGBTBE|0|1|-||\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct feed f;

		feed_init(&f, rows[i].setup, "[{\"Cert No\":7,\"x\":1},{\"x\":2}]");
		assert_string_equal(buf_str(&f.p.out), rows[i].says);
		feed_fini(&f);
	}
}

/* Null members are left out: that a column has gone shows in the whole feed. */
static void
test_drift(void **state)
{
	static const struct setup setup = { NULL, {
		"field.number", "no", "field.status", "status",
		"field.alias", "uei", "type", "MBE", NULL
	} };
	static const struct { const char *doc; enum cs_rc rc; const char *says; } rows[] = {
		{ "[{\"no\":1,\"uei\":\"A\"},{\"no\":2,\"status\":\"x\"}]",
		    CS_OK, NULL },
		{ "[{\"no\":1,\"uei\":\"A\"},{\"no\":2}]", CS_E_INPUT,
		    "no record has a \"status\"" },
		{ "[{\"num\":1,\"status\":\"x\"}]", CS_E_INPUT,
		    "no record has a \"no\"" },
		{ "[{\"no\":1,\"status\":\"x\"}]", CS_OK, "\"uei\"" },
		{ "[]", CS_OK, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct feed f;
		const char *said;

		feed_init(&f, &setup, rows[i].doc);
		assert_int_equal(cs_table_tree_end(f.table), rows[i].rc);
		said = rows[i].rc == CS_OK ? buf_str(&f.p.out) :
		    host_poll_reason(f.p.poll);
		if (rows[i].says != NULL)
			assert_non_null(strstr(said, rows[i].says));
		else
			assert_null(strstr(said, "warn"));
		feed_fini(&f);
	}
}

/* Of a caller that counts items itself the table counts none. */
static void
test_own_items(void **state)
{
	static const struct cs_table_defaults own = {
		.field = { [CS_FIELD_NUMBER] = "no", [CS_FIELD_TYPE] = "t" },
		.own_items = true
	};
	static const struct setup setup = { &own, { NULL } };
	struct feed f;

	(void)state;
	feed_init(&f, &setup, "[{\"no\":1},{\"t\":\"MBE\"},"
	    "{\"no\":\" \",\"t\":\"MBE\"},{\"x\":2}]");
	assert_int_equal(host_poll_items(f.p.poll), 0);
	assert_int_equal(host_poll_records(f.p.poll), 1);
	feed_fini(&f);
}

static void
test_cover(void **state)
{
	static const struct cs_table_defaults mapped = { .type_map = "a:MBE|b:WBE" };
	static const struct cs_table_defaults none;
	static const struct {
		const struct cs_table_defaults *defaults;
		const char *pairs[PAIRS], *covers; /* NULL: CS_E_CONFIG */
	} rows[] = {
		{ &mapped, { "type", "DBE", NULL }, "DBE " },
		{ &mapped, { "field.type", "Kind", NULL }, "MBE WBE " },
		{ &mapped, { "field.type", "Kind", "type", "DBE", NULL },
		    "DBE MBE WBE " },
		{ &none, { "field.type", "Kind", "type.map", "a:SBE|b:SBE", NULL },
		    "SBE " },
		{ &none, { "field.type", "Kind", "type.map", "a", NULL }, NULL },
		{ &none, { "field.type", "Kind", NULL }, NULL },
		{ &mapped, { NULL }, NULL },
		{ &preset, { "type", "odd code", NULL }, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cs_cover *cover = host_cover_new();
		char got[64] = "", *at = got;
		struct cs_settings *s;
		struct err err;

		s = host_settings_new(defs, rows[i].pairs, &err);
		assert_true(s != NULL && cover != NULL);
		assert_int_equal(cs_table_cover(s, rows[i].defaults, cover),
		    rows[i].covers != NULL ? CS_OK : CS_E_CONFIG);
		for (size_t k = 0; k < host_cover_count(cover); k++)
			at = stpcpy(stpcpy(at, host_cover_type(cover, k)), " ");
		if (rows[i].covers != NULL)
			assert_string_equal(got, rows[i].covers);
		host_settings_free(s);
		host_cover_free(cover);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_drift),
		cmocka_unit_test(test_own_items),
		cmocka_unit_test(test_cover),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
