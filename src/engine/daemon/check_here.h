/* SPDX-License-Identifier: ISC */
/*
 * check_here.h -- what `certsyncd -t` sees on this machine: files, directories,
 * secrets and groups that the configuration names and a start would miss.
 *
 * What a start would end with, or a poll fail by, is an error at its setting's line.
 * What this user or this moment may not see is a remark in the log: files that only
 * the service may read, credentials that systemd hands over, what is made under /run.
 */
#ifndef ENGINE_CHECK_HERE_H
#define ENGINE_CHECK_HERE_H

#include "config/config.h"

void	check_here(const struct config *, struct config_errors *);

#endif /* ENGINE_CHECK_HERE_H */
