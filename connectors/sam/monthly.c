/* SPDX-License-Identifier: ISC */
/* monthly.c -- see monthly.h. */
#include "monthly.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "value.h"

/* The public V2 layout, 0-based. */
enum {
	F_UEI = 0, F_EFT = 2, F_CAGE = 3, F_DODAAC = 4, F_EXTRACT_CODE = 5,
	F_NAME = 11, F_DBA = 12, F_EXCLUSION = 115, F_SBA = 117, F_COUNT = 142
};

/*
 * Splits at pipes.  Free text that holds one comes between NUL bytes, which
 * go.  Returns the number of fields, of which at most F_COUNT are stored; 0 if
 * a NUL is left open.
 */
static size_t
row_split(char *line, size_t len, char *fields[F_COUNT])
{
	bool quoted = false;
	char *out = line;
	size_t n = 1;

	fields[0] = line;
	for (size_t i = 0; i < len; i++) {
		char c = line[i];

		if (c == '\0') {
			quoted = !quoted;
			continue;
		}
		if (c == '|' && !quoted) {
			c = '\0';
			if (n < F_COUNT)
				fields[n] = out + 1;
			n++;
		}
		*out++ = c;
	}
	*out = '\0';
	return quoted ? 0 : n;
}

/* "A620270101~XX        ": code and exit day, the day often blank, and written otherwise too. */
static enum cs_rc
row_statements(struct monthly *m, const struct entity *e, char *list)
{
	enum cs_rc rc = CS_OK;
	char *save;

	for (char *word = strtok_r(list, "~", &save); word != NULL && rc == CS_OK;
	    word = strtok_r(NULL, "~", &save)) {
		char code[3] = "", *until;
		size_t len;

		word += strspn(word, " ");
		for (len = strlen(word); len > 0 && word[len - 1] == ' '; len--)
			word[len - 1] = '\0';
		if (len == 0)
			continue;
		if (len == 1) {
			book_leave_out(m->book, e, word, "an SBA entry of unknown form");
			continue;
		}
		memcpy(code, word, 2);
		until = word + 2 + strspn(word + 2, " ");
		rc = book_statement(m->book, e, code, NULL, *until != '\0' ? until : NULL);
	}
	return rc;
}

/* What the trailer counts are rows; these fields tell them apart. */
static enum cs_rc
row_item(struct monthly *m, char *const f[F_COUNT], bool whole, uint64_t no)
{
	char key[96];

	if (whole)
		snprintf(key, sizeof(key), "%.15s|%.15s|%.15s|%.15s", f[F_UEI], f[F_EFT],
		    f[F_CAGE], f[F_DODAAC]);
	else
		snprintf(key, sizeof(key), "line %llu", (unsigned long long)no);
	return cs_item(m->poll, key, strlen(key));
}

static enum cs_rc
row_read(struct monthly *m, char *line, size_t len, uint64_t no)
{
	char *f[F_COUNT] = { NULL }, extract_code;
	size_t n = row_split(line, len, f);
	bool whole = n == F_COUNT && strcmp(f[F_COUNT - 1], "!end") == 0;
	struct entity e = { .what = "line", .place = no };
	enum cs_rc rc;

	if ((rc = row_item(m, f, whole, no)) != CS_OK)
		return rc;
	e.uei = f[F_UEI];
	m->rows++;
	if (!whole) {
		m->unreadable++;
		book_leave_out(m->book, &e, n > F_SBA ? f[F_SBA] : "",
		    "not 142 fields ended by !end");
		return CS_OK;
	}
	extract_code = f[F_EXTRACT_CODE][0];
	/* Deleted and expired rows of a daily file have key fields only. */
	if (extract_code == '1' || extract_code == '4') {
		book_doubt(m->book, "rows of a daily file");
		return CS_OK;
	}
	if ((e.key = uei_pack(e.uei)) == 0 || extract_code == '\0' ||
	    strchr("AE23", extract_code) == NULL) {
		name_read(f[F_NAME], e.name);
		book_leave_out(m->book, &e, f[F_CAGE], "no usable UEI or extract code");
		return CS_OK;
	}
	e.cage = cage_read(f[F_CAGE]);
	e.eft = value_or_null(f[F_EFT]) != NULL;
	e.excluded = f[F_EXCLUSION][0] == 'D';
	name_read(f[F_NAME], e.name);
	name_read(f[F_DBA], e.dba);
	if ((rc = book_entity(m->book, &e)) != CS_OK)
		return rc;
	return row_statements(m, &e, f[F_SBA]);
}

