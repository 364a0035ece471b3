/* SPDX-License-Identifier: ISC */
/*
 * cage_landlock.c -- see cage.h: landlock(7), by system calls of our own, for
 * Debian 12 has no library for it and its headers end at the second version.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "worker/cage.h"
#include "worker/cage_inside.h"

/* linux/landlock.h of 6.12, where the sixth version is. */
struct ruleset_attr {
	uint64_t	handled_access_fs, handled_access_net, scoped;
};

struct path_beneath_attr {
	uint64_t	allowed_access;
	int32_t		parent_fd;
} __attribute__((packed));

#define CREATE_RULESET_VERSION	1u
#define RULE_PATH_BENEATH	1
#define ACCESS_EXECUTE		(UINT64_C(1) << 0)
#define ACCESS_READ_FILE	(UINT64_C(1) << 2)
#define ACCESS_READ_DIR		(UINT64_C(1) << 3)
#define ABI_MAX			6

/* What each version has learnt to forbid: all of it is. */
static const struct { unsigned fs_bits; uint64_t net, scoped; } learnt[ABI_MAX + 1] = {
	[1] = { 13, 0, 0 },
	[2] = { 14, 0, 0 },	/* linking and renaming between directories */
	[3] = { 15, 0, 0 },	/* truncating */
	[4] = { 15, 3, 0 },	/* binding and connecting by TCP */
	[5] = { 16, 3, 0 },	/* ioctl on devices */
	[6] = { 16, 3, 3 },	/* abstract sockets and signals of others */
};

/* The version this kernel speaks, at most ABI_MAX; 0: none. */
static unsigned
landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);

	return abi <= 0 ? 0 : abi > ABI_MAX ? ABI_MAX : (unsigned)abi;
}

bool
cage_has_landlock(void)
{
	return landlock_abi() > 0;
}

const char *
cage_lack(void)
{
	if (CAGE_OPEN)
		return "workers of this build have no cage: it is for tests";
	return cage_has_landlock() ? NULL : "this kernel has no Landlock: while a plug-in is "
	    "loaded it can read what the daemon's user can";
}

/* All accesses to files that this version knows. */
static uint64_t
all_files(unsigned abi)
{
	return (UINT64_C(1) << learnt[abi].fs_bits) - 1;
}

/* Forbids this process those accesses to files, and all else; on fd, or below it, some stay. */
static int
restrict_but(unsigned abi, uint64_t files, int fd, uint64_t stays, struct err *err)
{
	const struct ruleset_attr attr = {
		.handled_access_fs = files, .handled_access_net = learnt[abi].net,
		.scoped = learnt[abi].scoped
	};
	const struct path_beneath_attr rule = { .allowed_access = stays, .parent_fd = fd };
	size_t size = abi < 4 ? sizeof(uint64_t) : abi < 6 ? 2 * sizeof(uint64_t) : sizeof(attr);
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0), rc = -1;

	if (ruleset == -1)
		return err_set(err, "Landlock: %s", strerror(errno));
	if (syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) == 0 &&
	    syscall(SYS_landlock_restrict_self, ruleset, 0) == 0)
		rc = 0;
	else
		(void)err_set(err, "Landlock: %s", strerror(errno));
	(void)close(ruleset);
	return rc;
}

int
cage_landlock(int plugin_fd, struct err *err)
{
	unsigned abi = landlock_abi();

	return abi == 0 ? 0 :
	    restrict_but(abi, all_files(abi), plugin_fd, ACCESS_READ_FILE, err);
}

int
cage_landlock_writes(const char *dir, struct err *err)
{
	unsigned abi = landlock_abi();
	uint64_t writes = all_files(abi) & ~(ACCESS_EXECUTE | ACCESS_READ_FILE | ACCESS_READ_DIR);
	int fd, rc;

	if (abi == 0)
		return 0;
	fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return err_set(err, "%s: %s", dir, strerror(errno));
	rc = restrict_but(abi, writes, fd, writes, err);
	(void)close(fd);
	return rc;
}
