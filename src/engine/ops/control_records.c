/* SPDX-License-Identifier: ISC */
/*
 * control_records.c -- `records`: what a list says, from the mirror, page by page or of one
 * number.  Nothing is kept between two pages: where the next begins, the peer says.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/name_key.h"
#include "core/record.h"
#include "core/types.h"
#include "engine/ops/control_private.h"
#include "engine/registry/mirror.h"
#include "engine/registry/registry.h"

/* Numbers that Redis is asked for at a time: at most 3 MiB, and REDIS_REPLY_MAX is 4. */
#define RECORDS_SCAN	"12"
/* A page goes on until it has so many records, or bytes of them: some 60 KB, and with one more
 * answer of Redis less than a peer may leave unread. */
#define RECORDS_PAGE	200
#define RECORDS_PAGE_BYTES	((size_t)1 << 20)
#define RECORDS_FIELDS_MAX	16	/* numbers that go by one number, alias or name */
#define RECORDS_CURSOR_MAX	20	/* digits of 64 bits */

/* What is asked for, and its answer as it grows. */
struct records {
	char		 cursor[RECORDS_CURSOR_MAX + 1];	/* of a page */
	size_t		 bytes;		/* of its records so far */
	/* Of one number: what that is here, as number and as alias, or the keys of a name. */
	char		 keys[NAME_KEYS_MAX][CS_NUMBER_MAX + 1];
	size_t		 key_count;
	uint64_t	 fields[RECORDS_FIELDS_MAX];
	size_t		 field_count;
	struct arena	*arena;		/* owned: of the record that is looked at */
	const struct registry *registry; /* lent while an answer of the store is read */
	json_t		*list;		/* lent by request.data, the answer */
};

static void
records_free(void *own)
{
	struct records *records = own;

	(void)arena_free(records->arena);
	free(records);
}

/* --- a record as JSON ----------------------------------------------------------- */

static json_t *
texts_json(const char *const *texts, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list, json_string(texts[i]));
	return list;
}

static json_t *
categories_json(const struct registry *registry, const struct record *record)
{
	unsigned categories = record->categories != 0 || record->type == NULL ?
	    record->categories : types_categories(registry->engine->config->types, record->type);
	json_t *list = json_array();

	for (unsigned bit = 1; bit != 0 && bit <= categories; bit <<= 1)
		if ((categories & bit) != 0)
			(void)json_array_append_new(list, json_string(category_name(bit)));
	return list;
}

static json_t *
date_json(struct cs_date date)
{
	char text[CS_DATE_TEXT];

	return cs_date_is_set(date) ? json_string(cs_date_text(date, text)) : json_null();
}

/* When the list had the record last; a look-up is news of its number alone. */
static int64_t
record_seen_s(const struct registry *registry, const struct record *record, uint64_t content)
{
	int64_t seen_s = registry_seen_s(registry, content);

	return seen_s != registry->proof.last_complete_s ? seen_s :
	    registry_seen_s(registry, store_hash(registry->engine->store, record->number));
}

static json_t *
record_json(const struct registry *registry, const struct record *record, uint64_t content)
{
	/* What a list without numbers is searched by says nothing to anybody. */
	bool by_name = registry_is_by_name(registry);
	int64_t seen_s = record_seen_s(registry, record, content);
	char seen[TEXT_TIME];

	return json_pack("{s:s?, s:o, s:s?, s:s?, s:s?, s:o, s:s, s:s?, s:o, s:o, s:s?}",
	    "number", by_name ? NULL : record->number,
	    "aliases", texts_json(record->aliases, by_name ? 0 : record->alias_count),
	    "business_name", record->business_name, "dba_name", record->dba_name,
	    "type", record->type, "categories", categories_json(registry, record),
	    "status", record_status_name(record->status), "status_word", record->status_word,
	    "issued_on", date_json(record->issued_on), "expires_on", date_json(record->expires_on),
	    "last_seen", seen_s != 0 ? text_time_s(seen_s, seen) : NULL);
}

