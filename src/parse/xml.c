/* SPDX-License-Identifier: ISC */
/*
 * xml.c -- see certsync/xml.h: libxml2's push SAX2 behind caps of ours; the
 * only file that knows libxml2.
 *
 * Measured with 2.9.14: after xmlStopParser() `wellFormed' is still 1, push SAX
 * has no depth limit, and entity expansion multiplies characters() calls.  So
 * own counters, an own failed flag, and every return code counts.
 */
#include <certsync/xml.h>

#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "parse/xml_scan.h"

/* Own text of all open elements of a record together. */
#define OPEN_TEXT_MAX	((size_t)CS_XML_DEPTH * CS_XML_TEXT_MAX)
#define ARENA_SLACK	256	/* more than one node and its rounding */
#define PATH_MAX_BYTES	512	/* of a record's path in the configuration */
/* What one push of the scan may take, so that libxml2 gets <= 16 KiB. */
#define PIECE		(CHARSET_IN - XML_SCAN_HEAD)
/* NOENT, DTDLOAD, DTDATTR, XINCLUDE, RECOVER and HUGE are never set. */
#define PARSE_OPTIONS	(XML_PARSE_NONET | XML_PARSE_NOERROR | \
	XML_PARSE_NOWARNING | XML_PARSE_IGNORE_ENC)

struct attribute {
	const char	*name, *value;
	struct attribute *next;
};

struct cs_xml {
	const char	*name;		/* local part */
	const char	*text;		/* own text, trimmed; set at the end tag */
	struct attribute *attributes;
	struct cs_xml	*parent, *first, *last, *next;
	size_t		 text_start;	/* in the parser's buffer, while open */
};

struct cs_xml_parser {
	xmlParserCtxtPtr ctxt;		/* owned */
	struct xml_scan	 scan;
	cs_xml_fn	*fn;
	void		*arg;		/* lent */
	struct cs_poll	*poll;		/* lent */
	enum cs_rc	 rc;		/* what stopped us, or CS_OK */
	char		 path[PATH_MAX_BYTES];	/* components, each ended by NUL */
	size_t		 path_count;
	size_t		 matched;	/* components the open elements match */
	size_t		 depth;		/* open elements */
	bool		 closed;	/* the root element has ended */
	uint64_t	 records;
	const char *const *marks;	/* lent; paths outside the records, or NULL */
	cs_xml_mark_fn	*mark;
	char		 here[PATH_MAX_BYTES];	/* path of the open elements above a record */
	size_t		 here_len;
	struct arena	*arena;		/* owned; the open record's tree */
	struct buf	 text;		/* own text of its open elements */
	struct cs_xml	*open;		/* innermost open element of a record */
};

static void
parser_stop(struct cs_xml_parser *p, enum cs_rc rc, const char *what)
{
	if (p->rc == CS_OK)
		p->rc = cs_fail(p->poll, rc, "XML, after record %llu: %s",
		    (unsigned long long)p->records, what);
	if (p->ctxt != NULL)
		xmlStopParser(p->ctxt);
}

/* The arena says NULL for both; being at its cap is the document's fault. */
static void
parser_stop_memory(struct cs_xml_parser *p, size_t wanted)
{
	if (arena_used(p->arena) + wanted + ARENA_SLACK >= CS_XML_ELEMENT_MAX)
		parser_stop(p, CS_E_LIMIT, "a record is too large");
	else
		parser_stop(p, CS_E_NOMEM, "out of memory");
}

/* --- the tree of one record ------------------------------------------------- */

static struct cs_xml *
element_add(struct cs_xml_parser *p, const char *name)
{
	struct cs_xml *e = arena_alloc(p->arena, sizeof(*e));

	if (e == NULL || (e->name = arena_strdup(p->arena, name)) == NULL) {
		parser_stop_memory(p, strlen(name));
		return NULL;
	}
	e->parent = p->open;
	e->text_start = p->text.len;
	if (p->open != NULL && p->open->last != NULL)
		p->open->last->next = e;
	else if (p->open != NULL)
		p->open->first = e;
	if (p->open != NULL)
		p->open->last = e;
	return e;
}

/*
 * Without NOENT, SAX2 hands every '&' of a value over as "&#38;", however it was
 * written, and nothing else so: undone here, in place.
 */
static void
ampersands_restore(char *value)
{
	char *out = value;

	for (const char *s = value; *s != '\0'; s++) {
		*out++ = *s;
		if (strncmp(s, "&#38;", 5) == 0)
			s += 4;
	}
	*out = '\0';
}

