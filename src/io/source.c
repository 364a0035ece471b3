/* SPDX-License-Identifier: ISC */
/*
 * source.c -- see source.h.  Local files cannot be read without blocking, so
 * they are read in pieces small enough for a turn of the loop.
 */
#include "io/source.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "certsync/date.h"
#include "io/source_name.h"

#define SCHEME		"file://"

/* --- where ------------------------------------------------------------------------ */

bool
source_is_file(const char *url)
{
	return text_starts(url, SCHEME);
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The path of a file:// URL, percent signs resolved. */
static int
path_from_url(const char *url, char path[PATH_MAX], struct err *err)
{
	const char *p;
	size_t len = 0;
	int hi, lo;

	if (!source_is_file(url))
		return err_set(err, "not a file:// URL");
	p = url + strlen(SCHEME);
	if (*p != '/')
		return err_set(err, "a file:// URL needs three slashes, as in file:///var/lib/x");
	if (strpbrk(p, "?#") != NULL)
		return err_set(err,
		    "a file:// URL has no query or fragment (%%3F, %%23 are ? and #)");
	for (; *p != '\0'; p++) {
		char c = *p;

		if (c == '%') {
			hi = hex_value(p[1]);
			lo = hi < 0 ? -1 : hex_value(p[2]);
			if (lo < 0 || hi + lo == 0)
				return err_set(err, "a file:// URL has a bad %% sequence");
			c = (char)(hi << 4 | lo);
			p += 2;
		}
		if (len + 1 >= PATH_MAX)
			return err_set(err, "the path of a file:// URL is too long");
		path[len++] = c;
	}
	path[len] = '\0';
	return 0;
}

/* --- manifests ------------------------------------------------------------------------ */

static bool
as_of_parse(const char *text, int64_t *out_s)
{
	struct cs_date day;

	if (text_parse_time_s(text, out_s))
		return true;
	if (cs_date_parse("%Y-%m-%d", text, &day) != CS_DATE_OK)
		return false;
	*out_s = (int64_t)cs_date_days(day) * 86400;
	return true;
}

static bool
sha256_parse(const char *text, char out[65])
{
	if (strlen(text) != 64)
		return false;
	for (size_t i = 0; i < 64; i++) {
		if (hex_value(text[i]) < 0)
			return false;
		out[i] = (char)tolower((unsigned char)text[i]);
	}
	out[64] = '\0';
	return true;
}

static int
manifest_apply(struct source_file *f, const json_t *root, int64_t now_s, struct err *err)
{
	const json_t *rows = json_object_get(root, "rows");
	const json_t *sha256 = json_object_get(root, "sha256");
	const json_t *as_of = json_object_get(root, "as_of");

	if (!json_is_object(root))
		return err_set(err, "it is no JSON object");
	if (rows != NULL && (!json_is_integer(rows) || json_integer_value(rows) < 0))
		return err_set(err, "rows is not a count");
	if (sha256 != NULL && (!json_is_string(sha256) ||
	    !sha256_parse(json_string_value(sha256), f->sha256)))
		return err_set(err, "sha256 is not 64 hex digits");
	if (as_of != NULL && (!json_is_string(as_of) ||
	    !as_of_parse(json_string_value(as_of), &f->as_of_s)))
		return err_set(err, "as_of is neither YYYY-MM-DD nor YYYY-MM-DDThh:mm:ssZ");
	/* A mistyped year would outrank every later file. */
	if (as_of != NULL && f->as_of_s > now_s + SOURCE_FUTURE_MAX_S)
		return err_set(err, "as_of lies in the future");
	if (rows != NULL)
		f->rows = json_integer_value(rows);
	f->has_manifest = true;
	return 0;
}

/* Reads at most SOURCE_MANIFEST_MAX bytes.  -1: fault, -2: no such file. */
static ssize_t
manifest_load(int dir, const char *name, char text[SOURCE_MANIFEST_MAX + 1], struct err *err)
{
	struct stat st;
	ssize_t n;
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd == -1 && errno == ENOENT)
		return -2;
	if (fd == -1)
		return err_set(err, "%s", strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return err_set(err, "it is no regular file");
	}
	n = read(fd, text, SOURCE_MANIFEST_MAX + 1);
	if (n == -1)
		err_set(err, "%s", strerror(errno));
	else if (n > SOURCE_MANIFEST_MAX)
		n = err_set(err, "it is larger than %d bytes", SOURCE_MANIFEST_MAX);
	(void)close(fd);
	return n;
}

