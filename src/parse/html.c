/* SPDX-License-Identifier: ISC */
/*
 * html.c -- see certsync/html.h: tags and text out of bytes.
 *
 *	TEXT --'<'--> OPEN --letter--> TAG --> SPACE <--> ATTRIBUTE, VALUE, QUOTED --'>'--> TEXT
 *	                   --'/'-----> CLOSE --letter--> TAG
 *	                   --'!'-----> BANG --'--'--> COMMENT --'-->'--> TEXT
 *	                               BANG, '?' -------> BOGUS --'>'--> TEXT
 *	TEXT --'&'--> ENTITY --';' or anything else--> TEXT
 *	'>' of script, style, title or textarea --> RAW --its end tag--> SPACE
 *
 * Own, and not libxml2's parser of HTML: that one repairs pages into trees, by rules of
 * before HTML 5 and without a bound of ours; rows need neither tree nor repair.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "parse/html_inside.h"

/* Elements whose content is text without tags, and none of the page's. */
static const char *const raw_elements[] = { "script", "style", "title", "textarea" };

struct cs_html *
cs_html_new(enum cs_encoding encoding, const struct cs_csv_ops *ops, void *arg,
    struct cs_poll *poll)
{
	struct cs_html *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->ops = ops;
	h->arg = arg;
	h->poll = poll;
	h->line = 1;
	h->begun = encoding != CS_ENCODING_AUTO;
	charset_init(&h->charset, encoding);
	return h;
}

void
cs_html_otherwise(struct cs_html *h, enum cs_encoding encoding)
{
	if (encoding == CS_ENCODING_AUTO)
		return;
	h->charset.otherwise = encoding;
	h->begun = true;
}

struct cs_html *
cs_html_free(struct cs_html *h)
{
	if (h == NULL)
		return NULL;
	html_spans_free(h);
	free(h->header);
	free(h);
	return NULL;
}

uint64_t
cs_html_line(const struct cs_html *h)
{
	return h->row_line;
}

/* --- names ---------------------------------------------------------------------- */

static void
word_add(struct html_word *w, char b)
{
	if (w->len < HTML_NAME_MAX) {
		w->text[w->len] = (char)tolower((unsigned char)b);
		w->text[w->len + 1] = '\0';
	}
	w->len++;
}

static void
word_clear(struct html_word *w)
{
	w->len = 0;
	w->text[0] = '\0';
}

static bool
word_is(const struct html_word *w, const char *name)
{
	return w->len == strlen(name) && strcmp(w->text, name) == 0;
}

/* An attribute has ended; of two of a name the first counts. */
static void
attribute_end(struct cs_html *h)
{
	bool columns = word_is(&h->attribute, "colspan"), rows = word_is(&h->attribute, "rowspan");
	unsigned long span = 0;

	if ((columns || rows) && h->value.len > 0 && h->value.len <= HTML_VALUE_MAX &&
	    strspn(h->value.text, "0123456789") == h->value.len)
		span = strtoul(h->value.text, NULL, 10);
	if (columns && span > 0 && h->colspan == 0)
		h->colspan = (unsigned)span;
	if (rows && span > 0 && h->rowspan == 0)
		h->rowspan = (unsigned)span;
	word_clear(&h->attribute);
	word_clear(&h->value);
}

static void
tag_begin(struct cs_html *h, char first, bool closing)
{
	word_clear(&h->tag);
	word_clear(&h->attribute);
	word_clear(&h->value);
	word_add(&h->tag, first);
	h->closing = closing;
	h->colspan = h->rowspan = 0;
	h->state = HTML_TAG;
}

static void
tag_end(struct cs_html *h)
{
	attribute_end(h);
	h->state = HTML_TEXT;
	for (size_t i = 0; !h->closing && i < sizeof(raw_elements) / sizeof(raw_elements[0]); i++)
		if (word_is(&h->tag, raw_elements[i])) {
			h->state = HTML_RAW;
			h->raw_at = 0;
		}
	html_tag(h);
}

/* --- text ------------------------------------------------------------------------ */

