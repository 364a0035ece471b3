/* SPDX-License-Identifier: ISC */
/* wall.h -- the wall clock of a test that links this: it stands, but for what the test says. */
#ifndef TESTS_WALL_H
#define TESTS_WALL_H

#include <stdint.h>

/* So many seconds pass at once. */
void	wall_elapse(int64_t seconds);

#endif /* TESTS_WALL_H */
