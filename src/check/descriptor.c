/* SPDX-License-Identifier: ISC */
/* descriptor.c -- see descriptor.h. */
#include "check/descriptor.h"

#include <string.h>

#include "base/text.h"
#include "core/types.h"
#include "parse/host.h"
#include "worker/frame.h"
#include "worker/message.h"

void
descriptor_text(const struct cs_connector *con, struct buf *out)
{
	message_put_description(out, con, con->types, con->cover != NULL, false, "");
}

/* As the engine reads it: the ranges of its fields, its settings, its grammar. */
static void
check_taken(struct apart *a)
{
	struct description *d = NULL;
	struct frame frame;
	struct buf b;
	struct err err;
	size_t used;

	buf_init(&b, FRAME_MAX);
	descriptor_text(a->con, &b);
	if (b.failed)
		apart_find(a, "it says more than a worker can tell: shorten its settings");
	else if (frame_next(b.data, b.len, &frame, &used, &err) != 1 ||
	    (d = message_get_description(&frame, &err)) == NULL)
		apart_find(a, "the engine refuses it: %s", err.text);
	(void)description_free(d);
	buf_free(&b);
}

/* Each default alone, so that one which must be set is in nobody's way. */
static void
check_defaults(struct apart *a)
{
	static const char *const none[] = { NULL };

	for (size_t i = 0; a->con->settings != NULL && a->con->settings[i].name != NULL; i++) {
		struct cs_setting_def one[2] = { a->con->settings[i], { .name = NULL } };
		struct cs_settings *settings;
		struct err err;

		one[0].required = false;
		settings = host_settings_new(one, none, &err);
		if (settings == NULL)
			apart_find(a, "the default of %s: put one that can be read",
			    err.text);
		(void)host_settings_free(settings);
	}
}

static void
check_type(struct apart *a, const struct types *types, const char *type)
{
	if (!types_known(types, type))
		apart_warn(a, "it covers type %s, which types.conf does not have: a claim of it "
		    "gets no category; put the type there, with its source", type);
}

/* What it covers by its defaults, where these suffice. */
static void
check_cover(struct apart *a, const struct types *types)
{
	static const char *const none[] = { NULL };
	struct cs_settings *settings = host_settings_new(a->con->settings, none, NULL);
	struct cs_cover *cover = host_cover_new();

	(void)strcpy(a->where->call, "cover");
	if (settings != NULL && cover != NULL && a->con->cover(settings, cover) == CS_OK)
		for (size_t i = 0; i < host_cover_count(cover); i++)
			check_type(a, types, host_cover_type(cover, i));
	(void)host_cover_free(cover);
	(void)host_settings_free(settings);
}

void
descriptor_check(struct apart *a, void *arg)
{
	struct err err;
	struct types *types = types_builtin(&err);

	(void)arg;
	check_taken(a);
	check_defaults(a);
	for (size_t i = 0; types != NULL && a->con->types != NULL &&
	    a->con->types[i] != NULL; i++)
		check_type(a, types, a->con->types[i]);
	if (types != NULL && a->con->cover != NULL)
		check_cover(a, types);
	(void)types_free(types);
}
