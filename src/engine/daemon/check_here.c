/* SPDX-License-Identifier: ISC */
/* check_here.c -- see check_here.h. */
#include "engine/daemon/check_here.h"

#include <grp.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "config/nearest.h"
#include "io/file.h"
#include "io/source.h"

#define NAMES_MAX	1024	/* bytes of the names of plug-ins that are there */
#define SECRET_MAX	4096	/* as long as any that is used */

/* Where a setting's error goes: a plain section, or a connector's. */
struct place {
	const struct config *config;
	struct config_errors *errors;
	const char	*section;	/* "redis"; unless: */
	const struct config_connector *connector;
};

static void
place_error(const struct place *p, const char *key, const char *text)
{
	if (p->connector != NULL)
		config_connector_error(p->config, p->connector, key, text, p->errors);
	else
		config_setting_error(p->config, p->section, key, text, p->errors);
}

/* why goes on from the setting's name.  What only others may see is no error. */
static void
place_say(const struct place *p, const char *key, enum file_look look, const char *why)
{
	if (look == FILE_LOOK_HIDDEN)
		log_warn("check: %s %s cannot be looked at by this user: %s",
		    p->connector != NULL ? p->connector->name : p->section, key, why);
	else if (look != FILE_LOOK_OK)
		place_error(p, key, why);
}

/* --- files --------------------------------------------------------------------------- */

static void
look_file(const struct place *p, const char *key, const char *path)
{
	struct err err = { .text = "" };

	if (path != NULL && path[0] != '\0')
		place_say(p, key, file_look(path, &err), err.text);
}

static void
look_dir(const struct place *p, const char *key, const char *path)
{
	struct err err = { .text = "" };

	place_say(p, key, file_look_dir(path, &err), err.text);
}

/* It may be made, but not what it stands in. */
static void
look_parent(const struct place *p, const char *key, const char *path)
{
	char parent[FILE_PATH_MAX];
	char *slash;

	if (!text_copy(parent, sizeof(parent), path))
		return;
	slash = strrchr(parent, '/');
	if (slash == NULL || slash == parent)
		return;
	*slash = '\0';
	look_dir(p, key, parent);
}

static void
look_state_dir(const struct place *p)
{
	const char *dir = p->config->state_dir;
	struct err err = { .text = "" };
	enum file_look look = file_look_dir(dir, &err);

	if (look == FILE_LOOK_MISSING)
		look_parent(p, "state_dir", dir);
	else
		place_say(p, "state_dir", look, err.text);
}

/* Below /run it is the service manager that makes it, at the start. */
static void
look_socket(const struct place *p)
{
	const char *path = p->config->control_socket;

	if (!text_starts(path, "/run/"))
		look_parent(p, "socket", path);
}

static void
look_group(const struct place *p)
{
	char text[200], shown[80];
	const char *name = p->config->control_group;

	if (name == NULL || getgrnam(name) != NULL)
		return;
	(void)snprintf(text, sizeof(text), "names a group that this machine does not have: %s",
	    text_escape(name, strlen(name), shown, sizeof(shown)));
	place_error(p, "group", text);
}

/* --- secrets ------------------------------------------------------------------------- */

static void
look_secret(const struct place *p, const char *key, const struct config_secret *secret)
{
	char text[SECRET_MAX];
	struct err err = { .text = "" };
	bool credential, ok = false;

	if (secret->ref == NULL)
		return;
	credential = text_starts(secret->ref, "credential:");
	if (!credential || config_has_credentials())
		ok = config_secret_read(secret, text, sizeof(text), &err) == 0;
	/* What ExecReload= calls knows their directory, and may not open it. */
	if (credential && !ok && (!config_has_credentials() || err.hidden))
		log_notice("check: %s %s: systemd hands it over at the start; it is not looked at",
		    p->connector != NULL ? p->connector->name : p->section, key);
	else if (!ok)
		place_say(p, key, err.hidden ? FILE_LOOK_HIDDEN : FILE_LOOK_WRONG, err.text);
	explicit_bzero(text, sizeof(text));
}

/* --- connectors ------------------------------------------------------------------------- */

static void
look_plugin(const struct place *p)
{
	const struct config_connector *c = p->connector;
	char path[FILE_PATH_MAX], text[NAMES_MAX + 200], names[NAMES_MAX];
	struct nearest n;
	struct err err;
	char *rest = names, *name;

	(void)snprintf(path, sizeof(path), "%s/%s.so", p->config->plugin_dir, c->plugin);
	if (file_look(path, &err) != FILE_LOOK_MISSING ||
	    file_names(p->config->plugin_dir, ".so", names, sizeof(names)) < 0)
		return;
	(void)snprintf(text, sizeof(text), "%s is not in plugin_dir, where there is: %s", c->plugin,
	    names[0] != '\0' ? names : "nothing");
	nearest_init(&n, c->plugin);
	while ((name = text_list_next(&rest, ',')) != NULL)
		nearest_try(&n, name);
	if (n.best != NULL) {
		size_t len = strlen(text);

		(void)snprintf(text + len, sizeof(text) - len, "; did you mean %s?", n.best);
	}
	place_error(p, "plugin", text);
}

/* A drop directory must be there; a file may still come, into a directory that is. */
static void
look_url(const struct place *p)
{
	const char *url = p->connector->url, *path;

	if (url == NULL || !source_is_file(url))
		return;
	path = url + strlen("file://");
	if (path[strlen(path) - 1] == '/')
		look_dir(p, "url", path);
	else
		look_parent(p, "url", path);
}

static void
look_connector(struct place *p)
{
	const struct config_connector *c = p->connector;

	look_plugin(p);
	look_url(p);
	look_file(p, "ca_file", c->ca_file);
	look_secret(p, "api_key", &c->api_key);
	for (size_t i = 0; i < c->pair_count; i++) {
		struct config_secret secret = config_secret_of(c, c->pairs[i].key);

		if (secret.ref != NULL)
			look_secret(p, c->pairs[i].key, &secret);
	}
}

/* --- all of it ------------------------------------------------------------------------------ */

void
check_here(const struct config *config, struct config_errors *errors)
{
	struct place p = { .config = config, .errors = errors, .section = "daemon" };

	if (config->connector_count > 0)
		look_dir(&p, "plugin_dir", config->plugin_dir);
	look_state_dir(&p);
	p.section = "redis";
	if (config->redis_url == NULL && config->connector_count > 0)
		place_error(&p, "url", "is not set: what the connectors find cannot be kept");
	else if (config->redis_url == NULL)
		log_notice("check: [redis] url is not set: not configured, and nothing is opened");
	look_file(&p, "ca_file", config->redis_ca_file);
	look_file(&p, "cert_file", config->redis_cert_file);
	look_file(&p, "key_file", config->redis_key_file);
	look_secret(&p, "password", &config->redis_password);
	p.section = "fetch";
	look_file(&p, "ca_file", config->fetch_ca_file);
	p.section = "control";
	look_socket(&p);
	look_group(&p);
	for (size_t i = 0; i < config->connector_count; i++) {
		p.connector = &config->connectors[i];
		look_connector(&p);
	}
}
