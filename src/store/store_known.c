/* SPDX-License-Identifier: ISC */
/*
 * store_known.c -- what state_dir knows of the store: store.json, with the epochs
 * that were ours, the fencing number last taken, and whether an operator has told
 * us to adopt whatever store there is.
 *
 * {"epoch":..., "epochs":[...], "fence":N, "offered":..., "adopt":true}: epochs are
 * the latest ones, offered is the one that a store gets which needs a new one; noted
 * beforehand, and offered until it is taken, so that a start which is killed
 * meanwhile knows it again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "io/file.h"
#include "store/store_private.h"

#define KNOWN_FILE_MAX	4096	/* bytes of store.json */

static void
known_path(const char *state_dir, char out[FILE_PATH_MAX])
{
	(void)snprintf(out, FILE_PATH_MAX, "%s/store.json", state_dir);
}

/* The file; *out NULL: there is none.  -1: err. */
static int
known_load(const char *state_dir, json_t **out, struct err *err)
{
	char path[FILE_PATH_MAX], *text;
	struct err why;
	size_t len;

	*out = NULL;
	known_path(state_dir, path);
	errno = 0;
	text = file_read(path, KNOWN_FILE_MAX, &len, &why);
	if (text == NULL)
		return errno == ENOENT ? 0 : err_set(err, "[daemon] state_dir: %s %s", path,
		    why.text);
	*out = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	if (json_is_object(*out))
		return 0;
	json_decref(*out);
	*out = NULL;
	return err_set(err, "[daemon] state_dir: %s is damaged: what it knows of the store is "
	    "lost; remove it, and type certsyncd --adopt-store", path);
}

static void
known_epoch_add(struct store *store, const char *epoch)
{
	size_t len = strlen(store->epochs);

	if (epoch == NULL || epoch[0] == '\0' || strlen(epoch) >= STORE_EPOCH_MAX ||
	    strstr(store->epochs, epoch) != NULL)
		return;
	/* The oldest one goes. */
	if (len + strlen(epoch) + 1 >= sizeof(store->epochs)) {
		const char *second = strchr(store->epochs, ' ') + 1;

		memmove(store->epochs, second, strlen(second) + 1);
		len = strlen(store->epochs);
	}
	(void)snprintf(store->epochs + len, sizeof(store->epochs) - len, "%s ", epoch);
}

int
store_known_read(struct store *store, struct err *err)
{
	const char *epoch = "";
	json_int_t fence = 0;
	json_t *root, *one;
	size_t i;

	if (known_load(store->options.state_dir, &root, err) != 0)
		return -1;
	json_array_foreach(json_object_get(root, "epochs"), i, one)
		known_epoch_add(store, json_string_value(one));
	if (root != NULL && json_unpack(root, "{s:s, s:I}", "epoch", &epoch, "fence",
	    &fence) == 0 && fence >= 0 &&
	    text_copy(store->known_epoch, sizeof(store->known_epoch), epoch))
		store->known_fence = (int64_t)fence;
	known_epoch_add(store, store->known_epoch);
	epoch = json_string_value(json_object_get(root, "offered"));
	if (epoch != NULL && strlen(epoch) == STORE_EPOCH_MAX - 1)
		(void)text_copy(store->offered, sizeof(store->offered), epoch);
	store->adopt = json_is_true(json_object_get(root, "adopt"));
	json_decref(root);
	return 0;
}

/* Written whole or not at all: at a start, so blocking here delays nobody. */
static int
known_write(const char *state_dir, json_t *root, struct err *err)
{
	char path[FILE_PATH_MAX], *text = root != NULL ? json_dumps(root, JSON_COMPACT) : NULL;
	struct err why = { .text = "out of memory" };
	int rc = -1;

	known_path(state_dir, path);
	if (text != NULL)
		rc = file_replace(path, text, strlen(text), &why);
	free(text);
	json_decref(root);
	return rc == 0 ? 0 : err_set(err, "[daemon] state_dir: %s %s", path, why.text);
}

/* The epochs as an array; NULL: no memory. */
static json_t *
known_epochs(const struct store *store)
{
	json_t *out = json_array();
	char text[sizeof(store->epochs)], *save = NULL;

	memcpy(text, store->epochs, sizeof(text));
	for (char *e = strtok_r(text, " ", &save); e != NULL; e = strtok_r(NULL, " ", &save))
		(void)json_array_append_new(out, json_string(e));
	return out;
}

int
store_known_offer(struct store *store, struct err *err)
{
	return known_write(store->options.state_dir, json_pack("{s:s, s:o, s:I, s:s, s:b}",
	    "epoch", store->known_epoch, "epochs", known_epochs(store),
	    "fence", (json_int_t)store->known_fence, "offered", store->offered,
	    "adopt", store->adopt ? 1 : 0), err);
}

void
store_known_write(struct store *store)
{
	struct err err;

	known_epoch_add(store, store->epoch);
	if (known_write(store->options.state_dir, json_pack("{s:s, s:o, s:I}",
	    "epoch", store->epoch, "epochs", known_epochs(store),
	    "fence", (json_int_t)store->fence), &err) != 0)
		log_warn("%s: a store rolled back while certsyncd is down would not be noticed",
		    err.text);
}

int
store_adopt(const char *state_dir, struct err *err)
{
	json_t *root;

	if (known_load(state_dir, &root, err) != 0)
		return -1;
	if (root == NULL)
		root = json_pack("{s:s, s:i}", "epoch", "", "fence", 0);
	(void)json_object_set_new(root, "adopt", json_true());
	return known_write(state_dir, root, err);
}
