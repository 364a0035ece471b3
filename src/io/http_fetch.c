/* SPDX-License-Identifier: ISC */
/* http_fetch.c -- see http_fetch.h. */
#include "io/http_fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define REDIRECT_BODY_MAX	65536	/* bytes of a redirect's page, thrown away */

/* --- the end -------------------------------------------------------------------- */

void
fetch_over(struct http_fetch *f)
{
	f->state = FETCH_OVER;
	timer_cancel(&f->total);
	timer_cancel(&f->stage);
	client_kick_later(f->client);
}

/* Tells the caller.  Not from inside libcurl. */
void
fetch_finish(struct http_fetch *f, enum http_outcome outcome, const char *text)
{
	struct http_result result = { .outcome = outcome, .text = text };

	if (f->headers.complete && !f->redirecting) {
		result.code = f->headers.head.code;
		result.retry_after_s = f->headers.head.retry_after_s;
	}
	fetch_over(f);
	f->events->done(f->arg, &result);
}

/* Notes why libcurl is about to be stopped; the first reason wins. */
static size_t
fetch_fault(struct http_fetch *f, enum http_outcome outcome, const char *text)
{
	if (f->fault == HTTP_OK) {
		f->fault = outcome;
		(void)text_copy(f->text, sizeof(f->text), text);
	}
	return 0;	/* libcurl's callbacks take 0 for an error */
}

/* --- libcurl's callbacks ------------------------------------------------------ */

/* What the caller wants next; 0 stops libcurl. */
static size_t
fetch_go(struct http_fetch *f, enum http_go go, size_t len)
{
	if (f->state == FETCH_OVER)	/* cancelled from within its callback */
		return 0;
	if (go == HTTP_GO_STOP)
		return fetch_fault(f, HTTP_STOPPED, "stopped by its receiver");
	if (go == HTTP_GO_PAUSE)
		http_pause(f);
	return len;
}

/* The final head is complete: whether, and how, to go on. */
static size_t
fetch_on_head(struct http_fetch *f, size_t len)
{
	const struct http_head *head = &f->headers.head;

	f->redirecting = http_headers_redirect(&f->headers);
	if (f->redirecting)
		return len;
	if (head->code == 204 || head->code == 205 || head->code == 206)
		return fetch_fault(f, HTTP_INVALID,
		    "an answer that cannot be a whole one (HTTP 204 to 206)");
	if (head->code == 304 && !f->conditional)
		return fetch_fault(f, HTTP_INVALID, "HTTP 304 although nothing was known");
	if (head->encoding == HTTP_ENCODING_GZIP && !f->accept_gzip)
		return fetch_fault(f, HTTP_INVALID, "the answer is gzip, which was not asked for");
	if (head->code != 304 && head->content_length > 0 &&
	    (uint64_t)head->content_length > f->max_bytes)
		return fetch_fault(f, HTTP_TOO_LARGE, "the answer says it is larger than allowed");
	if (f->paused)
		timer_cancel(&f->stage);
	else
		timer_set_ms(&f->stage, f->idle_ms);
	return f->events->head == NULL ? len :
	    fetch_go(f, f->events->head(f->arg, head), len);
}

static size_t
on_header(char *line, size_t size, size_t count, void *arg)
{
	struct http_fetch *f = arg;
	size_t len = size * count;
	struct err err;

	if (f->state == FETCH_OVER || f->fault != HTTP_OK)
		return 0;
	switch (http_headers_line(&f->headers, line, len,
	    loop_wall_ms(f->client->loop) / 1000, &err)) {
	case 0:
		return len;
	case 1:
		return fetch_on_head(f, len);
	default:
		return fetch_fault(f, f->headers.too_large ? HTTP_TOO_LARGE : HTTP_INVALID,
		    err.text);
	}
}

