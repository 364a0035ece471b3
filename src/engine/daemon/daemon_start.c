/* SPDX-License-Identifier: ISC */
/* daemon_start.c -- what a daemon is made of: its lock, store, rooms and pages. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "engine/badge/reconcile.h"
#include "engine/badge/redecide.h"
#include "engine/claim/claims.h"
#include "engine/daemon/daemon_private.h"
#include "engine/daemon/registries.h"
#include "engine/guard/hold.h"
#include "engine/ops/pages.h"
#include "engine/ops/sample.h"
#include "engine/registry/registry.h"
#include "engine/state/work.h"
#include "io/file.h"

#define DAEMON_OWNER_MAX	64	/* bytes of a user's name that is shown */

/* One daemon a state directory; the lock goes with the process. */
int
daemon_lock(struct daemon *d)
{
	char path[FILE_PATH_MAX], owner[DAEMON_OWNER_MAX];
	const char *dir = d->engine.config->state_dir;
	struct err err;

	if (file_make_dir(dir, &err) != 0) {
		log_error("[daemon] state_dir: %s %s", dir, err.text);
		return err.passing ? DAEMON_TEMPORARY : DAEMON_CONFIG;
	}
	if (file_is_not_roots(dir, owner, sizeof(owner))) {
		log_error("[daemon] state_dir: %s belongs to %s, who could not read what root "
		    "leaves there: type runuser -u %s -- certsyncd with the same arguments, or "
		    "see certsyncd(8) for systemd-run where secrets are credentials", dir,
		    owner, owner);
		return DAEMON_CONFIG;
	}
	(void)snprintf(path, sizeof(path), "%s/lock", dir);
	d->lock_fd = file_lock(path, &err);
	if (d->lock_fd == -1) {
		log_error("[daemon] state_dir: %s %s", path, err.text);
		return err.passing ? DAEMON_TEMPORARY : DAEMON_CONFIG;
	}
	if (d->lock_fd == FILE_LOCKED) {
		log_error("%s is locked: another certsyncd uses this state_dir", path);
		return DAEMON_TEMPORARY;
	}
	return DAEMON_OK;
}

/* --- its store -------------------------------------------------------------------- */

static void
daemon_on_redis_ended(void *arg, const struct spawner_exit *how)
{
	struct daemon *d = arg;

	d->redis_id = 0;
	if (d->engine.stopping)
		return;
	log_error("the embedded redis-server ended (status %d, signal %d); certsyncd ends",
	    how->status, how->signo);
	daemon_end(d, DAEMON_TEMPORARY);
}

static void
daemon_on_redis_refused(void *arg, const char *text)
{
	log_error("the embedded redis-server cannot be started: %s", text);
	daemon_end(arg, DAEMON_UNAVAILABLE);
}

/* A private server on a Unix socket, every write on disk before it is acknowledged. */
static int
daemon_embedded_redis(struct daemon *d, struct redis_url *url, struct err *err)
{
	static const struct spawner_events events = {
		.ended = daemon_on_redis_ended, .refused = daemon_on_redis_refused
	};
	char dir[400], log_path[512];
	const char *args[] = {
		"--port", "0", "--unixsocket", url->path, "--unixsocketperm", "700", "--dir", dir,
		"--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
		"--daemonize", "no", "--maxmemory-policy", "noeviction", NULL
	};

	(void)snprintf(dir, sizeof(dir), "%.380s/redis", d->engine.config->state_dir);
	(void)snprintf(log_path, sizeof(log_path), "%s/redis.log", dir);
	*url = (struct redis_url){ .db = 0 };
	if (snprintf(url->path, sizeof(url->path), "%s/redis.sock", d->engine.config->state_dir) >=
	    (int)sizeof(url->path))
		return err_set(err, "[daemon] state_dir: too long for a socket's path");
	if (file_make_dir(dir, err) != 0)
		return err_prefix(err, "%s", dir);
	d->redis_id = spawner_client_redis(d->engine.spawner, args, log_path, &events, d, err);
	return d->redis_id == 0 ? -1 : 0;
}

