/* SPDX-License-Identifier: ISC */
/*
 * test_plugin.c -- which descriptors are refused, and why: src/worker/plugin.c.
 * Which files are is in test_spawner.c, where there are files to load.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "worker/message.h"
#include "worker/plugin.h"

static enum cs_rc
hook_open(void *state, const struct cs_settings *settings, struct cs_poll *poll)
{
	(void)state, (void)settings, (void)poll;
	return CS_OK;
}

static enum cs_rc
hook_next(void *state, struct cs_request *out)
{
	(void)state, (void)out;
	return CS_DONE;
}

static enum cs_rc
hook_push(void *state, const char *buf, size_t len)
{
	(void)state, (void)buf, (void)len;
	return CS_OK;
}

static enum cs_rc
hook_end(void *state)
{
	(void)state;
	return CS_OK;
}

static void
hook_close(void *state)
{
	(void)state;
}

static struct cs_connector
sound(void)
{
	return (struct cs_connector){
		.abi = CS_CONNECTOR_ABI, .size = sizeof(struct cs_connector), .name = "me",
		.summary = "a test", .max_body = 1 << 20, .max_records = 1000,
		.kinds = CS_KIND(CS_POLL_FULL), .open = hook_open, .next = hook_next,
		.push = hook_push, .end = hook_end, .close = hook_close,
	};
}

/* --- descriptors ---------------------------------------------------------------- */

static void	break_abi(struct cs_connector *c) { c->abi++; }
static void	old_abi(struct cs_connector *c) { c->abi = CS_CONNECTOR_ABI - 1; }
static void	break_size(struct cs_connector *c) { c->size -= 8; }
static void	break_name(struct cs_connector *c) { c->name = "you"; }
static void	lack_name(struct cs_connector *c) { c->name = NULL; }
static void	lack_open(struct cs_connector *c) { c->open = NULL; }
static void	lack_next(struct cs_connector *c) { c->next = NULL; }
static void	lack_push(struct cs_connector *c) { c->push = NULL; }
static void	lack_end(struct cs_connector *c) { c->end = NULL; }
static void	lack_close(struct cs_connector *c) { c->close = NULL; }
static void	lack_summary(struct cs_connector *c) { c->summary = NULL; }
static void	empty_summary(struct cs_connector *c) { c->summary = ""; }
static void	large_state(struct cs_connector *c) { c->state_size = PLUGIN_STATE_MAX + 1; }
static void	lack_full(struct cs_connector *c) { c->kinds = 0; }

static const struct {
	void		(*change)(struct cs_connector *);
	const char	*text;
} faults[] = {
	{ break_abi, "it speaks connector ABI 3, this certsyncd 2: rebuild it with the headers" },
	{ old_abi, "it speaks connector ABI 1, this certsyncd 2: rebuild it with the headers" },
	{ break_size, "set .size = sizeof(struct cs_connector)" },
	{ break_name, "its descriptor's name differs from the file's, \"me\"" },
	{ lack_name, "its descriptor's name differs from the file's, \"me\"" },
	{ lack_open, "lacks the hook open()" }, { lack_next, "lacks the hook next()" },
	{ lack_push, "lacks the hook push()" }, { lack_end, "lacks the hook end()" },
	{ lack_close, "lacks the hook close()" },
	{ lack_summary, "lacks a summary" }, { empty_summary, "lacks a summary" },
	{ large_state, "its state_size is over 67108864 bytes" },
	{ lack_full, "its descriptor: " },
};

static void
test_descriptors(void **state)
{
	struct cs_connector c = sound();
	struct err err = { .text = "" };

	(void)state;
	if (plugin_check(&c, "me", &err) != 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		c = sound();
		faults[i].change(&c);
		assert_int_equal(plugin_check(&c, "me", &err), -1);
		if (strstr(err.text, faults[i].text) == NULL)
			fail_msg("\"%s\" lacks \"%s\"", err.text, faults[i].text);
	}
}

/* --- files that need no object to be refused --------------------------------------- */

static void
refuse(const char *path, const char *text)
{
	struct err err = { .text = "" };
	int fd = plugin_open(path, &err);

	if (fd != -1)
		assert_null(plugin_load(fd, path, &err));
	if (strstr(err.text, text) == NULL)
		fail_msg("%s: \"%s\" lacks \"%s\"", path, err.text, text);
}

static void
test_paths(void **state)
{
	static char path[MESSAGE_PATH_MAX + 16];
	char dir[] = "/tmp/certsync-plugin-XXXXXX";
	FILE *f;

	(void)state;
	refuse("me.so", "must be named");
	refuse("/nonexistent/abcdefghijklmnopqrstuvwxyzabcdef.so", "must be named");
	refuse("/nonexistent/me.so", "its directory: No such file");
	refuse("/me.so", "No such file");
	memset(path, '/', sizeof(path));
	(void)strcpy(path + sizeof(path) - 6, "me.so");
	refuse(path, "the file name is too long");
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/me.so", dir);
	assert_int_equal(mkdir(path, 0755), 0);
	refuse(path, "it must be a regular file");
	assert_int_equal(rmdir(path), 0);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs("no object\n", f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0755), 0);
	refuse(path, "plug-in me: ");
	refuse(path, "file too short");
	/* Only root can give a file away. */
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 65534, (gid_t)-1), 0);
		refuse(path, "it must be a regular file of root or the daemon's user");
		assert_int_equal(chown(dir, 65534, (gid_t)-1), 0);
		refuse(path, "its directory can be changed by others");
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests_name("plugin", tests, NULL, NULL);
}