static size_t
on_write(char *bytes, size_t size, size_t count, void *arg)
{
	struct http_fetch *f = arg;
	size_t len = size * count;

	if (f->state == FETCH_OVER || f->fault != HTTP_OK)
		return 0;
	if (f->paused && !f->redirecting) {
		f->held = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	f->bytes += len;
	f->window_bytes += len;
	if (f->bytes > (f->redirecting ? REDIRECT_BODY_MAX : f->max_bytes))
		return fetch_fault(f, HTTP_TOO_LARGE, "the answer is larger than allowed");
	if (f->redirecting || f->events->data == NULL || len == 0)
		return len;
	return fetch_go(f, f->events->data(f->arg, bytes, len), len);
}

static curl_socket_t
on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *addr)
{
	struct http_fetch *f = arg;
	bool proxied = f->client->proxy != NULL && !f->reach.allow_loopback;
	int fd;

	if (purpose != CURLSOCKTYPE_IPCXN)
		return CURL_SOCKET_BAD;
	/* A configured proxy's address is the operator's choice. */
	if (!proxied && !http_may_reach(&f->reach, &f->here,
	    addr_classify(&addr->addr, addr->addrlen))) {
		f->refused = true;
		return CURL_SOCKET_BAD;
	}
	fd = socket(addr->family, addr->socktype | SOCK_CLOEXEC, addr->protocol);
	if (fd == -1)
		(void)fetch_fault(f, HTTP_LOCAL, errno == EMFILE || errno == ENFILE ?
		    "out of file descriptors" : "no socket to be had");
	return fd == -1 ? CURL_SOCKET_BAD : fd;
}

static CURLcode
on_tls_context(CURL *easy, void *ctx, void *arg)
{
	(void)easy, (void)arg;
	(void)SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT);
	return CURLE_OK;
}

/* --- launching ---------------------------------------------------------------- */

static bool
sent_add(struct http_fetch *f, const char *line)
{
	struct curl_slist *list = curl_slist_append(f->sent, line);

	if (list != NULL)
		f->sent = list;
	return list != NULL;
}

/* The header lines of this hop: fields within the origin, the secret at the first only. */
static bool
fetch_make_fields(struct http_fetch *f)
{
	bool ok;

	curl_slist_free_all(f->sent);
	f->sent = NULL;
	ok = sent_add(f, "Expect:");
	if (f->accept_gzip)
		ok = ok && sent_add(f, "Accept-Encoding: gzip");
	if (http_origin_equal(&f->reach.first, &f->here))
		for (struct curl_slist *s = f->fields; s != NULL; s = s->next)
			ok = ok && sent_add(f, s->data);
	if (f->hops == 0 && f->secret != NULL)
		ok = ok && sent_add(f, f->secret);
	return ok;
}

#define SET(easy, option, value) \
	(rc = rc != CURLE_OK ? rc : curl_easy_setopt((easy), (option), (value)))

