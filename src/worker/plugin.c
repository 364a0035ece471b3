/* SPDX-License-Identifier: ISC */
/* plugin.c -- see plugin.h. */
#include "worker/plugin.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "worker/message.h"
#include "worker/rules.h"

static const char symbol_prefix[] = "cs_connector_";

/* NAME of "/dir/NAME.so".  -1: err. */
static int
name_of(const char *path, char out[PLUGIN_NAME_MAX + 1], struct err *err)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash != NULL ? slash + 1 : path;
	size_t len = strlen(base);

	if (slash == NULL || len < 4 || strcmp(base + len - 3, ".so") != 0 ||
	    len - 3 > PLUGIN_NAME_MAX || !rules_connector(base, len - 3))
		return err_set(err, "a plug-in's file must be named "
		    "/DIRECTORY/NAME.so, NAME of [a-z][a-z0-9_]{0,%d}",
		    PLUGIN_NAME_MAX - 1);
	memcpy(out, base, len - 3);
	out[len - 3] = '\0';
	return 0;
}

static bool
owner_ok(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

/* Opens the file if nobody else could have changed it.  -1: err. */
static int
open_checked(const char *path, struct err *err)
{
	char dir[MESSAGE_PATH_MAX + 1];
	struct stat st;
	int fd;

	if (!text_copy(dir, sizeof(dir), path))
		return err_set(err, "the file name is too long");
	*strrchr(dir, '/') = '\0';
	if (stat(dir[0] != '\0' ? dir : "/", &st) != 0)
		return err_set(err, "its directory: %s", strerror(errno));
	if (!owner_ok(&st) ||
	    ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (st.st_mode & S_ISVTX) == 0))
		return err_set(err, "its directory can be changed by others: it "
		    "must belong to root or to the daemon's user, mode 0755");
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd == -1)
		return err_set(err, "%s", errno == ELOOP ?
		    "it is a symbolic link" : strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && owner_ok(&st) &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return fd;
	(void)close(fd);
	return err_set(err, "it must be a regular file of root or the daemon's "
	    "user, mode 0755 or stricter");
}

static const char *
missing_hook(const struct cs_connector *c)
{
	return c->open == NULL ? "open" : c->next == NULL ? "next" :
	    c->push == NULL ? "push" : c->end == NULL ? "end" :
	    c->close == NULL ? "close" : NULL;
}

int
plugin_check(const struct cs_connector *c, const char *name, struct err *err)
{
	const char *fault;

	if (c->abi != CS_CONNECTOR_ABI)
		return err_set(err, "it speaks connector ABI %u, this certsyncd "
		    "%u: rebuild it with the headers of this version",
		    c->abi, CS_CONNECTOR_ABI);
	if (c->size != sizeof(*c))
		return err_set(err, "its descriptor has %u bytes instead of %zu: "
		    "set .size = sizeof(struct cs_connector) and rebuild it",
		    c->size, sizeof(*c));
	if (c->name == NULL || strcmp(c->name, name) != 0)
		return err_set(err, "its descriptor's name differs from the "
		    "file's, \"%s\"", name);
	fault = missing_hook(c);
	if (fault != NULL)
		return err_set(err, "its descriptor lacks the hook %s()", fault);
	if (c->summary == NULL || c->summary[0] == '\0')
		return err_set(err, "its descriptor lacks a summary");
	if (c->state_size > PLUGIN_STATE_MAX)
		return err_set(err, "its state_size is over %zu bytes",
		    PLUGIN_STATE_MAX);
	fault = message_connector_fault(c->kinds, c->proofs, c->lookup_max,
	    c->max_body, c->max_records);
	return fault == NULL ? 0 : err_set(err, "its descriptor: %s", fault);
}

/* What the loader says, without foreign bytes. */
static void
err_dl(struct err *err)
{
	const char *why = dlerror();
	char shown[300];

	if (why == NULL)
		why = "unknown loader error";
	(void)err_set(err, "%s%s", text_escape(why, strlen(why), shown, sizeof(shown)),
	    strstr(why, "cannot open shared object file") == NULL ? "" :
	    ": a plug-in may use those libraries only that certsyncd-worker has already");
}

static const struct cs_connector *
load_fd(int fd, const char *name, struct err *err)
{
	char file[32], symbol[sizeof(symbol_prefix) + PLUGIN_NAME_MAX];
	const struct cs_connector *c;
	void *handle;

	(void)snprintf(file, sizeof(file), "/proc/self/fd/%d", fd);
	(void)snprintf(symbol, sizeof(symbol), "%s%s", symbol_prefix, name);
	handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	if (handle == NULL) {
		err_dl(err);
		return NULL;
	}
	c = dlsym(handle, symbol);
	if (c == NULL) {
		(void)err_set(err, "it has no symbol %s", symbol);
		return NULL;
	}
	return plugin_check(c, name, err) == 0 ? c : NULL;
}

int
plugin_open(const char *path, struct err *err)
{
	char name[PLUGIN_NAME_MAX + 1];
	int fd;

	if (name_of(path, name, err) != 0)
		return -1;
	fd = open_checked(path, err);
	return fd == -1 ? err_prefix(err, "plug-in %s", name) : fd;
}

const struct cs_connector *
plugin_load(int fd, const char *path, struct err *err)
{
	char name[PLUGIN_NAME_MAX + 1];
	const struct cs_connector *c = NULL;

	if (name_of(path, name, err) == 0) {
		c = load_fd(fd, name, err);
		if (c == NULL)
			(void)err_prefix(err, "plug-in %s", name);
	}
	(void)close(fd);
	return c;
}
