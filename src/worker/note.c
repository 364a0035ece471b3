/* SPDX-License-Identifier: ISC */
/* note.c -- see note.h. */
#include "worker/note.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

int
note_new(void)
{
	int fd = memfd_create("certsync-note", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd == -1)
		return -1;
	if (ftruncate(fd, sizeof(struct note)) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

static void *
note_map(int fd, int access)
{
	void *p = mmap(NULL, sizeof(struct note), access, MAP_SHARED, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

struct note *
note_map_to_write(int fd)
{
	return note_map(fd, PROT_READ | PROT_WRITE);
}

const struct note *
note_map_to_read(int fd)
{
	return note_map(fd, PROT_READ);
}

void
note_unmap(const struct note *n)
{
	if (n != NULL)
		(void)munmap((void *)(uintptr_t)n, sizeof(*n));
}

void
note_enter(struct note *n, enum note_call call)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	n->since_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	n->call = call;
}

void
note_leave(struct note *n)
{
	n->call = NOTE_NONE;
}

const char *
note_call_name(const struct note *n)
{
	static const char *const names[] = {
		[NOTE_LOAD] = "its constructor", [NOTE_COVER] = "cover()",
		[NOTE_OPEN] = "open()", [NOTE_NEXT] = "next()", [NOTE_BEGIN] = "begin()",
		[NOTE_PUSH] = "push()", [NOTE_END] = "end()", [NOTE_CLOSE] = "close()"
	};
	uint32_t call = n->call;

	return call < sizeof(names) / sizeof(*names) ? names[call] : NULL;
}
