/* SPDX-License-Identifier: ISC */
/*
 * test_lines_server.c -- lines in, lines out over a Unix socket, peers that
 * misbehave, and a socket that cannot be had: src/io/lines_server.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "io/lines_server.h"

#define DEADLINE_MS	10000	/* of what must happen */
#define SEEN_MAX	65536

/* A server with what it was told, and a client. */
struct world {
	char	 dir[32], path[64];
	struct loop *loop;
	struct timer late, look;
	struct lines_server *server;
	struct lines_peer *peer;	/* of the last line */
	struct buf seen;		/* "line;" each */
	unsigned lines, closed, drained;
	int	 watched;		/* a client's socket */
	const char *reply;		/* instead of the line; NULL: the line */
	size_t	 heard;			/* bytes that the watched client has read, or will */
	bool	 answer, timed_out;
	bool	(*until)(struct world *);
};

static void
on_line(void *arg, struct lines_peer *peer, const char *line)
{
	struct world *w = arg;
	char who[LINES_WHO_SIZE], uid[32];

	w->peer = peer;
	w->lines++;
	assert_int_equal(lines_peer_uid(peer), getuid());
	(void)snprintf(uid, sizeof(uid), "uid %lu", (unsigned long)getuid());
	assert_non_null(strstr(lines_peer_who(peer, who), uid));
	buf_printf(&w->seen, "%s;", line);
	if (!w->answer)
		return;
	if (w->reply != NULL)
		line = w->reply;
	assert_true(lines_send(peer, line, strlen(line)));
	lines_finish(peer);
}

static void
on_closed(void *arg, struct lines_peer *peer)
{
	struct world *w = arg;

	w->closed++;
	if (w->peer == peer)
		w->peer = NULL;
}

static void
on_drained(void *arg, struct lines_peer *peer)
{
	struct world *w = arg;

	assert_ptr_equal(w->peer, peer);
	assert_int_equal(lines_unread(peer), 0);
	w->drained++;
}

static const struct lines_events events = { .line = on_line, .drained = on_drained,
    .closed = on_closed };

static void
on_late(void *arg)
{
	struct world *w = arg;

	w->timed_out = true;
	loop_stop(w->loop);
}

static void
on_look(void *arg)
{
	struct world *w = arg;

	if (w->until(w))
		loop_stop(w->loop);
	else
		timer_set_ms(&w->look, 1);
}

