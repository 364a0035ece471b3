/* SPDX-License-Identifier: ISC */
/* table_column.c -- see table_inside.h: what a column is called, and its values. */
#include "parse/table_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <certsync/cell.h>

#include "parse/entity.h"

#define NAME_MAX_BYTES	256	/* of one name in the configuration */
#define NTH_MAX		3	/* digits behind "#" */

/* How many columns are called name; *out: the nth of them, 1-based. */
static size_t
count_named(const char *name, const char *const *names, size_t n, size_t nth, size_t *out)
{
	size_t count = 0;

	for (size_t i = 0; names != NULL && i < n; i++)
		if (table_word_equal(names[i], name) && ++count == nth)
			*out = i;
	return count;
}

/* Cuts "#2" off name; 0: there is none. */
static size_t
nth_cut(char *name)
{
	char *mark = strrchr(name, '#');
	size_t digits;

	if (mark == NULL)
		return 0;
	digits = strspn(mark + 1, "0123456789");
	if (digits == 0 || digits > NTH_MAX || mark[1 + digits] != '\0')
		return 0;
	*mark = '\0';
	return strtoul(mark + 1, NULL, 10);
}

/* How many columns it may be; *out: the first of them, SIZE_MAX: there is none. */
static size_t
part_find(const char *written, const char *const *names, size_t n, size_t *out)
{
	char name[NAME_MAX_BYTES];
	size_t nth, count;

	*out = SIZE_MAX;
	count = count_named(written, names, n, 1, out);
	if (count > 0 || (size_t)snprintf(name, sizeof(name), "%s", written) >= sizeof(name) ||
	    (nth = nth_cut(name)) == 0)
		return count;
	if (name[0] != '\0')
		(void)count_named(name, names, n, nth, out);
	else if (nth <= n)
		*out = nth - 1;
	return *out != SIZE_MAX;
}

/* Cuts the next of "A + B" off *rest; NULL: there is none. */
static char *
part_next(char **rest)
{
	char *part = *rest, *plus;

	if (part == NULL)
		return NULL;
	plus = strstr(part, TABLE_PLUS);
	*rest = plus != NULL ? plus + strlen(TABLE_PLUS) : NULL;
	if (plus != NULL)
		*plus = '\0';
	return part;
}

size_t
table_column_find(const char *written, const char *const *names, size_t n,
    struct table_column *out)
{
	char copy[NAME_MAX_BYTES], *rest = copy, *part;
	size_t count = part_find(written, names, n, &out->parts[0]);

	out->n = count > 0;
	if (count > 0 || strstr(written, TABLE_PLUS) == NULL ||
	    (size_t)snprintf(copy, sizeof(copy), "%s", written) >= sizeof(copy))
		return count;
	while ((part = part_next(&rest)) != NULL) {
		size_t parts = out->n < TABLE_JOIN_MAX ?
		    part_find(part, names, n, &out->parts[out->n]) : 0;

		if (parts == 0) {
			out->n = 0;	/* one is missing, so it is */
			return 0;
		}
		count = parts > count ? parts : count;
		out->n++;
	}
	return count;
}

bool
table_column_is_named(const char *written)
{
	return written[0] != '#' || strspn(written + 1, "0123456789") != strlen(written + 1) ||
	    written[1] == '\0';
}

/* Values that are put together; list: each keeps its place. */
struct join {
	char	*out;
	size_t	 len, count;
	bool	 list;
};

static void
join_add(struct join *j, const char *value)
{
	const char *between = j->list ? TABLE_LIST_BREAK : " ";
	if (value == NULL && !j->list)
		return;
	/* What is over the end is longer than any field takes: it will be seen to be cut. */
	j->len += (size_t)snprintf(j->out + j->len, TABLE_JOINED_MAX - j->len, "%s%s",
	    j->count > 0 ? between : "", value != NULL ? value : "");
	j->len = j->len < TABLE_JOINED_MAX ? j->len : TABLE_JOINED_MAX - 1;
	j->count++;
}

static bool
is_list(enum cs_field f)
{
	return f == CS_FIELD_TYPE || f == CS_FIELD_EXPIRES_ON || f == CS_FIELD_ALIAS;
}

/* All blank: no value. */
static const char *
join_end(const struct join *j)
{
	return j->out[strspn(j->out, " " TABLE_LIST_BREAK)] != '\0' ? j->out : NULL;
}

/* Several values in a cell whose field takes one: as of columns that are joined. */
static const char *
one_value(enum cs_field f, const char *cell, char out[TABLE_JOINED_MAX])
{
	if (cell == NULL || is_list(f) || f == CS_FIELD_NUMBER ||
	    strstr(cell, TABLE_LIST_BREAK) == NULL)
		return cell;
	if (cell != out)
		(void)snprintf(out, TABLE_JOINED_MAX, "%s", cell);
	for (char *at = out; (at = strstr(at, TABLE_LIST_BREAK)) != NULL;)
		*at = ' ';
	return out;
}

const char *
table_column_value(const struct cs_table *t, enum cs_field f, const struct table_column *column,
    const char *const *values, char out[TABLE_JOINED_MAX])
{
	struct join j = { .out = out, .list = is_list(f) };

	if (column->n == 1)
		return table_value(t, f, one_value(f, values[column->parts[0]], out));
	out[0] = '\0';
	for (size_t i = 0; i < column->n; i++)
		join_add(&j, table_value(t, f, values[column->parts[i]]));
	return one_value(f, join_end(&j), out);
}

/* What HTML writes by name is what it stands for: exports have it in JSON and XML, too. */
static const char *
plain_text(const char *cell, char out[TABLE_JOINED_MAX])
{
	size_t len = cell != NULL ? strlen(cell) : 0;

	/* A longer one is cut, and seen to be. */
	if (len == 0 || len >= TABLE_JOINED_MAX || strchr(cell, '&') == NULL)
		return cell;
	(void)entity_copy(cell, len, out);
	return out;
}

const char *
table_tree_value(const struct cs_table *t, enum cs_field f, const char *written,
    table_get_fn *get, const void *node, char out[TABLE_JOINED_MAX], bool *listed)
{
	char copy[NAME_MAX_BYTES], *rest = copy, *part, plain[TABLE_JOINED_MAX];
	struct join j = { .out = out, .list = is_list(f) };
	const char *cell = get(node, written);

	*listed = *listed || cell != NULL;
	cell = one_value(f, plain_text(cell, out), out);
	if (cell != NULL || strstr(written, TABLE_PLUS) == NULL ||
	    (size_t)snprintf(copy, sizeof(copy), "%s", written) >= sizeof(copy))
		return table_value(t, f, cell);
	out[0] = '\0';
	while ((part = part_next(&rest)) != NULL) {
		cell = get(node, part);
		*listed = *listed || cell != NULL;
		join_add(&j, table_value(t, f, plain_text(cell, plain)));
	}
	return join_end(&j);
}
