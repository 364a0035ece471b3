/* SPDX-License-Identifier: ISC */
/*
 * import.c -- `certsync claim import FILE.csv`: a header of field names, a
 * claim a row.  The file is read and checked whole before the first claim is
 * sent, so that a file cut in half claims nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <certsync/csv.h>

#include "base/buf.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/client.h"
#include "parse/host.h"

#define IMPORT_ROWS_MAX	200000		/* rows of one file; some 200 MB in memory */
#define IMPORT_FIELD_MAX 2048		/* bytes of NAME=VALUE; a field may have 1 KiB */
#define IMPORT_ERRORS_SHOWN 20		/* refused rows that are printed */

struct import {
	struct cs_poll	*poll;		/* owned; where the parser leaves its reason */
	char		 odd[HOST_TEXT_MAX + 1]; /* of the first line without a sure meaning */
	json_t		*fields;	/* owned; names in the header's order */
	json_t		*rows;		/* owned; [[line, "name=value", ...], ...] */
};

/* Whose claim it would be is not guessed. */
static void
import_left_out(void *arg, uint64_t hash, const char *text)
{
	struct import *im = arg;

	(void)hash;
	if (im->odd[0] == '\0')
		(void)text_copy(im->odd, sizeof(im->odd), text);
}

static enum cs_rc
import_header(void *arg, const char *const *fields, size_t n)
{
	struct import *im = arg;

	for (size_t i = 0; i < n; i++) {
		char *name = strdup(fields[i]);
		int rc = name == NULL ? -1 : json_array_append_new(im->fields,
		    json_string(text_trim(name)));

		free(name);
		if (rc != 0)
			return CS_E_NOMEM;
	}
	return CS_OK;
}

static enum cs_rc
import_row(void *arg, const char *const *fields, size_t n, uint64_t line)
{
	json_t *row = json_pack("[I]", (json_int_t)line);
	struct import *im = arg;
	char text[IMPORT_FIELD_MAX];

	if (json_array_size(im->rows) == IMPORT_ROWS_MAX) {
		json_decref(row);
		return cs_fail(im->poll, CS_E_LIMIT, "more than %d rows",
		    IMPORT_ROWS_MAX);
	}
	for (size_t i = 0; i < n; i++) {
		const char *name = json_string_value(json_array_get(im->fields, i));
		int len = snprintf(text, sizeof(text), "%s=%s", name, fields[i]);

		if (len < 0 || (size_t)len >= sizeof(text)) {
			json_decref(row);
			return cs_fail(im->poll, CS_E_LIMIT, "line %" PRIu64
			    ", column %zu: longer than any field may be", line, i + 1);
		}
		if (fields[i][0] != '\0' &&
		    json_array_append_new(row, json_string(text)) != 0) {
			json_decref(row);
			return CS_E_NOMEM;
		}
	}
	return json_array_append_new(im->rows, row) == 0 ? CS_OK : CS_E_NOMEM;
}

static const char *
failure_text(const struct import *im, enum cs_rc rc)
{
	if (host_poll_reason(im->poll) != NULL)
		return host_poll_reason(im->poll);
	return rc == CS_E_NOMEM ? "out of memory" : "not a CSV file with a header";
}

/* Reads the file into im.  CLI_OK or what cli_fail() said. */
static int
import_read(struct import *im, const char *path, int fd)
{
	static const struct cs_csv_options options = { .encoding = CS_ENCODING_UTF8 };
	static const struct cs_csv_ops ops = {
		.header = import_header, .row = import_row
	};
	struct cs_csv *csv = cs_csv_new(&options, &ops, im, im->poll);
	enum cs_rc rc = csv != NULL ? CS_OK : CS_E_NOMEM;
	char piece[65536];
	ssize_t n = 0;

	while (rc == CS_OK && (n = read(fd, piece, sizeof(piece))) > 0)
		rc = cs_csv_push(csv, piece, (size_t)n);
	if (rc == CS_OK && n == 0)
		rc = cs_csv_end(csv);
	cs_csv_free(csv);
	if (n < 0)
		return cli_fail(CLI_NO, "%s: %s", path, strerror(errno));
	if (rc == CS_OK && im->odd[0] != '\0')
		return cli_fail(CLI_NO, "%s: %s; nothing was sent", path, im->odd);
	return rc == CS_OK ? CLI_OK : cli_fail(CLI_NO,
	    "%s: %s; nothing was sent", path, failure_text(im, rc));
}

