/* SPDX-License-Identifier: ISC */
/*
 * worker_main.h -- a test program that can be its own worker process, as the
 * daemon is: the spawner starts /proc/self/exe under another name.
 */
#ifndef TESTS_WORKER_MAIN_H
#define TESTS_WORKER_MAIN_H

#include <stdbool.h>

/* First in main(): whether this is a worker; *out_status is then main()'s. */
bool	worker_main(char **argv, int *out_status);
/* "DIR/tests/connectors/NAME.so" of this build tree.  Lent until the next call. */
const char *worker_test_plugin(const char *name);

#endif /* TESTS_WORKER_MAIN_H */
