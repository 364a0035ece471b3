/* SPDX-License-Identifier: ISC */
/*
 * burglaries.h -- what burglar.c can be told to try, and what comes of it:
 * how it is told, the call that is named (or its beginning), "?" where the name cannot be
 * told, or NULL and the error that the plug-in is answered, and whether a constructor, which may
 * still open files to read, is answered EACCES by Landlock.  tests/systemd
 * reads it, too, line by line.
 */
#ifndef TESTS_BURGLARIES_H
#define TESTS_BURGLARIES_H

#define BURGLARIES(X) \
	X("tcp", "socket", 0, false) \
	X("unix", "socket", 0, false) \
	X("udp", "socket", 0, false) \
	X("pair", "socketpair", 0, false) \
	X("address", "sendto", 0, false) \
	X("open", "openat", 0, true) \
	X("proc", "openat", 0, true) \
	X("plain-open", "open", 0, false) \
	X("openat2", NULL, ENOSYS, false) \
	X("create", "openat", 0, false) \
	X("write", "openat", 0, false) \
	X("directory", "openat", 0, false) \
	X("unlink", "unlink", 0, false) \
	X("rename", "rename", 0, false) \
	X("symlink", "symlink", 0, false) \
	X("chmod", "", 0, false) \
	X("readlink", "readlink", 0, false) \
	X("exec", "execve", 0, false) \
	X("fork", "clone", 0, false) \
	X("blocked", "?", 0, false) \
	X("vfork", "clone", 0, false) \
	X("thread", "", 0, false) \
	X("kill", "kill", 0, false) \
	X("kill-self", "kill", 0, false) \
	X("tgkill", "tgkill", 0, false) \
	X("ptrace", "ptrace", 0, false) \
	X("readv", "process_vm_readv", 0, false) \
	X("pidfd", "pidfd_open", 0, false) \
	X("sigaction", "rt_sigaction", 0, false) \
	X("wx", "mmap", 0, false) \
	X("anonymous-code", "mmap", 0, false) \
	X("written-code", "mprotect", 0, false) \
	X("memfd", "memfd_create", 0, false) \
	X("limit", "", 0, false) \
	X("dumpable", "prctl", 0, false) \
	X("leash", "prctl", 0, false) \
	X("unshare", "unshare", 0, false) \
	X("setuid", "setuid", 0, false) \
	X("uring", NULL, ENOSYS, false) \
	X("bpf", "bpf", 0, false) \
	X("userfaultfd", "userfaultfd", 0, false) \
	X("keys", "keyctl", 0, false) \
	X("dup", "dup", 0, false) \
	X("system", "", 0, false)

#endif /* TESTS_BURGLARIES_H */
