/* SPDX-License-Identifier: ISC */
/* poll_fetch_file.c -- see poll_fetch.c: a list that is a file, or the newest of a directory. */
#include <inttypes.h>

#include "base/log.h"
#include "base/text.h"
#include "engine/poll/poll_fetch_private.h"

/* false: it is not to be read; the poll has ended or is unchanged. */
static bool
fetch_file_ok(struct poll_fetch *f, const struct source_file *file)
{
	struct poll *poll = f->poll;
	const struct validator *known = poll_fetch_known(f);
	uint64_t name = store_hash(poll->registry->engine->store, file->name);

	poll->same_file = known != NULL && validator_is_file(known, name, file);
	if (poll->same_file && poll->conditional) {
		poll_is_unchanged(poll);
		return false;
	}
	if (!f->conditional)
		return true;
	if (!poll_fetch_time_ok(f, file->as_of_s))
		return false;
	validator_set_file(&poll->validator, name, file);
	return true;
}

/* Messages name it from now on, if it was chosen among others. */
static void
fetch_note_file(struct poll *poll, const struct source_file *file)
{
	char name[SOURCE_NAME_MAX];

	(void)text_escape(file->name, strlen(file->name), name, sizeof(name));
	log_debug("connector %s: reading %s, %" PRIu64 " bytes", poll->registry->name, name,
	    file->size);
	if (!file->searched)
		return;
	(void)text_copy(poll->file, sizeof(poll->file), name);
	poll->older = file->older;
	if (file->passed[0] != '\0')
		log_warn("connector %s: %s is newer and cannot be opened, %s is read instead: "
		    "is that right? `pattern` says which files are lists",
		    poll->registry->config->label, file->passed, name);
}

void
poll_fetch_file(struct poll_fetch *f)
{
	struct poll *poll = f->poll;
	const struct config_connector *config = poll->registry->config;
	const struct source_wanted wanted = {
		.url = config->url, .pattern = config->file_pattern,
		.settle_s = config->settle_ms / 1000,
		.now_s = engine_now_s(poll->registry->engine)
	};
	struct source_file file;
	struct err err = { .text = "" };

	poll->file[0] = '\0';
	if (source_pick(&wanted, &file, &err) != 0) {
		poll_source_failed(poll, CS_E_REMOTE, 0, err.text);
		return;
	}
	fetch_note_file(poll, &file);
	if (!fetch_file_ok(f, &file)) {
		source_file_close(&file);
		return;
	}
	if (file.has_manifest && file.rows >= 0) {
		poll->facts.has_manifest = true;
		poll->facts.manifest_rows = (uint64_t)file.rows;
	}
	f->file = source_start(poll->loop, &file, FETCH_ENCODED_MAX, &poll_fetch_events, f, &err);
	if (f->file == NULL)
		poll_source_failed(poll, CS_E_REMOTE, 0, err.text);
}

void
poll_fetch_given(struct poll_fetch *f)
{
	struct poll *poll = f->poll;
	struct err err = { .text = "" };
	struct source_file file;
	const char *name;
	int fd = poll_try_file(poll, &name);

	if (f->requests > 1) {
		poll_source_failed(poll, CS_E_INPUT, 0, "the list comes in several answers, and a "
		    "file is the first of them alone");
		return;
	}
	if (source_given(fd, name, &file, &err) == 0)
		f->file = source_start(poll->loop, &file, FETCH_ENCODED_MAX, &poll_fetch_events, f,
		    &err);
	if (f->file == NULL)
		poll_source_failed(poll, CS_E_REMOTE, 0, err.text);
}
