/* SPDX-License-Identifier: ISC */
/*
 * poll_fetch.c -- between worker and registry: its requests out over HTTP or
 * from a file, the answers in at the pace the worker takes them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"
#include "engine/poll/poll_fetch_private.h"
#include "engine/registry/budget.h"
#include "io/source.h"

#define FETCH_RESUME_BYTES	(2 * SOURCE_PIECE)	/* credit below which reading pauses */
#define FETCH_SECRET_MAX	1024
#define FETCH_VALUE_MAX		(CS_WORD_MAX + 1 + FETCH_SECRET_MAX) /* with its prefix */

/* --- what was read before ------------------------------------------------------------ */

/* Whether this answer is the whole list, and the one that counts. */
static bool
fetch_is_list(const struct poll_fetch *f)
{
	return f->conditional && f->requests == 1 && f->poll->phase != POLL_REREAD &&
	    f->poll->kind == CS_POLL_FULL;
}

/* What is asked for, address included: validators of one list mean nothing to another. */
static uint64_t
fetch_request_hash(const struct poll_fetch *f)
{
	const struct registry *registry = f->poll->registry;
	struct hash_stream *stream = hash_stream_new(store_hash_key(registry->engine->store));
	uint64_t hash;

	if (stream == NULL)
		return 0;
	hash_stream_add(stream, registry->config->url, strlen(registry->config->url) + 1);
	hash_stream_add(stream, f->method, strlen(f->method) + 1);
	hash_stream_add(stream, f->path, strlen(f->path) + 1);
	for (size_t i = 0; i < f->header_count; i++) {
		hash_stream_add(stream, f->names[i], strlen(f->names[i]) + 1);
		hash_stream_add(stream, f->values[i], strlen(f->values[i]) + 1);
	}
	if (f->body != NULL)
		hash_stream_add(stream, f->body, f->body_len);
	hash = hash_stream_end(stream);
	hash_stream_free(stream);
	return hash;
}

const struct validator *
poll_fetch_known(const struct poll_fetch *f)
{
	const struct registry *registry = f->poll->registry;

	return fetch_is_list(f) && registry->reading.identity == f->poll->identity &&
	    validator_fits(&registry->reading.validator, f->request_hash) ?
	    &registry->reading.validator : NULL;
}

bool
poll_fetch_time_ok(struct poll_fetch *f, int64_t time_s)
{
	struct poll *poll = f->poll;

	if (!poll_time_ok(poll, time_s, poll->registry->reading.source_time_s))
		return false;
	if (poll->phase != POLL_REREAD)
		poll->source_time_s = time_s;
	return true;
}

/* false: it must not be read; the poll has ended. */
static bool
fetch_note_head(struct poll_fetch *f, const struct http_head *head)
{
	struct poll *poll = f->poll;
	int64_t time_s;

	if (!f->conditional || f->requests != 1)
		return true;
	if (http_date_parse(head->last_modified, &time_s) && !poll_fetch_time_ok(f, time_s))
		return false;
	if (!fetch_is_list(f))
		return true;
	(void)text_copy(poll->validator.etag, sizeof(poll->validator.etag), head->etag);
	(void)text_copy(poll->validator.last_modified, sizeof(poll->validator.last_modified),
	    head->last_modified);
	hash_stream_free(f->body_hash);
	f->body_hash = hash_stream_new(store_hash_key(poll->registry->engine->store));
	return true;
}

/* The whole list has come. */
static void
fetch_note_end(struct poll_fetch *f)
{
	if (!fetch_is_list(f))
		return;
	f->poll->validator.request = f->request_hash;
	f->poll->validator.body = f->body_hash != NULL ? hash_stream_end(f->body_hash) : 0;
}

/* --- the answer ------------------------------------------------------------------- */

static bool
fetch_code_wanted(const struct poll_fetch *f, unsigned code)
{
	for (size_t i = 0; i < CS_CODES_MAX && f->codes[i] != 0; i++)
		if (f->codes[i] == code)
			return true;
	return f->codes[0] == 0 && code == 200;
}

static void
fetch_code_failed(struct poll_fetch *f, unsigned code, int64_t retry_after_s)
{
	struct poll *poll = f->poll;
	int64_t now_s = engine_now_s(poll->registry->engine);
	char text[200];
	enum cs_rc rc = code == 401 || code == 403 ? CS_E_AUTH :
	    code == 429 ? CS_E_QUOTA : CS_E_REMOTE;

	(void)snprintf(text, sizeof(text), "the registry answered with HTTP %u%s", code,
	    rc == CS_E_AUTH ? ": the credential was refused or has expired" :
	    code == 404 ? ": nothing at that address, check `url`" : "");
	poll_source_failed(poll, rc, retry_after_s > 0 ? now_s + retry_after_s : 0, text);
}

