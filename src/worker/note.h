/* SPDX-License-Identifier: ISC */
/*
 * note.h -- which call into its connector a worker is in, where the engine can see it
 * whatever becomes of the worker.
 *
 * A page that both map: the worker writes, the engine reads.  The connector can write it
 * too, so what it says is for messages, and never makes a limit longer than the limit of
 * silence; the file is sealed, so that reading it cannot fail.
 */
#ifndef WORKER_NOTE_H
#define WORKER_NOTE_H

#include <stdint.h>

enum note_call {
	NOTE_NONE = 0,		/* between the calls */
	NOTE_LOAD,		/* its constructors */
	NOTE_COVER, NOTE_OPEN, NOTE_NEXT, NOTE_BEGIN, NOTE_PUSH, NOTE_END, NOTE_CLOSE
};

struct note {
	_Atomic uint32_t call;		/* enum note_call */
	_Atomic int64_t	since_ms;	/* CLOCK_MONOTONIC, when the call began */
	_Atomic uint64_t records;	/* emitted so far */
};

/* Makes the file of a note.  The descriptor, close-on-exec; -1: errno. */
int		 note_new(void);
/* Maps it; NULL: no memory.  fd stays the caller's. */
struct note	*note_map_to_write(int fd);
const struct note *note_map_to_read(int fd);
void		 note_unmap(const struct note *);	/* NULL allowed */

/* The worker is about to call the connector; it has come back. */
void		 note_enter(struct note *, enum note_call);
void		 note_leave(struct note *);

/* "push()", "open()", ..., "its constructor"; NULL: in no call, or nonsense.  Static. */
const char	*note_call_name(const struct note *);

#endif /* WORKER_NOTE_H */