/* Reads NAME.manifest into f, if there is one.  -1: it cannot be used. */
static int
manifest_read(int dir, struct source_file *f, int64_t now_s, struct err *err)
{
	char name[SOURCE_NAME_MAX + sizeof(SOURCE_MANIFEST)], text[SOURCE_MANIFEST_MAX + 1];
	char shown[SOURCE_NAME_MAX];
	json_t *root = NULL;
	ssize_t n;
	int rc;

	(void)snprintf(name, sizeof(name), "%s" SOURCE_MANIFEST, f->name);
	n = manifest_load(dir, name, text, err);
	if (n == -2)
		return 0;
	rc = n < 0 ? -1 : 0;
	if (rc == 0) {
		root = json_loadb(text, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
		rc = root == NULL ? err_set(err, "it is not JSON") :
		    manifest_apply(f, root, now_s, err);
	}
	json_decref(root);
	if (rc != 0)
		(void)err_prefix(err, "%s", text_escape(name, strlen(name), shown, sizeof(shown)));
	return rc;
}

/* --- picking --------------------------------------------------------------------------- */

/* One search: what it found, and what it could not take yet. */
struct search {
	int		 dir;
	const char	*pattern;	/* lent; NULL: none */
	int64_t		 settle_s, now_s;
	struct source_file best;	/* name "" while there is none */
	struct source_file closed;	/* the newest that cannot be opened; likewise */
	bool		 searched;	/* a directory, not one file by its name */
	unsigned	 wanted, others; /* files and other entries that were seen */
	char		 waiting[SOURCE_NAME_MAX]; /* escaped name of an incomplete file */
};

static bool
newer(const struct source_file *a, const struct source_file *b)
{
	if (b->name[0] == '\0' || a->as_of_s != b->as_of_s)
		return b->name[0] == '\0' || a->as_of_s > b->as_of_s;
	if (a->mtime_s != b->mtime_s)
		return a->mtime_s > b->mtime_s;
	return a->mtime_ns != b->mtime_ns ? a->mtime_ns > b->mtime_ns :
	    strcmp(a->name, b->name) > 0;
}

static void
file_describe(struct source_file *f, const struct stat *st)
{
	f->size = (uint64_t)st->st_size;
	f->mtime_s = st->st_mtim.tv_sec;
	f->mtime_ns = st->st_mtim.tv_nsec;
	f->dev = st->st_dev;
	f->ino = st->st_ino;
}

/* Whether f is still as it was described. */
static bool
file_unchanged(const struct source_file *f, int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_dev == f->dev &&
	    st.st_ino == f->ino && (uint64_t)st.st_size == f->size &&
	    st.st_mtim.tv_sec == f->mtime_s && st.st_mtim.tv_nsec == f->mtime_ns;
}

/* Looks at one name.  -1: its manifest cannot be used. */
static int
search_consider(struct search *s, const char *name, struct err *err)
{
	struct source_file f = { .fd = -1, .rows = -1 };
	struct stat st;

	if (!text_copy(f.name, sizeof(f.name), name) ||
	    fstatat(s->dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode)) {
		s->others++;
		return 0;
	}
	file_describe(&f, &st);
	f.as_of_s = f.mtime_s;
	if (manifest_read(s->dir, &f, s->now_s, err) != 0)
		return -1;
	if (f.sha256[0] == '\0' && s->now_s - f.mtime_s < s->settle_s) {
		(void)text_escape(name, strlen(name), s->waiting, sizeof(s->waiting));
		return 0;
	}
	s->wanted++;
	if (s->pattern == NULL && s->searched && faccessat(s->dir, name, R_OK, AT_EACCESS) != 0) {
		if (newer(&f, &s->closed))
			s->closed = f;
	} else if (newer(&f, &s->best))
		s->best = f;
	return 0;
}

static int
search_directory(struct search *s, struct err *err)
{
	struct dirent *entry;
	unsigned count = 0;
	int fd = fcntl(s->dir, F_DUPFD_CLOEXEC, 0), rc = 0;
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);

	if (dir == NULL) {
		rc = err_set(err, "the directory cannot be read: %s", strerror(errno));
		if (fd != -1)
			(void)close(fd);
		return rc;
	}
	for (errno = 0; rc == 0 && (entry = readdir(dir)) != NULL; errno = 0) {
		if (++count > SOURCE_ENTRIES_MAX)
			rc = err_set(err, "the directory has more than %d entries, "
			    "move old files away", SOURCE_ENTRIES_MAX);
		else if (source_name_is_wanted(s->pattern, entry->d_name))
			rc = search_consider(s, entry->d_name, err);
		else if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			s->others++;
	}
	if (rc == 0 && errno != 0)
		rc = err_set(err, "the directory cannot be read: %s", strerror(errno));
	(void)closedir(dir);
	return rc;
}

