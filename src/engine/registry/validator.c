/* SPDX-License-Identifier: ISC */
/* validator.c -- see validator.h. */
#include "engine/registry/validator.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

bool
validator_fits(const struct validator *v, uint64_t request)
{
	return v->request != 0 && v->request == request;
}

bool
validator_is_file(const struct validator *v, uint64_t name, const struct source_file *file)
{
	if (v->file == 0)
		return false;
	if (file->sha256[0] != '\0' && v->file_sha256[0] != '\0')
		return strcmp(file->sha256, v->file_sha256) == 0 &&
		    file->as_of_s == v->file_as_of_s;
	return v->file == name && v->file_size == file->size && v->file_mtime_s == file->mtime_s &&
	    v->file_mtime_ns == file->mtime_ns;
}

void
validator_set_file(struct validator *v, uint64_t name, const struct source_file *file)
{
	v->file = name;
	v->file_size = file->size;
	v->file_mtime_s = file->mtime_s;
	v->file_mtime_ns = file->mtime_ns;
	v->file_as_of_s = file->as_of_s;
	(void)text_copy(v->file_sha256, sizeof(v->file_sha256), file->sha256);
}

/* Hashes as text: JSON's numbers have 53 bits for many readers. */
void
validator_encode(const struct validator *v, struct buf *out)
{
	buf_printf(out, "{\"request\":\"%016" PRIx64 "\",\"body\":\"%016" PRIx64
	    "\",\"file\":\"%016" PRIx64
	    "\",\"size\":\"%016" PRIx64 "\",\"mtime\":%" PRId64
	    ",\"mtime_ns\":%ld,\"as_of\":%" PRId64 ",\"etag\":", v->request, v->body, v->file,
	    v->file_size, v->file_mtime_s, v->file_mtime_ns, v->file_as_of_s);
	buf_json(out, v->etag);
	buf_puts(out, ",\"last_modified\":");
	buf_json(out, v->last_modified);
	buf_puts(out, ",\"sha256\":");
	buf_json(out, v->file_sha256);
	buf_putc(out, '}');
}

bool
validator_decode(const char *text, struct validator *out)
{
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	const char *request, *body, *file, *size, *etag, *modified, *sha256;
	json_int_t mtime, mtime_ns, as_of;
	bool ok;

	*out = (struct validator){ 0 };
	ok = root != NULL && json_unpack(root, "{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:s, s:s}",
	    "request", &request, "body", &body, "file", &file, "size", &size, "mtime", &mtime,
	    "mtime_ns", &mtime_ns, "as_of", &as_of, "etag", &etag, "last_modified", &modified,
	    "sha256", &sha256) == 0 &&
	    text_copy(out->etag, sizeof(out->etag), etag) &&
	    text_copy(out->last_modified, sizeof(out->last_modified), modified) &&
	    text_copy(out->file_sha256, sizeof(out->file_sha256), sha256);
	if (ok) {
		out->request = strtoull(request, NULL, 16);
		out->body = strtoull(body, NULL, 16);
		out->file = strtoull(file, NULL, 16);
		out->file_size = strtoull(size, NULL, 16);
		out->file_mtime_s = mtime;
		out->file_mtime_ns = (long)mtime_ns;
		out->file_as_of_s = as_of;
	} else
		*out = (struct validator){ 0 };
	json_decref(root);
	return ok;
}
