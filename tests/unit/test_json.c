/* SPDX-License-Identifier: ISC */
/* test_json.c -- json.h: rows J1 to J5, paths, caps, and every split. */
#include <certsync/json.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/doc.h"
#include "parse/json_frame.h"
#include "parse/json_tree.h"

#define DOC(s)	(s), sizeof(s) - 1

/* --- a parser that prints what it gets -------------------------------------- */

static void
print_value(struct buf *b, const struct cs_json *v)
{
	switch (cs_json_type(v)) {
	case CS_JSON_NULL:
		buf_puts(b, "null");
		break;
	case CS_JSON_BOOL:
		buf_puts(b, cs_json_true(v) ? "true" : "false");
		break;
	case CS_JSON_NUMBER:
		buf_printf(b, "#%s", cs_json_text(v));
		break;
	case CS_JSON_STRING:
		buf_json(b, cs_json_text(v));
		break;
	case CS_JSON_ARRAY:
		buf_putc(b, '[');
		for (size_t i = 0; i < cs_json_count(v); i++) {
			buf_puts(b, i > 0 ? "," : "");
			print_value(b, cs_json_at(v, i));
		}
		buf_putc(b, ']');
		break;
	case CS_JSON_OBJECT:
		/* members are reached by name only */
		buf_puts(b, "{id:");
		print_value(b, cs_json_get(v, "id"));
		buf_putc(b, '}');
		break;
	}
}

static enum cs_rc
on_element(void *arg, const struct cs_json *v)
{
	struct doc *p = arg;

	buf_puts(&p->out, "e ");
	print_value(&p->out, v);
	buf_putc(&p->out, '\n');
	return cs_json_text(v) != NULL && strcmp(cs_json_text(v), "stop") == 0 ?
	    CS_E_QUOTA : CS_OK;
}

static enum cs_rc
on_scalar(void *arg, const char *path, const struct cs_json *v)
{
	struct doc *p = arg;

	buf_printf(&p->out, "s %s ", path);
	print_value(&p->out, v);
	buf_putc(&p->out, '\n');
	return CS_OK;
}

static const char *const root[] = { "", NULL };
static const char *const data[] = { "a.data", "data", NULL };
static const char *const either[] = { "data", "", NULL };

static void *
json_open(struct doc *p)
{
	static const struct cs_json_ops ops = { on_element, on_scalar };

	return cs_json_new(p->arg != NULL ? p->arg : root, &ops, p, p->poll);
}

static enum cs_rc
json_push(void *j, const char *buf, size_t len)
{
	return cs_json_push(j, buf, len);
}

static enum cs_rc
json_end(void *j)
{
	return cs_json_end(j);
}

static void
json_close(void *j)
{
	assert_null(cs_json_free(j));
}

static const struct doc_parser json = {
	json_open, json_push, json_end, json_close
};

/* --- documents -------------------------------------------------------------- */

static void
test_elements(void **state)
{
	(void)state;
	doc_splits(&json, root, DOC("[]"), "rc 0 -\n");
	doc_splits(&json, root, DOC(" [ 1 , \"two\",true,false, null,[3,[]],"
	    "{\"id\":\"4\"}, {} ]\r\n\t"),
	    "e #1\ne \"two\"\ne true\ne false\ne null\ne [#3,[]]\n"
	    "e {id:\"4\"}\ne {id:null}\nrc 0 -\n");
	/* numbers stay text: precision, exponents, sign */
	doc_splits(&json, root, DOC("[9223372036854775808,1e400,-0,1.50E+2,"
	    "0.30000000000000000001]"),
	    "e #9223372036854775808\ne #1e400\ne #-0\ne #1.50E+2\n"
	    "e #0.30000000000000000001\nrc 0 -\n");
	/* brackets, quotes and escapes within strings; a surrogate pair */
	doc_splits(&json, root, DOC("[\"]}[{\",\"\\\"]\\\\\",\"\\u00e9\\n\","
	    "\"\\ud83d\\ude00\",\"\xc3\xa9\",\"00123\"]"),
	    "e \"]}[{\"\ne \"\\\"]\\\\\"\ne \"\xc3\xa9\\u000a\"\n"
	    "e \"\xf0\x9f\x98\x80\"\ne \"\xc3\xa9\"\ne \"00123\"\nrc 0 -\n");
	doc_splits(&json, root, DOC("[1,\"stop\",2]"),
	    "e #1\ne \"stop\"\nrc 8 -\n");
}

