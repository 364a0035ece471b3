/* SPDX-License-Identifier: ISC */
/* child.c -- see child.h. */
#include "child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_MS	30000	/* for making certificates on a loaded machine */

static void
child_exec(const char *const argv[], int in, int out)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(in, STDIN_FILENO) != -1 && dup2(out, STDOUT_FILENO) != -1)
		execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

/* Reads up to the first line feed. */
static int
line_read(int fd, char line[CHILD_LINE])
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t len = 0;

	while (len + 1 < CHILD_LINE && poll(&p, 1, START_MS) == 1 &&
	    read(fd, line + len, 1) == 1) {
		if (line[len] == '\n') {
			line[len] = '\0';
			return 0;
		}
		len++;
	}
	return -1;
}

int
child_start(struct child *c, const char *const argv[])
{
	int in[2], out[2], rc;

	*c = (struct child){ .in = -1 };
	if (pipe2(in, O_CLOEXEC) != 0)
		return -1;
	if (pipe2(out, O_CLOEXEC) != 0) {
		(void)close(in[0]);
		(void)close(in[1]);
		return -1;
	}
	c->pid = fork();
	if (c->pid == 0)
		child_exec(argv, in[0], out[1]);
	(void)close(in[0]);
	(void)close(out[1]);
	c->in = in[1];
	rc = c->pid == -1 ? -1 : line_read(out[0], c->line);
	(void)close(out[0]);
	if (rc != 0)
		child_stop(c);
	return rc;
}

void
child_stop(struct child *c)
{
	if (c->pid <= 0)
		return;
	/* A helper may have files to remove when its input ends. */
	(void)close(c->in);
	for (int i = 0; i < 200; i++) {
		if (waitpid(c->pid, NULL, WNOHANG) != 0) {
			c->pid = 0;
			return;
		}
		(void)poll(NULL, 0, 10);
	}
	(void)kill(c->pid, SIGKILL);
	(void)waitpid(c->pid, NULL, 0);
	c->pid = 0;
}

int
child_word(const struct child *c, const char *name, char *out, size_t out_size)
{
	size_t name_len = strlen(name), len;
	const char *p = c->line;

	for (; p != NULL; p = strchr(p, ' ')) {
		p += *p == ' ';
		if (strncmp(p, name, name_len) != 0 || p[name_len] != '=')
			continue;
		p += name_len + 1;
		len = strcspn(p, " ");
		if (len >= out_size)
			return -1;
		memcpy(out, p, len);
		out[len] = '\0';
		return 0;
	}
	return -1;
}

int
child_number(const struct child *c, const char *name)
{
	char word[16];

	return child_word(c, name, word, sizeof(word)) == 0 ? atoi(word) : -1;
}