/* attrs: libxml2's five pointers each: name, prefix, URI, value, its end. */
static bool
attributes_add(struct cs_xml_parser *p, struct cs_xml *e, int count,
    const xmlChar **attrs)
{
	struct attribute **tail = &e->attributes;

	for (int i = 0; i < count; i++, attrs += 5) {
		struct attribute *a = arena_alloc(p->arena, sizeof(*a));
		size_t len = (size_t)(attrs[4] - attrs[3]);
		char *value = arena_strndup(p->arena, (const char *)attrs[3],
		    len);

		if (a == NULL || value == NULL || (a->name = arena_strdup(
		    p->arena, (const char *)attrs[0])) == NULL) {
			parser_stop_memory(p, len);
			return false;
		}
		ampersands_restore(value);
		a->value = value;
		*tail = a;
		tail = &a->next;
	}
	return true;
}

/* Moves the element's own text from the buffer into the tree, trimmed. */
static bool
text_close(struct cs_xml_parser *p, struct cs_xml *e)
{
	const char *s = buf_str(&p->text) + e->text_start;
	size_t len = p->text.len - e->text_start;

	for (; len > 0 && strchr(" \t\r\n", s[0]) != NULL; len--)
		s++;
	while (len > 0 && strchr(" \t\r\n", s[len - 1]) != NULL)
		len--;
	e->text = arena_strndup(p->arena, s, len);
	if (e->text == NULL) {
		parser_stop_memory(p, len);
		return false;
	}
	p->text.len = e->text_start;
	if (p->text.data != NULL)
		p->text.data[p->text.len] = '\0';
	return true;
}

/* --- marks ------------------------------------------------------------------- */

/* What is at the path of the open elements, and of their attribute name unless NULL. */
static void
mark_tell(struct cs_xml_parser *p, const char *name, const char *text, size_t len)
{
	size_t deep = strlen(p->here);

	for (size_t i = 0; p->marks != NULL && p->marks[i] != NULL && p->rc == CS_OK; i++) {
		const char *rest = p->marks[i];
		char *copy;

		if (strncmp(rest, p->here, deep) != 0)
			continue;
		rest += deep;
		if (name == NULL ? rest[0] != '\0' : strncmp(rest, "/@", 2) != 0 ||
		    strcmp(rest + 2, name) != 0)
			continue;
		if ((copy = strndup(text, len)) == NULL) {
			parser_stop(p, CS_E_NOMEM, "out of memory");
			return;
		}
		ampersands_restore(copy);
		p->rc = p->mark(p->arg, i, copy);
		free(copy);
	}
}

/* An element above the records.  One deeper than any path is none of those asked for. */
static void
mark_open(struct cs_xml_parser *p, const char *name, int count, const xmlChar **attrs)
{
	size_t len = strlen(name) + 1;

	buf_clear(&p->text);
	p->here_len += len;
	if (p->here_len >= sizeof(p->here))
		return;
	p->here[p->here_len - len] = '/';
	memcpy(p->here + p->here_len - len + 1, name, len);
	for (int i = 0; i < count; i++, attrs += 5)
		mark_tell(p, (const char *)attrs[0], (const char *)attrs[3],
		    (size_t)(attrs[4] - attrs[3]));
}

static void
mark_close(struct cs_xml_parser *p, const char *name)
{
	size_t len = strlen(name) + 1, end;
	const char *text = buf_str(&p->text);

	if (p->here_len < sizeof(p->here)) {
		text += strspn(text, " \t\r\n");
		for (end = strlen(text); end > 0 && strchr(" \t\r\n", text[end - 1]) != NULL;)
			end--;
		mark_tell(p, NULL, text, end);
		p->here[p->here_len - len] = '\0';
	}
	p->here_len -= len;
	buf_clear(&p->text);
}

/* --- SAX callbacks ---------------------------------------------------------- */

/* Component i of the path; i < path_count. */
static const char *
path_component(const struct cs_xml_parser *p, size_t i)
{
	const char *c = p->path;

	while (i-- > 0)
		c += strlen(c) + 1;
	return c;
}

static void
on_start(void *arg, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri, int ns_count, const xmlChar **ns, int attr_count,
    int defaulted, const xmlChar **attrs)
{
	struct cs_xml_parser *p = arg;

	(void)prefix, (void)uri, (void)ns_count, (void)ns, (void)defaulted;
	if (p->rc != CS_OK)
		return;
	if (p->depth++ == CS_XML_DEPTH) {
		parser_stop(p, CS_E_LIMIT, "elements are nested too deeply");
		return;
	}
	if (p->open == NULL) {
		if (p->matched == p->depth - 1 && p->matched < p->path_count &&
		    strcmp(path_component(p, p->matched), (const char *)name) == 0)
			p->matched++;
		if (p->matched < p->path_count || p->depth != p->path_count) {
			mark_open(p, (const char *)name, attr_count, attrs);
			return;
		}
		buf_clear(&p->text);
	}
	p->open = element_add(p, (const char *)name);
	if (p->open != NULL)
		(void)attributes_add(p, p->open, attr_count, attrs);
}

