/* SPDX-License-Identifier: ISC */
/*
 * settings_check.h -- rules for the texts of single settings: URLs, hosts,
 * names.  Each returns 0, or -1 and err goes on from the setting's name ("is
 * not ..."), never repeating a URL: it may hold a password.
 */
#ifndef CONFIG_SETTINGS_CHECK_H
#define CONFIG_SETTINGS_CHECK_H

#include "base/err.h"

/* https:// anywhere, http:// to this machine only, file:///PATH; no userinfo. */
int	settings_check_url(const char *, struct err *);
/* redis://HOST[:PORT][/DB], rediss://, unix:///PATH[?db=DB], embedded. */
int	settings_check_redis_url(const char *, struct err *);
/* http://HOST[:PORT] or empty. */
int	settings_check_proxy(const char *, struct err *);
/* ADDRESS:PORT, the address numeric ([...] for IPv6); empty: off. */
int	settings_check_listen(const char *, struct err *);
/* A name or an address, without port. */
int	settings_check_host(const char *, struct err *);
int	settings_check_body(const char *, struct err *);	/* [a-z0-9-]{1,32} */
int	settings_check_plugin(const char *, struct err *);	/* [a-z][a-z0-9_]{0,30} */
int	settings_check_prefix(const char *, struct err *);	/* [A-Za-z0-9:._-]{1,64} */
int	settings_check_instance(const char *, struct err *);	/* [A-Za-z0-9._-]{0,64} */
int	settings_check_socket(const char *, struct err *);	/* fits sun_path */
int	settings_check_ascii(const char *, struct err *);	/* for a header */
int	settings_check_pattern(const char *, struct err *);	/* number_pattern.h */
int	settings_check_file_pattern(const char *, struct err *); /* source.h */

#endif /* CONFIG_SETTINGS_CHECK_H */
