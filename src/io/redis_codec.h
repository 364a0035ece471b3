/* SPDX-License-Identifier: ISC */
/*
 * redis_codec.h -- bytes to replies and commands to bytes, without I/O.
 *
 * The only user of hiredis: its RESP2 reader, behind redis_frame, and its
 * command formatter.
 */
#ifndef IO_REDIS_CODEC_H
#define IO_REDIS_CODEC_H

#include "io/redis.h"

struct redis_codec;

/* NULL: no memory. */
struct redis_codec *redis_codec_new(size_t reply_max_bytes);
struct redis_codec *redis_codec_free(struct redis_codec *);	/* NULL allowed; returns NULL */
/* Forgets a half-read reply.  -1: no memory. */
int	redis_codec_reset(struct redis_codec *);
/* True between two replies. */
bool	redis_codec_is_idle(const struct redis_codec *);
/*
 * Takes *used of len bytes, at most one reply.
 *  1: *reply is whole, owned by the caller: redis_reply_free().
 *  0: more is needed.
 * -1: *why (static) says what is wrong; use redis_codec_reset() before reuse.
 */
int	redis_codec_push(struct redis_codec *, const char *data, size_t len,
	    size_t *used, struct redis_reply **reply, const char **why);
void	redis_reply_free(struct redis_reply *);


/*
 * The command as bytes; free() it.  NULL with *rc -2: over a limit of redis.h,
 * or -1: no memory.
 */
char	*redis_codec_format(size_t argc, const char *const *argv,
	    const size_t *argvlen, size_t *len, int *rc);

#endif /* IO_REDIS_CODEC_H */