/* Hashes led here; only equal text counts. */
static bool
record_is_asked_for(const struct records *records, const struct record *record)
{
	for (size_t i = 0; i < records->key_count; i++)
		if (record_has_key(record, records->keys[i]))
			return true;
	return records->key_count == 0;
}

/* One line of the mirror.  One that is damaged is left to the decisions, which tell of it. */
static bool
records_add_line(void *arg, const char *line, size_t len)
{
	struct records *records = arg;
	const struct registry *registry = records->registry;
	struct record record;

	records->bytes += len;
	arena_reset(records->arena);
	if (record_decode(line, len, records->arena, &record, NULL) == 0 &&
	    record_is_asked_for(records, &record))
		(void)json_array_append_new(records->list, record_json(registry, &record,
		    store_hash_bytes(registry->engine->store, line, len)));
	return true;
}

/* --- answers -------------------------------------------------------------------- */

/* As request_registry(), of a store that has answered: a reload may have taken it away. */
static const struct registry *
records_registry(struct request *request)
{
	const struct registry *registry = registry_find(request->engine, request_arg(request, 0));

	if (registry == NULL)
		request_error(request, "%s has been configured anew: look again",
		    request_arg(request, 0));
	return registry;
}

/* What is known of the list as a whole, unless the answer has begun. */
static void
records_begin(struct request *request, const struct registry *registry)
{
	struct records *records = request->own;
	int64_t complete_s = registry->proof.last_complete_s;
	char complete[TEXT_TIME];

	records->registry = registry;
	if (request->data != NULL)
		return;
	records->list = json_array();
	request->data = json_pack("{s:s, s:I, s:s?, s:o}", "name", registry->name,
	    "total", (json_int_t)snapshot_records(registry->snapshot),
	    "last_complete", complete_s != 0 ? text_time_s(complete_s, complete) : NULL,
	    "records", records->list);
}

static void
records_answer(struct request *request)
{
	json_t *data = request->data;

	request->data = NULL;
	request_answer(request, 0, data);
}

static void records_read_page(struct request *, const struct registry *);

static void
records_on_page(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct request *request = arg;
	struct records *records = request->own;
	const struct redis_reply *pairs = redis_reply_at(reply, 1);
	const char *next = redis_reply_str(redis_reply_at(reply, 0), NULL);
	const struct registry *registry;

	if (!request_outcome_ok(request, outcome) ||
	    (registry = records_registry(request)) == NULL)
		return;
	records_begin(request, registry);
	for (size_t i = 1; i < redis_reply_count(pairs); i += 2)
		mirror_each(redis_reply_str(redis_reply_at(pairs, i), NULL), records_add_line,
		    records);
	if (next == NULL || strcmp(next, "0") == 0)
		records_answer(request);
	else if (request->peer != NULL && records->bytes < RECORDS_PAGE_BYTES &&
	    json_array_size(records->list) < RECORDS_PAGE &&
	    text_copy(records->cursor, sizeof(records->cursor), next))
		records_read_page(request, registry);
	else {
		(void)json_object_set_new(request->data, "next", json_string(next));
		records_answer(request);
	}
}

static void
records_read_page(struct request *request, const struct registry *registry)
{
	struct records *records = request->own;
	key_buf key;

	store_read(request->engine->store, records_on_page, request, 5, (const char *[]){
		"HSCAN", registry_key(registry, "mirror", key), records->cursor, "COUNT",
		RECORDS_SCAN });
}

static void
records_on_number(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct request *request = arg;
	struct records *records = request->own;
	const struct registry *registry;

	if (!request_outcome_ok(request, outcome) ||
	    (registry = records_registry(request)) == NULL)
		return;
	records_begin(request, registry);
	for (size_t i = 0; i < redis_reply_count(reply); i++)
		mirror_each(redis_reply_str(redis_reply_at(reply, i), NULL), records_add_line,
		    records);
	if (json_array_size(records->list) > 0) {
		records_answer(request);
		return;
	}
	request_error(request, "%s lists no %s %s", registry->name,
	    registry_is_by_name(registry) ? "firm that is called" : "number",
	    request_arg(request, 1));
}