/* The name has ended at a byte that is not of it. */
static void
entity_end(struct cs_html *h, bool closed)
{
	char out[4];
	size_t n = html_entity(h->entity, out);

	h->state = HTML_TEXT;
	if (n > 0) {
		html_text(h, out, n);
		return;
	}
	html_text(h, "&", 1);
	html_text(h, h->entity, h->entity_len);
	if (closed)
		html_text(h, ";", 1);
}

/* false: the byte is not of the entity. */
static bool
entity_byte(struct cs_html *h, char b)
{
	bool part = isalnum((unsigned char)b) || (b == '#' && h->entity_len == 0);

	if (!part || h->entity_len == HTML_ENTITY_MAX) {
		entity_end(h, b == ';');
		return b == ';';
	}
	h->entity[h->entity_len++] = b;
	h->entity[h->entity_len] = '\0';
	return true;
}

static void
text_byte(struct cs_html *h, char b)
{
	if (b == '<') {
		h->state = HTML_OPEN;
	} else if (b == '&') {
		h->state = HTML_ENTITY;
		h->entity_len = 0;
		h->entity[0] = '\0';
	} else {
		html_text(h, &b, 1);
	}
}

/* Up to "</script", in any case. */
static void
raw_byte(struct cs_html *h, char b)
{
	size_t at = h->raw_at;
	char wanted = at == 0 ? '<' : at == 1 ? '/' : h->tag.text[at - 2];

	if (at < h->tag.len + 2) {
		h->raw_at = tolower((unsigned char)b) == wanted ? at + 1 : b == '<';
		return;
	}
	h->raw_at = b == '<';
	if (b == '>' || b == '/' || isspace((unsigned char)b)) {
		h->closing = true;
		h->state = HTML_SPACE;
		if (b == '>')
			tag_end(h);
	}
}

/* --- tags ------------------------------------------------------------------------ */

/* false: what came before was text, and so may this byte be. */
static bool
open_byte(struct cs_html *h, char b)
{
	bool closing = h->state == HTML_CLOSE;

	if (isalpha((unsigned char)b)) {
		tag_begin(h, b, closing);
	} else if (b == '/' && !closing) {
		h->state = HTML_CLOSE;
	} else if (b == '!' && !closing) {
		h->state = HTML_BANG;
		h->dashes = 0;
	} else if (b == '?' || closing) {
		h->state = b == '>' ? HTML_TEXT : HTML_BOGUS;
	} else {
		h->state = HTML_TEXT;
		html_text(h, "<", 1);
		return false;
	}
	return true;
}

static void
markup_byte(struct cs_html *h, char b)
{
	if (h->state == HTML_BANG) {
		h->dashes = b == '-' ? h->dashes + 1 : 0;
		h->state = b == '>' ? HTML_TEXT : h->dashes == 2 ? HTML_COMMENT :
		    h->dashes == 1 ? HTML_BANG : HTML_BOGUS;
	} else if (b == '>' && (h->state == HTML_BOGUS || h->dashes >= 2)) {
		h->state = HTML_TEXT;
	} else {
		h->dashes = b == '-' ? h->dashes + 1 : 0;
	}
}

static void
value_byte(struct cs_html *h, char b)
{
	bool blank = isspace((unsigned char)b);

	if (h->state == HTML_BEFORE_VALUE && blank)
		return;
	if (h->state == HTML_BEFORE_VALUE && (b == '"' || b == '\'')) {
		h->quote = b;
		h->state = HTML_QUOTED;
	} else if (h->state == HTML_QUOTED ? b == h->quote : blank) {
		attribute_end(h);
		h->state = HTML_SPACE;
	} else {
		word_add(&h->value, b);
		h->state = h->state == HTML_QUOTED ? HTML_QUOTED : HTML_VALUE;
	}
}

/* A byte of a tag, outside of values. */
static void
name_byte(struct cs_html *h, char b)
{
	bool blank = isspace((unsigned char)b) || b == '/';

	if (h->state == HTML_TAG && !blank) {
		word_add(&h->tag, b);
	} else if (b == '=' && h->attribute.len > 0) {
		h->state = HTML_BEFORE_VALUE;
	} else if (blank) {
		h->state = HTML_SPACE;
	} else {
		/* A name behind a blank is another attribute, without a value so far. */
		if (h->state == HTML_SPACE)
			attribute_end(h);
		word_add(&h->attribute, b);
		h->state = HTML_ATTRIBUTE;
	}
}

