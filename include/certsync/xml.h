/* SPDX-License-Identifier: ISC */
/*
 * xml.h -- push-parse untrusted XML, one record element at a time.
 *
 * DOCTYPE, entities other than the five built-in ones, network access, and
 * nesting, text or attributes over the caps below are refused.
 */
#ifndef CERTSYNC_XML_H
#define CERTSYNC_XML_H

#include <certsync/connector.h>

#define CS_XML_DEPTH		32	/* open elements */
#define CS_XML_TEXT_MAX		16384	/* bytes of character data per element */
#define CS_XML_TAG_MAX		65536	/* bytes of one tag with attributes */
#define CS_XML_ELEMENT_MAX	((size_t)256 << 10)	/* bytes of one record's tree */

struct cs_xml;		/* one record element; lent until the hook returns */

/*
 * Text of the first match of path below the record, outer white space
 * trimmed: "name", "address/city", "@id", "link/@href", "." for its own text.
 * Names match by local part, namespaces ignored.  NULL: no such thing.
 */
CS_API const char	*cs_xml_get(const struct cs_xml *, const char *path);

/* The name of its child i, in the order of the text.  NULL: there is none. */
CS_API const char	*cs_xml_child(const struct cs_xml *, size_t i);

/* A hash of all that the record holds, going on from hash: the same for the same text. */
CS_API uint64_t	 cs_xml_hash(const struct cs_xml *, uint64_t hash);

/* Called at each end tag of a record.  Anything but CS_OK stops. */
typedef enum cs_rc cs_xml_fn(void *arg, const struct cs_xml *record);

struct cs_xml_parser;

/* path: of a record, "/response/row/row".  All lent; NULL: no memory or bad path. */
CS_API struct cs_xml_parser *cs_xml_new(const char *path, cs_xml_fn *, void *arg,
			    struct cs_poll *);
/*
 * Of what stands outside the records: the text of the element at the path ("/feed/total"),
 * trimmed, or of an attribute ("/feed/@total"), whenever it comes.  i: of which path.
 */
typedef enum cs_rc cs_xml_mark_fn(void *arg, size_t i, const char *text);
/* paths: ended by NULL, each may be ""; lent.  Before the first push. */
CS_API void		 cs_xml_marks(struct cs_xml_parser *, const char *const *paths,
			    cs_xml_mark_fn *);
CS_API enum cs_rc	 cs_xml_push(struct cs_xml_parser *, const char *buf,
	    size_t len) CS_MUST_USE;
/* Checks that the document was complete and well formed. */
CS_API enum cs_rc	 cs_xml_end(struct cs_xml_parser *) CS_MUST_USE;
CS_API struct cs_xml_parser *cs_xml_free(struct cs_xml_parser *);

#endif /* CERTSYNC_XML_H */
