/* SPDX-License-Identifier: ISC */
/* redis_codec.c -- see redis_codec.h and the replies of redis.h. */
#include "io/redis_codec.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

#include "io/redis_frame.h"

#define ARG_OVERHEAD	16	/* "$8388608\r\n" and "\r\n" at most */
#define KIND_LOST	1000	/* none of hiredis's types */

struct redis_codec {
	struct redis_frame	 frame;
	redisReader		*reader;
};

static const redisReply reply_nil = { .type = REDIS_REPLY_NIL };
static const redisReply reply_lost = { .type = KIND_LOST };

static const char *const error_names[] = {
	[REDIS_E_NONE] = "none",
	[REDIS_E_NOSCRIPT] = "NOSCRIPT",
	[REDIS_E_LOADING] = "LOADING",
	[REDIS_E_READONLY] = "READONLY",
	[REDIS_E_MASTERDOWN] = "MASTERDOWN",
	[REDIS_E_BUSY] = "BUSY",
	[REDIS_E_OOM] = "OOM",
	[REDIS_E_MISCONF] = "MISCONF",
	[REDIS_E_NOREPLICAS] = "NOREPLICAS",
	[REDIS_E_NOAUTH] = "NOAUTH",
	[REDIS_E_WRONGPASS] = "WRONGPASS",
	[REDIS_E_NOPERM] = "NOPERM",
	[REDIS_E_WRONGTYPE] = "WRONGTYPE",
	[REDIS_E_MOVED] = "MOVED",
	[REDIS_E_ASK] = "ASK",
	[REDIS_E_CLUSTERDOWN] = "CLUSTERDOWN",
	[REDIS_E_TRYAGAIN] = "TRYAGAIN",
	[REDIS_E_CROSSSLOT] = "CROSSSLOT",
	[REDIS_E_NOGROUP] = "NOGROUP",
	[REDIS_E_BUSYGROUP] = "BUSYGROUP",
	[REDIS_E_OTHER] = "other",
};

struct redis_codec *
redis_codec_new(size_t reply_max_bytes)
{
	struct redis_codec *codec = calloc(1, sizeof(*codec));

	if (codec == NULL)
		return NULL;
	redis_frame_init(&codec->frame, reply_max_bytes);
	codec->reader = redisReaderCreate();
	return codec->reader != NULL ? codec : redis_codec_free(codec);
}

struct redis_codec *
redis_codec_free(struct redis_codec *codec)
{
	if (codec == NULL)
		return NULL;
	if (codec->reader != NULL)
		redisReaderFree(codec->reader);
	free(codec);
	return NULL;
}

int
redis_codec_reset(struct redis_codec *codec)
{
	redis_frame_init(&codec->frame, codec->frame.max_bytes);
	/* A reader has no reset, and one that failed stays failed. */
	if (codec->reader != NULL)
		redisReaderFree(codec->reader);
	codec->reader = redisReaderCreate();
	return codec->reader != NULL ? 0 : -1;
}

bool
redis_codec_is_idle(const struct redis_codec *codec)
{
	return codec->frame.bytes == 0;
}

int
redis_codec_push(struct redis_codec *codec, const char *data, size_t len,
    size_t *used, struct redis_reply **reply, const char **why)
{
	void *parsed = NULL;
	int rc = redis_frame_push(&codec->frame, data, len, used, why);

	if (rc == -1)
		return -1;
	if (redisReaderFeed(codec->reader, data, *used) != REDIS_OK) {
		*why = "no memory for a reply";
		return -1;
	}
	if (rc == 0)
		return 0;
	if (redisReaderGetReply(codec->reader, &parsed) != REDIS_OK ||
	    parsed == NULL) {
		*why = codec->reader->err == REDIS_ERR_OOM ?
		    "no memory for a reply" : "a malformed reply";
		if (parsed != NULL)
			freeReplyObject(parsed);
		return -1;
	}
	*reply = parsed;
	return 1;
}

static const redisReply *
reply_in(const struct redis_reply *reply)
{
	return (const redisReply *)(const void *)reply;
}

static const struct redis_reply *
reply_out(const redisReply *reply)
{
	return (const struct redis_reply *)(const void *)reply;
}

void
redis_reply_free(struct redis_reply *reply)
{
	freeReplyObject(reply);
}

const struct redis_reply *
redis_reply_lost(void)
{
	return reply_out(&reply_lost);
}