/* One row as a `claim put`.  0; 1: refused, *out_error is owned; -1: err. */
static int
row_send(struct client *client, const json_t *row, json_t **out_error,
    struct err *err)
{
	json_t *args = json_pack("[s]", "put"), *request, *reply = NULL;
	const json_t *error;
	int rc = -1;

	for (size_t i = 1; i < json_array_size(row); i++)
		json_array_append(args, json_array_get(row, i));
	request = json_pack("{s:s,s:o,s:{}}", "cmd", "claim", "args", args, "opts");
	if (request == NULL)
		return err_set_passing(err, "out of memory");
	if (client_send(client, request, err) == 0)
		reply = client_receive(client, CLIENT_REPLY_MS, err);
	if (reply != NULL) {
		rc = json_integer_value(json_object_get(reply, "exit")) != 0;
		error = json_object_get(reply, "error");
		if (rc == 1)
			*out_error = error != NULL ? json_deep_copy(error) :
			    json_string("refused");
	}
	json_decref(reply);
	json_decref(request);
	return rc;
}

static int
import_report(const struct cli *cli, const char *path, int64_t put, const json_t *refused)
{
	json_t *data;
	size_t n = json_array_size(refused);

	for (size_t i = 0; i < n && i < IMPORT_ERRORS_SHOWN; i++) {
		const json_t *one = json_array_get(refused, i);

		cli_fail(CLI_NO, "%s: line %" JSON_INTEGER_FORMAT ": %s", path,
		    json_integer_value(json_object_get(one, "line")),
		    json_string_value(json_object_get(one, "error")));
	}
	if (n > IMPORT_ERRORS_SHOWN)
		cli_fail(CLI_NO, "... and %zu more rows refused",
		    n - IMPORT_ERRORS_SHOWN);
	if (cli->json) {
		data = json_pack("{s:I,s:O}", "put", (json_int_t)put, "refused", refused);
		ask_print_json(cli, data);
		json_decref(data);
	} else
		printf("%" PRId64 " claims put, %zu rows refused\n", put, n);
	return n == 0 ? CLI_OK : CLI_NO;
}

static int
import_send(const struct cli *cli, const struct import *im, const char *path)
{
	struct err err;
	struct client *client = client_open(cli->socket, &err);
	json_t *refused = json_array(), *row, *error = NULL;
	int64_t put = 0;
	int rc = client == NULL ? -1 : 0, code;
	size_t i;

	for (i = 0; rc != -1 && i < json_array_size(im->rows); i++) {
		row = json_array_get(im->rows, i);
		rc = row_send(client, row, &error, &err);
		if (rc == 0)
			put++;
		else if (rc == 1)
			json_array_append_new(refused, json_pack("{s:O,s:o}", "line",
			    json_array_get(row, 0), "error", error));
	}
	code = import_report(cli, path, put, refused);
	if (rc == -1)
		code = cli_fail(CLI_UNREACHABLE, "%s", err.text);
	json_decref(refused);
	client_close(client);
	return code;
}

int
import_run(const struct cli *cli, char *const *args, int n)
{
	static const struct host_sink sink = { .left_out = import_left_out };
	struct import im = { .fields = json_array(), .rows = json_array() };
	struct host_poll_options options = { .kind = CS_POLL_FULL, .sink = &sink, .sink_arg = &im };
	int fd = open(args[0], O_RDONLY | O_CLOEXEC), code;

	(void)n;
	im.poll = host_poll_new(&options);
	if (fd == -1)
		code = cli_fail(CLI_NO, "%s: %s", args[0], strerror(errno));
	else if (im.poll == NULL || im.fields == NULL || im.rows == NULL)
		code = cli_fail(CLI_LOCAL, "out of memory");
	else
		code = import_read(&im, args[0], fd);
	if (code == CLI_OK)
		code = import_send(cli, &im, args[0]);
	if (fd != -1)
		close(fd);
	host_poll_free(im.poll);
	json_decref(im.fields);
	json_decref(im.rows);
	return code;
}
