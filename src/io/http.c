/* SPDX-License-Identifier: ISC */
/*
 * http.c -- see http.h: clients, starting and ending fetches, and libcurl on
 * the event loop.  http_fetch.h has the states and the two rules.
 */
#include <event2/event.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "io/http_fetch.h"

#define IDLE_CONNECTIONS	2	/* one in use, one of a redirect */
#define FIELD_MAX		4096	/* bytes of "Name: value" */

/* --- memory ---------------------------------------------------------------------- */

/* libcurl never clears the secrets it was given, so its memory is wiped when freed. */
static void
wipe_free(void *p)
{
	if (p != NULL)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

static void *
wipe_realloc(void *old, size_t size)
{
	void *p = malloc(size);
	size_t kept;

	if (p == NULL || old == NULL)
		return p;
	kept = malloc_usable_size(old);
	memcpy(p, old, kept < size ? kept : size);
	wipe_free(old);
	return p;
}

static bool
copy_option(char **out, const char *s)
{
	*out = s == NULL || s[0] == '\0' ? NULL : strdup(s);
	return *out != NULL || s == NULL || s[0] == '\0';
}

static void
fetch_free(struct http_fetch *f)
{
	if (f->in_multi)
		(void)curl_multi_remove_handle(f->client->multi, f->easy);
	if (f->easy != NULL)
		curl_easy_cleanup(f->easy);
	curl_slist_free_all(f->sent);
	curl_slist_free_all(f->fields);
	for (char *const *h = f->reach.hosts; h != NULL && *h != NULL; h++)
		free(*h);
	free((void *)f->reach.hosts);
	http_url_free(f->url);
	wipe_free(f->secret);
	wipe_free(f->body);
	timer_fini(&f->total);
	timer_fini(&f->stage);
	free(f);
}

static void
client_destroy(struct http_client *c)
{
	/* It may still report sockets as it closes them. */
	if (c->multi != NULL)
		(void)curl_multi_cleanup(c->multi);
	timer_fini(&c->timer);
	free(c->ca_file);
	free(c->proxy);
	free(c->user_agent);
	free(c);
	curl_global_cleanup();
}

/* --- libcurl on the loop ------------------------------------------------------------ */

/* Deals with every hop libcurl has finished. */
static void
client_drain(struct http_client *c)
{
	struct http_fetch *f;
	CURLMsg *msg;
	CURLcode rc;
	int left;

	while ((msg = curl_multi_info_read(c->multi, &left)) != NULL) {
		f = NULL;
		rc = msg->data.result;
		if (msg->msg == CURLMSG_DONE && curl_easy_getinfo(msg->easy_handle,
		    CURLINFO_PRIVATE, &f) == CURLE_OK && f != NULL)
			fetch_complete(f, rc);
	}
}

static void
client_act(struct http_client *c, curl_socket_t fd, int what)
{
	int running;

	if (curl_multi_socket_action(c->multi, fd, what, &running) != CURLM_OK) {
		c->broken = true;
		client_kick_later(c);
	}
	client_drain(c);
}

static void
on_socket_ready(evutil_socket_t fd, short what, void *arg)
{
	client_act(arg, fd, ((what & EV_READ) != 0 ? CURL_CSELECT_IN : 0) |
	    ((what & EV_WRITE) != 0 ? CURL_CSELECT_OUT : 0));
}

static void
on_timer(void *arg)
{
	client_act(arg, CURL_SOCKET_TIMEOUT, 0);
}

/* libcurl's wish for a timer.  Only armed here: acting would recurse. */
static int
on_timer_wanted(CURLM *multi, long ms, void *arg)
{
	struct http_client *c = arg;

	(void)multi;
	if (ms < 0)
		timer_cancel(&c->timer);
	else
		timer_set_ms(&c->timer, ms);
	return 0;
}

static struct event *
socket_watch(struct http_client *c, curl_socket_t fd, int what)
{
	struct event *ev = event_new(loop_base(c->loop), fd, (short)(EV_PERSIST |
	    ((what & CURL_POLL_IN) != 0 ? EV_READ : 0) |
	    ((what & CURL_POLL_OUT) != 0 ? EV_WRITE : 0)), on_socket_ready, c);

	if (ev != NULL && event_add(ev, NULL) != 0) {
		event_free(ev);
		ev = NULL;
	}
	return ev;
}

/* What libcurl wants to hear of a socket; its event hangs on the socket itself. */
static int
on_socket_wanted(CURL *easy, curl_socket_t fd, int what, void *arg, void *old)
{
	struct http_client *c = arg;
	struct event *ev = NULL;

	(void)easy;
	if (old != NULL)
		event_free(old);
	if (what != CURL_POLL_REMOVE) {
		ev = socket_watch(c, fd, what);
		if (ev == NULL) {
			c->broken = true;
			client_kick_later(c);
		}
	}
	(void)curl_multi_assign(c->multi, fd, ev);
	return 0;
}

/* --- the kick ------------------------------------------------------------------------ */

static void
fetch_kick(struct http_fetch *f)
{
	CURLcode rc;

	if (f->client->broken && f->state != FETCH_OVER) {
		fetch_finish(f, HTTP_LOCAL, "out of memory for a socket");
	} else if (f->state == FETCH_QUEUED) {
		fetch_launch(f);
	} else if (f->state == FETCH_WHOLE && !f->paused) {
		fetch_finish(f, HTTP_OK, "");
	} else if (f->state == FETCH_RUNNING && f->held && !f->paused) {
		f->held = false;
		rc = curl_easy_pause(f->easy, CURLPAUSE_CONT);
		if (rc != CURLE_OK)
			fetch_complete(f, rc);
	}
}

/* Does what callbacks have only noted.  New work goes to the front of the list, or waits. */
static void
client_kick(void *arg)
{
	struct http_client *c = arg;
	struct http_fetch **link = &c->first, *f;

	c->kick_due = false;
	for (f = c->first; f != NULL; f = f->next)
		fetch_kick(f);
	c->broken = false;
	client_drain(c);
	/* Fetches that ended meanwhile have asked for a kick of their own. */
	while ((f = *link) != NULL) {
		if (f->state != FETCH_OVER) {
			link = &f->next;
			continue;
		}
		*link = f->next;
		c->count--;
		fetch_free(f);
	}
	if (c->dead && !c->kick_due)
		client_destroy(c);
}

void
client_kick_later(struct http_client *c)
{
	if (c->kick_due)
		return;
	c->kick_due = true;
	loop_defer(c->loop, client_kick, c);
}

/* --- clients --------------------------------------------------------------------------- */

#define SET(multi, option, value) \
	(rc = rc != CURLM_OK ? rc : curl_multi_setopt((multi), (option), (value)))

static CURLMcode
client_set(struct http_client *c, unsigned idle_max)
{
	CURLMcode rc = CURLM_OK;

	SET(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket_wanted);
	SET(c->multi, CURLMOPT_SOCKETDATA, c);
	SET(c->multi, CURLMOPT_TIMERFUNCTION, on_timer_wanted);
	SET(c->multi, CURLMOPT_TIMERDATA, c);
	SET(c->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	SET(c->multi, CURLMOPT_MAXCONNECTS, (long)(idle_max != 0 ? idle_max : IDLE_CONNECTIONS));
	return rc;
}

#undef SET

struct http_client *
http_client_new(struct loop *loop, const struct http_options *o, struct err *err)
{
	struct http_client *c;

	/* Counted by libcurl: only the first call sets its allocator. */
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wipe_free, wipe_realloc,
	    strdup, calloc) != CURLE_OK) {
		err_set(err, "libcurl cannot start");
		return NULL;
	}
	c = calloc(1, sizeof(*c));
	if (c == NULL) {
		curl_global_cleanup();
		err_set_passing(err, "out of memory");
		return NULL;
	}
	c->loop = loop;
	c->legacy_tls = o->legacy_tls;
	c->multi = curl_multi_init();
	if (c->multi == NULL || timer_init(&c->timer, loop, on_timer, c) != 0 ||
	    !copy_option(&c->ca_file, o->ca_file) || !copy_option(&c->proxy, o->proxy) ||
	    !copy_option(&c->user_agent, o->user_agent) ||
	    client_set(c, o->idle_max) != CURLM_OK) {
		client_destroy(c);
		err_set_passing(err, "out of memory");
		return NULL;
	}
	return c;
}

