/* SPDX-License-Identifier: ISC */
/*
 * child.h -- the worker process: one connector, one socket, nothing else.
 *
 * It says what message.h draws, and exits.  A failure of the connector is told
 * as FAILED; whatever goes wrong with the socket itself ends the process, and
 * the engine learns of it by the exit status.
 */
#ifndef WORKER_CHILD_H
#define WORKER_CHILD_H

#define CHILD_EXIT_LOST		65	/* the engine went away or spoke nonsense */
#define CHILD_EXIT_NOMEM	71	/* not even the failure could be told */

/*
 * What the program certsyncd-worker calls and returns: speaks on
 * SPAWNER_WORKER_FD until the poll has ended.  The exit status: 0, or above.
 */
int	child_main(void);

#endif /* WORKER_CHILD_H */
