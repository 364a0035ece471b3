/* SPDX-License-Identifier: ISC */
/*
 * fake_server.h -- a server in a forked child that says what a test wants.
 */
#ifndef TESTS_FAKE_SERVER_H
#define TESTS_FAKE_SERVER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Serves the nth connection (from 0) in the child; fd is closed after it. */
typedef void	fake_serve_fn(int fd, int nth);

struct fake_server {
	uint16_t port;		/* of 127.0.0.1, listening before start returns */
	pid_t	 pid;
};

void	fake_server_start(struct fake_server *, fake_serve_fn *);
void	fake_server_stop(struct fake_server *);

/* For use in the child: reads len bytes, fewer at EOF. */
void	fake_read(int fd, size_t len);
void	fake_write(int fd, const char *data, size_t len);
void	fake_puts(int fd, const char *s);
/* Reads until the peer closes. */
void	fake_wait_eof(int fd);

#endif /* TESTS_FAKE_SERVER_H */