/* false: the byte is to be seen once more, in another state. */
static bool
html_byte(struct cs_html *h, char b)
{
	switch (h->state) {
	case HTML_TEXT:
		text_byte(h, b);
		return true;
	case HTML_ENTITY:
		return entity_byte(h, b);
	case HTML_OPEN:
	case HTML_CLOSE:
		return open_byte(h, b);
	case HTML_BANG:
	case HTML_COMMENT:
	case HTML_BOGUS:
		markup_byte(h, b);
		return true;
	case HTML_RAW:
		raw_byte(h, b);
		return true;
	default:
		break;
	}
	if (b == '>' && h->state != HTML_QUOTED)
		tag_end(h);
	else if (h->state == HTML_BEFORE_VALUE || h->state == HTML_VALUE ||
	    h->state == HTML_QUOTED)
		value_byte(h, b);
	else
		name_byte(h, b);
	return true;
}

/* --- bytes ----------------------------------------------------------------------- */

static enum cs_rc
feed(struct cs_html *h, const char *buf, size_t len)
{
	char utf8[CHARSET_OUT];

	while (len > 0 && h->rc == CS_OK) {
		size_t n = len < CHARSET_IN ? len : CHARSET_IN, out = 0;
		bool ok = charset_convert(&h->charset, buf, n, utf8, &out);

		for (size_t i = 0; i < out && h->rc == CS_OK; i++) {
			while (!html_byte(h, utf8[i]))
				;
			h->line += utf8[i] == '\n';
		}
		if (h->rc == CS_OK && !ok)
			return h->rc = cs_fail(h->poll, CS_E_INPUT, "HTML, line %llu: bytes that "
			    "are invalid in %s: another encoding?", (unsigned long long)h->line,
			    charset_name(&h->charset));
		buf += n;
		len -= n;
	}
	return h->rc;
}

/* <meta charset="iso-8859-1">, or the same within content="text/html; charset=...". */
static void
head_read(struct cs_html *h)
{
	const char *end = h->head + h->head_len;
	enum cs_encoding found;

	for (const char *s = h->head; s + 8 < end; s++) {
		char name[24] = "";
		size_t n = 0;

		if (strncasecmp(s, "charset=", 8) != 0)
			continue;
		s += 8;
		s += *s == '"' || *s == '\'';
		for (; s < end && n + 1 < sizeof(name) && (isalnum((unsigned char)*s) ||
		    *s == '-' || *s == '_'); s++)
			name[n++] = *s;
		name[n] = '\0';
		if (!cs_encoding_parse(name, &found) || found == CS_ENCODING_UTF16)
			continue;	/* who could read this is not in UTF-16 */
		h->charset.otherwise = found == CS_ENCODING_LATIN1 ? CS_ENCODING_CP1252 : found;
		return;
	}
}

/* The page's beginning is there, or all of it. */
static enum cs_rc
head_end(struct cs_html *h)
{
	h->begun = true;
	head_read(h);
	return feed(h, h->head, h->head_len);
}

enum cs_rc
cs_html_push(struct cs_html *h, const char *buf, size_t len)
{
	if (!h->begun) {
		size_t room = HTML_HEAD - h->head_len, n = len < room ? len : room;

		memcpy(h->head + h->head_len, buf, n);
		h->head_len += n;
		buf += n;
		len -= n;
		if (h->head_len == HTML_HEAD && head_end(h) != CS_OK)
			return h->rc;
	}
	return len > 0 ? feed(h, buf, len) : h->rc;
}

enum cs_rc
cs_html_end(struct cs_html *h)
{
	if (!h->begun && h->rc == CS_OK)
		(void)head_end(h);
	if (h->rc != CS_OK || h->done)
		return h->rc;
	if (h->found > 0)
		return h->rc = cs_fail(h->poll, CS_E_INPUT, "HTML, line %llu: the page ends before "
		    "its table does: it is cut", (unsigned long long)h->line);
	if (h->tried[0] == 0)
		return h->rc = cs_fail(h->poll, CS_E_INPUT, "HTML without a table that has rows: a "
		    "login page, or no HTML?");
	return h->rc = h->ops->header(h->arg, NULL, 0);
}