void
http_free(struct http_client *c)
{
	if (c == NULL || c->dead)
		return;
	c->dead = true;
	for (struct http_fetch *f = c->first; f != NULL; f = f->next)
		fetch_over(f);
	client_kick_later(c);
}

/* --- starting ---------------------------------------------------------------------------- */

/* Names that frame or route a message are ours alone: connectors are not trusted. */
static bool
field_name_ok(const char *name)
{
	static const char *const ours[] = { "Host", "Content-Length", "Transfer-Encoding",
	    "Connection", "Expect", "Accept-Encoding", "Upgrade", "TE", "Trailer",
	    "Keep-Alive", "Cookie", "Range", "If-Range", "User-Agent" };

	if (name[0] == '\0' || strspn(name, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!#$%&'*+^`|~") != strlen(name))
		return false;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (text_equal_nocase(name, ours[i]))
			return false;
	return strncasecmp(name, "Proxy-", 6) != 0;
}

/* "Name: value" in out; secrets pass through here, so the caller wipes it. */
static int
field_format(char out[FIELD_MAX], const char *name, const char *value, struct err *err)
{
	int n;

	if (!field_name_ok(name))
		return err_set(err, "a request header has a name that is not allowed");
	if (value[0] == '\0')
		return err_set(err, "the request header %s is empty", name);
	for (const unsigned char *p = (const unsigned char *)value; *p != '\0'; p++)
		if ((*p < 0x20 && *p != '\t') || *p == 0x7f)
			return err_set(err, "the request header %s has a control character", name);
	n = snprintf(out, FIELD_MAX, "%s: %s", name, value);
	if (n < 0 || n >= FIELD_MAX)
		return err_set(err, "the request header %s is too long", name);
	return 0;
}

static int
fetch_copy_fields(struct http_fetch *f, const struct http_request *r, struct err *err)
{
	char line[FIELD_MAX];
	struct curl_slist *list;
	int rc = 0;

	if (r->field_count > HTTP_FIELDS_MAX)
		return err_set(err, "more than %d request headers", HTTP_FIELDS_MAX);
	for (size_t i = 0; i < r->field_count; i++) {
		const struct http_field *field = &r->fields[i];

		if (field_format(line, field->name, field->value, err) != 0)
			return -1;
		list = curl_slist_append(f->fields, line);
		if (list == NULL)
			return err_set_passing(err, "out of memory");
		f->fields = list;
		f->conditional = f->conditional ||
		    text_equal_nocase(field->name, "If-None-Match") ||
		    text_equal_nocase(field->name, "If-Modified-Since");
	}
	if (r->secret_name != NULL) {
		rc = field_format(line, r->secret_name, r->secret_value, err);
		if (rc == 0 && (f->secret = strdup(line)) == NULL)
			rc = err_set_passing(err, "out of memory");
		explicit_bzero(line, sizeof(line));
	}
	return rc;
}

static int
fetch_copy_body(struct http_fetch *f, const struct http_request *r, struct err *err)
{
	f->post = r->method != NULL && strcmp(r->method, "POST") == 0;
	if (!f->post && r->method != NULL && strcmp(r->method, "GET") != 0)
		return err_set(err, "the request's method is neither GET nor POST");
	if (!f->post && r->body_len > 0)
		return err_set(err, "a GET request has a body");
	if (r->body_len > HTTP_BODY_MAX)
		return err_set(err, "the request's body is larger than %u bytes", HTTP_BODY_MAX);
	if (r->body_len == 0)
		return 0;
	f->body = malloc(r->body_len);
	if (f->body == NULL)
		return err_set_passing(err, "out of memory");
	memcpy(f->body, r->body, r->body_len);
	f->body_len = r->body_len;
	return 0;
}

static int
fetch_copy_reach(struct http_fetch *f, const struct http_request *r, struct err *err)
{
	char **hosts = calloc(r->redirect_host_count + 1, sizeof(*hosts));

	f->reach.hosts = hosts;
	if (hosts == NULL)
		return err_set_passing(err, "out of memory");
	for (size_t i = 0; i < r->redirect_host_count; i++)
		if ((hosts[i] = strdup(r->redirect_hosts[i])) == NULL)
			return err_set_passing(err, "out of memory");
	f->reach.allow_loopback = r->allow_loopback;
	f->reach.allow_private = r->allow_private;
	if (http_origin_parse(r->url, &f->here, &f->url, err) != 0)
		return -1;
	f->reach.first = f->here;
	return http_check_origin(&f->reach, &f->here, err);
}

static void
fetch_copy_limits(struct http_fetch *f, const struct http_request *r)
{
	f->accept_gzip = r->accept_gzip;
	f->max_bytes = r->max_encoded_bytes;
	f->connect_ms = r->connect_ms > 0 ? r->connect_ms : HTTP_CONNECT_MS;
	f->first_byte_ms = r->first_byte_ms > 0 ? r->first_byte_ms : HTTP_FIRST_BYTE_MS;
	f->idle_ms = r->idle_ms > 0 ? r->idle_ms : HTTP_IDLE_MS;
}

struct http_fetch *
http_start(struct http_client *c, const struct http_request *r,
    const struct http_events *events, void *arg, struct err *err)
{
	struct http_fetch *f;

	if (c->dead || c->count == HTTP_FETCHES_MAX) {
		err_set(err, "%d requests are under way already", HTTP_FETCHES_MAX);
		return NULL;
	}
	f = calloc(1, sizeof(*f));
	if (f == NULL) {
		err_set_passing(err, "out of memory");
		return NULL;
	}
	f->client = c;
	f->events = events;
	f->arg = arg;
	fetch_copy_limits(f, r);
	if (fetch_copy_reach(f, r, err) != 0 || fetch_copy_fields(f, r, err) != 0 ||
	    fetch_copy_body(f, r, err) != 0) {
		fetch_free(f);
		return NULL;
	}
	f->easy = curl_easy_init();
	if (f->easy == NULL || timer_init(&f->total, c->loop, fetch_total_expired, f) != 0 ||
	    timer_init(&f->stage, c->loop, fetch_stage_expired, f) != 0) {
		fetch_free(f);
		err_set_passing(err, "out of memory");
		return NULL;
	}
	timer_set_ms(&f->total, r->total_ms > 0 ? r->total_ms : HTTP_TOTAL_MS);
	f->next = c->first;
	c->first = f;
	c->count++;
	client_kick_later(c);
	return f;
}

void
http_pause(struct http_fetch *f)
{
	f->paused = true;
	if (f->headers.complete && !f->redirecting)
		timer_cancel(&f->stage);
}

void
http_resume(struct http_fetch *f)
{
	if (!f->paused || f->state == FETCH_OVER)
		return;
	f->paused = false;
	if (f->state == FETCH_RUNNING && f->headers.complete && !f->redirecting) {
		f->window_bytes = 0;
		timer_set_ms(&f->stage, f->idle_ms);
	}
	client_kick_later(f->client);
}

void
http_cancel(struct http_fetch *f)
{
	if (f->state != FETCH_OVER)
		fetch_over(f);
}

const char *
http_outcome_name(enum http_outcome outcome)
{
	static const char *const names[] = {
		[HTTP_OK] = "ok",
		[HTTP_STOPPED] = "stopped",
		[HTTP_REFUSED] = "refused",
		[HTTP_DNS] = "dns",
		[HTTP_CONNECT] = "connect",
		[HTTP_TLS] = "tls",
		[HTTP_TIMEOUT] = "timeout",
		[HTTP_TOO_LARGE] = "too_large",
		[HTTP_INCOMPLETE] = "incomplete",
		[HTTP_INVALID] = "invalid",
		[HTTP_LOCAL] = "local",
		[HTTP_FAILED] = "failed",
	};

	return names[outcome];
}