static void
test_paths(void **state)
{
	(void)state;
	doc_splits(&json, data, DOC("{\"totalRecords\":2,\"x\":{\"y\":[1,{\"id\":2}],"
	    "\"z\":null},\"data\":[{\"id\":\"a\"},{\"id\":\"b\"}],"
	    "\"links\":{\"next\":\"u\"},\"n\":1.0}"),
	    "s totalRecords #2\ns x.z null\ne {id:\"a\"}\ne {id:\"b\"}\n"
	    "s links.next \"u\"\ns n #1.0\nrc 0 -\n");
	doc_splits(&json, data, DOC("{\"a\":{\"data\":[1],\"k\":true}}"),
	    "e #1\ns a.k true\nrc 0 -\n");
	/* an object in the array's place is one element, null is none */
	doc_splits(&json, data, DOC("{\"data\":{\"id\":\"only\"}}"),
	    "e {id:\"only\"}\nrc 0 -\n");
	doc_splits(&json, data, DOC("{\"data\":null,\"n\":\"0\"}"),
	    "s data null\ns n \"0\"\nrc 0 -\n");
	doc_splits(&json, root, DOC("{\"id\":5,\"data\":[1]}"),
	    "e {id:#5}\nrc 0 -\n");
	doc_splits(&json, either, DOC("[7]"), "e #7\nrc 0 -\n");
	doc_splits(&json, either, DOC("{\"data\":[7]}"), "e #7\nrc 0 -\n");
	/* a longer name is another name; lists elsewhere are only checked */
	doc_fails(&json, data, DOC("{\"data2\":[1]}"), CS_E_INPUT,
	    "no list at \"a.data\"");
	doc_fails(&json, data, DOC("{\"x\":[1,{\"a\":1,\"a\":2}],\"data\":[]}"),
	    CS_E_INPUT, "key twice");
	doc_fails(&json, data, DOC("[1]"), CS_E_INPUT, "no list");
	doc_fails(&json, data, DOC("{\"data\":[],\"a\":{\"data\":[]}}"),
	    CS_E_INPUT, "there twice");
	/* an error told as a bare string, with HTTP 200 */
	doc_fails(&json, data, DOC("\"Internal error\""), CS_E_INPUT, "no list");
	doc_fails(&json, root, DOC("\"Internal error\""), CS_E_INPUT,
	    "single value");
	doc_fails(&json, data, DOC("{\"data\":\"none\"}"), CS_E_INPUT,
	    "single value");
}

static void
test_strictness(void **state)
{
	static const char *const bad[] = {
		/* J2: not JSON */
		"[01]", "[1.]", "[.5]", "[+1]", "[NaN]", "[-]", "[0x1]", "[1,]",
		"[,1]", "[1 2]", "[tru]", "[nulll]", "[/*c*/1]", "[1]//c",
		"\xef\xbb[1]", " \xef\xbb\xbf[1]", "[1]x", "[1][2]", "[1],", "['a']", "[\"a\" \"b\"]",
		"[\"\\x41\"]", "[\"\\u12g4\"]", "[\"\t\"]", "[{\"a\"}]",
		"[{\"a\":}]", "[{a:1}]", "[{\"a\":1,}]", "[{,}]", "[}", "[{]}",
		"[[1}]", "{]", "{\"a\":1,}", "{\"a\" 1}", "{,}", "{a:1}", "{1:1}",
		"\v[1]", "[1\f]",
		/* J3: what yajl lets pass */
		"[\"\\ud800\"]", "[\"\\ud800x\"]", "[\"\\udc00\"]",
		"[\"\\ud800\\ud800\"]", "[\"\\ud800\\u0041\"]", "[\"\\u0000\"]",
		"[\"\xc0\xaf\"]", "[\"\xe0\x80\xaf\"]", "[\"\xed\xa0\x80\"]",
		"[\"\xf5\x80\x80\x80\"]", "[\"\xff\"]", "[{\"\\u0000\":1}]",
		"{\"\\ud800\":1}", "[\"\xe2\x82\"]",
		/* J1 */
		"[{\"a\":1,\"a\":1}]", "[{\"a\":1,\"\\u0061\":1}]",
		"[{\"x\":{\"b\":1,\"c\":2,\"b\":3}}]",
		"{\"n\":1,\"n\":1,\"data\":[]}", "{\"n\":{},\"data\":[],\"\\u006e\":{}}",
		/* the end comes early */
		"", " ", "[", "[1", "[1,", "[\"a", "[{\"a\":1}", "{\"data\":[1]",
		"[tru", "[1]\x01",
		/* H26: a page */
		"<html></html>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		doc_fails(&json, either, bad[i], strlen(bad[i]), CS_E_INPUT,
		    "JSON");
	doc_fails(&json, either, DOC("[\"a\0b\"]"), CS_E_INPUT, "JSON");
	doc_fails(&json, either, DOC("[1]\0"), CS_E_INPUT, "after the end");
	doc_fails(&json, either, DOC("<html>"), CS_E_INPUT, "web page");
	/* keys may repeat in different objects */
	doc_splits(&json, either, DOC("{\"a\":{\"n\":1},\"b\":{\"n\":2},"
	    "\"data\":[{\"id\":1},{\"id\":2}],\"n\":3}"), NULL);
}

