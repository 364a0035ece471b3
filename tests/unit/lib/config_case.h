/* SPDX-License-Identifier: ISC */
/*
 * config_case.h -- configuration files of a test: written into a scratch
 * directory of its own, which is the working directory from setup to teardown.
 */
#ifndef TESTS_CONFIG_CASE_H
#define TESTS_CONFIG_CASE_H

#include "base/buf.h"
#include "config/config.h"

#define CASE_MAIN	"certsyncd.conf"
#define CASE_DROP_INS	"certsyncd.conf.d"
#define CASE_BYTES	(1u << 20)	/* the largest text of a test */
#define CASE_AT		CASE_MAIN ":"	/* before a line number */
/* The least a connector needs; four lines. */
#define CASE_SBA	"[connector sba]\nplugin = sam\nbody = sba\nurl = https://api.sam.gov\n"

/* For cmocka's groups. */
int	config_case_setup(void **state);
int	config_case_teardown(void **state);
/* The scratch directory. */
const char *config_case_dir(void);

void	config_case_write(const char *path, const char *text);
/* Loads CASE_MAIN, which must be right; the second writes it first. */
struct config *config_case_load(void);
struct config *config_case_load_text(const char *text);
/* Writes CASE_MAIN, which must be refused with these errors, one a line. */
void	config_case_refused(const char *text, const char *want);
/* All errors, one a line, in out. */
const char *config_case_errors(const struct config_errors *, struct buf *out);
void	config_case_clear_drop_ins(void);
/* A file of the source tree the tests were started in; freed by the caller. */
char	*config_case_source(const char *name);

#endif /* TESTS_CONFIG_CASE_H */