enum redis_kind
redis_reply_kind(const struct redis_reply *reply)
{
	switch (reply_in(reply)->type) {
	case REDIS_REPLY_STATUS:
		return REDIS_KIND_STATUS;
	case REDIS_REPLY_STRING:
		return REDIS_KIND_STRING;
	case REDIS_REPLY_INTEGER:
		return REDIS_KIND_INTEGER;
	case REDIS_REPLY_ARRAY:
		return REDIS_KIND_ARRAY;
	case REDIS_REPLY_ERROR:
		return REDIS_KIND_ERROR;
	case KIND_LOST:
		return REDIS_KIND_LOST;
	default:
		return REDIS_KIND_NIL;
	}
}

const char *
redis_error_name(enum redis_error error)
{
	return error_names[error];
}

enum redis_error
redis_reply_error(const struct redis_reply *reply)
{
	const char *s;
	size_t n;

	if (redis_reply_kind(reply) != REDIS_KIND_ERROR)
		return REDIS_E_NONE;
	s = reply_in(reply)->str;
	n = strcspn(s, " ");
	for (int e = REDIS_E_NOSCRIPT; e < REDIS_E_OTHER; e++)
		if (strlen(error_names[e]) == n &&
		    memcmp(error_names[e], s, n) == 0)
			return (enum redis_error)e;
	return REDIS_E_OTHER;
}

const char *
redis_reply_str(const struct redis_reply *reply, size_t *len)
{
	enum redis_kind kind = redis_reply_kind(reply);

	if (kind != REDIS_KIND_STRING && kind != REDIS_KIND_STATUS &&
	    kind != REDIS_KIND_ERROR)
		return NULL;
	if (len != NULL)
		*len = reply_in(reply)->len;
	return reply_in(reply)->str;
}

bool
redis_reply_is(const struct redis_reply *reply, const char *s)
{
	size_t len = 0;
	const char *text = redis_reply_str(reply, &len);

	return text != NULL && redis_reply_kind(reply) != REDIS_KIND_ERROR &&
	    len == strlen(s) && memcmp(text, s, len) == 0;
}

bool
redis_reply_int(const struct redis_reply *reply, int64_t *out)
{
	if (redis_reply_kind(reply) != REDIS_KIND_INTEGER)
		return false;
	*out = reply_in(reply)->integer;
	return true;
}

size_t
redis_reply_count(const struct redis_reply *reply)
{
	if (redis_reply_kind(reply) != REDIS_KIND_ARRAY)
		return 0;
	return reply_in(reply)->elements;
}

const struct redis_reply *
redis_reply_at(const struct redis_reply *reply, size_t i)
{
	if (i >= redis_reply_count(reply))
		return reply_out(&reply_nil);
	return reply_out(reply_in(reply)->element[i]);
}

const struct redis_reply *
redis_reply_field(const struct redis_reply *reply, const char *name)
{
	size_t count = redis_reply_count(reply);

	for (size_t i = 0; i + 1 < count; i += 2)
		if (redis_reply_is(redis_reply_at(reply, i), name))
			return redis_reply_at(reply, i + 1);
	return reply_out(&reply_nil);
}

/* hiredis adds lengths up in an int: sizes are checked before it sees them. */
static bool
command_fits(size_t argc, const char *const *argv, const size_t *argvlen)
{
	size_t total = 0;

	if (argc == 0 || argc > REDIS_ARGS_MAX)
		return false;
	for (size_t i = 0; i < argc; i++) {
		size_t n = argvlen != NULL ? argvlen[i] : strlen(argv[i]);

		if (n > REDIS_COMMAND_MAX)
			return false;
		total += n + ARG_OVERHEAD;
		if (total > REDIS_COMMAND_MAX)
			return false;
	}
	return true;
}

char *
redis_codec_format(size_t argc, const char *const *argv, const size_t *argvlen,
    size_t *len, int *rc)
{
	char *command = NULL;
	int n;

	if (!command_fits(argc, argv, argvlen)) {
		*rc = -2;
		return NULL;
	}
	/* It only lacks the second const. */
	n = redisFormatCommandArgv(&command, (int)argc, (const char **)(uintptr_t)argv,
	    argvlen);
	if (n < 0) {
		*rc = -1;
		return NULL;
	}
	*len = (size_t)n;
	*rc = 0;
	return command;
}