/* Why there is nothing to read.  Returns 1. */
static int
search_nothing(const struct search *s, struct err *err)
{
	char shown[SOURCE_NAME_MAX], name[SOURCE_NAME_MAX];

	if (s->waiting[0] != '\0')
		(void)err_set(err, "%s was changed less than %lld s ago, waiting",
		    s->waiting, (long long)s->settle_s);
	else if (s->closed.name[0] != '\0')
		(void)err_set(err, "%s cannot be opened: permission denied", text_escape(
		    s->closed.name, strlen(s->closed.name), name, sizeof(name)));
	else if (s->pattern != NULL && s->searched)
		(void)err_set(err, "no file there that fits pattern = %s, %u of other names",
		    text_escape(s->pattern, strlen(s->pattern), shown, sizeof(shown)), s->others);
	else if (s->others > 0 && s->searched)
		(void)err_set(err, "no file there that could be read, %u that are no lists",
		    s->others);
	else
		(void)err_set(err, "no file there that could be read");
	return 1;
}

/* Opens what was found. */
static int
search_finish(struct search *s, struct source_file *out, struct err *err)
{
	struct source_file *f = &s->best;
	char shown[SOURCE_NAME_MAX];

	if (f->name[0] == '\0')
		return search_nothing(s, err);
	(void)text_escape(f->name, strlen(f->name), shown, sizeof(shown));
	f->fd = openat(s->dir, f->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (f->fd == -1)
		return err_set(err, "%s cannot be opened: %s", shown, strerror(errno));
	if (!file_unchanged(f, f->fd)) {
		source_file_close(f);
		(void)err_set(err, "%s is being changed, waiting", shown);
		return 1;
	}
	f->searched = s->searched;
	f->older = s->wanted - 1;
	if (s->closed.name[0] != '\0' && newer(&s->closed, f)) {
		f->older--;
		(void)text_escape(s->closed.name, strlen(s->closed.name), f->passed,
		    sizeof(f->passed));
	}
	*out = *f;
	return 0;
}

int
source_pick(const struct source_wanted *wanted, struct source_file *out, struct err *err)
{
	struct search s = { .pattern = wanted->pattern, .settle_s = wanted->settle_s,
	    .now_s = wanted->now_s };
	char path[PATH_MAX], *name = NULL;
	struct stat st;
	int rc;

	if (path_from_url(wanted->url, path, err) != 0)
		return -1;
	if (stat(path, &st) != 0)
		return err_set(err, "the file:// URL leads nowhere: %s", strerror(errno));
	s.searched = S_ISDIR(st.st_mode);
	if (!s.searched) {
		name = strrchr(path, '/') + 1;
		name[-1] = '\0';
		/* Whoever names one file says when it is there; only a directory is watched. */
		s.settle_s = 0;
	}
	s.dir = open(path[0] == '\0' ? "/" : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s.dir == -1)
		return err_set(err, "the directory cannot be opened: %s", strerror(errno));
	rc = name == NULL ? search_directory(&s, err) : search_consider(&s, name, err);
	if (rc == 0)
		rc = search_finish(&s, out, err);
	(void)close(s.dir);
	return rc;
}

void
source_file_close(struct source_file *f)
{
	if (f->fd != -1)
		(void)close(f->fd);
	f->fd = -1;
}

/* --- reading --------------------------------------------------------------------------------- */

struct source_read {
	struct loop	*loop;
	struct source_file file;
	const struct http_events *events;	/* lent */
	void		*arg;
	struct timer	 turn;		/* the next piece */
	EVP_MD_CTX	*digest;	/* NULL: nothing to compare with */
	uint64_t	 max_bytes, done_bytes;
	bool		 begun, paused, over;
	char		 piece[SOURCE_PIECE];
};

static void
read_free(void *arg)
{
	struct source_read *r = arg;

	source_file_close(&r->file);
	EVP_MD_CTX_free(r->digest);
	timer_fini(&r->turn);
	free(r);
}

/* No callback from here on; the memory goes in the next turn. */
static void
read_over(struct source_read *r)
{
	r->over = true;
	timer_cancel(&r->turn);
	loop_defer(r->loop, read_free, r);
}

static void
read_finish(struct source_read *r, enum http_outcome outcome, const char *text)
{
	struct http_result result = { .outcome = outcome, .code = 200, .text = text };

	read_over(r);
	r->events->done(r->arg, &result);
}

static void
read_end(struct source_read *r)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	char text[2 * EVP_MAX_MD_SIZE + 1] = "";
	unsigned len = 0;

	if (!file_unchanged(&r->file, r->file.fd)) {
		read_finish(r, HTTP_INCOMPLETE, "the file was changed while it was read");
		return;
	}
	if (r->digest != NULL) {
		if (EVP_DigestFinal_ex(r->digest, sum, &len) == 1)
			text_hex(sum, len, text);
		if (strcmp(text, r->file.sha256) != 0) {
			read_finish(r, HTTP_INCOMPLETE,
			    "the file's SHA-256 is not that of its manifest");
			return;
		}
	}
	read_finish(r, HTTP_OK, "");
}