int
daemon_store(struct daemon *d, const struct store_events *events, struct err *err)
{
	const struct config *config = d->engine.config;
	struct store_options options = {
		.prefix = config->prefix, .partitions = config->partitions,
		.state_dir = config->state_dir, .instance = config->instance,
		.lease_ms = config->lease_ms
	};
	char name[64];
	key_buf key;

	redis_options_init(&options.redis);
	(void)snprintf(name, sizeof(name), "certsyncd-%.40s", config->instance);
	options.redis.username = config->redis_password.ref != NULL ? config->redis_username : NULL;
	options.redis.client_name = name;
	options.redis.ca_file = config->redis_ca_file;
	options.redis.cert_file = config->redis_cert_file;
	options.redis.key_file = config->redis_key_file;
	if (config->redis_password.ref != NULL) {
		if (config_secret_read(&config->redis_password, d->redis_password,
		    sizeof(d->redis_password), err) != 0)
			return -1;
		options.redis.password = d->redis_password;
	}
	if (config->redis_url != NULL && strcmp(config->redis_url, "embedded") == 0) {
		if (daemon_embedded_redis(d, &options.redis.url, err) != 0)
			return -1;
	} else if (config->redis_url != NULL &&
	    redis_url_parse(config->redis_url, &options.redis.url, err) != 0)
		return -1;
	d->engine.store = store_new(d->engine.loop, &options, events, d, err);
	explicit_bzero(d->redis_password, sizeof(d->redis_password));
	if (d->engine.store == NULL)
		return -1;
	if (d->engine.registry_count > 0)
		store_want(d->engine.store);
	for (size_t i = 0; i < d->engine.registry_count; i++)
		if (store_fence_key(d->engine.store,
		    key_connector(config->prefix, d->engine.registries[i]->name, key)) != 0)
			return err_set_passing(err, "out of memory");
	return 0;
}

/* --- its rooms --------------------------------------------------------------------- */

int
daemon_rooms(struct daemon *d, struct err *err)
{
	struct engine *engine = &d->engine;

	engine->index = index_new();
	engine->work = engine->index != NULL ? work_new(engine, reconcile_start) : NULL;
	engine->holds = engine->work != NULL ? holds_new(engine) : NULL;
	engine->claims = engine->holds != NULL ? claims_new(engine) : NULL;
	d->due = engine->claims != NULL ? due_new(engine) : NULL;
	d->unread = d->due != NULL ? unread_new(engine) : NULL;
	d->trim = d->unread != NULL ? trim_new(engine) : NULL;
	engine->sample = d->trim != NULL && !d->options.once ? sample_new(engine) : NULL;
	if (d->trim == NULL || (engine->sample == NULL && !d->options.once))
		return err_set_passing(err, "out of memory");
	for (size_t i = 0; i < engine->config->connector_count; i++) {
		engine->registries[i] = registries_make(engine, &engine->config->connectors[i]);
		if (engine->registries[i] == NULL)
			return err_set_passing(err, "out of memory");
		engine->registry_count++;
	}
	return 0;
}

int
daemon_pages(struct daemon *d, struct err *err)
{
	const struct config *config = d->engine.config;
	struct httpd_options options = {
		.listen = d->options.listen_fd == -1 ? config->http_listen : NULL,
		.fd = d->options.listen_fd,
		.hosts = config->http_hosts, .host_count = config->http_host_count
	};

	if (d->options.once)
		return 0;
	if (d->options.listen_fd != -1 || config->http_listen[0] != '\0') {
		d->httpd = httpd_new(d->engine.loop, &options, pages_serve, &d->engine, err);
		if (d->httpd == NULL)
			return err_prefix(err, "[http] listen");
	}
	d->control = control_new(&d->engine, err);
	return d->control == NULL ? err_prefix(err, "[control] socket") : 0;
}

/* In this order: replies still on their way find everybody alive. */
void
daemon_fini(struct daemon *d)
{
	struct engine *engine = &d->engine;

	engine->stopping = true;
	reload_abandon(d);
	control_close(d->control);
	httpd_free(d->httpd);
	engine->store = store_free(engine->store);
	(void)load_free(d->load);
	for (size_t i = 0; i < engine->registry_count; i++)
		(void)registries_drop(engine->registries[i]);
	(void)redecide_free(engine->redecide);
	(void)holds_free(engine->holds);
	(void)due_free(d->due);
	(void)trim_free(d->trim);
	(void)unread_free(d->unread);
	engine->sample = sample_free(engine->sample);
	(void)claims_free(engine->claims);
	(void)work_free(engine->work);
	(void)index_free(engine->index);
	timer_fini(&d->stop);
	timer_fini(&d->status);
	timer_fini(&d->watchdog);
	if (engine->loop != NULL)
		loop_drain(engine->loop);
	d->control = control_free(d->control);
	(void)spawner_client_free(engine->spawner);
	(void)loop_free(engine->loop);
	(void)notify_free(d->notify);
	(void)config_free(engine->config);
	file_unlock(d->lock_fd);
}
