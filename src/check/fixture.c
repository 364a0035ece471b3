/* SPDX-License-Identifier: ISC */
/* fixture.c -- see fixture.h. */
#include "check/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/file.h"

/* Of a case that does not say; any day will do, as long as it stays. */
static const struct cs_date some_day = { 2026, 9, 23 };

static int
no_memory(struct err *err)
{
	return err_set_passing(err, "out of memory");
}

/* -1: no memory. */
static int
copy(char **out, const char *text, struct err *err)
{
	*out = strdup(text);
	return *out != NULL ? 0 : no_memory(err);
}

static int
answer_body(const struct fixture *f, struct fixture_answer *a, struct err *err)
{
	char path[FIXTURE_PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/%s", f->dir, a->file);

	if (n < 0 || (size_t)n >= sizeof(path))
		return err_set(err, "the file's name is too long");
	a->body = file_read(path, FIXTURE_BYTES_MAX, &a->len, err);
	return a->body != NULL ? 0 : err_prefix(err, "%s", a->file);
}

static int
answer_read(struct fixture *f, char *args, struct err *err)
{
	struct fixture_answer *a = &f->answers[f->answer_count];
	char *code = strsep(&args, " "), *file = strsep(&args, " "), *charset;

	if (f->answer_count == FIXTURE_ANSWERS_MAX)
		return err_set(err, "more than %d answers", FIXTURE_ANSWERS_MAX);
	if (file == NULL)
		return err_set(err, "answer: write CODE FILE [TYPE[;CHARSET]]");
	f->answer_count++;
	a->code = (unsigned)strtoul(code, NULL, 10);
	if (copy(&a->type, args != NULL ? args : "", err) != 0 ||
	    copy(&a->file, file, err) != 0)
		return -1;
	charset = strchr(a->type, ';');
	a->charset = charset != NULL ? charset + 1 : "";
	if (charset != NULL)
		*charset = '\0';
	return strcmp(file, "-") == 0 ? 0 : answer_body(f, a, err);
}

static int
kind_read(struct fixture *f, const char *name, struct err *err)
{
	static const char *const names[] = { "full", "delta", "lookup" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0) {
			f->kind = (enum cs_poll_kind)i;
			return 0;
		}
	return err_set(err, "there is no such kind: write full, delta or lookup");
}

static int
pair_read(struct fixture *f, char *args, struct err *err)
{
	const char **pair = &f->pairs[2 * f->pair_count];
	char *key = strsep(&args, " "), *copies[2] = { NULL, NULL };

	if (f->pair_count == FIXTURE_PAIRS_MAX)
		return err_set(err, "more than %d settings", FIXTURE_PAIRS_MAX);
	if (copy(&copies[0], key, err) != 0 ||
	    copy(&copies[1], args != NULL ? args : "", err) != 0) {
		free(copies[0]);
		return -1;
	}
	pair[0] = copies[0];
	pair[1] = copies[1];
	f->pair_count++;
	return 0;
}

static int
lookup_read(struct fixture *f, const char *number, struct err *err)
{
	if (f->lookup_count == FIXTURE_LOOKUPS_MAX)
		return err_set(err, "more than %d look-ups", FIXTURE_LOOKUPS_MAX);
	return copy(&f->lookups[f->lookup_count++], number, err);
}

static int
line_read(struct fixture *f, char *line, struct err *err)
{
	char *word = strsep(&line, " ");

	if (word[0] == '\0' || word[0] == '#')
		return 0;
	if (line == NULL)
		return err_set(err, "nothing follows the first word");
	if (strcmp(word, "answer") == 0)
		return answer_read(f, line, err);
	if (strcmp(word, "set") == 0)
		return pair_read(f, line, err);
	if (strcmp(word, "kind") == 0)
		return kind_read(f, line, err);
	if (strcmp(word, "lookup") == 0)
		return lookup_read(f, line, err);
	if (strcmp(word, "checkpoint") == 0) {
		free(f->checkpoint);
		return copy(&f->checkpoint, line, err);
	}
	return err_set(err, "an unknown word: write set, kind, lookup, checkpoint or answer");
}

/* Names and directory of "DIR/NAME.case". */
static int
names_set(struct fixture *f, const char *path, struct err *err)
{
	char *slash;

	if (copy(&f->name, path, err) != 0 || copy(&f->dir, path, err) != 0)
		return -1;
	f->name[strlen(path) - strlen(".case")] = '\0';
	slash = strrchr(f->dir, '/');
	if (slash == NULL)
		return err_set(err, "a case is DIRECTORY/NAME.case");
	*slash = '\0';
	return 0;
}

static int
lines_read(struct fixture *f, char *text, struct err *err)
{
	size_t number = 0;

	for (char *line; (line = strsep(&text, "\n")) != NULL;) {
		number++;
		if (line_read(f, line, err) != 0)
			return err_prefix(err, "%s.case:%zu", f->name, number);
	}
	return 0;
}

struct fixture *
fixture_read(const char *path, struct err *err)
{
	struct fixture *f = calloc(1, sizeof(*f));
	size_t len;
	char *text;
	int rc;

	if (f == NULL) {
		(void)no_memory(err);
		return NULL;
	}
	f->today = some_day;
	if (names_set(f, path, err) != 0)
		return fixture_free(f);
	text = file_read(path, FIXTURE_BYTES_MAX, &len, err);
	if (text == NULL) {
		(void)err_prefix(err, "%s", path);
		return fixture_free(f);
	}
	rc = lines_read(f, text, err);
	free(text);
	return rc == 0 ? f : fixture_free(f);
}

struct fixture *
fixture_free(struct fixture *f)
{
	if (f == NULL)
		return NULL;
	for (size_t i = 0; i < 2 * f->pair_count; i++)
		free((void *)(uintptr_t)f->pairs[i]);
	for (size_t i = 0; i < f->answer_count; i++) {
		free(f->answers[i].file);
		free(f->answers[i].body);
		free(f->answers[i].type);
	}
	for (size_t i = 0; i < f->lookup_count; i++)
		free(f->lookups[i]);
	free(f->checkpoint);
	free(f->name);
	free(f->dir);
	free(f);
	return NULL;
}