/* What the caller wants after a callback. */
static void
read_go(struct source_read *r, enum http_go go)
{
	if (r->over)
		return;
	if (go == HTTP_GO_STOP) {
		read_finish(r, HTTP_STOPPED, "stopped by its receiver");
		return;
	}
	if (go == HTTP_GO_PAUSE)
		source_pause(r);
	if (!r->paused)
		timer_set_ms(&r->turn, 0);
}

static void
read_begin(struct source_read *r)
{
	struct http_head head = { .code = 200, .framing = HTTP_FRAMING_LENGTH,
	    .content_length = (int64_t)r->file.size };

	r->begun = true;
	if (r->file.size > r->max_bytes)
		read_finish(r, HTTP_TOO_LARGE, "the file is larger than allowed");
	else
		read_go(r, r->events->head == NULL ? HTTP_GO_ON :
		    r->events->head(r->arg, &head));
}

static void
read_piece(struct source_read *r)
{
	uint64_t left = r->file.size - r->done_bytes;
	ssize_t n;

	if (left == 0) {
		read_end(r);
		return;
	}
	n = pread(r->file.fd, r->piece, left < SOURCE_PIECE ? (size_t)left : SOURCE_PIECE,
	    (off_t)r->done_bytes);
	if (n == -1) {
		read_finish(r, HTTP_LOCAL, "the file cannot be read from disk");
		return;
	}
	if (n == 0) {
		read_finish(r, HTTP_INCOMPLETE, "the file was cut while it was read");
		return;
	}
	r->done_bytes += (uint64_t)n;
	if (r->digest != NULL && EVP_DigestUpdate(r->digest, r->piece, (size_t)n) != 1) {
		read_finish(r, HTTP_LOCAL, "the file's SHA-256 cannot be computed");
		return;
	}
	read_go(r, r->events->data == NULL ? HTTP_GO_ON :
	    r->events->data(r->arg, r->piece, (size_t)n));
}

static void
read_turn(void *arg)
{
	struct source_read *r = arg;

	if (!r->begun)
		read_begin(r);
	else
		read_piece(r);
}

int
source_given(int fd, const char *name, struct source_file *out, struct err *err)
{
	struct stat st;

	*out = (struct source_file){ .fd = -1, .rows = -1 };
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return err_set(err, "%s is no regular file", name);
	out->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (out->fd == -1)
		return err_set_errno(err, errno, "%s", name);
	(void)snprintf(out->name, sizeof(out->name), "%s", name);
	file_describe(out, &st);
	return 0;
}

struct source_read *
source_start(struct loop *loop, struct source_file *file, uint64_t max_bytes,
    const struct http_events *events, void *arg, struct err *err)
{
	struct source_read *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		source_file_close(file);
		err_set_passing(err, "out of memory");
		return NULL;
	}
	r->loop = loop;
	r->file = *file;
	file->fd = -1;
	r->events = events;
	r->arg = arg;
	r->max_bytes = max_bytes;
	if (r->file.sha256[0] != '\0')
		r->digest = EVP_MD_CTX_new();
	if (timer_init(&r->turn, loop, read_turn, r) != 0 || (r->file.sha256[0] != '\0' &&
	    (r->digest == NULL || EVP_DigestInit_ex(r->digest, EVP_sha256(), NULL) != 1))) {
		read_free(r);
		err_set_passing(err, "out of memory");
		return NULL;
	}
	timer_set_ms(&r->turn, 0);
	return r;
}

void
source_pause(struct source_read *r)
{
	r->paused = true;
	timer_cancel(&r->turn);
}

void
source_resume(struct source_read *r)
{
	if (!r->paused || r->over)
		return;
	r->paused = false;
	timer_set_ms(&r->turn, 0);
}

void
source_cancel(struct source_read *r)
{
	if (!r->over)
		read_over(r);
}