static enum http_go
fetch_on_answer(void *arg, const struct http_head *head)
{
	struct poll_fetch *f = arg;
	struct poll *poll = f->poll;
	struct cs_response response = {
		.code = head->code, .content_type = head->content_type, .charset = head->charset
	};

	if (f->http != NULL)
		metrics_answer(&poll->registry->metrics, head->code);
	log_debug("connector %s: HTTP %u%s", poll->registry->name, head->code,
	    head->encoding == HTTP_ENCODING_GZIP ? ", gzip" : "");
	if (head->code == 304 && f->asked) {
		poll_fetch_cancel(poll);
		poll_is_unchanged(poll);
		return HTTP_GO_STOP;
	}
	if (!fetch_code_wanted(f, head->code)) {
		/* poll_source_failed() cancels this fetch: nothing more comes from it. */
		fetch_code_failed(f, head->code, head->retry_after_s);
		return HTTP_GO_STOP;
	}
	/* A file says its age elsewhere, and has none of these fields. */
	if (head->code == 200 && !fetch_note_head(f, head))
		return HTTP_GO_STOP;
	f->gzip_expected = head->encoding == HTTP_ENCODING_GZIP;
	f->seen = 0;
	if (!worker_send_response(poll->worker, &response)) {
		poll_source_failed(poll, CS_E_REMOTE, 0, "the worker takes no answer");
		return HTTP_GO_STOP;
	}
	return HTTP_GO_ON;
}

static enum http_go
fetch_on_data(void *arg, const char *bytes, size_t len)
{
	struct poll_fetch *f = arg;
	struct poll *poll = f->poll;

	if (f->gzip_expected && f->seen == 0 && (unsigned char)bytes[0] != 0x1f) {
		poll_source_failed(poll, CS_E_INPUT, 0, "the answer is labelled gzip and is not");
		return HTTP_GO_STOP;
	}
	f->seen += len;
	if (f->http != NULL)
		metrics_received(&poll->registry->metrics, len);
	if (f->body_hash != NULL)
		hash_stream_add(f->body_hash, bytes, len);
	if (worker_send_data(poll->worker, bytes, len) < 0) {
		poll_source_failed(poll, CS_E_REMOTE, 0, "the worker takes no more of the answer");
		return HTTP_GO_STOP;
	}
	if (worker_credit(poll->worker) >= FETCH_RESUME_BYTES)
		return HTTP_GO_ON;
	f->paused = true;
	return HTTP_GO_PAUSE;
}

static void
fetch_on_done(void *arg, const struct http_result *result)
{
	struct poll_fetch *f = arg;
	struct poll *poll = f->poll;
	int64_t now_s = engine_now_s(poll->registry->engine);
	bool asked = f->http != NULL;
	char text[ERR_MAX];

	log_debug("connector %s: the answer has ended after %" PRIu64 " bytes: %s",
	    poll->registry->name, (uint64_t)f->seen, http_outcome_name(result->outcome));
	f->http = NULL;
	f->file = NULL;
	f->paused = false;
	if (result->outcome != HTTP_OK) {
		if (asked)
			metrics_answer(&poll->registry->metrics, METRICS_CODE_NONE);
		(void)snprintf(text, sizeof(text), "%s: %.400s",
		    http_outcome_name(result->outcome), result->text);
		poll_source_failed(poll, CS_E_REMOTE,
		    result->retry_after_s > 0 ? now_s + result->retry_after_s : 0, text);
		return;
	}
	fetch_note_end(f);
	if (!worker_send_end(poll->worker))
		poll_source_failed(poll, CS_E_REMOTE, 0, "the worker takes no end of the answer");
}

const struct http_events poll_fetch_events = {
	.head = fetch_on_answer, .data = fetch_on_data, .done = fetch_on_done
};

void
poll_on_credit(void *arg, size_t credit)
{
	struct poll_fetch *f = ((struct poll *)arg)->fetch;

	if (!f->paused || credit < FETCH_RESUME_BYTES)
		return;
	f->paused = false;
	if (f->http != NULL)
		http_resume(f->http);
	if (f->file != NULL)
		source_resume(f->file);
}

void
poll_fetch_cancel(struct poll *poll)
{
	struct poll_fetch *f = poll->fetch;

	timer_cancel(&f->delay);
	if (f->http != NULL)
		http_cancel(f->http);
	if (f->file != NULL)
		source_cancel(f->file);
	f->http = NULL;
	f->file = NULL;
	f->paused = false;
	f->requests = 0;
	hash_stream_free(f->body_hash);
	f->body_hash = NULL;
}