static void
records_read_number(struct request *request, const struct registry *registry)
{
	const struct records *records = request->own;
	const char *argv[2 + RECORDS_FIELDS_MAX] = { "HMGET" };
	char fields[RECORDS_FIELDS_MAX][17];
	key_buf key;

	argv[1] = registry_key(registry, "mirror", key);
	for (size_t i = 0; i < records->field_count; i++)
		argv[2 + i] = mirror_field(records->fields[i], fields[i]);
	store_read(request->engine->store, records_on_number, request, 2 + records->field_count,
	    argv);
}

/* --- what is asked for ------------------------------------------------------------ */

static void
records_add_field(struct records *records, uint64_t field)
{
	for (size_t i = 0; i < records->field_count; i++)
		if (records->fields[i] == field)
			return;
	if (records->field_count < RECORDS_FIELDS_MAX)
		records->fields[records->field_count++] = field;
}

/* A key as number, and as alias of other numbers. */
static void
records_add_key(struct records *records, const struct registry *registry, const char *key)
{
	uint64_t hash = store_hash(registry->engine->store, key), numbers[RECORDS_FIELDS_MAX];
	size_t n = snapshot_alias_find(registry->snapshot, hash, numbers, RECORDS_FIELDS_MAX);

	(void)strcpy(records->keys[records->key_count++], key);
	records_add_field(records, hash);
	for (size_t i = 0; i < n; i++)
		records_add_field(records, numbers[i]);
}

/* The number in whatever dress it was typed; of a list without numbers, a firm's name.  false:
 * it can be none. */
static bool
records_take_number(struct records *records, const struct registry *registry, const char *text)
{
	char names[NAME_KEYS_MAX][NAME_KEY_BYTES], number[CS_NUMBER_MAX + 1];
	size_t n = registry_is_by_name(registry) ? name_keys_add(text, names, 0, NAME_KEYS_MAX) : 0;

	for (size_t i = 0; i < n; i++)
		records_add_key(records, registry, names[i]);
	if (registry_is_by_name(registry))
		return n > 0;
	if (number_normalise(registry_grammar(registry), text, number))
		records_add_key(records, registry, number);
	if (alias_normalise(text, number))
		records_add_key(records, registry, number);
	return records->key_count > 0;
}

/* A cursor as an answer had it as `next`; NULL: from the beginning. */
static bool
records_take_cursor(struct records *records, const char *since)
{
	const char *cursor = since != NULL ? since : "0";
	size_t len = strlen(cursor);

	return len > 0 && strspn(cursor, "0123456789") == len &&
	    text_copy(records->cursor, sizeof(records->cursor), cursor);
}

static struct records *
records_open(struct request *request)
{
	struct records *records = calloc(1, sizeof(*records));

	if (records == NULL)
		return NULL;
	request->own = records;
	request->own_free = records_free;
	records->arena = arena_new((size_t)RECORD_TEXT_MAX * 8);
	return records->arena != NULL ? records : NULL;
}

/* Whether it has never been read, which an error answer has told. */
static bool
records_never_read(struct request *request, const struct registry *registry)
{
	if (registry->proof.last_complete_s != 0 || snapshot_records(registry->snapshot) > 0)
		return false;
	request_error(request, "the list of %s has not been read yet%s%s", registry->name,
	    registry->error[0] != '\0' ? ": " : "", registry->error);
	return true;
}

void
request_records(struct request *request)
{
	const char *number = request_arg(request, 1);
	struct registry *registry = request_registry(request);
	struct records *records;

	if (registry == NULL || records_never_read(request, registry))
		return;
	records = records_open(request);
	if (records == NULL)
		request_error(request, "out of memory");
	else if (number == NULL && records_take_cursor(records, request_opt(request, "since")))
		records_read_page(request, registry);
	else if (number == NULL)
		request_usage(request, "since: the `next` of the answer before");
	else if (records_take_number(records, registry, number))
		records_read_number(request, registry);
	else
		request_error(request, "%s lists no %s %s", registry->name,
		    registry_is_by_name(registry) ? "firm that is called" : "number", number);
}