/* "BOF PUBLIC V2 00000000 20260906 0895932 0008331": dates, count, sequence. */
static enum cs_rc
head_read(struct monthly *m, const char *line)
{
	char kind[16], version[16], count[12];
	int end = 0;

	if (strncmp(line, "\xEF\xBB\xBF", 3) == 0)
		line += 3;
	if (strncmp(line, "BOF ", 4) != 0 || strlen(line) >= sizeof(m->head))
		return cs_fail(m->poll, CS_E_INPUT, "no BOF line: not an extract");
	if (sscanf(line, "BOF %15s %15s", kind, version) != 2 ||
	    strncmp(kind, "PUBLIC", 6) != 0)
		return cs_fail(m->poll, CS_E_INPUT, "not the public extract");
	if (strcmp(version, "V2") != 0)
		return cs_fail(m->poll, CS_E_INPUT,
		    "the layout is not V2 (the old one ended in 2022): "
		    "download the V2 file");
	if (sscanf(line, "BOF %*s %*s %*8[0-9] %*8[0-9] %11[0-9] %*11[0-9]%n",
	    count, &end) != 1 || end == 0 || line[end] != '\0')
		return cs_fail(m->poll, CS_E_INPUT, "the BOF line is malformed");
	m->declared = strtoull(count, NULL, 10);
	snprintf(m->head, sizeof(m->head), "%s", line + 3);
	return CS_OK;
}

static enum cs_rc
line_read(void *arg, char *line, size_t len, uint64_t no)
{
	struct monthly *m = arg;

	if (m->head[0] == '\0')
		return head_read(m, line);
	if (m->closed)
		return len == 0 ? CS_OK : cs_fail(m->poll, CS_E_INPUT,
		    "line %llu: data after the EOF line", (unsigned long long)no);
	if (strncmp(line, "EOF ", 4) != 0)
		return row_read(m, line, len, no);
	if (strcmp(line + 3, m->head) != 0)
		return cs_fail(m->poll, CS_E_INPUT,
		    "EOF and BOF differ: parts of two files, or a damaged one");
	m->closed = true;
	return CS_OK;
}

enum cs_rc
monthly_push(struct monthly *m, const char *buf, size_t len)
{
	if (m->lines == NULL) {
		if (buf[0] == '<' || buf[0] == '{')
			return cs_fail(m->poll, CS_E_INPUT,
			    "a web page or message instead of the file");
		if (buf[0] == 'P')
			return cs_fail(m->poll, CS_E_INPUT,
			    "a ZIP archive, packed twice");
		m->lines = cs_lines_new(line_read, m, m->poll);
		if (m->lines == NULL)
			return CS_E_NOMEM;
	}
	return cs_lines_push(m->lines, buf, len);
}

enum cs_rc
monthly_end(struct monthly *m)
{
	enum cs_rc rc;

	if (m->lines == NULL)
		return cs_fail(m->poll, CS_E_INPUT, "the file is empty");
	if ((rc = cs_lines_end(m->lines)) != CS_OK)
		return rc;
	if (!m->closed)
		return cs_fail(m->poll, CS_E_INPUT, "no EOF line: the file is cut");
	if (2 * m->unreadable > m->rows)
		return cs_fail(m->poll, CS_E_INPUT, "most rows are not %d fields ended by !end: "
		    "has the layout changed?", F_COUNT);
	if ((rc = book_end(m->book)) != CS_OK)
		return rc;
	/* The layout allows a count of zeros, which counts nothing. */
	if (!m->book->doubtful && m->declared > 0)
		cs_proven(m->poll, CS_PROOF_TRAILER, m->declared);
	return CS_OK;
}

void
monthly_free(struct monthly *m)
{
	m->lines = cs_lines_free(m->lines);
}
