/* SPDX-License-Identifier: ISC */
/* fixture.c -- see fixture.h. */
#include "check/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
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

/* DIR/FILE.  -1: err. */
static int
path_of(const struct fixture *f, const char *file, char out[FIXTURE_PATH_MAX], struct err *err)
{
	int n = snprintf(out, FIXTURE_PATH_MAX, "%s/%s", f->dir, file);

	return n > 0 && n < FIXTURE_PATH_MAX ? 0 : err_set(err, "the file's name is too long");
}

static int
answer_body(const struct fixture *f, struct fixture_answer *a, struct err *err)
{
	char path[FIXTURE_PATH_MAX];

	if (path_of(f, a->file, path, err) != 0)
		return -1;
	a->body = file_read(path, FIXTURE_BYTES_MAX, &a->len, err);
	return a->body != NULL ? 0 : err_prefix(err, "%s", a->file);
}

/* The next answer, without its body.  NULL: err. */
static struct fixture_answer *
answer_new(struct fixture *f, unsigned code, const char *file, const char *type,
    struct err *err)
{
	struct fixture_answer *a = &f->answers[f->answer_count];
	char *charset;

	if (f->answer_count == FIXTURE_ANSWERS_MAX) {
		(void)err_set(err, "more than %d answers", FIXTURE_ANSWERS_MAX);
		return NULL;
	}
	f->answer_count++;
	a->code = code;
	if (copy(&a->type, type, err) != 0 || copy(&a->file, file, err) != 0)
		return NULL;
	charset = strchr(a->type, ';');
	a->charset = charset != NULL ? charset + 1 : "";
	if (charset != NULL)
		*charset = '\0';
	return a;
}

static int
answer_read(struct fixture *f, char *args, struct err *err)
{
	char *code = strsep(&args, " "), *file = strsep(&args, " ");
	struct fixture_answer *a;

	if (file == NULL)
		return err_set(err, "answer: write CODE FILE [TYPE[;CHARSET]]");
	a = answer_new(f, (unsigned)strtoul(code, NULL, 10), file, args != NULL ? args : "", err);
	if (a == NULL)
		return -1;
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

/* "KEY VALUE", or with another sign between them. */
static int
pair_read(struct fixture *f, const char *text, const char *sign, struct err *err)
{
	const char **pair = &f->pairs[2 * f->pair_count];
	size_t len = strcspn(text, sign);

	if (f->pair_count == FIXTURE_PAIRS_MAX)
		return err_set(err, "more than %d settings", FIXTURE_PAIRS_MAX);
	f->pair_count++;
	pair[0] = strndup(text, len);
	pair[1] = strdup(text[len] != '\0' ? text + len + 1 : "");
	return pair[0] != NULL && pair[1] != NULL ? 0 : no_memory(err);
}

int
fixture_set(struct fixture *f, const char *setting, struct err *err)
{
	return pair_read(f, setting, "=", err);
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
		return pair_read(f, line, " ", err);
	if (strcmp(word, "kind") == 0)
		return kind_read(f, line, err);
	if (strcmp(word, "lookup") == 0)
		return lookup_read(f, line, err);
	if (strcmp(word, "checkpoint") == 0) {
		free(f->checkpoint);
		return copy(&f->checkpoint, line, err);
	}
	if (strcmp(word, "today") == 0)
		return cs_date_parse("%Y-%m-%d", line, &f->today) == CS_DATE_OK ? 0 :
		    err_set(err, "today: write YYYY-MM-DD");
	return err_set(err, "an unknown word: write set, kind, lookup, checkpoint, today or "
	    "answer");
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
fixture_new(const char *path, struct err *err)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL) {
		(void)no_memory(err);
		return NULL;
	}
	f->today = some_day;
	return names_set(f, path, err) == 0 ? f : fixture_free(f);
}

struct fixture *
fixture_read(const char *path, struct err *err)
{
	struct fixture *f = fixture_new(path, err);
	size_t len;
	char *text;
	int rc;

	if (f == NULL)
		return NULL;
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

int
fixture_add(struct fixture *f, unsigned code, const char *file, const char *type,
    const char *body, size_t len, struct err *err)
{
	struct fixture_answer *a = answer_new(f, code, file, type, err);

	if (a == NULL)
		return -1;
	a->body = malloc(len + 1);
	if (a->body == NULL)
		return no_memory(err);
	memcpy(a->body, body, len);
	a->body[len] = '\0';
	a->len = len;
	return 0;
}

static void
case_text(const struct fixture *f, const char *comment, struct buf *b)
{
	char day[CS_DATE_TEXT];

	buf_printf(b, "# %s\n", comment);
	for (size_t i = 0; i < f->pair_count; i++)
		buf_printf(b, "set %s %s\n", f->pairs[2 * i], f->pairs[2 * i + 1]);
	buf_printf(b, "today %s\n", cs_date_text(f->today, day));
	for (size_t i = 0; i < f->answer_count; i++) {
		const struct fixture_answer *a = &f->answers[i];

		buf_printf(b, "answer %u %s%s%s%s%s\n", a->code, a->file,
		    a->type[0] != '\0' ? " " : "", a->type,
		    a->charset[0] != '\0' ? ";" : "", a->charset);
	}
}

static int
file_write(const char *path, const char *text, size_t len, struct err *err)
{
	return file_put(path, text, len, err) == 0 ? 0 : err_prefix(err, "%s", path);
}

int
fixture_write(const struct fixture *f, const char *comment, struct err *err)
{
	char path[FIXTURE_PATH_MAX];
	struct buf text;
	int rc = 0;

	for (size_t i = 0; i < f->answer_count && rc == 0; i++) {
		rc = path_of(f, f->answers[i].file, path, err);
		if (rc == 0)
			rc = file_write(path, f->answers[i].body, f->answers[i].len, err);
	}
	if (rc != 0)
		return -1;
	buf_init(&text, FIXTURE_BYTES_MAX);
	case_text(f, comment, &text);
	(void)snprintf(path, sizeof(path), "%s.case", f->name);
	rc = text.failed ? no_memory(err) : file_write(path, text.data, text.len, err);
	buf_free(&text);
	return rc;
}