/* --- over HTTP ------------------------------------------------------------------------ */

static bool
fetch_client(struct poll_fetch *f, struct err *err)
{
	const struct registry *registry = f->poll->registry;
	const struct config *config = registry->engine->config;
	struct http_options options = {
		.ca_file = registry->config->ca_file != NULL ? registry->config->ca_file :
		    config->fetch_ca_file,
		.proxy = config->fetch_proxy,
		.user_agent = registry->config->user_agent,
		.legacy_tls = registry->config->legacy_tls
	};

	if (f->client == NULL)
		f->client = http_client_new(f->poll->loop, &options, err);
	return f->client != NULL;
}

static void
fetch_url(const struct poll_fetch *f, const char *secret, struct buf *out)
{
	const char *url = f->poll->registry->config->url;

	if (f->linked)		/* it was right when it came */
		(void)http_url_link(url, f->path, out, NULL);
	else
		http_url_extend(url, f->path, out);
	if (f->slot == CS_SLOT_QUERY && secret[0] != '\0') {
		buf_putc(out, strchr(buf_str(out), '?') != NULL ? '&' : '?');
		buf_puts(out, f->slot_name);
		buf_putc(out, '=');
		http_url_escape(secret, out);
	}
}

static bool
fetch_secret(struct poll_fetch *f, char secret[FETCH_VALUE_MAX], struct err *err)
{
	struct config_secret ref = config_secret_of(f->poll->registry->config, f->slot_setting);

	secret[0] = '\0';
	if (f->slot == CS_SLOT_HEADER_OPTIONAL)
		f->slot = ref.ref != NULL ? CS_SLOT_HEADER : CS_SLOT_NONE;
	if (f->slot == CS_SLOT_NONE)
		return true;
	if (ref.ref == NULL)
		return err_set(err, "the plug-in needs a credential: set %s = credential:NAME",
		    f->slot_setting) == 0;
	if (f->slot_prefix[0] != '\0')
		(void)snprintf(secret, FETCH_VALUE_MAX, "%s ", f->slot_prefix);
	return config_secret_read(&ref, secret + strlen(secret), FETCH_SECRET_MAX, err) == 0;
}

/* Asks "only if changed", where that may be asked. */
static void
fetch_validators(struct poll_fetch *f, struct http_field *fields, size_t *n)
{
	const struct validator *known = f->poll->conditional ? poll_fetch_known(f) : NULL;

	f->asked = known != NULL && (known->etag[0] != '\0' || known->last_modified[0] != '\0');
	if (!f->asked)
		return;
	if (known->etag[0] != '\0')
		fields[(*n)++] = (struct http_field){ .name = "If-None-Match",
		    .value = known->etag };
	if (known->last_modified[0] != '\0')
		fields[(*n)++] = (struct http_field){ .name = "If-Modified-Since",
		    .value = known->last_modified };
}

/* false: err says why; nothing was started. */
static bool
fetch_http(struct poll_fetch *f, struct err *err)
{
	const struct config_connector *config = f->poll->registry->config;
	struct http_field fields[CS_HEADERS_MAX + 2];
	char secret[FETCH_VALUE_MAX];
	struct buf url;
	struct http_request request = {
		.method = f->method, .fields = fields, .field_count = f->header_count,
		.body = f->body, .body_len = f->body_len, .accept_gzip = true,
		.max_encoded_bytes = f->max_body != 0 && f->max_body < FETCH_ENCODED_MAX ?
		    f->max_body : FETCH_ENCODED_MAX,
		.total_ms = config->timeout_ms,
		.redirect_hosts = config->redirect_hosts,
		.redirect_host_count = config->redirect_host_count,
		.allow_loopback = http_url_is_loopback(config->url),
		.allow_private = config->private_network
	};

	if (!fetch_client(f, err) || !fetch_secret(f, secret, err))
		return false;
	for (size_t i = 0; i < f->header_count; i++)
		fields[i] = (struct http_field){ .name = f->names[i], .value = f->values[i] };
	fetch_validators(f, fields, &request.field_count);
	buf_init(&url, HTTP_URL_MAX);
	fetch_url(f, secret, &url);
	request.url = buf_str(&url);
	if (f->slot == CS_SLOT_HEADER) {
		request.secret_name = f->slot_name;
		request.secret_value = secret;
	}
	if (url.failed)
		(void)err_set(err, "the request's address is too long");
	else
		f->http = http_start(f->client, &request, &poll_fetch_events, f, err);
	explicit_bzero(secret, sizeof(secret));
	if (url.data != NULL)
		explicit_bzero(url.data, url.len);
	buf_free(&url);
	/* Neither path nor query: a look-up's may hold a number. */
	if (f->http != NULL)
		log_debug("connector %s: request %u: %s, %zu header fields%s%s",
		    f->poll->registry->name, f->requests, f->method, request.field_count,
		    request.secret_name != NULL ? ", a credential" : "",
		    f->asked ? ", only if changed" : "");
	return f->http != NULL;
}

