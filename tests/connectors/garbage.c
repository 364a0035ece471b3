/* SPDX-License-Identifier: ISC */
/* garbage.c -- writes to the worker's socket itself. */
#include <unistd.h>

#include "hostile.h"

#define SOCKET_FD	3

static void
write_raw(const void *bytes, size_t len)
{
	(void)!write(SOCKET_FD, bytes, len);
}

static enum cs_rc
garbage_push(void *state, const char *buf, size_t len)
{
	/* u32 length, u8 type, payload: see the worker's frame.h */
	static const unsigned char huge[] = { 0xff, 0xff, 0xff, 0xff, 0x44 };
	static const unsigned char unknown[] = { 0, 0, 0, 0, 0x7f };
	static const unsigned char ours[] = { 0, 0, 0, 0, 0x05 };
	static const unsigned char credit[] = { 8, 0, 0, 0, 0x43,
	    0xff, 0xff, 0, 0, 0, 0, 0, 0 };
	static const unsigned char done[] = { 16, 0, 0, 0, 0x4a,
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	static const unsigned char record[] = { 3, 0, 0, 0, 0x44, 1, 0, 'x' };

	(void)buf, (void)len;
	if (hostile_is(state, "text"))
		write_raw("Segmentation fault? No, hello!", 30);
	if (hostile_is(state, "huge"))
		write_raw(huge, sizeof(huge));
	if (hostile_is(state, "unknown"))
		write_raw(unknown, sizeof(unknown));
	if (hostile_is(state, "ours"))
		write_raw(ours, sizeof(ours));
	if (hostile_is(state, "credit"))
		write_raw(credit, sizeof(credit));
	if (hostile_is(state, "done"))
		write_raw(done, sizeof(done));
	if (hostile_is(state, "record"))
		write_raw(record, sizeof(record));
	if (hostile_is(state, "part")) {
		write_raw(record, sizeof(record) - 1);
		_exit(0);
	}
	if (hostile_is(state, "close")) {
		(void)close(SOCKET_FD);
		for (;;)
			(void)sleep(3600);
	}
	return CS_OK;
}

HOSTILE(garbage, .next = hostile_next, .push = garbage_push,
    .close = hostile_close);
