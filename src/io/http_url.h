/* SPDX-License-Identifier: ISC */
/*
 * http_url.h -- where a request may go: origins, redirects, addresses.
 *
 * The rules of http.h as functions without state.  URLs are read by libcurl's
 * own parser, so that the check and the connection never disagree.
 */
#ifndef IO_HTTP_URL_H
#define IO_HTTP_URL_H

#include <stdbool.h>

#include "base/err.h"
#include "io/addr.h"

#define HTTP_HOST_MAX	256	/* bytes with NUL; DNS allows 253 */

/* Scheme, host and port: what a credential or a field may be shown to. */
struct http_origin {
	bool	 https;
	char	 host[HTTP_HOST_MAX];	/* lower case; IPv6 in brackets */
	char	 port[8];		/* decimal, the scheme's own if none is given */
};

/* What the configured address allows; see http.h. */
struct http_reach {
	struct http_origin first;	/* of the request as made */
	bool	 allow_loopback, allow_private;
	char	*const *hosts;		/* further redirect hosts, ended by NULL */
};

/*
 * Reads an http or https URL without userinfo.  out_url, unless NULL, gets the
 * normalised URL, to be freed with http_url_free().  -1: err says why,
 * without quoting the URL, which may hold a credential.
 */
int	http_origin_parse(const char *url, struct http_origin *out, char **out_url,
	    struct err *err);
void	http_url_free(char *url);	/* wipes it; NULL allowed */
bool	http_origin_equal(const struct http_origin *, const struct http_origin *);
bool	http_origin_is_loopback(const struct http_origin *);

/* Whether a socket for an origin may go to an address of that class. */
bool	http_may_reach(const struct http_reach *, const struct http_origin *here,
	    enum addr_class class);
/* What can be told of an origin before a socket exists.  -1: err says why not. */
int	http_check_origin(const struct http_reach *, const struct http_origin *here,
	    struct err *err);
/* Whether a redirect from here to there may be followed.  -1: err says why not. */
int	http_check_redirect(const struct http_reach *, const struct http_origin *here,
	    const struct http_origin *there, struct err *err);

#endif /* IO_HTTP_URL_H */
