/* SPDX-License-Identifier: ISC */
/* ini.c -- see ini.h.  The only file that knows inih. */
#include "config/ini.h"

#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "io/file.h"

#define INI_BOM		"\xef\xbb\xbf"
#define INI_BLANKS	" \t"

struct ini_input {
	const char	*text;
	size_t		 len, pos;
	unsigned	 line;		/* of the line inih has in hand */
	bool		 skip;		/* below a refused [section] */
	const struct ini_sink *sink;
};

/* Bytes are what inih must not see: control characters but tab, not UTF-8. */
static const char *
ini_check_bytes(const char *s, size_t len, unsigned line)
{
	size_t from = 0, i;

	if (line == 1 && len >= 3 && memcmp(s, INI_BOM, 3) == 0)
		return "the file begins with a byte order mark: save it as plain UTF-8";
	if (memchr(s, '\0', len) != NULL)
		return "the line holds a NUL byte: remove it";
	if (!text_is_utf8(s, len))
		return "the line is not valid UTF-8: save the file as UTF-8";
	for (i = 0; i <= len; i++) {
		if (i < len && s[i] != '\t')
			continue;
		if (!text_is_clean(s + from, i - from))
			return "the line holds a control character: remove it";
		from = i + 1;
	}
	if (len > INI_LINE_MAX)
		return "the line is longer than 198 bytes: continue a list with "
		    "\"key += value\", or write less";
	return NULL;
}

/* s begins with '['. */
static const char *
ini_check_section(const char *s, size_t len)
{
	const char *close = memchr(s, ']', len);
	const char *rest, *end = s + len;

	if (close == NULL)
		return "the section has no ']': write [name]";
	if (close == s + 1)
		return "the section has no name: write [name]";
	if (close - s - 1 > INI_NAME_MAX)
		return "the section's name is longer than 48 bytes: shorten it";
	if (memchr(s, ';', (size_t)(close - s)) != NULL)
		return "the section's name holds ';': remove it";
	for (rest = close + 1; rest < end && strchr(INI_BLANKS, *rest) != NULL; rest++)
		continue;
	if (rest < end && *rest != ';' && *rest != '#')
		return "text after ']': put it on a line of its own";
	return NULL;
}

static const char *
ini_check_item(const char *s, size_t len)
{
	const char *eq = memchr(s, '=', len);
	size_t key;

	/* inih would end the line at " ;" and split it at ':'. */
	key = eq == NULL ? len : (size_t)(eq - s);
	if (memchr(s, ';', key) != NULL)
		eq = NULL;
	if (memchr(s, ':', key) != NULL)
		return "':' before '=': write key = value";
	if (eq == NULL)
		return "neither [section] nor key = value: write one of them, "
		    "or # before a comment";
	while (key > 0 && strchr(INI_BLANKS, s[key - 1]) != NULL)
		key--;
	if (key == 0 || (key == 1 && s[0] == '+'))
		return "nothing before '=': write key = value";
	if (key > INI_NAME_MAX)
		return "the key is longer than 48 bytes: no setting has such a name";
	return NULL;
}

/* Whether a refused line opens a section: the keys below belong to no other. */
static bool
ini_meant_section(const char *s, size_t len)
{
	size_t i = len >= 3 && memcmp(s, INI_BOM, 3) == 0 ? 3 : 0;

	while (i < len && s[i] != '\0' && strchr(INI_BLANKS, s[i]) != NULL)
		i++;
	return i < len && s[i] == '[';
}

/* Why the line is refused; NULL: inih reads it as it is meant. */
static const char *
ini_check_line(const char *s, size_t len, unsigned line)
{
	const char *why = ini_check_bytes(s, len, line);
	size_t indent = 0;

	if (why != NULL)
		return why;
	while (indent < len && strchr(INI_BLANKS, s[indent]) != NULL)
		indent++;
	if (indent == len || s[indent] == ';' || s[indent] == '#')
		return NULL;
	if (indent > 0)
		return "the line is indented: begin it in the first column "
		    "(a list goes on with \"key += value\")";
	return s[0] == '[' ? ini_check_section(s, len) : ini_check_item(s, len);
}

/* Tells the sink of a section; inih itself speaks of those with keys only. */
static void
ini_note_section(struct ini_input *in, const char *s)
{
	char name[INI_NAME_MAX + 1];
	size_t len = (size_t)(strchr(s, ']') - s) - 1;

	memcpy(name, s + 1, len);
	name[len] = '\0';
	in->skip = false;
	in->sink->section(in->sink->arg, name, in->line);
}

/* What is wrong with the line in hand. */
static void
ini_say(const struct ini_input *in, const char *why)
{
	struct err err;

	(void)err_set(&err, "%s", why);
	in->sink->error(in->sink->arg, in->line, &err);
}

/*
 * inih's fgets: the next line, or an empty one in place of a refused one.
 * inih works line by line, so in->line is right whenever the handler runs.
 */
static char *
ini_next_line(char *out, int size, void *arg)
{
	struct ini_input *in = arg;
	const char *s = in->text + in->pos, *newline, *why;
	size_t len = in->len - in->pos;

	if (len == 0 || size < INI_LINE_MAX + 2)
		return NULL;
	newline = memchr(s, '\n', len);
	if (newline != NULL)
		len = (size_t)(newline - s);
	in->pos += len + (newline != NULL);
	in->line++;
	if (len > 0 && s[len - 1] == '\r')
		len--;
	why = ini_check_line(s, len, in->line);
	if (why != NULL) {
		if (ini_meant_section(s, len))
			in->skip = true;
		ini_say(in, why);
		len = 0;
	}
	memcpy(out, s, len);
	out[len] = '\0';
	if (len > 0 && out[0] == '[')
		ini_note_section(in, out);
	return out;
}

static int
ini_take(void *arg, const char *section, const char *name, const char *value)
{
	struct ini_input *in = arg;
	char key[INI_NAME_MAX + 1];
	size_t len;
	bool append;

	if (in->skip || !text_copy(key, sizeof(key), name))
		return 1;
	len = strlen(key);
	append = len > 0 && key[len - 1] == '+';
	if (append)
		key[len - 1] = '\0';
	if (strchr(value, '\t') != NULL)
		ini_say(in, "the value holds a tab: write a space");
	else
		in->sink->item(in->sink->arg, section, text_trim(key), value,
		    append, in->line);
	return 1;
}

void
ini_read_text(const char *text, size_t len, const struct ini_sink *sink)
{
	struct ini_input in = { .text = text, .len = len, .sink = sink };
	struct err err = { .text = "" };
	int rc = ini_parse_stream(ini_next_line, &in, ini_take, &in);

	/* What our reader lets through inih takes; a differently built one may not. */
	if (rc > 0)
		(void)err_set(&err, "the INI reader refused the line");
	else if (rc < 0)
		(void)err_set_passing(&err, "out of memory");
	else if (in.pos < len)
		(void)err_set(&err, "the INI reader stopped here");
	if (err.text[0] != '\0')
		sink->error(sink->arg, rc > 0 ? (unsigned)rc : rc < 0 ? 0 : in.line, &err);
}

void
ini_read_file(const char *path, const struct ini_sink *sink)
{
	struct err err = { .text = "" };
	size_t len = 0;
	char *text = file_read(path, INI_FILE_MAX, &len, &err);

	if (text == NULL)
		sink->error(sink->arg, 0, &err);
	else
		ini_read_text(text, len, sink);
	free(text);
}