static void
record_close(struct cs_xml_parser *p, const struct cs_xml *record)
{
	p->records++;
	p->rc = p->fn(p->arg, record);
	if (p->rc != CS_OK)
		xmlStopParser(p->ctxt);
	arena_reset(p->arena);
	buf_clear(&p->text);
}

static void
on_end(void *arg, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri)
{
	struct cs_xml_parser *p = arg;
	struct cs_xml *e = p->open;

	(void)prefix, (void)uri;
	if (p->rc != CS_OK)
		return;
	if (e == NULL) {
		mark_close(p, (const char *)name);
	} else {
		if (!text_close(p, e))
			return;
		p->open = e->parent;
		if (p->open == NULL)
			record_close(p, e);
	}
	p->depth--;
	if (p->matched > p->depth)
		p->matched = p->depth;
	if (p->depth == 0)
		p->closed = true;
}

static void
on_text(void *arg, const xmlChar *s, int len)
{
	struct cs_xml_parser *p = arg;
	size_t start = p->open != NULL ? p->open->text_start : 0;

	if (p->rc != CS_OK || (p->open == NULL && p->marks == NULL))
		return;		/* between records: layout */
	if ((size_t)len > CS_XML_TEXT_MAX - (p->text.len - start)) {
		if (p->open != NULL)
			parser_stop(p, CS_E_LIMIT, "an element has too much text");
		return;
	}
	buf_add(&p->text, s, (size_t)len);
	if (p->text.failed)
		parser_stop(p, CS_E_NOMEM, "out of memory");
}

/* The scan has refused it already; this is the second lock on the same door. */
static void
on_dtd(void *arg, const xmlChar *name, const xmlChar *public_id,
    const xmlChar *system_id)
{
	(void)name, (void)public_id, (void)system_id;
	parser_stop(arg, CS_E_INPUT, "has a DOCTYPE, which is refused");
}

static xmlEntityPtr
on_entity(void *arg, const xmlChar *name)
{
	(void)name;
	parser_stop(arg, CS_E_INPUT, "refers to an entity that is not built in");
	return NULL;
}

/* Our messages name the cause; libxml2's would hold foreign text. */
static void
on_error(void *arg, xmlErrorPtr error)
{
	(void)arg, (void)error;
}

static xmlParserInputPtr
no_entity_loader(const char *url, const char *id, xmlParserCtxtPtr ctxt)
{
	(void)url, (void)id, (void)ctxt;
	return NULL;
}

/* --- the parser ------------------------------------------------------------- */

/* "/a/b" into "a\0b\0".  false: it is no such path. */
static bool
path_read(struct cs_xml_parser *p, const char *path)
{
	size_t len = strlen(path), out = 0;

	if (len < 2 || len >= sizeof(p->path) || path[0] != '/')
		return false;
	for (const char *c = path; *c == '/'; p->path_count++) {
		size_t n = strcspn(c + 1, "/");

		if (n == 0 || p->path_count == CS_XML_DEPTH)
			return false;
		memcpy(p->path + out, c + 1, n);
		p->path[out + n] = '\0';
		out += n + 1;
		c += n + 1;
	}
	return true;
}

struct cs_xml_parser *
cs_xml_new(const char *path, cs_xml_fn *fn, void *arg, struct cs_poll *poll)
{
	xmlSAXHandler sax = {
		.initialized = XML_SAX2_MAGIC,
		.startElementNs = on_start, .endElementNs = on_end,
		.characters = on_text, .ignorableWhitespace = on_text,
		.cdataBlock = on_text, .internalSubset = on_dtd,
		.externalSubset = on_dtd, .getEntity = on_entity,
		.getParameterEntity = on_entity, .serror = on_error,
	};
	struct cs_xml_parser *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->fn = fn;
	p->arg = arg;
	p->poll = poll;
	buf_init(&p->text, OPEN_TEXT_MAX);
	xml_scan_init(&p->scan);
	if (!path_read(p, path) ||
	    (p->arena = arena_new(CS_XML_ELEMENT_MAX)) == NULL)
		return cs_xml_free(p);
	/* Two per process, set anew by each parser to the same thing. */
	xmlSetExternalEntityLoader(no_entity_loader);
	xmlSetStructuredErrorFunc(NULL, on_error);
	p->ctxt = xmlCreatePushParserCtxt(&sax, p, NULL, 0, NULL);
	if (p->ctxt == NULL)
		return cs_xml_free(p);
	(void)xmlCtxtUseOptions(p->ctxt, PARSE_OPTIONS);
	return p;
}

