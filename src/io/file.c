/* SPDX-License-Identifier: ISC */
/* file.c -- see file.h. */
#include "io/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static char *
read_fd(int fd, size_t max, size_t *out_len, struct err *err)
{
	char *text = malloc(max + 1);
	size_t len = 0;
	ssize_t n;

	if (text == NULL) {
		(void)err_set_passing(err, "cannot be read: out of memory");
		return NULL;
	}
	/* One byte more than allowed tells a full file from one too large. */
	do {
		n = read(fd, text + len, max + 1 - len);
		if (n > 0)
			len += (size_t)n;
	} while ((n > 0 && len <= max) || (n == -1 && errno == EINTR));
	if (n == -1)
		(void)err_set_errno(err, errno, "cannot be read");
	else if (len > max)
		(void)err_set(err, "is larger than %zu KiB: split it", max >> 10);
	else {
		text[len] = '\0';
		*out_len = len;
		return text;
	}
	free(text);
	return NULL;
}

char *
file_read(const char *path, size_t max, size_t *out_len, struct err *err)
{
	struct stat st;
	char *text = NULL;
	/* Non-blocking: a FIFO in its place must not stop a reload. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd == -1)
		(void)err_set_errno(err, errno, "cannot be opened");
	else if (fstat(fd, &st) == -1)
		(void)err_set_errno(err, errno, "cannot be read");
	else if (!S_ISREG(st.st_mode))
		(void)err_set(err, "is not a regular file");
	else
		text = read_fd(fd, max, out_len, err);
	if (fd != -1)
		(void)close(fd);
	return text;
}

static int
write_whole(const char *path, const char *text, size_t len, bool on_disk, struct err *err)
{
	char fresh[FILE_PATH_MAX];
	bool ok;
	int fd;

	if (snprintf(fresh, sizeof(fresh), "%s.new", path) >= (int)sizeof(fresh))
		return err_set(err, "its path is too long");
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	ok = fd != -1 && write(fd, text, len) == (ssize_t)len &&
	    (!on_disk || fsync(fd) == 0);
	if (fd != -1 && close(fd) != 0)
		ok = false;
	if (!ok || rename(fresh, path) != 0)
		return err_set_errno(err, errno, "cannot be written");
	return 0;
}

int
file_replace(const char *path, const char *text, size_t len, struct err *err)
{
	return write_whole(path, text, len, true, err);
}

int
file_put(const char *path, const char *text, size_t len, struct err *err)
{
	return write_whole(path, text, len, false, err);
}

int
file_make_dir(const char *path, struct err *err)
{
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return err_set_errno(err, errno, "cannot be made");
	return 0;
}

bool
file_is_not_roots(const char *path, char *out_owner, size_t size)
{
	const struct passwd *user;
	struct stat st;

	if (geteuid() != 0 || stat(path, &st) != 0 || st.st_uid == 0)
		return false;
	user = getpwuid(st.st_uid);
	(void)snprintf(out_owner, size, "%s", user != NULL ? user->pw_name : "");
	if (user == NULL)
		(void)snprintf(out_owner, size, "#%u", (unsigned)st.st_uid);
	return true;
}

static enum file_look
look(const char *path, mode_t kind, int mode, const char *what, struct err *err)
{
	struct stat st;
	int errnum = stat(path, &st) != 0 ? errno : 0;

	if (errnum == ENOENT) {
		(void)err_set(err, "leads nowhere: there is no %s", path);
		return FILE_LOOK_MISSING;
	}
	if (errnum == 0 && (st.st_mode & S_IFMT) != kind) {
		(void)err_set(err, "leads to no %s: %s", what, path);
		return FILE_LOOK_WRONG;
	}
	if (errnum == 0 && access(path, mode) == 0)
		return FILE_LOOK_OK;
	(void)err_set_errno(err, errnum != 0 ? errnum : errno, "%s", path);
	return err->hidden ? FILE_LOOK_HIDDEN : FILE_LOOK_WRONG;
}

enum file_look
file_look(const char *path, struct err *err)
{
	return look(path, S_IFREG, R_OK, "file", err);
}

enum file_look
file_look_dir(const char *path, struct err *err)
{
	return look(path, S_IFDIR, X_OK, "directory", err);
}

int
file_names(const char *dir, const char *suffix, char *out, size_t size)
{
	struct dirent **entries;
	int n = scandir(dir, &entries, NULL, alphasort), count = 0;
	size_t at = 0;

	out[0] = '\0';
	for (int i = 0; i < n; i++) {
		size_t len = strlen(entries[i]->d_name), end = strlen(suffix);

		if (len > end && strcmp(entries[i]->d_name + len - end, suffix) == 0) {
			int add = snprintf(out + at, size - at, "%s%.*s", at > 0 ? ", " : "",
			    (int)(len - end), entries[i]->d_name);

			if (add > 0 && (size_t)add < size - at)
				at += (size_t)add;
			else
				out[at] = '\0';
			count++;
		}
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return n < 0 ? -1 : count;
}

int
file_lock(const char *path, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd == -1)
		return err_set_errno(err, errno, "cannot be opened");
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	(void)close(fd);
	(void)err_set(err, "is locked");
	return FILE_LOCKED;
}

void
file_unlock(int fd)
{
	if (fd >= 0)
		(void)close(fd);
}
