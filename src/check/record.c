/* SPDX-License-Identifier: ISC */
/* record.c -- see record.h. */
#include "check/record.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "io/http.h"
#include "io/loop.h"
#include "io/source.h"
#include "parse/host.h"
#include "parse/inflate.h"

/* One answer on its way into the fixture. */
struct fetch {
	struct loop	*loop;
	struct cs_poll	*poll;		/* of the unpacker alone */
	struct inflate	*unpacker;
	struct buf	 body;
	unsigned	 code;
	char		 type[160];	/* TYPE[;CHARSET] */
	bool		 ok;
	struct err	 err;
};

static enum http_go
on_head(void *arg, const struct http_head *head)
{
	struct fetch *f = arg;

	f->code = head->code;
	(void)snprintf(f->type, sizeof(f->type), "%s%s%s", head->content_type,
	    head->charset[0] != '\0' ? ";" : "", head->charset);
	return HTTP_GO_ON;
}

static enum cs_rc
on_unpacked(void *arg, const char *bytes, size_t len)
{
	struct fetch *f = arg;

	buf_add(&f->body, bytes, len);
	return f->body.failed ? CS_E_LIMIT : CS_OK;
}

static enum http_go
on_data(void *arg, const char *bytes, size_t len)
{
	struct fetch *f = arg;

	return inflate_push(f->unpacker, bytes, len) == CS_OK ? HTTP_GO_ON : HTTP_GO_STOP;
}

static void
on_done(void *arg, const struct http_result *result)
{
	struct fetch *f = arg;
	const char *reason = host_poll_reason(f->poll);

	loop_stop(f->loop);
	f->ok = result->outcome == HTTP_OK && inflate_end(f->unpacker) == CS_OK;
	if (f->ok)
		return;
	if (f->body.failed)
		(void)err_set(&f->err, "an answer of more than %zu MiB: record a shorter list",
		    FIXTURE_BYTES_MAX >> 20);
	else if (result->outcome != HTTP_OK && result->outcome != HTTP_STOPPED)
		(void)err_set(&f->err, "%s: %s", http_outcome_name(result->outcome),
		    result->text);
	else
		(void)err_set(&f->err, "%s", reason != NULL ? reason :
		    "an answer that cannot be unpacked");
}

static const struct http_events events = {
	.head = on_head, .data = on_data, .done = on_done
};

/* Starts reading the file, whose bytes come from the loop.  -1: f->err. */
static int
file_start(struct fetch *f, const char *url)
{
	const struct source_wanted wanted = { .url = url, .now_s = (int64_t)time(NULL) };
	struct source_file file;

	if (source_pick(&wanted, &file, &f->err) != 0)
		return -1;
	f->code = 200;
	return source_start(f->loop, &file, FIXTURE_BYTES_MAX, &events, f, &f->err) != NULL ?
	    0 : -1;
}

static size_t
fields_of(const struct cs_request *q, struct http_field *out)
{
	size_t n = 0;

	for (; n < CS_HEADERS_MAX && q->headers[n].name != NULL; n++)
		out[n] = (struct http_field){ q->headers[n].name, q->headers[n].value };
	return n;
}

static int
address(const struct cs_request *q, const char *url, struct buf *out, struct err *err)
{
	if (q->link != NULL)
		return http_url_link(url, q->link, out, err);
	if (q->path != NULL)
		http_url_extend(url, q->path, out);
	else
		buf_puts(out, url);
	return out->failed ? err_set(err, "the address is too long") : 0;
}

static int
http_begin(struct fetch *f, struct http_client *client, const struct cs_request *q,
    const char *url)
{
	struct http_field fields[CS_HEADERS_MAX];
	struct http_request request = {
		.method = q->method, .fields = fields, .field_count = fields_of(q, fields),
		.body = q->body, .body_len = q->body_len, .accept_gzip = true,
		.max_encoded_bytes = FIXTURE_BYTES_MAX,
		.allow_loopback = http_url_is_loopback(url), .allow_private = true
	};
	struct buf full;
	int rc;

	buf_init(&full, HTTP_URL_MAX);
	rc = address(q, url, &full, &f->err);
	request.url = buf_str(&full);
	if (rc == 0 && http_start(client, &request, &events, f, &f->err) == NULL)
		rc = -1;
	buf_free(&full);
	return rc;
}

