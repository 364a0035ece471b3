/* SPDX-License-Identifier: ISC */
/* trial_spoilt.c -- see trial.h: answers that are cut or spoilt. */
#include "check/trial.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FLIPS_A_COPY	3	/* bytes that are changed in one copy, at most */

static const char page[] =
    "<!DOCTYPE html>\n<html><head><title>503</title></head>\n"
    "<body><h1>Maintenance</h1><p>Please come back later.</p></body></html>\n";

/* What the good answers say. */
struct good {
	uint64_t	records, listed;
	bool		proven;
};

static int
good_read(struct apart *a, const struct fixture *f, struct good *out)
{
	const struct replay_how how = { .piece = REPLAY_WHOLE, .seed = 1, .where = a->where };
	struct replay_seen seen;
	struct err err;
	int rc = replay_run(a->con, f, &how, &seen, &err);

	*out = (struct good){ seen.records, seen.listed, seen.proven };
	replay_seen_free(&seen);
	return rc;
}

/*
 * The fixture with bytes as answer i.  No rule may be broken, and where these cannot be
 * the whole answer of a list that is proven, good, no other list may be.
 */
static void
try(struct apart *a, const struct fixture *f, size_t i, const char *body, size_t len,
    const struct good *good)
{
	const struct replay_how how = { .piece = REPLAY_WHOLE, .seed = 1, .where = a->where };
	struct fixture spoilt = *f;
	struct replay_seen seen;
	struct err err;
	int rc;

	spoilt.answers[i].body = (char *)(uintptr_t)body;
	spoilt.answers[i].len = len;
	rc = replay_run(a->con, &spoilt, &how, &seen, &err);
	if (seen.breach.text[0] != '\0')
		apart_find(a, "answer %zu (%s), %s: %s", i + 1, f->answers[i].file,
		    a->where->what, seen.breach.text);
	else if (rc == 0 && good != NULL && good->proven && seen.proven &&
	    (seen.records != good->records || seen.listed != good->listed))
		apart_find(a, "answer %zu (%s), %s: it proves a list of %" PRIu64 " records that "
		    "are not the %" PRIu64 " of the whole one: claim a proof only once the end "
		    "was seen", i + 1, f->answers[i].file, a->where->what, seen.records,
		    good->records);
	replay_seen_free(&seen);
}

/* Cut number n of an answer of len bytes, of count cuts: dense at both ends. */
static size_t
cut_at(size_t len, size_t count, size_t n)
{
	size_t edge = count / 4, middle = count - 2 * edge;

	if (count == len || n < edge)
		return n;
	if (n >= edge + middle)
		return len - (count - n);
	return edge + (size_t)((double)(len - 2 * edge) * (double)(n - edge) / (double)middle);
}

static size_t
cuts_of(size_t len, unsigned tries)
{
	uint64_t most = TRIAL_CUT_BYTES / (len != 0 ? len : 1);

	if (most < TRIAL_LEAST)
		most = TRIAL_LEAST;
	if (most > tries)
		most = tries;
	return len < most ? len : (size_t)most;
}

void
trial_cuts(struct apart *a, void *arg)
{
	const struct trial *t = arg;
	const struct fixture *f = t->fixture;
	struct good good;

	if (good_read(a, f, &good) != 0)
		return;
	for (size_t i = 0; i < f->answer_count; i++) {
		const struct fixture_answer *answer = &f->answers[i];
		size_t count = cuts_of(answer->len, t->tries);

		for (size_t n = 0; n < count; n++) {
			size_t at = cut_at(answer->len, count, n);

			(void)snprintf(a->where->what, sizeof(a->where->what),
			    "cut at byte %zu of %zu", at, answer->len);
			try(a, f, i, answer->body, at, &good);
		}
	}
}

/* Bytes changed here and there: anything may come of it but harm. */
static void
try_flips(struct apart *a, const struct trial *t, size_t i, char *copy)
{
	const struct fixture_answer *answer = &t->fixture->answers[i];

	for (unsigned n = 0; n < TRIAL_FLIPS && n < t->tries; n++) {
		uint64_t random = (t->seed + n) | 1;
		size_t flips = 1 + replay_random(&random, FLIPS_A_COPY);

		(void)snprintf(a->where->what, sizeof(a->where->what),
		    "bytes flipped, copy %u", n + 1);
		memcpy(copy, answer->body, answer->len);
		for (size_t k = 0; k < flips; k++) {
			size_t at = replay_random(&random, answer->len);

			copy[at] = (char)replay_random(&random, 0x100);
		}
		try(a, t->fixture, i, copy, answer->len, NULL);
	}
}

static void
try_all(struct apart *a, const struct trial *t, size_t i, const struct good *good)
{
	const struct fixture *f = t->fixture;
	const struct fixture_answer *answer = &f->answers[i];
	char *copy = malloc(2 * answer->len + 1);

	if (copy == NULL) {
		apart_find(a, "no memory for two answers of %zu bytes", answer->len);
		return;
	}
	(void)strcpy(a->where->what, "empty");
	try(a, f, i, "", 0, good);
	(void)strcpy(a->where->what, "a page of HTML");
	try(a, f, i, page, sizeof(page) - 1, good);
	if (answer->len > 0) {
		(void)strcpy(a->where->what, "twice in a row");
		memcpy(copy, answer->body, answer->len);
		memcpy(copy + answer->len, answer->body, answer->len);
		try(a, f, i, copy, 2 * answer->len, NULL);
		try_flips(a, t, i, copy);
	}
	free(copy);
}

void
trial_hostile(struct apart *a, void *arg)
{
	const struct trial *t = arg;
	struct good good;

	if (good_read(a, t->fixture, &good) != 0)
		return;
	for (size_t i = 0; i < t->fixture->answer_count; i++)
		try_all(a, t, i, &good);
}