/* head, count times each, middle, count times close, tail */
static char *
repeated(const char *head, const char *each, size_t count, const char *tail,
    size_t *out_len)
{
	size_t n = strlen(each);
	char *s = malloc(strlen(head) + n * count + strlen(tail) + 1), *at = s;

	assert_non_null(s);
	at = stpcpy(at, head);
	for (size_t i = 0; i < count; i++)
		at = stpcpy(at, each);
	at = stpcpy(at, tail);
	*out_len = (size_t)(at - s);
	return s;
}

static void
check_limit(const char *head, const char *each, size_t count, const char *tail,
    const char *reason)
{
	size_t len;
	char *s = repeated(head, each, count, tail, &len);

	doc_fails(&json, either, s, len, CS_E_LIMIT, reason);
	free(s);
}

static void
check_good(const char *head, const char *each, size_t count, const char *tail)
{
	size_t len;
	char *s = repeated(head, each, count, tail, &len);
	char *text = doc_feed(&json, either, s, len, DOC_WHOLE, 0);

	if (strstr(text, "rc 0 -\n") == NULL)
		fail_msg("%.20s...: %.300s", head, strstr(text, "rc "));
	free(text);
	free(s);
}

static void
test_limits(void **state)
{
	(void)state;
	/* J4: depth, within an element and around it */
	check_good("[", "[", CS_JSON_DEPTH - 1,
	    "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
	check_limit("[", "[", CS_JSON_DEPTH, "", "nested too deeply");
	check_limit("[", "[", 1000000, "", "nested too deeply");
	check_limit("", "{\"a\":", CS_JSON_DEPTH + 1, "", "nested too deeply");
	/* J5: strings, and numbers as long */
	check_good("[\"", "x", JSON_STRING_MAX - 1, "\"]");
	check_limit("[\"", "x", JSON_STRING_MAX, "\"]", "too long");
	check_limit("[\"", "x", (size_t)20 << 20, "\"]", "too long");
	check_good("[", "1", JSON_STRING_MAX, "]");
	check_limit("[", "1", JSON_STRING_MAX + 1, "]", "too long");
	check_good("[{\"", "k", JSON_STRING_MAX - 1, "\":1}]");
	check_limit("{\"", "k", JSON_STRING_MAX, "\":1}", "too long");
	/* elements: the largest, with the most values; one byte more */
	check_good("[[1", ",1", (CS_JSON_ELEMENT_MAX - 3) / 2, "]]");
	check_good("[[[]", ",[]", (CS_JSON_ELEMENT_MAX - 4) / 3, "]]");
	check_good("[[\"\"", ",\"\\n\"", (CS_JSON_ELEMENT_MAX - 4) / 5, "]]");
	check_limit("[[", " ", CS_JSON_ELEMENT_MAX - 1, "]]", "too long");
	check_good("[", " ", CS_JSON_ELEMENT_MAX * 2, "]");
	check_good("[1", ",1", CS_JSON_ELEMENT_MAX, "]");
	/* escapes make yajl's buffer grow: it stays within its memory */
	check_good("[\"", "\\n", JSON_STRING_MAX / 2 - 1, "\"]");
}

static void
test_many_keys(void **state)
{
	struct buf b;

	(void)state;
	for (unsigned n = JSON_KEYS_MAX; n <= JSON_KEYS_MAX + 1; n++) {
		buf_init(&b, 1 << 20);
		buf_puts(&b, "[{");
		for (unsigned i = 0; i < n; i++)
			buf_printf(&b, "%s\"%u\":0", i > 0 ? "," : "", i);
		buf_puts(&b, "}]");
		if (n == JSON_KEYS_MAX)
			doc_splits(&json, root, b.data, b.len,
			    "e {id:null}\nrc 0 -\n");
		else
			doc_fails(&json, root, b.data, b.len, CS_E_LIMIT,
			    "too many members");
		buf_free(&b);
	}
	buf_init(&b, 1 << 20);
	buf_puts(&b, "{");
	for (unsigned i = 0; i < 1000; i++)
		buf_printf(&b, "\"%u\":0,", i);
	buf_puts(&b, "\"data\":[]}");
	doc_fails(&json, either, b.data, b.len, CS_E_LIMIT, "keys");
	buf_free(&b);
}

static void
test_access(void **state)
{
	static const char doc[] = "{\"a\":{\"b\":{\"c\":\"deep\"},\"n\":5},"
	    "\"t\":true,\"l\":[1,2],\"z\":null,\"s\":\"x\"}\n";
	struct json_tree *t = json_tree_new();
	const struct cs_json *v = NULL;
	const char *why = NULL;

	(void)state;
	assert_non_null(t);
	assert_int_equal(json_tree_parse(t, doc, sizeof(doc) - 1, &v, &why),
	    CS_OK);
	assert_string_equal(cs_json_text(cs_json_get(v, "a.b.c")), "deep");
	assert_string_equal(cs_json_text(cs_json_get(v, "a.n")), "5");
	assert_null(cs_json_get(v, "a.b.c.d"));
	assert_null(cs_json_get(v, "a.bb"));
	assert_null(cs_json_get(v, "l.b"));
	assert_null(cs_json_get(v, ""));
	assert_true(cs_json_true(cs_json_get(v, "t")));
	assert_false(cs_json_true(cs_json_get(v, "s")));
	assert_int_equal(cs_json_count(cs_json_get(v, "l")), 2);
	assert_string_equal(cs_json_text(cs_json_at(cs_json_get(v, "l"), 1)), "2");
	assert_null(cs_json_at(cs_json_get(v, "l"), 2));
	assert_int_equal(cs_json_count(cs_json_get(v, "z")), 0);
	assert_int_equal(cs_json_count(cs_json_get(v, "a")), 1);
	assert_ptr_equal(cs_json_at(cs_json_get(v, "a"), 0), cs_json_get(v, "a"));
	assert_int_equal(cs_json_count(NULL), 0);
	assert_int_equal(cs_json_type(NULL), CS_JSON_NULL);
	assert_null(cs_json_get(NULL, "a"));
	assert_null(cs_json_text(NULL));
	assert_null(cs_json_text(cs_json_get(v, "a")));
	assert_null(json_tree_free(t));
}

static void
test_samples(void **state)
{
	static const char *const nested[] = { "data", NULL };
	static const struct { const char *file; const char *const *paths; } rows[] = {
		{ "connecticut_me6n-3yhp.resource.json", root },
		{ "maryland_viap-eh6m.resource.json", root },
		{ "nyc_ci93-uc8s.resource.json", root },
		{ "baltimore_us2p-bijb.rows.json", nested },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char path[128];
		size_t len;
		char *s, *text;

		(void)snprintf(path, sizeof(path), "tests/fixtures/socrata/derived/%s",
		    rows[i].file);
		s = doc_file(path, &len);
		text = doc_feed(&json, rows[i].paths, s, len, DOC_WHOLE, 0);
		assert_non_null(strstr(text, "e "));
		assert_non_null(strstr(text, "\nrc 0 -\n"));
		doc_splits(&json, rows[i].paths, s, len, text);
		/* cut anywhere it is an error */
		for (size_t n = 0; n < len - 2; n += 211)
			doc_fails(&json, rows[i].paths, s, n, CS_E_INPUT,
			    "ends early");
		free(text);
		free(s);
	}
}

/* One after the other: a fault of one is nothing to the next. */
static void
test_values(void **state)
{
	static const struct { const char *text, *fault; enum cs_rc rc; } rows[] = {
		{ "{\"a\": 1, \"b\": [true, null]}", NULL, CS_OK },
		{ " \t7 \r\n", NULL, CS_OK },
		{ "", "nothing", CS_E_INPUT },
		{ "  ", "nothing", CS_E_INPUT },
		{ "{\"a\": ", "cut, or not valid JSON", CS_E_INPUT },
		{ "{\"a\" 1}", "not valid JSON", CS_E_INPUT },
		{ "{\"a\": 1}", NULL, CS_OK },
		{ "{\"a\": 1} {}", "something stands behind the value", CS_E_INPUT },
		{ "}", "not valid JSON", CS_E_INPUT },
		{ "\"\\ud800\"", "not UTF-8", CS_E_INPUT },
		{ "{\"a\": 1, \"a\": 2}", "an object has a key twice", CS_E_INPUT },
		{ "[]", NULL, CS_OK },
	};
	struct cs_json_reader *r = cs_json_reader_new();

	(void)state;
	assert_non_null(r);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct cs_json *v;
		const char *fault;

		assert_int_equal(cs_json_read(r, rows[i].text, strlen(rows[i].text), &v, &fault),
		    rows[i].rc);
		assert_int_equal(v != NULL, rows[i].rc == CS_OK);
		if (rows[i].fault != NULL)
			assert_string_equal(fault, rows[i].fault);
	}
	assert_null(cs_json_reader_free(r));
	assert_null(cs_json_reader_free(NULL));
}

