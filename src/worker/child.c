/* SPDX-License-Identifier: ISC */
/* child.c -- see child.h.  child_poll.c drives the connector. */
#include "worker/child.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "worker/cage.h"
#include "worker/child_inside.h"
#include "worker/plugin.h"
#include "worker/spawner.h"

/* --- what the engine said --------------------------------------------------------- */

/* Appends a copy of s to a NULL-terminated vector.  -1: no memory, or full. */
static int
list_add(struct child_list *l, const char *s, size_t max)
{
	const char **grown;
	char *copy;

	if (l->count == max)
		return -1;
	grown = realloc(l->v, (l->count + 2) * sizeof(*l->v));
	if (grown == NULL)
		return -1;
	l->v = grown;
	copy = strdup(s);
	if (copy == NULL)
		return -1;
	l->v[l->count++] = copy;
	l->v[l->count] = NULL;
	return 0;
}

static void
list_free(struct child_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		free((char *)(uintptr_t)l->v[i]);
	free(l->v);
}

static int
hear_hello(struct child *c, const struct frame *f, struct err *err)
{
	if (message_get_hello(f, &c->hello, err) != 0)
		return -1;
	c->plugin = strdup(c->hello.plugin);
	c->hello.plugin = c->plugin;
	return c->plugin == NULL ? err_set_passing(err, "out of memory") : 0;
}

static int
hear_setting(struct child *c, const struct frame *f, struct err *err)
{
	struct message_setting m;

	if (message_get_setting(f, &m, err) != 0)
		return -1;
	if (list_add(&c->pairs, m.key, 2 * MESSAGE_SETTINGS_MAX) != 0 ||
	    list_add(&c->pairs, m.value, 2 * MESSAGE_SETTINGS_MAX) != 0)
		return err_set(err, "too many settings, or no memory");
	return 0;
}

static int
hear_checkpoint(struct child *c, const struct frame *f, struct err *err)
{
	const char *data;
	size_t len;

	if (message_get_checkpoint(f, &data, &len, err) != 0)
		return -1;
	free(c->checkpoint);
	c->checkpoint = malloc(len + 1);
	if (c->checkpoint == NULL)
		return err_set_passing(err, "out of memory");
	if (len > 0)
		memcpy(c->checkpoint, data, len);
	c->checkpoint[len] = '\0';
	c->checkpoint_len = len;
	return 0;
}

static int
hear_lookup(struct child *c, const struct frame *f, struct err *err)
{
	const char *number;

	if (message_get_lookup(f, &number, err) != 0)
		return -1;
	if (list_add(&c->lookups, number, MESSAGE_LOOKUPS_MAX) != 0)
		return err_set(err, "too many numbers, or no memory");
	return 0;
}

/* Reads everything up to START.  -1: err. */
static int
child_hear(struct child *c, struct err *err)
{
	struct frame f;
	int rc;

	for (;;) {
		rc = link_next(&c->link, &f, err);
		if (rc != 1)
			return rc == 0 ? err_set(err, "no start") : -1;
		if (c->plugin == NULL && f.type != FRAME_HELLO)
			return err_set(err, "no hello");
		switch (f.type) {
		case FRAME_HELLO:	rc = hear_hello(c, &f, err); break;
		case FRAME_SETTING:	rc = hear_setting(c, &f, err); break;
		case FRAME_CHECKPOINT_IN: rc = hear_checkpoint(c, &f, err); break;
		case FRAME_LOOKUP:	rc = hear_lookup(c, &f, err); break;
		case FRAME_START:	return message_get_empty(&f, err);
		default:		rc = err_set(err, "unexpected frame");
		}
		if (rc != 0)
			return -1;
	}
}

/* --- what it answers --------------------------------------------------------------- */

int
child_fail(struct child *c, enum cs_rc rc, const char *text)
{
	char shown[MESSAGE_TEXT_MAX + 1];

	message_put_failed(&c->link.out, &(struct message_failed){
		.rc = rc,
		.text = text_escape(text, strlen(text), shown, sizeof(shown)),
		.retry_at_s = rc == CS_E_QUOTA ? c->retry_at_s : 0
	});
	return link_flush(&c->link) == 0 ? 0 : CHILD_EXIT_LOST;
}

int
child_done(struct child *c, uint64_t items, uint64_t records)
{
	message_put_done(&c->link.out, &(struct message_done){
		.items = items, .records = records
	});
	return link_flush(&c->link) == 0 ? 0 : CHILD_EXIT_LOST;
}

/* Collects what cover() adds.  Owned by the caller; NULL: rc is why. */
static struct cs_cover *
child_cover(const struct child *c, const struct cs_settings *settings,
    enum cs_rc *rc)
{
	struct cs_cover *cover = host_cover_new();

