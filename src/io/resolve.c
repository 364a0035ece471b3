/* SPDX-License-Identifier: ISC */
/* resolve.c -- see resolve.h.  libevent's evdns, wrapped. */
#include "io/resolve.h"

#include <arpa/inet.h>
#include <event2/dns.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct resolve {
	struct loop		*loop;
	struct evdns_base	*dns;		/* owned */
	struct evdns_getaddrinfo_request *request;
	resolve_fn		*fn;		/* NULL: cancelled */
	void			*arg;
	struct resolve_addr	 addrs[RESOLVE_ADDRS_MAX];
	size_t			 n;
	const char		*why;
};

static size_t
literal_v4(const char *host, uint16_t port, struct resolve_addr *out)
{
	struct sockaddr_in *sin = (struct sockaddr_in *)&out->sa;

	*out = (struct resolve_addr){ .len = sizeof(*sin) };
	sin->sin_family = AF_INET;
	sin->sin_port = htons(port);
	return inet_pton(AF_INET, host, &sin->sin_addr) == 1 ? 1 : 0;
}

static size_t
literal_v6(const char *host, uint16_t port, struct resolve_addr *out)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)&out->sa;

	*out = (struct resolve_addr){ .len = sizeof(*sin6) };
	sin6->sin6_family = AF_INET6;
	sin6->sin6_port = htons(port);
	return inet_pton(AF_INET6, host, &sin6->sin6_addr) == 1 ? 1 : 0;
}

size_t
resolve_literal(const char *host, uint16_t port,
    struct resolve_addr out[RESOLVE_ADDRS_MAX])
{
	if (text_equal_nocase(host, "localhost"))
		return literal_v4("127.0.0.1", port, &out[0]) +
		    literal_v6("::1", port, &out[1]);
	if (literal_v4(host, port, &out[0]) == 1)
		return 1;
	return literal_v6(host, port, &out[0]);
}

static struct evdns_base *
resolve_dns(struct loop *loop, struct err *err)
{
	struct evdns_base *dns = evdns_base_new(loop_base(loop),
	    EVDNS_BASE_INITIALIZE_NAMESERVERS);

	if (dns == NULL)
		(void)err_set(err, "a host name needs a name server in /etc/resolv.conf "
		    "and there is none; use a numeric address");
	return dns;
}

int
resolve_check(struct loop *loop, struct err *err)
{
	struct evdns_base *dns = resolve_dns(loop, err);

	if (dns == NULL)
		return -1;
	evdns_base_free(dns, 0);
	return 0;
}

/* Off evdns's own stack, where its base must not be freed. */
static void
resolve_finish(void *arg)
{
	struct resolve *q = arg;

	if (q->fn != NULL)
		q->fn(q->arg, q->addrs, q->n, q->why);
	evdns_base_free(q->dns, 0);
	free(q);
}

static void
resolve_on_answer(int result, struct evutil_addrinfo *list, void *arg)
{
	struct resolve *q = arg;

	q->request = NULL;
	if (result != 0)
		q->why = evutil_gai_strerror(result);
	for (struct evutil_addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
		if (q->n == RESOLVE_ADDRS_MAX ||
		    ai->ai_addrlen > sizeof(q->addrs[0].sa))
			break;
		memcpy(&q->addrs[q->n].sa, ai->ai_addr, ai->ai_addrlen);
		q->addrs[q->n++].len = (socklen_t)ai->ai_addrlen;
	}
	if (list != NULL)
		evutil_freeaddrinfo(list);
	loop_defer(q->loop, resolve_finish, q);
}

struct resolve *
resolve_start(struct loop *loop, const char *host, uint16_t port,
    resolve_fn *fn, void *arg, struct err *err)
{
	struct evutil_addrinfo hints = { .ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP };
	struct resolve *q = calloc(1, sizeof(*q));
	struct evdns_getaddrinfo_request *request;
	char service[8];

	if (q == NULL) {
		(void)err_set_passing(err, "no memory to look up a host name");
		return NULL;
	}
	q->loop = loop;
	q->fn = fn;
	q->arg = arg;
	q->why = "no address";
	q->dns = resolve_dns(loop, err);
	if (q->dns == NULL) {
		free(q);
		return NULL;
	}
	(void)snprintf(service, sizeof(service), "%u", port);
	/* NULL: answered already, from inside the call. */
	request = evdns_getaddrinfo(q->dns, host, service, &hints,
	    resolve_on_answer, q);
	q->request = request;
	return q;
}

void
resolve_cancel(struct resolve *q)
{
	if (q == NULL)
		return;
	q->fn = NULL;
	/* It still answers, from the loop, and q is freed then. */
	if (q->request != NULL)
		evdns_getaddrinfo_cancel(q->request);
}