static CURLcode
fetch_set_limits(struct http_fetch *f)
{
	const struct http_client *c = f->client;
	CURLcode rc = CURLE_OK;

	SET(f->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	SET(f->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(f->easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
	SET(f->easy, CURLOPT_FOLLOWLOCATION, 0L);
	SET(f->easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(f->easy, CURLOPT_NOSIGNAL, 1L);
	/* Without it a silent name server stops the whole loop (H31). */
	SET(f->easy, CURLOPT_QUICK_EXIT, 1L);
	SET(f->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)f->connect_ms);
	SET(f->easy, CURLOPT_BUFFERSIZE, (long)HTTP_PIECE_MAX);
	SET(f->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(f->easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	/* "" also keeps https_proxy of the environment out (H33). */
	SET(f->easy, CURLOPT_PROXY, c->proxy != NULL && !f->reach.allow_loopback ? c->proxy : "");
	if (c->ca_file != NULL) {
		SET(f->easy, CURLOPT_CAINFO, c->ca_file);
		SET(f->easy, CURLOPT_CAPATH, NULL);
	}
	if (c->user_agent != NULL)
		SET(f->easy, CURLOPT_USERAGENT, c->user_agent);
	if (c->legacy_tls)
		SET(f->easy, CURLOPT_SSL_CTX_FUNCTION, on_tls_context);
	return rc;
}

static CURLcode
fetch_set_request(struct http_fetch *f)
{
	CURLcode rc = CURLE_OK;

	SET(f->easy, CURLOPT_URL, f->url);
	SET(f->easy, CURLOPT_HTTPHEADER, f->sent);
	SET(f->easy, CURLOPT_PRIVATE, f);
	SET(f->easy, CURLOPT_ERRORBUFFER, f->curl_text);
	SET(f->easy, CURLOPT_HEADERFUNCTION, on_header);
	SET(f->easy, CURLOPT_HEADERDATA, f);
	SET(f->easy, CURLOPT_WRITEFUNCTION, on_write);
	SET(f->easy, CURLOPT_WRITEDATA, f);
	SET(f->easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
	SET(f->easy, CURLOPT_OPENSOCKETDATA, f);
	if (f->post) {
		SET(f->easy, CURLOPT_POST, 1L);
		SET(f->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)f->body_len);
		SET(f->easy, CURLOPT_POSTFIELDS, f->body != NULL ? f->body : "");
	}
	return rc;
}

/* Hands a queued fetch to libcurl. */
void
fetch_launch(struct http_fetch *f)
{
	f->state = FETCH_RUNNING;
	f->headers = (struct http_headers){ 0 };
	f->bytes = f->window_bytes = 0;
	f->redirecting = f->refused = false;
	f->curl_text[0] = '\0';
	if (!fetch_make_fields(f) || fetch_set_limits(f) != CURLE_OK ||
	    fetch_set_request(f) != CURLE_OK ||
	    curl_multi_add_handle(f->client->multi, f->easy) != CURLM_OK) {
		fetch_finish(f, HTTP_LOCAL, "out of memory");
		return;
	}
	f->in_multi = true;
	timer_set_ms(&f->stage, f->connect_ms + f->first_byte_ms);
}

/* --- completion ------------------------------------------------------------------ */

static const struct {
	CURLcode	  rc;
	enum http_outcome outcome;
	bool		  verbatim;	/* libcurl's own text quotes no answer of theirs */
} outcomes[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, HTTP_DNS, true },
	{ CURLE_COULDNT_RESOLVE_PROXY, HTTP_DNS, true },
	{ CURLE_COULDNT_CONNECT, HTTP_CONNECT, true },
	{ CURLE_PROXY, HTTP_CONNECT, true },
	{ CURLE_OPERATION_TIMEDOUT, HTTP_TIMEOUT, true },
	{ CURLE_SSL_CONNECT_ERROR, HTTP_TLS, true },
	{ CURLE_PEER_FAILED_VERIFICATION, HTTP_TLS, true },
	{ CURLE_SSL_CIPHER, HTTP_TLS, true },
	{ CURLE_SSL_ISSUER_ERROR, HTTP_TLS, true },
	{ CURLE_SSL_INVALIDCERTSTATUS, HTTP_TLS, true },
	/* Also what running out of descriptors looks like (H32): never theirs. */
	{ CURLE_SSL_CACERT_BADFILE, HTTP_LOCAL, true },
	{ CURLE_SSL_CERTPROBLEM, HTTP_LOCAL, true },
	{ CURLE_PARTIAL_FILE, HTTP_INCOMPLETE, false },
	{ CURLE_GOT_NOTHING, HTTP_INCOMPLETE, false },
	{ CURLE_RECV_ERROR, HTTP_INCOMPLETE, false },
	{ CURLE_SEND_ERROR, HTTP_INCOMPLETE, false },
	{ CURLE_FILESIZE_EXCEEDED, HTTP_TOO_LARGE, false },
	{ CURLE_UNSUPPORTED_PROTOCOL, HTTP_INVALID, false },	/* HTTP/0.9 (H25) */
	{ CURLE_WEIRD_SERVER_REPLY, HTTP_INVALID, false },
	/* odd transfer codings, since curl 8 */
	{ CURLE_BAD_CONTENT_ENCODING, HTTP_INVALID, false },
	/* A remote can cause it with one long header (H22): not a reason to give up. */
	{ CURLE_OUT_OF_MEMORY, HTTP_FAILED, false },
};

/* Whether so few are left that libcurl's reasons cannot be believed (H32). */
static bool
descriptors_exhausted(void)
{
	int fds[4];	/* what one connection with its name look-up takes */
	size_t n = 0;

	while (n < sizeof(fds) / sizeof(fds[0]) &&
	    (fds[n] = open("/dev/null", O_RDONLY | O_CLOEXEC)) != -1)
		n++;
	for (size_t i = 0; i < n; i++)
		(void)close(fds[i]);
	return n < sizeof(fds) / sizeof(fds[0]);
}

static void
fetch_fail(struct http_fetch *f, CURLcode rc)
{
	enum http_outcome outcome = HTTP_FAILED;
	const char *text = curl_easy_strerror(rc);

	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		if (outcomes[i].rc == rc) {
			outcome = outcomes[i].outcome;
			if (outcomes[i].verbatim && f->curl_text[0] != '\0')
				text = f->curl_text;
		}
	if (rc == CURLE_COULDNT_CONNECT && f->refused) {
		outcome = HTTP_REFUSED;
		text = "its address is loopback, private or reserved, which is not allowed here";
	} else if (descriptors_exhausted()) {
		outcome = HTTP_LOCAL;
		text = "out of file descriptors";
	}
	(void)text_escape(text, strlen(text), f->text, sizeof(f->text));
	fetch_finish(f, outcome, f->text);
}

/* The method of the next hop, RFC 9110 15.4.  A body never leaves its origin. */
static int
fetch_redirect_method(struct http_fetch *f, const struct http_origin *there,
    struct err *err)
{
	unsigned code = f->headers.head.code;

	if (code != 307 && code != 308)
		f->post = false;
	if (f->post && !http_origin_equal(there, &f->reach.first))
		return err_set(err, "a request with a body was redirected to another origin");
	return 0;
}

static void
fetch_redirect(struct http_fetch *f)
{
	struct http_origin there;
	struct err err;
	char *raw = NULL, *url = NULL;

	if (f->hops == HTTP_REDIRECTS_MAX) {
		fetch_finish(f, HTTP_REFUSED, "redirected too often");
		return;
	}
	if (curl_easy_getinfo(f->easy, CURLINFO_REDIRECT_URL, &raw) != CURLE_OK || raw == NULL) {
		fetch_finish(f, HTTP_INVALID, "redirected to something that is no URL");
		return;
	}
	if (http_origin_parse(raw, &there, &url, &err) != 0 ||
	    http_check_redirect(&f->reach, &f->here, &there, &err) != 0 ||
	    fetch_redirect_method(f, &there, &err) != 0) {
		http_url_free(url);
		fetch_finish(f, HTTP_REFUSED, err.text);
		return;
	}
	(void)curl_multi_remove_handle(f->client->multi, f->easy);
	f->in_multi = false;
	curl_easy_reset(f->easy);
	http_url_free(f->url);
	f->url = url;
	f->here = there;
	f->hops++;
	f->state = FETCH_QUEUED;
	timer_cancel(&f->stage);
	client_kick_later(f->client);
}

/* libcurl has checked it; what it promises is checked once more. */
static bool
fetch_is_short(const struct http_fetch *f)
{
	const struct http_head *head = &f->headers.head;

	return head->framing == HTTP_FRAMING_LENGTH && head->code != 304 &&
	    head->content_length > 0 && f->bytes != (uint64_t)head->content_length;
}

void
fetch_complete(struct http_fetch *f, CURLcode rc)
{
	if (f->state != FETCH_RUNNING)
		return;
	if (f->fault != HTTP_OK)
		fetch_finish(f, f->fault, f->text);
	else if (rc != CURLE_OK)
		fetch_fail(f, rc);
	else if (!f->headers.complete)
		fetch_finish(f, HTTP_INVALID, "the answer has no head");
	else if (f->redirecting)
		fetch_redirect(f);
	else if (fetch_is_short(f))
		fetch_finish(f, HTTP_INCOMPLETE, "the answer is shorter than it says");
	else if (f->paused) {
		f->state = FETCH_WHOLE;
		timer_cancel(&f->stage);
	} else
		fetch_finish(f, HTTP_OK, "");
}

void
fetch_stage_expired(void *arg)
{
	struct http_fetch *f = arg;
	uint64_t enough = (uint64_t)f->idle_ms * HTTP_SLOW_BYTES_S / 1000;

	if (!f->headers.complete || f->redirecting)
		fetch_finish(f, HTTP_TIMEOUT, "no answer in time");
	else if (f->window_bytes < enough)
		fetch_finish(f, HTTP_TIMEOUT, "the answer comes too slowly");
	else {
		f->window_bytes = 0;
		timer_set_ms(&f->stage, f->idle_ms);
	}
}

void
fetch_total_expired(void *arg)
{
	fetch_finish(arg, HTTP_TIMEOUT, "the whole answer took too long");
}
