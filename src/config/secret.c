/* SPDX-License-Identifier: ISC */
/*
 * secret.c -- reads a secret by its reference, when it is needed.
 *
 * The engine keeps no secret: the caller wipes what it got.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "config/config.h"
#include "config/settings.h"

#define CREDENTIAL	"credential:"
#define SECRET_FILE	"file:"
#define REF_SHOWN	160	/* bytes of a reference in a message */

/* $CREDENTIALS_DIRECTORY as it was before the environment was cleared. */
static char credentials_dir[PATH_MAX];

void
config_set_credentials_dir(const char *dir)
{
	(void)text_copy(credentials_dir, sizeof(credentials_dir),
	    dir != NULL ? dir : "");
}

bool
config_has_credentials(void)
{
	return credentials_dir[0] != '\0';
}

static int
secret_path(const char *ref, char *path, size_t size, struct err *err)
{
	int len;

	if (!setting_is_secret_ref(ref))
		return err_set(err, "is not credential:NAME or file:/PATH");
	if (text_starts(ref, SECRET_FILE))
		len = snprintf(path, size, "%s", ref + strlen(SECRET_FILE));
	else if (credentials_dir[0] == '\0')
		return err_set(err, "the service was started without credentials: "
		    "give it LoadCredential=%s:PATH, or write file:/PATH",
		    ref + strlen(CREDENTIAL));
	else
		len = snprintf(path, size, "%s/%s", credentials_dir,
		    ref + strlen(CREDENTIAL));
	if (len < 0 || (size_t)len >= size)
		return err_set(err, "the path is too long");
	return 0;
}

static int
secret_check_file(int fd, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_set_errno(err, errno, "cannot be read");
	if (!S_ISREG(st.st_mode))
		return err_set(err, "is not a regular file");
	/* Who can write it chooses what we send, and to whom it is a login. */
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return err_set(err, "others than its owner may write it: "
		    "chmod go-w it");
	return 0;
}

/* Reads up to size bytes.  -1: err. */
static ssize_t
secret_slurp(int fd, char *buf, size_t size, struct err *err)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, buf + len, size - len);
		if (n > 0)
			len += (size_t)n;
	} while ((n > 0 && len < size) || (n == -1 && errno == EINTR));
	if (n == -1)
		return err_set_errno(err, errno, "cannot be read");
	return (ssize_t)len;
}

/* Makes len bytes of buf a string.  Its bytes never get into a message. */
static int
secret_finish(char *buf, size_t len, size_t size, struct err *err)
{
	size_t i;

	if (len == size)
		return err_set(err, "is longer than %zu bytes", size - 1);
	if (len > 0 && buf[len - 1] == '\n')
		len--;
	if (len > 0 && buf[len - 1] == '\r')
		len--;
	if (len == 0)
		return err_set(err, "is empty");
	/* A newline inside would split the header it is put into. */
	for (i = 0; i < len; i++)
		if ((unsigned char)buf[i] < ' ' || buf[i] == 0x7f)
			return err_set(err, "holds a control character or "
			    "more than one line");
	buf[len] = '\0';
	return 0;
}

int
config_secret_read(const struct config_secret *secret, char *buf, size_t size,
    struct err *err)
{
	char path[PATH_MAX], shown[REF_SHOWN];
	ssize_t len;
	int fd, rc = -1;

	if (secret->ref == NULL)
		return err_set(err, "no secret is configured");
	(void)text_escape(secret->ref, strlen(secret->ref), shown, sizeof(shown));
	if (secret_path(secret->ref, path, sizeof(path), err) == -1)
		return err_prefix(err, "secret %s", shown);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1) {
		(void)err_set_errno(err, errno, "cannot be opened");
		return err_prefix(err, "secret %s", shown);
	}
	if (secret_check_file(fd, err) == 0) {
		len = secret_slurp(fd, buf, size, err);
		if (len >= 0)
			rc = secret_finish(buf, (size_t)len, size, err);
	}
	(void)close(fd);
	if (rc == -1) {
		explicit_bzero(buf, size);
		return err_prefix(err, "secret %s", shown);
	}
	return 0;
}
