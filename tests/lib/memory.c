/* SPDX-License-Identifier: ISC */
/*
 * memory.c -- for LD_PRELOAD: allocations that a test has fail while the program runs.
 *
 * $TEST_MEMORY names a file of three int64_t: allocations so far, the number of the
 * first one that fails (0: none), and how many fail.  It is mapped before main(), so
 * that a program may clear its environment; Python's mmap reads and writes it.  What
 * the program forks counts nothing and gets all it asks for.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { COUNT, FIRST, FAILURES, WORDS };

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

static _Atomic int64_t *words;

static void
memory_forked(void)
{
	words = NULL;
}

__attribute__((constructor)) static void
memory_map(void)
{
	const char *path = getenv("TEST_MEMORY");
	int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *p;

	if (fd == -1)
		return;
	(void)pthread_atfork(NULL, NULL, memory_forked);
	p = mmap(NULL, WORDS * sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p != MAP_FAILED)
		words = p;
	close(fd);
}

static int
memory_fails(void)
{
	int64_t n, first;

	if (words == NULL)
		return 0;
	n = atomic_fetch_add(&words[COUNT], 1) + 1;
	first = words[FIRST];
	if (first == 0 || n < first || n >= first + words[FAILURES])
		return 0;
	errno = ENOMEM;
	return 1;
}

void *
malloc(size_t size)
{
	return memory_fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	return memory_fails() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *old, size_t size)
{
	return memory_fails() ? NULL : __libc_realloc(old, size);
}