/* With loop and unpacker.  -1: f->err. */
static int
fetch_run(struct fetch *f, const struct cs_request *q, const char *url)
{
	static const struct http_options options = { .user_agent = "certsync-connector-check" };
	struct http_client *client;
	int rc;

	if (source_is_file(url)) {
		rc = file_start(f, url);
		return rc == 0 && loop_run(f->loop) == 0 && f->ok ? 0 : -1;
	}
	client = http_client_new(f->loop, &options, &f->err);
	if (client == NULL)
		return -1;
	rc = http_begin(f, client, q, url);
	if (rc == 0)
		rc = loop_run(f->loop);
	http_free(client);
	loop_drain(f->loop);
	return rc == 0 && f->ok ? 0 : -1;
}

static int
fetch(struct fetch *f, const struct cs_request *q, const char *url, struct err *err)
{
	static const struct host_sink nothing;
	const struct host_poll_options options = { .sink = &nothing };
	const struct inflate_options limits = { .max_bytes = FIXTURE_BYTES_MAX };
	int rc = -1;

	buf_init(&f->body, FIXTURE_BYTES_MAX);
	f->loop = loop_new();
	f->poll = host_poll_new(&options);
	f->unpacker = f->poll != NULL ? inflate_new(&limits, on_unpacked, f, f->poll) : NULL;
	if (f->loop == NULL || f->unpacker == NULL)
		(void)err_set_passing(&f->err, "out of memory");
	else
		rc = fetch_run(f, q, url);
	if (rc != 0)
		*err = f->err;
	(void)inflate_free(f->unpacker);
	(void)host_poll_free(f->poll);
	(void)loop_free(f->loop);
	return rc;
}

/* The rest of a request that is asked for here. */
static int
request_ok(const struct cs_request *q, struct err *err)
{
	if (q->slot == CS_SLOT_HEADER || q->slot == CS_SLOT_QUERY)
		return err_set(err, "it asks for the credential of setting %.40s, which is not "
		    "known here: fetch the answers yourself and write the case",
		    q->slot_setting != NULL ? q->slot_setting : "");
	if (q->delay_ms > RECORD_DELAY_MAX_S * 1000u)
		return err_set(err, "it wants to wait %" PRIu32 " s before a request",
		    q->delay_ms / 1000);
	return 0;
}

static const char *
ending_of(const char *type)
{
	static const char *const endings[][2] = {
		{ "csv", ".csv" }, { "json", ".json" }, { "xml", ".xml" }, { "html", ".html" },
		{ "text/plain", ".txt" }
	};

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (strstr(type, endings[i][0]) != NULL)
			return endings[i][1];
	return "";
}

/* replay.h's: the next answer, live. */
static int
more(void *arg, const struct cs_request *q, struct err *err)
{
	struct record *r = arg;
	struct timespec delay = { .tv_sec = q->delay_ms / 1000,
	    .tv_nsec = (long)(q->delay_ms % 1000) * 1000000 };
	struct fetch f = { .code = 200 };
	char file[64];
	int rc;

	if (request_ok(q, err) != 0)
		return -1;
	(void)nanosleep(&delay, NULL);
	rc = fetch(&f, q, r->url, err);
	(void)snprintf(file, sizeof(file), "real/" RECORD_NAME "-%zu%s",
	    r->fixture->answer_count + 1, ending_of(f.type));
	if (rc == 0)
		rc = fixture_add(r->fixture, f.code, file, f.type, buf_str(&f.body), f.body.len,
		    err);
	buf_free(&f.body);
	return rc;
}

void
record_poll(struct apart *a, void *arg)
{
	struct record *r = arg;
	const struct replay_how how = { .piece = REPLAY_WHOLE, .seed = 1, .where = a->where,
	    .more = more, .more_arg = r };
	char shown[256], comment[300];
	struct replay_seen seen;
	struct err err;

	(void)snprintf(comment, sizeof(comment), "one poll of %s",
	    http_url_show(r->url, shown, sizeof(shown)));
	if (replay_run(a->con, r->fixture, &how, &seen, &err) != 0 ||
	    fixture_write(r->fixture, comment, &err) != 0)
		apart_find(a, "%s", err.text);
	replay_seen_free(&seen);
}
