/* SPDX-License-Identifier: ISC */
/*
 * redis_script.c -- EVALSHA, and EVAL when Redis does not know the script.
 *
 * Both commands differ in their first arguments only, so the EVALSHA is kept
 * as it was sent until it is answered, and the rest of it used again.
 */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "io/redis_int.h"

#define EVAL_ARGS	3	/* command, script, number of keys */
#define EVALSHA_HEAD	"$7\r\nEVALSHA\r\n$40\r\n"
#define SHA1_HEX	40

int
redis_script_init(struct redis_script *script, const char *source)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (EVP_Digest(source, strlen(source), digest, &len, EVP_sha1(), NULL) != 1 ||
	    len * 2 != SHA1_HEX)
		return -1;
	script->source = source;
	text_hex(digest, len, script->sha1);
	return 0;
}

/* The command with all its arguments; NULL: *rc as redis_codec_format(). */
static char *
script_format(const struct redis_script *script, const char *const *keys,
    size_t nkeys, const char *const *args, const size_t *arglens, size_t nargs,
    size_t *len, int *rc)
{
	size_t argc = EVAL_ARGS + nkeys + nargs;
	const char **argv = calloc(argc, sizeof(*argv));
	size_t *argvlen = calloc(argc, sizeof(*argvlen));
	char count[24], *command = NULL;

	*rc = -1;
	if (argv == NULL || argvlen == NULL)
		goto out;
	(void)snprintf(count, sizeof(count), "%zu", nkeys);
	argv[0] = "EVALSHA";
	argv[1] = script->sha1;
	argv[2] = count;
	for (size_t i = 0; i < nkeys; i++)
		argv[EVAL_ARGS + i] = keys[i];
	for (size_t i = 0; i < nargs; i++)
		argv[EVAL_ARGS + nkeys + i] = args[i];
	for (size_t i = 0; i < argc; i++)
		argvlen[i] = i >= EVAL_ARGS + nkeys && arglens != NULL ?
		    arglens[i - EVAL_ARGS - nkeys] : strlen(argv[i]);
	command = redis_codec_format(argc, argv, argvlen, len, rc);
out:
	free(argv);
	free(argvlen);
	return command;
}

int
redis_eval(struct redis *r, const struct redis_script *script, redis_fn *fn,
    void *arg, const char *const *keys, size_t nkeys, const char *const *args,
    const size_t *arglens, size_t nargs)
{
	struct pending p = { .fn = fn, .arg = arg, .script = script };
	int rc;

	if (nkeys > REDIS_ARGS_MAX || nargs > REDIS_ARGS_MAX)
		return -2;
	if (redis_refuse(r))
		return -1;
	p.command = script_format(script, keys, nkeys, args, arglens, nargs,
	    &p.command_len, &rc);
	if (p.command == NULL) {
		if (rc == -1)
			redis_reset(r, "no memory for a command");
		return rc;
	}
	p.deadline_ms = loop_now_ms(r->loop) + r->command_ms;
	rc = redis_push(r, &p, p.command, p.command_len);
	if (rc == -1)
		free(p.command);
	return rc;
}

int
redis_script_retry(struct redis *r, struct pending *p)
{
	struct pending again = { .fn = p->fn, .arg = p->arg };
	const char *line_end = strstr(p->command, "\r\n");
	size_t count_len = (size_t)(line_end - p->command) + 2;
	size_t skip = count_len + strlen(EVALSHA_HEAD) + SHA1_HEX + 2;
	struct buf eval;
	int rc = -1;

	buf_init(&eval, p->command_len + strlen(p->script->source) + 64);
	buf_add(&eval, p->command, count_len);
	buf_printf(&eval, "$4\r\nEVAL\r\n$%zu\r\n", strlen(p->script->source));
	buf_puts(&eval, p->script->source);
	buf_puts(&eval, "\r\n");
	buf_add(&eval, p->command + skip, p->command_len - skip);
	again.deadline_ms = loop_now_ms(r->loop) + r->command_ms;
	if (eval.failed)
		redis_reset(r, "no memory for a command");
	else
		rc = redis_push(r, &again, eval.data, eval.len);
	buf_free(&eval);
	free(p->command);
	p->command = NULL;
	return rc;
}
