/* SPDX-License-Identifier: ISC */
/* certsyncd.c -- the daemon's main(): options and exit codes. */
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "config/config.h"
#include "engine/daemon/daemon.h"
#include "io/loop.h"
#include "worker/cage.h"
#include "worker/spawner.h"

#define DEFAULT_CONFIG	"/etc/certsyncd/certsyncd.conf"
#define LISTEN_FDS_START 3	/* where systemd's sockets begin */

static const char usage[] =
	"usage: certsyncd [-c FILE] [-v]\n"
	"       certsyncd [-c FILE] [-v] -t | --once | --adopt-store | --dump-config\n"
	"       certsyncd --version\n"
	"\n"
	"  -c, --config FILE  configuration (default " DEFAULT_CONFIG ")\n"
	"  -t, --test         check configuration and plug-ins, exit 0 or 78\n"
	"      --once         apply waiting claims, poll every connector once, exit\n"
	"                     0, or 75 if any failed\n"
	"      --adopt-store  let the next start take whatever store it finds; see Restore in\n"
	"                     the operations handbook\n"
	"      --dump-config  print every setting in force and where it comes from\n"
	"  -v, --verbose      log debug messages\n"
	"      --version      print the version\n"
	"\n"
	"certsyncd stays in the foreground and logs to stderr.  See certsyncd(8).\n";

enum mode { MODE_RUN, MODE_TEST, MODE_DUMP, MODE_ADOPT };

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' }, { "test", no_argument, NULL, 't' },
	{ "once", no_argument, NULL, 'o' }, { "adopt-store", no_argument, NULL, 'a' },
	{ "dump-config", no_argument, NULL, 'd' },
	{ "verbose", no_argument, NULL, 'v' }, { "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 }
};

/* -1: go on; else the exit code. */
static int
options_parse(int argc, char **argv, struct daemon_options *options, enum mode *mode)
{
	int c;

	while ((c = getopt_long(argc, argv, "c:tvh", long_options, NULL)) != -1)
		switch (c) {
		case 'c':
			options->config_path = optarg;
			break;
		case 't':
			*mode = MODE_TEST;
			break;
		case 'd':
			*mode = MODE_DUMP;
			break;
		case 'a':
			*mode = MODE_ADOPT;
			break;
		case 'o':
			options->once = true;
			break;
		case 'v':
			options->verbose = true;
			break;
		case 'V':
			(void)printf("certsyncd %s\n", CERTSYNC_VERSION);
			return DAEMON_OK;
		case 'h':
			(void)fputs(usage, stdout);
			return DAEMON_OK;
		default:
			(void)fputs(usage, stderr);
			return DAEMON_USAGE;
		}
	if (optind == argc)
		return -1;
	(void)fprintf(stderr, "certsyncd: unexpected argument\n%s", usage);
	return DAEMON_USAGE;
}

/*
 * The first socket that systemd opened for us (sd_listen_fds(3)), -1: none.
 * Only the health pages have one.
 */
static int
listen_fd_take(void)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	int64_t n;

	if (pid == NULL || !text_parse_i64(pid, 1, INT32_MAX, &n) || n != getpid())
		return -1;
	if (count == NULL || !text_parse_i64(count, 1, INT32_MAX, &n))
		return -1;
	return fcntl(LISTEN_FDS_START, F_SETFD, FD_CLOEXEC) == 0 ? LISTEN_FDS_START : -1;
}

/* A copy: the environment it was in is cleared. */
static const char *
environment_keep(const char *name)
{
	const char *value = getenv(name);

	return value != NULL ? strdup(value) : NULL;
}

/*
 * Libraries obey variables nobody here has set: proxies, SSLKEYLOGFILE, XML
 * catalogs, resolver options.  What is needed is kept.
 */
static void
environment_clear(struct daemon_options *options)
{
	const char *credentials = environment_keep("CREDENTIALS_DIRECTORY");

	options->notify_socket = environment_keep("NOTIFY_SOCKET");
	options->watchdog_usec = environment_keep("WATCHDOG_USEC");
	options->watchdog_pid = environment_keep("WATCHDOG_PID");
	config_set_credentials_dir(credentials);
	free((void *)(uintptr_t)credentials);
	(void)clearenv();
}

/* The program that workers run: beside this one in a build tree, else where it was installed. */
static const char *
worker_find(char *out, size_t size)
{
	ssize_t len = readlink("/proc/self/exe", out, size - 1);
	char *slash;

	out[len > 0 ? len : 0] = '\0';
	slash = strrchr(out, '/');
	if (slash != NULL &&
	    text_copy(slash + 1, size - (size_t)(slash + 1 - out), SPAWNER_WORKER_NAME) &&
	    access(out, X_OK) == 0)
		return out;
	return CERTSYNC_LIBDIR "/" SPAWNER_WORKER_NAME;
}

int
main(int argc, char **argv)
{
	struct daemon_options options = { .config_path = DEFAULT_CONFIG, .listen_fd = -1 };
	enum mode mode = MODE_RUN;
	char beside[PATH_MAX];
	struct spawner *spawner;
	struct err err;
	int code;

	/* Whoever reads what it logs may have gone before its loop stands. */
	(void)signal(SIGPIPE, SIG_IGN);
	code = options_parse(argc, argv, &options, &mode);
	if (code != -1)
		return code;
	options.listen_fd = listen_fd_take();
	log_set_level(LOG_LEVEL_INFO);	/* it looks at $JOURNAL_STREAM */
	memory_guard_json();
	digest_guard_memory();
	loop_guard_memory();
	/* Claims and keys will be in its memory: that goes into no core, and to no other process of
	 * its user. */
	if (cage_enter(&err) != 0) {
		log_error("%s", err.text);
		return DAEMON_INTERNAL;
	}
	/* Before configuration, secrets and threads: what it starts can inherit none. */
	spawner = spawner_start(worker_find(beside, sizeof(beside)), &err);
	if (spawner == NULL) {
		log_error("%s", err.text);
		return DAEMON_INTERNAL;
	}
	environment_clear(&options);
	if (mode == MODE_DUMP)
		code = daemon_dump_config(&options);
	else if (mode == MODE_ADOPT)
		code = daemon_adopt(&options);
	else if (mode == MODE_TEST)
		code = daemon_check(spawner, &options);
	else
		code = daemon_run(spawner, &options);
	(void)spawner_stop(spawner);
	return code;
}