	*rc = CS_E_NOMEM;
	if (cover == NULL)
		return NULL;
	note_enter(c->note, NOTE_COVER);
	*rc = c->connector->cover(settings, cover);
	note_leave(c->note);
	return *rc == CS_OK ? cover : host_cover_free(cover);
}

static void
child_say_description(struct child *c, const struct cs_cover *cover)
{
	const char *types[MESSAGE_TYPES_MAX + 1] = { NULL };
	struct cs_connector said = *c->connector;
	bool by_settings = said.cover != NULL;

	for (size_t i = 0; cover != NULL && i < MESSAGE_TYPES_MAX; i++)
		types[i] = host_cover_type(cover, i);
	if (c->no_lookups) {
		said.kinds &= ~CS_KIND(CS_POLL_LOOKUP);
		said.lookup_max = 0;
	}
	message_put_description(&c->link.out, &said, by_settings ? types : said.types,
	    by_settings, cover != NULL && host_cover_is_by_name(cover), c->needs);
}

/* DESCRIBE: as it is.  CHECK and TRY: with the settings tried. */
static int
child_describe(struct child *c)
{
	bool covers = c->settings != NULL && c->connector->cover != NULL;
	struct cs_cover *cover = NULL;
	enum cs_rc rc = CS_OK;
	int status;

	if (covers) {
		cover = child_cover(c, c->settings, &rc);
		if (cover == NULL && rc == CS_E_NOMEM)
			return child_fail(c, rc, "out of memory");
	}
	/* It says which setting is wrong; cover() only that one is. */
	if (c->settings != NULL) {
		status = child_try_open(c);
		if (status != 0 || c->failed) {
			(void)host_cover_free(cover);
			return status;
		}
	}
	if (covers && cover == NULL)
		return child_fail(c, CS_E_CONFIG,
		    "these settings select no types that it covers");
	child_say_description(c, cover);
	(void)host_cover_free(cover);
	return child_done(c, 0, 0);
}

/* Said where the call stood, in the plug-in: there is no way back into it. */
static void
child_refused(void *arg, const char *call)
{
	char text[128];

	(void)snprintf(text, sizeof(text), "the plug-in called %s, which connectors may not", call);
	cage_leave(child_fail(arg, CS_E_CONFIG, text));
}

/* The plug-in, in its cage.  -1: err. */
static int
child_load(struct child *c, struct err *err)
{
	int fd = plugin_open(c->plugin, err);

	if (fd == -1)
		return -1;
	if (cage_shut(fd, child_refused, c, err) != 0) {
		(void)close(fd);
		return err_prefix(err, "no cage for plug-ins");
	}
	note_enter(c->note, NOTE_LOAD);
	c->connector = plugin_load(fd, c->plugin, err);
	note_leave(c->note);
	if (c->connector == NULL)
		return -1;
	return cage_tighten(err) == 0 ? 0 : err_prefix(err, "no cage for plug-ins");
}

/* The poll or description itself.  The exit status. */
static int
child_work(struct child *c)
{
	struct err err;

	if (child_load(c, &err) != 0)
		return child_fail(c, CS_E_CONFIG, err.text);
	if (c->hello.mode == WORKER_DESCRIBE)
		return child_describe(c);
	c->settings = host_settings_new(c->connector->settings, c->pairs.v, &err);
	if (c->settings == NULL)
		return child_fail(c, CS_E_CONFIG, err.text);
	return c->hello.mode == WORKER_POLL ? child_poll(c) : child_describe(c);
}

int
child_main(void)
{
	struct child c = { 0 };
	struct err err;
	int status;

	c.note = note_map_to_write(SPAWNER_NOTE_FD);
	(void)close(SPAWNER_NOTE_FD);
	/* Nothing is lost in a crash, and no buffer is wanted that the cage would refuse. */
	(void)setvbuf(stdout, NULL, _IONBF, 0);
	if (c.note == NULL || link_init(&c.link, SPAWNER_WORKER_FD) != 0)
		return CHILD_EXIT_NOMEM;
	if (cage_enter(&err) != 0 || child_hear(&c, &err) != 0)
		status = CHILD_EXIT_LOST;
	else
		status = child_work(&c);
	if (c.link.out.failed)
		status = CHILD_EXIT_NOMEM;
	(void)host_settings_free(c.settings);
	list_free(&c.pairs);
	list_free(&c.lookups);
	free(c.checkpoint);
	free(c.plugin);
	link_fini(&c.link);
	note_unmap(c.note);
	return status;
}
