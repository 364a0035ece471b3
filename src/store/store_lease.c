/* SPDX-License-Identifier: ISC */
/*
 * store_lease.c -- who is the writer: a key that runs out by itself, looked at
 * before a store is opened (meta.lua), written when it is open, renewed while we
 * live, deleted at an orderly stop.  It only avoids quarrels: what keeps two
 * writers apart is the fence.
 *
 * The holder is known by a random id in state_dir, whose lock we have: after a
 * crash the next daemon there takes the lease over at once, any other waits.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "io/file.h"
#include "store/store_private.h"

#define LEASE_ID_FILE_MAX	256	/* bytes */
#define LEASE_RETRY_MS		1000	/* after a renewal that Redis did not take */
#define LEASE_RENEWALS		3	/* in the time of one lease: two may be lost */

static bool
id_is_sound(const char *id)
{
	return strlen(id) == STORE_ID_BYTES && strspn(id, "0123456789abcdef") == STORE_ID_BYTES;
}

static void
id_read(struct store *store, const char *path)
{
	struct err err;
	size_t len;
	char *text = file_read(path, LEASE_ID_FILE_MAX, &len, &err);

	if (text != NULL && text_copy(store->id, sizeof(store->id), text_trim(text)) &&
	    !id_is_sound(store->id))
		store->id[0] = '\0';
	free(text);
}

int
store_lease_init(struct store *store, struct err *err)
{
	char path[FILE_PATH_MAX], line[STORE_ID_BYTES + 2];
	uint8_t random[STORE_ID_BYTES / 2];
	struct err why;
	int n;

	(void)snprintf(path, sizeof(path), "%s/id", store->options.state_dir);
	id_read(store, path);
	if (store->id[0] != '\0')
		return 0;
	if (hash_key_random(random) != 0)
		return err_set(err, "the kernel gave no random bytes");
	text_hex(random, sizeof(random), store->id);
	n = snprintf(line, sizeof(line), "%s\n", store->id);
	if (file_replace(path, line, (size_t)n, &why) != 0)
		log_warn("store: %s %s: after a crash the next start waits until the lease has run "
		    "out", path, why.text);
	return 0;
}

static void
lease_on_renewed(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct store *store = arg;

	(void)reply;
	if (outcome == STORE_OK)
		timer_set_ms(&store->lease, store->options.lease_ms / LEASE_RENEWALS);
	else if (outcome != STORE_ENDED)
		timer_set_ms(&store->lease, LEASE_RETRY_MS);
}

static void
lease_send(struct store *store, size_t argc, const char *const *argv, store_fn *fn)
{
	struct store_txn txn;
	key_buf meta;

	(void)key_global(store->options.prefix, "meta", meta);
	store_txn_begin(store, &txn, meta);
	store_txn_key(&txn, argv[1]);
	store_txn_cmd(&txn, argc, argv);
	store_txn_send(store, &txn, fn, store);
}

void
store_lease_renew(void *arg)
{
	struct store *store = arg;
	char value[STORE_LEASE_MAX], ms[24];
	key_buf key;

	/* Opening it again renews, too. */
	if (store->state != STORE_OPEN)
		return;
	(void)store_meta_key(store, "lease", key);
	(void)snprintf(value, sizeof(value), "%s %s", store->id, store->instance);
	(void)snprintf(ms, sizeof(ms), "%" PRId64, store->options.lease_ms);
	lease_send(store, 5, (const char *[]){ "SET", key, value, "PX", ms }, lease_on_renewed);
}

void
store_lease_held(struct store *store, const char *value)
{
	char shown[STORE_LEASE_MAX], why[256];
	const char *instance = strchr(value, ' ');

	instance = instance != NULL ? instance + 1 : "of another version";
	(void)snprintf(why, sizeof(why), "another certsyncd, %s, writes to this store and is "
	    "alive; its place is free when it stops, or %" PRId64 " s after its last sign of life",
	    text_escape(instance, strlen(instance), shown, sizeof(shown)),
	    store->options.lease_ms / 1000);
	store_end(store, STORE_IS_FENCED, why);
}

void
store_release(struct store *store)
{
	key_buf key;

	timer_cancel(&store->lease);
	if (store->state != STORE_OPEN)
		return;
	(void)store_meta_key(store, "lease", key);
	/* else it runs out by itself */
	lease_send(store, 2, (const char *[]){ "DEL", key }, store_ignore);
}