void
cs_xml_marks(struct cs_xml_parser *p, const char *const *paths, cs_xml_mark_fn *fn)
{
	p->marks = paths;
	p->mark = fn;
}

struct cs_xml_parser *
cs_xml_free(struct cs_xml_parser *p)
{
	if (p == NULL)
		return NULL;
	xmlFreeParserCtxt(p->ctxt);
	p->arena = arena_free(p->arena);
	buf_free(&p->text);
	free(p);
	return NULL;
}

/* Gives libxml2 len bytes, or the end, and judges what it said. */
static enum cs_rc
parse(struct cs_xml_parser *p, const char *s, size_t len, bool end)
{
	int error = xmlParseChunk(p->ctxt, s, (int)len, end);

	if (p->rc != CS_OK)
		return p->rc;
	if (error == XML_ERR_NO_MEMORY)
		parser_stop(p, CS_E_NOMEM, "out of memory");
	else if (error != XML_ERR_OK || p->ctxt->wellFormed == 0)
		parser_stop(p, CS_E_INPUT, end && !p->closed ?
		    "the document ends early" : "not well formed");
	return p->rc;
}

enum cs_rc
cs_xml_push(struct cs_xml_parser *p, const char *buf, size_t len)
{
	char utf8[CHARSET_OUT];

	while (len > 0 && p->rc == CS_OK) {
		size_t n = len < PIECE ? len : PIECE, out = 0;
		bool ok = xml_scan_push(&p->scan, buf, n, utf8, &out);

		if (out > 0 && parse(p, utf8, out, false) != CS_OK)
			break;
		if (!ok)
			parser_stop(p, p->scan.limit ? CS_E_LIMIT : CS_E_INPUT,
			    p->scan.fault);
		buf += n;
		len -= n;
	}
	return p->rc;
}

enum cs_rc
cs_xml_end(struct cs_xml_parser *p)
{
	if (p->rc != CS_OK)
		return p->rc;
	if (!xml_scan_complete(&p->scan)) {
		parser_stop(p, CS_E_INPUT, "the document ends early");
		return p->rc;
	}
	if (parse(p, "", 0, true) == CS_OK && !p->closed)
		parser_stop(p, CS_E_INPUT, "the document ends early");
	return p->rc;
}

/* --- access ----------------------------------------------------------------- */

static const char *
attribute_get(const struct cs_xml *e, const char *name)
{
	for (const struct attribute *a = e->attributes; a != NULL; a = a->next)
		if (strcmp(a->name, name) == 0)
			return a->value;
	return NULL;
}

/* Name, attributes and text of each element, depth first; the parser caps the depth. */
uint64_t
cs_xml_hash(const struct cs_xml *e, uint64_t hash)
{
	hash = hash64_on(hash, e->name, strlen(e->name));
	for (const struct attribute *a = e->attributes; a != NULL; a = a->next) {
		hash = hash64_on(hash, a->name, strlen(a->name));
		hash = hash64_on(hash, a->value, strlen(a->value));
	}
	hash = hash64_on(hash, e->text, strlen(e->text));
	for (const struct cs_xml *c = e->first; c != NULL; c = c->next)
		hash = cs_xml_hash(c, hash);
	return hash64_on(hash, "", 0);
}

const char *
cs_xml_child(const struct cs_xml *e, size_t i)
{
	const struct cs_xml *c = e->first;

	while (c != NULL && i-- > 0)
		c = c->next;
	return c != NULL ? c->name : NULL;
}

/* Goes down one component a call, so at most CS_XML_DEPTH deep. */
const char *
cs_xml_get(const struct cs_xml *e, const char *path)
{
	size_t n = strcspn(path, "/");

	if (path[0] == '@')
		return attribute_get(e, path + 1);
	if (strcmp(path, ".") == 0)
		return e->text;
	for (const struct cs_xml *c = e->first; c != NULL; c = c->next) {
		const char *found;

		if (strncmp(c->name, path, n) != 0 || c->name[n] != '\0')
			continue;
		found = path[n] == '\0' ? c->text : cs_xml_get(c, path + n + 1);
		if (found != NULL)
			return found;
	}
	return NULL;
}
