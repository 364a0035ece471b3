/* SPDX-License-Identifier: ISC */
/*
 * spawn_output.c -- see spawn.h: what a connector writes to standard output and
 * error, line by line.
 *
 * The pipe is read whether anybody wants it or not, a piece a turn of the loop; the
 * connector never waits, for its end does not block.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "worker/spawn_inside.h"

#define OUTPUT_PIECE	4096u	/* bytes of one turn */
#define OUTPUT_REST	(64u << 10)	/* what a pipe holds: read at the end */

static void
output_say(struct worker *w, const char *text)
{
	if (w->events->output != NULL && !w->dead)
		w->events->output(w->arg, text);
}

/* Its line is whole, or all there will be of it. */
static void
output_line(struct worker *w)
{
	struct worker_output *o = &w->output;
	char shown[WORKER_OUTPUT_LINE + 1];

	if (o->len > 0 && o->lines < WORKER_OUTPUT_LINES)
		output_say(w, text_escape(o->line, o->len, shown, sizeof(shown)));
	if (o->len > 0)
		o->lines++;
	o->len = 0;
}

static void
output_take(struct worker *w, const char *p, size_t len)
{
	struct worker_output *o = &w->output;

	for (size_t i = 0; i < len; i++)
		if (p[i] == '\n')
			output_line(w);
		else if (o->len < sizeof(o->line))	/* a byte more than is shown: "..." */
			o->line[o->len++] = p[i];
}

/* false: there is nothing more for now. */
static bool
output_read(struct worker *w)
{
	char piece[OUTPUT_PIECE];
	ssize_t n = read(w->output.fd, piece, sizeof(piece));

	if (n > 0)
		output_take(w, piece, (size_t)n);
	/* Its last writer has gone: a turn that finds nothing would come for ever. */
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		(void)event_del(w->output.readable);
	return n > 0;
}

static void
output_on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	(void)output_read(arg);
}

int
worker_output_init(struct worker *w, int fd)
{
	struct event_base *base = loop_base(spawner_client_loop(w->client));

	w->output.fd = fd;
	w->output.readable = event_new(base, fd, EV_READ | EV_PERSIST, output_on_readable, w);
	return w->output.readable == NULL ? -1 : event_add(w->output.readable, NULL);
}

void
worker_output_end(struct worker *w)
{
	struct worker_output *o = &w->output;
	char text[80];

	if (o->readable == NULL || o->ended)
		return;
	o->ended = true;
	for (size_t left = OUTPUT_REST / OUTPUT_PIECE; left > 0 && output_read(w); left--)
		continue;
	(void)event_del(o->readable);
	output_line(w);
	if (o->lines <= WORKER_OUTPUT_LINES)
		return;
	(void)snprintf(text, sizeof(text), "%llu more lines, which are left out",
	    (unsigned long long)(o->lines - WORKER_OUTPUT_LINES));
	output_say(w, text);
}

void
worker_output_fini(struct worker *w)
{
	if (w->output.readable != NULL)
		event_free(w->output.readable);
	if (w->output.fd >= 0)
		(void)close(w->output.fd);
}
