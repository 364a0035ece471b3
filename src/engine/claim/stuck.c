/* SPDX-License-Identifier: ISC */
/* stuck.c -- see stuck.h: which there are, how they are moved and read.  stuck_try.c tries them. */
#include "engine/claim/stuck_private.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "core/schedule.h"

#define LOAD_PAGE	"50"	/* entries at a time, of 32 KiB at most */

const char *
stuck_key(const struct engine *engine, unsigned partition, key_buf out)
{
	return key_partition(store_prefix(engine->store), partition, "internal:stuck", NULL, out);
}

struct stuck *
stuck_new(struct engine *engine)
{
	struct stuck *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->engine = engine;
	s->arena = arena_new(COMMAND_ARENA_MAX);
	if (s->arena == NULL || timer_init(&s->timer, engine->loop, stuck_on_timer, s) != 0)
		return stuck_free(s);
	return s;
}

struct stuck *
stuck_free(struct stuck *s)
{
	struct stuck_command *c, *next;

	if (s == NULL)
		return NULL;
	for (c = s->first; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	timer_fini(&s->timer);
	(void)arena_free(s->arena);
	free(s);
	return NULL;
}

/* --- which there are ------------------------------------------------------------------ */

static bool
comes_before(const struct stuck_command *a, const struct stuck_command *b)
{
	return a->moved_ms != b->moved_ms ? a->moved_ms < b->moved_ms : a->order < b->order;
}

/* In the order in which they were moved, which is that of their streams. */
static void
stuck_insert(struct stuck *s, struct stuck_command *c)
{
	struct stuck_command **at = &s->first;

	while (*at != NULL && comes_before(*at, c))
		at = &(*at)->next;
	c->next = *at;
	*at = c;
	s->count++;
}

void
stuck_remove(struct stuck *s, struct stuck_command *c)
{
	struct stuck_command **at = &s->first;
	int64_t now_ms = loop_now_ms(s->engine->loop);

	/* Those behind it may be possible now. */
	for (struct stuck_command *o = s->first; o != NULL; o = o->next)
		if (strcmp(o->profile, c->profile) == 0)
			o->at_ms = now_ms;
	while (*at != NULL && *at != c)
		at = &(*at)->next;
	if (*at == NULL)
		return;
	*at = c->next;
	s->count--;
	free(c);
}

struct stuck_command *
stuck_find(const struct stuck *s, const char *name)
{
	for (struct stuck_command *c = s->first; c != NULL; c = c->next)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

/* The first that one of this badge must follow, before `last` (NULL: any). */
struct stuck_command *
stuck_in_front(const struct stuck *s, const char *badge, const char *profile,
    const struct stuck_command *last)
{
	for (struct stuck_command *c = s->first; c != NULL && c != last; c = c->next)
		if (strcmp(c->profile, profile) == 0 &&
		    (c->whole_profile || (badge != NULL && strcmp(c->badge, badge) == 0)))
			return c;
	return NULL;
}

const char *
stuck_before(const struct stuck *s, const char *badge, const char *profile,
    bool *out_whole_profile)
{
	const struct stuck_command *c = stuck_in_front(s, badge, profile, NULL);

	*out_whole_profile = c != NULL && c->whole_profile;
	return c != NULL ? c->name : NULL;
}

size_t
stuck_count(const struct stuck *s, const char **out_why)
{
	*out_why = s->first != NULL ? s->first->why : "";
	return s->count;
}

void
stuck_each(const struct stuck *s, stuck_view_fn *fn, void *arg)
{
	for (const struct stuck_command *c = s->first; c != NULL; c = c->next)
		fn(arg, &(struct stuck_view){ .name = c->name, .op = c->op, .badge = c->badge,
		    .profile = c->profile, .why = c->why, .moved_ms = c->moved_ms });
}

bool
stuck_is_loaded(const struct stuck *s)
{
	return s->loaded;
}

/* --- moving one there ----------------------------------------------------------------- */

/* A move that awaits its answer. */
struct stuck_move {
	struct stuck	*stuck;
	struct stuck_command *command;	/* owned */
	stuck_moved_fn	*fn;
	void		*arg;
};

static void
stuck_on_moved(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct stuck_move m = *(struct stuck_move *)arg;
	struct stuck *s = m.stuck;

	(void)reply;
	free(arg);
	if (outcome == STORE_OK && stuck_find(s, m.command->name) == NULL) {
		log_warn("claims: entry %s cannot be carried out now: %s; it is kept, delays "
		    "nothing but its own badge, and is tried again until it can; see `certsync "
		    "rejected`", m.command->name, m.command->why);
		stuck_insert(s, m.command);
		stuck_arm(s);
	} else
		free(m.command);
	m.fn(m.arg, outcome == STORE_OK || outcome == STORE_DUP ? STUCK_MOVED :
	    outcome == STORE_FULL || outcome == STORE_TYPE ? STUCK_FULL :
	    outcome == STORE_ENDED ? STUCK_ENDED : STUCK_RETRY);
}

static json_t *
command_json(const struct stuck_command *c, const struct command *command, uint64_t round)
{
	json_t *fields = json_object();

	for (size_t i = 0; i < command->count; i++)
		(void)json_object_set_new(fields, command->fields[i].name,
		    json_string(command->fields[i].value));
	return json_pack("{s:s, s:s, s:I, s:s, s:s, s:b, s:s, s:I, s:I, s:o}",
	    "stream", command_stream_name(c->stream), "id", command->id,
	    "round", (json_int_t)round, "badge", c->badge, "profile", c->profile,
	    "whole", c->whole_profile ? 1 : 0, "why", c->why, "moved_ms", (json_int_t)c->moved_ms,
	    "order", (json_int_t)c->order, "fields", fields);
}

static void
stuck_name(char out[STUCK_NAME_MAX], const struct command *command,
    const struct stuck_cause *cause)
{
	char round[24] = "";

	if (cause->round > 0)
		(void)snprintf(round, sizeof(round), "%" PRIu64 ":", cause->round);
	(void)snprintf(out, STUCK_NAME_MAX, "%s%s%s",
	    cause->stream == COMMAND_STAFF ? "staff:" : "", round, command->id);
}

void
stuck_move(struct stuck *s, const struct command *command, const struct stuck_cause *cause,
    stuck_moved_fn *fn, void *arg)
{
	struct stuck_command *c = memory_get(sizeof(*c));
	struct stuck_move *m = memory_get(sizeof(*m));
	struct store *store = s->engine->store;
	key_buf fence, stuck, applied;
	const char *keys[3] = { fence, stuck, applied };
	const char *args[5] = {
		c->name, NULL, command_stream_name(cause->stream), NULL, STUCK_MAX
	};
	json_t *root;
	char *text;

	*c = (struct stuck_command){
		.stream = cause->stream, .whole_profile = cause->whole_profile,
		.partition = badge_partition(cause->profile, store_partitions(store)),
		.moved_ms = loop_wall_ms(s->engine->loop), .order = ++s->moves,
		.at_ms = loop_now_ms(s->engine->loop) + SCHEDULE_PAUSE_FIRST_MS
	};
	stuck_name(c->name, command, cause);
	(void)text_copy(c->badge, sizeof(c->badge), cause->badge != NULL ? cause->badge : "");
	(void)text_copy(c->profile, sizeof(c->profile), cause->profile);
	(void)text_copy(c->op, sizeof(c->op), command_id_field(command, "op", sizeof(c->op) - 1));
	(void)snprintf(c->why, sizeof(c->why), "%s", cause->why);
	*m = (struct stuck_move){ .stuck = s, .command = c, .fn = fn, .arg = arg };
	root = command_json(c, command, cause->round);
	text = root != NULL ? json_dumps(root, JSON_COMPACT) : NULL;
	json_decref(root);
	if (text == NULL) {	/* not UTF-8: such a command is never carried out, and not stuck */
		free(c);
		free(m);
		fn(arg, STUCK_RETRY);
		return;
	}
	args[1] = text;
	/* Its round and id, as the marks of what was applied have them. */
	args[3] = c->name + (cause->stream == COMMAND_STAFF ? strlen("staff:") : 0);
	(void)key_partition(store_prefix(store), c->partition, "fence", NULL, fence);
	(void)stuck_key(s->engine, c->partition, stuck);
	(void)key_partition(store_prefix(store), c->partition, "internal:applied", NULL, applied);
	store_run(store, STORE_SCRIPT_STUCK, stuck_on_moved, m, keys, 3, args, 5);
	free(text);
}

/* --- reading what there is ------------------------------------------------------------ */

static void
stuck_keep(struct stuck *s, const char *name, const char *text)
{
	json_t *root = json_loads(text, 0, NULL);
	const char *stream, *badge, *profile, *why, *op;
	json_int_t moved_ms, order;
	struct stuck_command *c;
	int whole;

	if (root == NULL || json_unpack(root, "{s:s, s:s, s:s, s:b, s:s, s:I, s:I}",
	    "stream", &stream, "badge", &badge, "profile", &profile, "whole", &whole, "why", &why,
	    "moved_ms", &moved_ms, "order", &order) != 0) {
		json_decref(root);
		log_error("claims: a stuck command of partition %u is damaged and left alone",
		    s->load_partition);
		return;
	}
	c = stuck_find(s, name);
	if (c == NULL && strlen(name) < sizeof(c->name)) {
		c = memory_get(sizeof(*c));
		*c = (struct stuck_command){
			.stream = strcmp(stream, "staff") == 0 ? COMMAND_STAFF : COMMAND_CLAIMS,
			.whole_profile = whole != 0, .partition = s->load_partition,
			.moved_ms = moved_ms, .order = (uint64_t)order,
			.at_ms = loop_now_ms(s->engine->loop)
		};
		(void)text_copy(c->name, sizeof(c->name), name);
		(void)text_copy(c->badge, sizeof(c->badge), badge);
		(void)text_copy(c->profile, sizeof(c->profile), profile);
		op = json_string_value(json_object_get(json_object_get(root, "fields"), "op"));
		(void)text_copy(c->op, sizeof(c->op), op != NULL ? op : "");
		(void)snprintf(c->why, sizeof(c->why), "%s", why);
		stuck_insert(s, c);
	}
	json_decref(root);
}

static void
stuck_load_end(struct stuck *s, bool ok)
{
	s->loaded = ok;
	if (ok)
		stuck_arm(s);
	s->load_fn(s->load_arg, ok);
}

static void stuck_load_page(struct stuck *);

static void
stuck_on_page(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct stuck *s = arg;
	const struct redis_reply *pairs = redis_reply_at(reply, 1);
	const char *cursor;

	/* A key of another type is told when something is to be moved there. */
	if (outcome != STORE_OK && outcome != STORE_TYPE) {
		stuck_load_end(s, false);
		return;
	}
	cursor = outcome == STORE_OK ? redis_reply_str(redis_reply_at(reply, 0), NULL) : NULL;
	(void)snprintf(s->load_cursor, sizeof(s->load_cursor), "%s", cursor != NULL ? cursor : "0");
	for (size_t i = 0; outcome == STORE_OK && i + 1 < redis_reply_count(pairs); i += 2) {
		const char *name = redis_reply_str(redis_reply_at(pairs, i), NULL);
		const char *text = redis_reply_str(redis_reply_at(pairs, i + 1), NULL);

		if (name != NULL && text != NULL)
			stuck_keep(s, name, text);
	}
	if (strcmp(s->load_cursor, "0") == 0)
		s->load_partition++;
	stuck_load_page(s);
}

static void
stuck_load_page(struct stuck *s)
{
	key_buf key;

	if (s->load_partition == store_partitions(s->engine->store)) {
		stuck_load_end(s, true);
		return;
	}
	store_read(s->engine->store, stuck_on_page, s, 5, (const char *[]){ "HSCAN",
	    stuck_key(s->engine, s->load_partition, key), s->load_cursor, "COUNT", LOAD_PAGE });
}

void
stuck_load(struct stuck *s, stuck_loaded_fn *fn, void *arg)
{
	s->load_fn = fn;
	s->load_arg = arg;
	s->load_partition = 0;
	(void)snprintf(s->load_cursor, sizeof(s->load_cursor), "0");
	stuck_load_page(s);
}
