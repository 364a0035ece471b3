/* SPDX-License-Identifier: ISC */
/* json_value.c -- see certsync/json.h: one value by itself, of which another may follow. */
#include <certsync/json.h>

#include <stdlib.h>
#include <string.h>

#include "parse/json_frame.h"
#include "parse/json_tree.h"

struct cs_json_reader {
	struct json_tree *tree;		/* owned; NULL: the last one is spoilt */
	struct json_frame frame;
};

struct cs_json_reader *
cs_json_reader_new(void)
{
	return calloc(1, sizeof(struct cs_json_reader));
}

struct cs_json_reader *
cs_json_reader_free(struct cs_json_reader *r)
{
	if (r == NULL)
		return NULL;
	r->tree = json_tree_free(r->tree);
	free(r);
	return NULL;
}

static enum cs_rc
frame_all(struct cs_json_reader *r, const char *text, size_t len, const char **out_fault)
{
	size_t used = 0;

	json_frame_start(&r->frame, CS_JSON_DEPTH);
	*out_fault = "not valid JSON";
	switch (json_frame_push(&r->frame, text, len, &used)) {
	case JSON_FRAME_DONE:
		break;
	case JSON_FRAME_LONG:
		*out_fault = "a string or the whole is too long";
		return CS_E_LIMIT;
	case JSON_FRAME_DEEP:
		*out_fault = "nested too deeply";
		return CS_E_LIMIT;
	case JSON_FRAME_MORE:
		*out_fault = "cut, or not valid JSON";
		return CS_E_INPUT;
	default:
		return CS_E_INPUT;
	}
	if (strspn(text + used, " \t\r\n") != len - used)
		*out_fault = "something stands behind the value";
	else if (!json_text_ok(r->frame.data, r->frame.len))
		*out_fault = "not UTF-8";
	else
		return CS_OK;
	return CS_E_INPUT;
}

enum cs_rc
cs_json_read(struct cs_json_reader *r, const char *text, size_t len,
    const struct cs_json **out, const char **out_fault)
{
	size_t blank = strspn(text, " \t\r\n");
	enum cs_rc rc;

	*out = NULL;
	*out_fault = "nothing";
	if (blank >= len)
		return CS_E_INPUT;
	rc = frame_all(r, text + blank, len - blank, out_fault);
	if (rc != CS_OK)
		return rc;
	if (r->tree == NULL)
		r->tree = json_tree_new();
	if (r->tree == NULL)
		return CS_E_NOMEM;
	rc = json_tree_parse(r->tree, r->frame.data, r->frame.len + 1, out, out_fault);
	/* yajl is of no use any more once it has found a fault. */
	if (rc != CS_OK) {
		r->tree = json_tree_free(r->tree);
		*out = NULL;
	}
	return rc;
}
