/* SPDX-License-Identifier: ISC */
/* http_probe.c -- see http_probe.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "http_probe.h"

struct child http_server;

static void
on_later(void *arg)
{
	struct http_probe *p = arg;

	/* Nothing came while it was paused, however long that took. */
	assert_int_equal(p->dones, 0);
	if (p->cancel_at_head || p->cancel_at_piece) {
		loop_stop(p->loop);
		return;
	}
	p->resumed++;
	http_resume(p->fetch);
}

static enum http_go
on_head(void *arg, const struct http_head *head)
{
	struct http_probe *p = arg;

	p->heads++;
	p->head = *head;
	if (p->cancel_at_head) {
		http_cancel(p->fetch);
		timer_set_ms(&p->later, 50);
	}
	if (p->at_head == HTTP_GO_PAUSE)
		timer_set_ms(&p->later, 1);
	return p->at_head;
}

static enum http_go
on_data(void *arg, const char *bytes, size_t len)
{
	struct http_probe *p = arg;

	assert_int_equal(p->heads, 1);
	assert_in_range(len, 1, HTTP_PIECE_MAX);
	assert_false(timer_is_set(&p->later));
	buf_add(&p->body, bytes, len);
	p->pieces++;
	if (p->cancel_at_piece) {
		http_free(p->client);
		p->client = NULL;
		timer_set_ms(&p->later, 50);
	}
	if (p->at_piece == HTTP_GO_PAUSE)
		timer_set_ms(&p->later, 0);
	return p->at_piece;
}

static void
on_done(void *arg, const struct http_result *r)
{
	struct http_probe *p = arg;

	p->dones++;
	p->outcome = r->outcome;
	p->code = r->code;
	p->retry_after_s = r->retry_after_s;
	(void)snprintf(p->text, sizeof(p->text), "%s", r->text);
	loop_stop(p->loop);
}

const struct http_events http_probe_events = { .head = on_head, .data = on_data, .done = on_done };

void
http_probe_init_with(struct http_probe *p, const struct http_options *options)
{
	struct err err = { .text = "" };

	*p = (struct http_probe){ 0 };
	buf_init(&p->body, 16 << 20);
	p->loop = loop_new();
	assert_non_null(p->loop);
	p->client = http_client_new(p->loop, options, &err);
	if (p->client == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(timer_init(&p->later, p->loop, on_later, p), 0);
}

void
http_probe_init(struct http_probe *p)
{
	char ca[256];
	struct http_options options = { .ca_file = ca, .user_agent = "certsyncd-test" };

	assert_int_equal(child_word(&http_server, "ca", ca, sizeof(ca)), 0);
	http_probe_init_with(p, &options);
}

static void
stop(void *loop)
{
	loop_stop(loop);
}

void
http_probe_fini(struct http_probe *p)
{
	http_free(p->client);
	/* Deferred work runs in order: the client's, its second turn, then ours. */
	for (int i = 0; i < 3; i++) {
		loop_defer(p->loop, stop, p->loop);
		assert_int_equal(loop_run(p->loop), 0);
	}
	timer_fini(&p->later);
	buf_free(&p->body);
	loop_free(p->loop);
}

void
http_probe_url(char *url, size_t size, const char *port, const char *path)
{
	(void)snprintf(url, size, "%s://127.0.0.1:%d%s", strcmp(port, "http") == 0 ?
	    "http" : "https", child_number(&http_server, port), path);
}

struct http_request
http_probe_request(const char *url)
{
	return (struct http_request){ .url = url, .max_encoded_bytes = MAX_BYTES,
	    .allow_loopback = true, .accept_gzip = true, .connect_ms = 10000 };
}

void
http_probe_run(struct http_probe *p, const struct http_request *r)
{
	struct err err = { .text = "" };

	p->heads = p->pieces = p->dones = 0;
	buf_clear(&p->body);
	p->fetch = http_start(p->client, r, &http_probe_events, p, &err);
	if (p->fetch == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(p->dones, 0);
	assert_int_equal(loop_run(p->loop), 0);
}

int
http_server_start(void **state)
{
	static const char *const argv[] = { "/usr/bin/python3", "tests/lib/faults.py", NULL };

	(void)state;
	return child_start(&http_server, argv);
}

int
http_server_stop(void **state)
{
	(void)state;
	child_stop(&http_server);
	return 0;
}
