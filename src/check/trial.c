/* SPDX-License-Identifier: ISC */
/* trial.c -- see trial.h: the answers as they are.  trial_spoilt.c has the others. */
#include "check/trial.h"

#include <inttypes.h>
#include <string.h>

#include "check/descriptor.h"
#include "worker/frame.h"

#define LINE_SHOWN	300	/* bytes of a line that differs */

/* Appends what con is now: what it points to, and the struct itself. */
static void
constant_text(const struct cs_connector *con, struct buf *out)
{
	buf_init(out, 2 * FRAME_MAX);
	descriptor_text(con, out);
	buf_add(out, con, sizeof(*con));
}

static void
check_constant(struct apart *a, const struct buf *before)
{
	struct buf now;

	constant_text(a->con, &now);
	if (now.len != before->len || now.failed ||
	    memcmp(now.data, before->data, now.len) != 0)
		apart_find(a, "its descriptor changed during a poll: make it and all that it "
		    "points to const");
	buf_free(&now);
}

/* The first line that differs: what it was to be, and how that is known. */
static void
find_difference(struct apart *a, const char *got, const char *golden, const char *whose,
    const char *advice)
{
	size_t line = 1, g, n;

	while (*got != '\0' && (g = strcspn(got, "\n")) == (n = strcspn(golden, "\n")) &&
	    strncmp(got, golden, n) == 0 && got[g] != '\0' && golden[n] != '\0') {
		got += g + 1;
		golden += n + 1;
		line++;
	}
	g = strcspn(got, "\n");
	n = strcspn(golden, "\n");
	apart_find(a, "line %zu %s is \"%.*s\", and \"%.*s\" came: %s", line, whose,
	    (int)(n < LINE_SHOWN ? n : LINE_SHOWN), golden,
	    (int)(g < LINE_SHOWN ? g : LINE_SHOWN), got, advice);
}

static void
check_seen(struct apart *a, const struct trial *t, const struct replay_seen *seen)
{
	if (seen->breach.text[0] != '\0')
		apart_find(a, "%s", seen->breach.text);
	if (seen->unknown_type[0] != '\0')
		apart_warn(a, "a record has type %s, which types.conf does not have: it gives no "
		    "category", seen->unknown_type);
	if (seen->misfits > 0)
		apart_warn(a, "%" PRIu64 " of %" PRIu64 " records have a number that the grammar "
		    "refuses: claims of them find nothing", seen->misfits, seen->records);
	if (t->golden == NULL)
		apart_warn(a, "there is no golden: --update writes it, read it then");
	else if (strcmp(t->golden, seen->text.data) != 0)
		find_difference(a, seen->text.data, t->golden, "of the golden",
		    "where that is right, --update writes it anew");
}

void
trial_whole(struct apart *a, void *arg)
{
	const struct trial *t = arg;
	const struct replay_how how = { .piece = REPLAY_WHOLE, .seed = 1, .where = a->where };
	struct replay_seen seen;
	struct buf before;
	struct err err;

	constant_text(a->con, &before);
	if (replay_run(a->con, t->fixture, &how, &seen, &err) == 0)
		check_seen(a, t, &seen);
	else
		apart_find(a, "%s", seen.breach.text[0] != '\0' ? seen.breach.text : err.text);
	check_constant(a, &before);
	buf_free(&before);
	replay_seen_free(&seen);
}

/* Whether the same comes of pieces of that size; what does not is told. */
static bool
compare(struct apart *a, const struct trial *t, size_t piece, uint64_t seed)
{
	const struct replay_how whole = { .piece = REPLAY_WHOLE, .seed = 1, .where = a->where };
	const struct replay_how how = { .piece = piece, .seed = seed, .where = a->where };
	struct replay_seen one, other = { .rc = CS_OK };
	struct err err;
	bool same = false;

	if (replay_run(a->con, t->fixture, &whole, &one, &err) != 0 ||
	    replay_run(a->con, t->fixture, &how, &other, &err) != 0)
		apart_find(a, "%s: %s", a->where->what, err.text);
	else if (!(same = strcmp(one.text.data, other.text.data) == 0))
		find_difference(a, other.text.data, one.text.data, "of the whole answer",
		    "keep what a piece leaves unfinished until the next one");
	replay_seen_free(&other);
	replay_seen_free(&one);
	return same;
}

void
trial_bytes(struct apart *a, void *arg)
{
	(void)snprintf(a->where->what, sizeof(a->where->what), "byte by byte");
	(void)compare(a, arg, 1, 1);
}

void
trial_splits(struct apart *a, void *arg)
{
	const struct trial *t = arg;
	bool same = true;

	for (uint64_t i = 0; i < REPLAY_SPLITS && same; i++) {
		(void)snprintf(a->where->what, sizeof(a->where->what), "split %" PRIu64, i + 1);
		same = compare(a, t, REPLAY_SPLIT, (t->seed + i) | 1);
	}
}