/* Runs the loop until the condition holds. */
static void
run_until(struct world *w, bool (*until)(struct world *))
{
	w->until = until;
	timer_set_ms(&w->look, 0);
	timer_set_ms(&w->late, DEADLINE_MS);
	assert_int_equal(loop_run(w->loop), 0);
	timer_cancel(&w->late);
	timer_cancel(&w->look);
	assert_false(w->timed_out);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct err err;

	assert_non_null(w);
	(void)snprintf(w->dir, sizeof(w->dir), "/tmp/certsync-lines-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	(void)snprintf(w->path, sizeof(w->path), "%s/s", w->dir);
	w->loop = loop_new();
	assert_int_equal(timer_init(&w->late, w->loop, on_late, w), 0);
	assert_int_equal(timer_init(&w->look, w->loop, on_look, w), 0);
	buf_init(&w->seen, SEEN_MAX);
	w->answer = true;
	w->server = lines_server_new(w->loop, w->path, (gid_t)-1, &events, w, &err);
	assert_non_null(w->server);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	lines_server_free(w->server);
	timer_fini(&w->late);
	timer_fini(&w->look);
	(void)loop_free(w->loop);
	buf_free(&w->seen);
	(void)unlink(w->path);
	assert_int_equal(rmdir(w->dir), 0);
	free(w);
	return 0;
}

static struct sockaddr_un
address(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	return sun;
}

static int
connect_to(const char *path)
{
	struct sockaddr_un sun = address(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	return fd;
}

static void
say(int fd, const char *text, size_t len)
{
	assert_int_equal(send(fd, text, len, MSG_NOSIGNAL), len);
}

static bool
one_line(struct world *w)
{
	return w->lines == 1;
}

static bool
some_lines(struct world *w)
{
	return w->lines > 0;
}

static bool
three_lines(struct world *w)
{
	return w->lines >= 3;
}

/* Their answers need not come at once. */
static bool
three_answers(struct world *w)
{
	char text[64];

	return w->lines >= 3 && recv(w->watched, text, sizeof(text),
	    MSG_PEEK | MSG_DONTWAIT) >= (ssize_t)w->heard;
}

static bool
one_closed(struct world *w)
{
	return w->closed == 1;
}

/* --- lines --------------------------------------------------------------------- */

/* Pipelined, cut anywhere, empty, with a NUL in it: each line once, in order. */
static void
test_lines(void **state)
{
	static const char text[] = "one\n\nt\0o\n", answers[] = "one\n\n\n";
	struct world *w = *state;
	char got[64];

	w->watched = connect_to(w->path);
	w->heard = strlen(answers);
	for (size_t i = 0; i + 1 < sizeof(text); i++)
		say(w->watched, text + i, 1);
	run_until(w, three_answers);
	assert_string_equal(buf_str(&w->seen), "one;;;");
	assert_int_equal(recv(w->watched, got, sizeof(got), 0), strlen(answers));
	assert_memory_equal(got, answers, strlen(answers));
	(void)close(w->watched);
	run_until(w, one_closed);
}

/* The second request waits until the first is answered, and longer lines behind it in the socket. */
static void
test_one_after_the_other(void **state)
{
	static char much[2 * LINES_LINE_MAX];
	struct world *w = *state;
	int fd = connect_to(w->path), other = connect_to(w->path);

	memset(much, 'x', sizeof(much));
	for (size_t i = 0; i < sizeof(much); i += 1000)
		much[i] = '\n';
	w->answer = false;
	say(fd, "one\n", 4);
	run_until(w, one_line);
	lines_set_data(w->peer, w);
	assert_ptr_equal(lines_data(w->peer), w);
	say(fd, much, sizeof(much));
	(void)close(other);		/* its end is seen after what fd has sent */
	run_until(w, one_closed);
	assert_int_equal(w->lines, 1);
	w->answer = true;
	lines_finish(w->peer);
	run_until(w, three_lines);
	(void)close(fd);
}

/* --- descriptors ------------------------------------------------------------------- */

/* Sends text with n descriptors. */
static void
say_with(int to, const char *text, const int *fds, size_t n)
{
	union { struct cmsghdr align; char room[CMSG_SPACE(4 * sizeof(int))]; } control;
	struct iovec bytes = { .iov_base = (void *)(uintptr_t)text, .iov_len = strlen(text) };
	struct msghdr msg = { .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control.room,
	    .msg_controllen = CMSG_SPACE(n * sizeof(int)) };

	memset(&control, 0, sizeof(control));
	control.align = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
	    .cmsg_len = CMSG_LEN(n * sizeof(int)) };
	memcpy(CMSG_DATA(&control.align), fds, n * sizeof(int));
	assert_int_equal(sendmsg(to, &msg, MSG_NOSIGNAL), strlen(text));
}

/* Whether the pipe's last writing end has been closed. */
static bool
is_closed(int reader)
{
	char c;

	return read(reader, &c, 1) == 0;
}

static bool
watched_pipe_is_closed(struct world *w)
{
	return is_closed(w->watched);
}

/* It comes with its request, once, and is the caller's. */
static void
test_a_descriptor(void **state)
{
	struct world *w = *state;
	int to = connect_to(w->path), ends[2], got;

	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	w->answer = false;
	say_with(to, "read\n", &ends[1], 1);
	run_until(w, one_line);
	got = lines_take_fd(w->peer);
	assert_true(got >= 0 && got != ends[1]);
	assert_int_equal(fcntl(got, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(lines_take_fd(w->peer), -1);
	assert_int_equal(write(got, "x", 1), 1);
	assert_int_equal(read(ends[0], &(char){ 0 }, 1), 1);
	(void)close(got);
	(void)close(ends[0]);
	(void)close(ends[1]);
	(void)close(to);
}

/* Several at once, one that nobody takes, one before another: none is left open. */
static void
test_descriptors_nobody_takes(void **state)
{
	struct world *w = *state;

	for (int round = 0; round < 3; round++) {
		int to = connect_to(w->path), ends[2], two[2];

		assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
		two[0] = two[1] = ends[1];
		w->lines = w->closed = 0;
		say_with(to, round == 2 ? "re" : "read\n", two, round == 1 ? 2 : 1);
		if (round == 2)
			say_with(to, "ad\n", &ends[1], 1);
		run_until(w, one_line);
		(void)close(ends[1]);
		(void)close(to);
		w->watched = ends[0];
		run_until(w, watched_pipe_is_closed);
		(void)close(ends[0]);
	}
}

/* --- peers that are cut ---------------------------------------------------------- */

static void
test_line_too_long(void **state)
{
	static char much[LINES_LINE_MAX + 1];
	struct world *w = *state;
	char got;

	memset(much, 'x', sizeof(much));
	for (size_t end = 0; end < 2; end++) {
		int fd = connect_to(w->path);

		/* Without its end, and with it. */
		much[LINES_LINE_MAX] = end == 0 ? 'x' : '\n';
		w->closed = 0;
		say(fd, much, sizeof(much));
		run_until(w, one_closed);
		assert_true(recv(fd, &got, 1, 0) <= 0);
		(void)close(fd);
	}
	assert_int_equal(w->lines, 0);
}

/* One that does not read is cut, and hears no more. */
static void
test_output_unread(void **state)
{
	struct world *w = *state;
	size_t len = LINES_OUTPUT_MAX / 4;
	char *text = calloc(1, len);
	int fd = connect_to(w->path), sent = 0;

	assert_non_null(text);
	w->answer = false;
	say(fd, "one\n", 4);
	run_until(w, one_line);
	while (lines_send(w->peer, text, len))
		assert_true(++sent < 5);
	assert_in_range(sent, 1, 4);
	assert_false(lines_send(w->peer, "x", 1));
	run_until(w, one_closed);
	free(text);
	(void)close(fd);
}

#define MUCH	12	/* requests whose answers are more than LINES_OUTPUT_MAX */
#define REPLY	((size_t)1 << 20)

/* The client reads, as fast as the loop lets it. */
static bool
all_is_heard(struct world *w)
{
	static char bytes[65536];
	ssize_t n;

	while ((n = recv(w->watched, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		w->heard += (size_t)n;
	return n == 0 || w->heard == MUCH * REPLY;
}

/* Who asks much at once and reads later gets every answer: the next request waits for him. */
static void
test_answers_wait_to_be_read(void **state)
{
	struct world *w = *state;
	char *reply = malloc(REPLY);
	int fd = connect_to(w->path);

	assert_non_null(reply);
	memset(reply, 'x', REPLY - 1);
	reply[REPLY - 1] = '\0';
	w->reply = reply;
	for (int i = 0; i < MUCH; i++)
		say(fd, "ask\n", 4);
	run_until(w, some_lines);
	w->watched = fd;
	run_until(w, all_is_heard);
	assert_int_equal(w->closed, 0);
	assert_int_equal(w->heard, MUCH * REPLY);
	assert_int_equal(w->lines, MUCH);
	free(reply);
	(void)close(fd);
}

static bool
watched_is_cut(struct world *w)
{
	char c;

	return recv(w->watched, &c, 1, MSG_DONTWAIT) == 0;
}

static bool
all_is_read(struct world *w)
{
	char text[65536];
	ssize_t n = recv(w->watched, text, sizeof(text), MSG_DONTWAIT);

	w->heard += n > 0 ? (size_t)n : 0;
	return w->drained > 0;
}

/* Who has much to send waits until the peer has read, and is told. */
static void
test_a_peer_that_reads_at_last(void **state)
{
	static char line[LINES_UNREAD_MAX];
	struct world *w = *state;

	w->answer = false;
	w->watched = connect_to(w->path);
	say(w->watched, "one\n", 4);
	run_until(w, one_line);
	memset(line, 'x', sizeof(line));
	assert_true(lines_send(w->peer, line, sizeof(line)));
	assert_int_equal(lines_unread(w->peer), sizeof(line) + 1);
	assert_int_equal(w->drained, 0);
	run_until(w, all_is_read);
	assert_int_equal(w->drained, 1);
	assert_in_range(w->heard, 1, sizeof(line) + 1);
	lines_finish(w->peer);
	(void)close(w->watched);
}

/* Connects n clients, each of which says a line. */
static void
connect_many(struct world *w, int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		w->lines = 0;
		fds[i] = connect_to(w->path);
		say(fds[i], "one\n", 4);
		run_until(w, one_line);
	}
}

/* Clients that do nothing make place for one that wants something. */
static void
test_too_many_that_are_idle(void **state)
{
	struct world *w = *state;
	int fds[LINES_CONNECTIONS_MAX + 1];

	connect_many(w, fds, LINES_CONNECTIONS_MAX);
	connect_many(w, fds + LINES_CONNECTIONS_MAX, 1);
	w->watched = fds[0];
	run_until(w, watched_is_cut);
	/* The others are heard as before. */
	w->lines = 0;
	say(fds[1], "two\n", 4);
	run_until(w, one_line);
	for (size_t i = 0; i <= LINES_CONNECTIONS_MAX; i++)
		(void)close(fds[i]);
}

/* All at work: our own user and root have a reserve, and it ends, too. */
static void
test_too_many_that_are_busy(void **state)
{
	struct world *w = *state;
	int fds[LINES_CONNECTIONS_MAX + LINES_RESERVE + 1];
	const size_t most = LINES_CONNECTIONS_MAX + LINES_RESERVE;

	w->answer = false;
	connect_many(w, fds, most);
	fds[most] = w->watched = connect_to(w->path);
	run_until(w, watched_is_cut);
	assert_int_equal(w->closed, 0);
	for (size_t i = 0; i <= most; i++)
		(void)close(fds[i]);
}

static bool
warned(struct world *w)
{
	struct log_counts counts;

	(void)w;
	log_counts(&counts);
	return counts.messages[LOG_LEVEL_WARN] > 0;
}

/* No descriptor for a peer: the daemon goes on, and takes it once there is one. */
static void
test_no_descriptors(void **state)
{
	struct world *w = *state;
	int fd = connect_to(w->path), next = dup(fd);
	struct rlimit before, none;

	assert_true(next >= 0);
	(void)close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = (rlim_t)next;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	say(fd, "one\n", 4);
	run_until(w, warned);
	assert_int_equal(w->lines, 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	run_until(w, one_line);
	(void)close(fd);
}

/* --- the socket -------------------------------------------------------------------- */

/* As a killed daemon leaves it. */
static void
leave_socket(const char *path)
{
	struct sockaddr_un sun = address(path);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	(void)close(fd);
}

static void
test_socket_is_had_once(void **state)
{
	struct world *w = *state;
	struct lines_server *second;
	struct stat st;
	struct err err;

	assert_int_equal(stat(w->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	second = lines_server_new(w->loop, w->path, (gid_t)-1, &events, w, &err);
	assert_null(second);
	assert_non_null(strstr(err.text, "another process listens there"));
	/* A stale one is replaced, with a group's gid if asked. */
	lines_server_free(w->server);
	w->server = NULL;
	assert_int_equal(access(w->path, F_OK), -1);
	leave_socket(w->path);
	w->server = lines_server_new(w->loop, w->path, getgid(), &events, w, &err);
	assert_non_null(w->server);
	assert_int_equal(stat(w->path, &st), 0);
	assert_int_equal(st.st_gid, getgid());
}

static void
test_socket_that_cannot_be(void **state)
{
	struct world *w = *state;
	char path[200];
	struct err err;

	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	assert_null(lines_server_new(w->loop, path, (gid_t)-1, &events, w, &err));
	assert_non_null(strstr(err.text, "a socket's path has at most 107 bytes"));
	assert_null(lines_server_new(w->loop, "/nonexistent/s", (gid_t)-1, &events, w, &err));
	assert_string_equal(err.text, "/nonexistent/s: No such file or directory");
	lines_server_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_after_the_other, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_descriptor, setup, teardown),
		cmocka_unit_test_setup_teardown(test_descriptors_nobody_takes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_line_too_long, setup, teardown),
		cmocka_unit_test_setup_teardown(test_output_unread, setup, teardown),
		cmocka_unit_test_setup_teardown(test_answers_wait_to_be_read, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_peer_that_reads_at_last, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_many_that_are_idle, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_many_that_are_busy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_descriptors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_socket_is_had_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_socket_that_cannot_be, setup, teardown),
	};

	return cmocka_run_group_tests_name("lines_server", tests, NULL, NULL);
}