static bool
fetch_budget(struct poll_fetch *f)
{
	struct registry *registry = f->poll->registry;

	if (budget_take(registry, f->cost, f->poll->kind == CS_POLL_LOOKUP))
		return true;
	poll_source_failed(f->poll, CS_E_REMOTE, 0, "the daily budget is spent");
	return false;
}

static void
fetch_perform(void *arg)
{
	struct poll_fetch *f = arg;
	struct err err = { .text = "" };
	const char *name;

	if (poll_try_file(f->poll, &name) != -1) {
		poll_fetch_given(f);
		return;
	}
	if (source_is_file(f->poll->registry->config->url)) {
		poll_fetch_file(f);
		return;
	}
	if (!fetch_budget(f))
		return;
	if (!fetch_http(f, &err))
		poll_source_failed(f->poll, CS_E_CONFIG, 0, err.text);
}

/* --- the request ------------------------------------------------------------------------ */

static bool
fetch_copy(struct poll_fetch *f, const struct cs_request *in)
{
	const char *path = in->link != NULL ? in->link : in->path;
	bool ok = text_copy(f->method, sizeof(f->method), in->method) &&
	    text_copy(f->path, sizeof(f->path), path != NULL ? path : "") &&
	    text_copy(f->slot_prefix, sizeof(f->slot_prefix),
	    in->slot_prefix != NULL ? in->slot_prefix : "") &&
	    text_copy(f->slot_name, sizeof(f->slot_name),
	    in->slot_name != NULL ? in->slot_name : "");

	f->header_count = 0;
	for (size_t i = 0; i < CS_HEADERS_MAX && in->headers[i].name != NULL && ok; i++) {
		ok = text_copy(f->names[i], sizeof(f->names[i]), in->headers[i].name) &&
		    text_copy(f->values[i], sizeof(f->values[i]), in->headers[i].value);
		f->header_count++;
	}
	free(f->body);
	f->body = NULL;
	f->body_len = in->body_len;
	if (in->body != NULL && ok) {
		f->body = malloc(in->body_len + 1);
		ok = f->body != NULL;
		if (ok)
			memcpy(f->body, in->body, in->body_len);
	}
	memcpy(f->codes, in->codes, sizeof(f->codes));
	f->max_body = in->max_body;
	f->cost = in->cost > 0 ? in->cost : 1;
	f->slot = in->slot;
	f->linked = in->link != NULL && !source_is_file(f->poll->registry->config->url);
	f->conditional = in->conditional;
	return ok && text_copy(f->slot_setting, sizeof(f->slot_setting),
	    in->slot_setting != NULL ? in->slot_setting : "");
}

void
poll_on_request(void *arg, const struct cs_request *request)
{
	struct poll *poll = arg;
	struct err err;

	if (!fetch_copy(poll->fetch, request)) {
		poll_source_failed(poll, CS_E_LIMIT, 0, "the plug-in's request is too large");
		return;
	}
	if (poll->fetch->linked && http_url_link(poll->registry->config->url,
	    poll->fetch->path, NULL, &err) != 0) {
		poll_source_failed(poll, CS_E_INPUT, 0, err.text);
		return;
	}
	poll->fetch->requests++;
	poll->fetch->request_hash = fetch_request_hash(poll->fetch);
	/* `timeout` is for the registry's work, not for a wait that its plug-in asks for. */
	timer_set_ms(&poll->deadline, poll->registry->config->timeout_ms + request->delay_ms);
	timer_set_ms(&poll->fetch->delay, request->delay_ms);
}

int
poll_fetch_init(struct poll *poll)
{
	poll->fetch = calloc(1, sizeof(*poll->fetch));
	if (poll->fetch == NULL)
		return -1;
	poll->fetch->poll = poll;
	return timer_init(&poll->fetch->delay, poll->loop, fetch_perform, poll->fetch);
}

void
poll_fetch_fini(struct poll *poll)
{
	struct poll_fetch *f = poll->fetch;

	if (f == NULL)
		return;
	timer_fini(&f->delay);
	if (f->file != NULL)
		source_cancel(f->file);
	hash_stream_free(f->body_hash);
	http_free(f->client);
	free(f->body);
	free(f);
	poll->fetch = NULL;
}