static void
test_members(void **state)
{
	static const char text[] = "{\"z\": 1, \"a\": {\"inner\": 2}, \"m\": []}";
	struct cs_json_reader *r = cs_json_reader_new();
	const struct cs_json *v;
	const char *fault;

	(void)state;
	assert_non_null(r);
	assert_int_equal(cs_json_read(r, text, sizeof(text) - 1, &v, &fault), CS_OK);
	assert_string_equal(cs_json_member(v, 0), "z");
	assert_string_equal(cs_json_member(v, 1), "a");
	assert_string_equal(cs_json_member(v, 2), "m");
	assert_null(cs_json_member(v, 3));
	assert_null(cs_json_member(cs_json_get(v, "m"), 0));
	assert_null(cs_json_member(NULL, 0));
	cs_json_reader_free(r);
}

static uint64_t
hash_of(struct cs_json_reader *r, const char *text)
{
	const struct cs_json *v;
	const char *fault;

	assert_int_equal(cs_json_read(r, text, strlen(text), &v, &fault), CS_OK);
	return cs_json_hash(v, 7);
}

/* The same for the same values, and for no others. */
static void
test_hash(void **state)
{
	static const char *const texts[] = {
		"{\"a\":\"b\",\"c\":[1,2]}", "{\"a\":\"b\",\"c\":[12]}", "{\"a\":\"b\",\"c\":[1],\"d\":2}",
		"{\"a\":\"b\",\"c\":[\"1\",2]}", "{\"ab\":\"\",\"c\":[1,2]}", "{\"a\":true}",
		"{\"a\":false}", "{\"a\":null}", "{}", "[]", "[[],1]", "[[1]]"
	};
	struct cs_json_reader *r = cs_json_reader_new();
	size_t n = sizeof(texts) / sizeof(texts[0]);

	(void)state;
	assert_non_null(r);
	assert_int_equal(hash_of(r, texts[0]), hash_of(r, " { \"a\" :\"b\", \"c\":[ 1,2]}"));
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(hash_of(r, texts[i]), hash_of(r, texts[k]));
	assert_int_not_equal(cs_json_hash(NULL, 7), cs_json_hash(NULL, 8));
	cs_json_reader_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_elements),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_strictness),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_many_keys),
		cmocka_unit_test(test_access),
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
