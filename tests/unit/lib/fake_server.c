/* SPDX-License-Identifier: ISC */
/* fake_server.c -- see fake_server.h. */
#include "fake_server.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void
fake_loop(int listener, fake_serve_fn *serve)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGPIPE, SIG_IGN);
	for (int nth = 0;; nth++) {
		int fd = accept(listener, NULL, NULL);

		if (fd == -1)
			_exit(1);
		serve(fd, nth);
		(void)close(fd);
	}
}

void
fake_server_start(struct fake_server *f, fake_serve_fn *serve)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd != -1);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	f->port = ntohs(sin.sin_port);
	f->pid = fork();
	assert_true(f->pid != -1);
	if (f->pid == 0)
		fake_loop(fd, serve);
	(void)close(fd);
}

void
fake_server_stop(struct fake_server *f)
{
	(void)kill(f->pid, SIGKILL);
	assert_true(waitpid(f->pid, NULL, 0) == f->pid);
}

void
fake_read(int fd, size_t len)
{
	char buf[4096];

	while (len > 0) {
		ssize_t n = read(fd, buf, len < sizeof(buf) ? len : sizeof(buf));

		if (n <= 0)
			return;
		len -= (size_t)n;
	}
}

void
fake_write(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n <= 0)
			return;
		data += n;
		len -= (size_t)n;
	}
}

void
fake_puts(int fd, const char *s)
{
	fake_write(fd, s, strlen(s));
}

void
fake_wait_eof(int fd)
{
	char buf[4096];

	while (read(fd, buf, sizeof(buf)) > 0)
		continue;
}
