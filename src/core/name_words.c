/* SPDX-License-Identifier: ISC */
/* name_words.c -- see name_words.h.  The one user of utf8proc. */
#include "core/name_words.h"

#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

#define POINTS_MAX	4096	/* code points; folding can multiply them */
#define FORM_WORDS	4	/* of the longest legal form */

/* All words of a name in order, before any is left out. */
struct raw {
	struct name_words *name;
	size_t		 count;
	struct name_word words[NAME_WORDS_MAX];
};

static const struct { const char *word, *is; } synonyms[] = {
	/* legal forms, so that one list below suffices */
	{ "company", "co" }, { "corporation", "corp" }, { "cia", "co" },
	{ "incorporated", "inc" }, { "limited", "ltd" }, { "compania", "co" },
	{ "partnership", "ptnr" }, { "prof", "professional" },
	/* what a directory or a form's narrow field makes of a word */
	{ "acctg", "accounting" }, { "assoc", "associates" },
	{ "assocs", "associates" }, { "bldg", "building" },
	{ "bldrs", "builders" }, { "bros", "brothers" }, { "centre", "center" },
	{ "comms", "communications" }, { "constr", "construction" },
	{ "const", "construction" }, { "ctr", "center" }, { "dept", "department" },
	{ "dev", "development" }, { "engr", "engineering" },
	{ "engrg", "engineering" }, { "enterprise", "enterprises" },
	{ "entp", "enterprises" }, { "equip", "equipment" },
	{ "govt", "government" }, { "grp", "group" }, { "htg", "heating" },
	{ "inds", "industries" }, { "ins", "insurance" },
	{ "intl", "international" }, { "lab", "laboratories" },
	{ "laboratory", "laboratories" }, { "labs", "laboratories" },
	{ "maint", "maintenance" }, { "mech", "mechanical" },
	{ "mfg", "manufacturing" }, { "mgmt", "management" },
	{ "mgt", "management" }, { "mktg", "marketing" }, { "mount", "mt" },
	{ "natl", "national" }, { "plbg", "plumbing" }, { "saint", "st" },
	{ "service", "services" }, { "solution", "solutions" },
	{ "svc", "services" }, { "svcs", "services" }, { "sys", "systems" },
	{ "system", "systems" }, { "tech", "technology" },
	{ "technologies", "technology" }, { "telecom", "telecommunications" },
	{ "transp", "transportation" }, { "univ", "university" },
	{ "whse", "warehouse" },
	{ "first", "1st" }, { "second", "2nd" }, { "third", "3rd" },
	{ "one", "1" }, { "two", "2" }, { "three", "3" }, { "four", "4" },
	{ "five", "5" }, { "six", "6" }, { "seven", "7" }, { "eight", "8" },
	{ "nine", "9" }, { "ten", "10" },
};

/* At the end of a name; the longest first, as synonyms leave them. */
static const char *const forms[][FORM_WORDS] = {
	{ "professional", "ltd", "liability", "co" },
	{ "ltd", "liability", "co" }, { "ltd", "liability", "corp" },
	{ "ltd", "liability", "ptnr" }, { "public", "benefit", "corp" },
	{ "p", "l", "l", "c" }, { "l", "l", "c" }, { "l", "l", "p" },
	{ "rl", "de", "cv" }, { "sa", "de", "cv" }, { "ltd", "ptnr" },
	{ "general", "ptnr" }, { "professional", "corp" }, { "professional", "association" },
	{ "p", "c" }, { "l", "p" }, { "sole", "proprietor" }, { "sole", "proprietorship" },
	{ "llc" }, { "inc" }, { "corp" }, { "co" }, { "ltd" }, { "llp" },
	{ "lllp" }, { "lp" }, { "lc" }, { "l3c" }, { "pllc" }, { "plc" },
	{ "pc" }, { "pa" }, { "psc" }, { "pbc" }, { "ulc" }, { "gmbh" },
	{ "mbh" }, { "ag" }, { "kg" }, { "ug" }, { "ohg" }, { "ev" }, { "bv" },
	{ "nv" }, { "sa" }, { "sas" }, { "sarl" }, { "sl" }, { "srl" },
	{ "spa" }, { "ltda" }, { "eirl" }, { "ab" }, { "as" }, { "aps" },
	{ "oy" }, { "oyj" }, { "pty" }, { "pvt" }, { "pte" }, { "kk" },
};

/* Not "group" or "holdings": they tell a parent from its daughter. */
static const char *const fillers[] = { "of", "services" };

bool
name_word_is_filler(const char *word)
{
	for (size_t i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++)
		if (strcmp(word, fillers[i]) == 0)
			return true;
	return false;
}

static bool
is_article(const char *word)
{
	return strcmp(word, "the") == 0 || strcmp(word, "and") == 0;
}

/* --- characters ------------------------------------------------------------ */

static bool
name_is_word(int32_t c)
{
	utf8proc_category_t cat;

	if (c < 0x80)
		return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
	cat = utf8proc_category(c);
	return (cat >= UTF8PROC_CATEGORY_LU && cat <= UTF8PROC_CATEGORY_LO) ||
	    (cat >= UTF8PROC_CATEGORY_ND && cat <= UTF8PROC_CATEGORY_NO);
}

static bool
is_apostrophe(int32_t c)
{
	return c == '\'' || c == '`' || c == 0x2018 || c == 0x2019 || c == 0x2bc;
}

/* Letters that Unicode does not take apart, as they are typed without them. */
static const char *
plain_letter(int32_t c)
{
	switch (c) {
	case 0xe6:	return "ae";
	case 0xf0:
	case 0x111:	return "d";
	case 0xf8:	return "o";
	case 0xfe:	return "th";
	case 0x131:	return "i";
	case 0x142:	return "l";
	case 0x153:	return "oe";
	default:	return NULL;
	}
}

/* Trade marks would become the letters "tm" and "sm" of the word before. */
static void
marks_blank(char *s)
{
	for (; (s = strstr(s, "\xe2\x84")) != NULL; s += 3)
		if (s[2] == '\xa0' || s[2] == '\xa2')
			memset(s, ' ', 3);
}

static size_t
points_read(const char *s, int32_t points[POINTS_MAX])
{
	char copy[NAME_BYTES_MAX + 1];
	size_t len = strlen(s);
	utf8proc_ssize_t n;

	if (len > NAME_BYTES_MAX)
		return SIZE_MAX;
	memcpy(copy, s, len + 1);
	marks_blank(copy);
	n = utf8proc_decompose((const utf8proc_uint8_t *)copy, (utf8proc_ssize_t)len,
	    points, POINTS_MAX, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE |
	    UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE | UTF8PROC_STRIPMARK);
	return n < 0 || n > POINTS_MAX ? SIZE_MAX : (size_t)n;
}

/* --- words ----------------------------------------------------------------- */

static bool
name_add_text(struct name_words *n, const char *s, size_t len)
{
	if (len >= sizeof(n->text) - n->used)	/* room for a NUL remains */
		return false;
	memcpy(n->text + n->used, s, len);
	n->used += len;
	return true;
}

static bool
point_add(struct name_words *n, int32_t c)
{
	const char *plain = plain_letter(c);
	utf8proc_uint8_t utf8[4];
	utf8proc_ssize_t len;

	if (plain != NULL)
		return name_add_text(n, plain, strlen(plain));
	len = utf8proc_encode_char(c, utf8);
	return name_add_text(n, (const char *)utf8, (size_t)len);
}

/* Ends the word that begins at start of the text. */
static bool
word_end(struct raw *r, size_t start, bool comma)
{
	struct name_words *n = r->name;
	const char *word = n->text + start;

	if (r->count == NAME_WORDS_MAX || !name_add_text(n, "", 1))
		return false;
	for (size_t i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++)
		if (strcmp(word, synonyms[i].word) == 0)
			word = synonyms[i].is;
	r->words[r->count++] = (struct name_word){ .text = word, .comma = comma };
	return true;
}

/* Whether the dot or slash at i stands between two initials: "L.L.C", "d/b/a". */
static bool
joins_initials(const int32_t *points, size_t count, size_t i)
{
	return (points[i] == '.' || points[i] == '/') && i > 0 &&
	    name_is_word(points[i - 1]) && (i == 1 || !name_is_word(points[i - 2])) &&
	    i + 1 < count && name_is_word(points[i + 1]) &&
	    (i + 2 == count || !name_is_word(points[i + 2]));
}

static bool
raw_read(struct raw *r, const int32_t *points, size_t count)
{
	size_t start = r->name->used;
	bool comma = false;

	for (size_t i = 0; i < count; i++) {
		int32_t c = points[i];

		/* First, as Unicode counts one of them among the letters. */
		if (is_apostrophe(c) || joins_initials(points, count, i))
			continue;
		if (name_is_word(c)) {
			if (!point_add(r->name, c))
				return false;
			continue;
		}
		if (r->name->used > start) {
			if (!word_end(r, start, comma))
				return false;
			comma = false;
			start = r->name->used;
			if (c == '+' && (!name_add_text(r->name, "plus", 4) ||
			    !word_end(r, start, false)))
				return false;
			start = r->name->used;
		}
		comma = comma || c == ',';
	}
	return r->name->used == start || word_end(r, start, comma);
}

/* --- sides ----------------------------------------------------------------- */

/* Words that the legal form at the end takes up; 0: there is none. */
static size_t
form_length(const struct name_side *s)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t len = 0, same = 0;

		while (len < FORM_WORDS && forms[i][len] != NULL)
			len++;
		if (len > s->count)
			continue;
		while (same < len && strcmp(forms[i][same],
		    s->words[s->count - len + same].text) == 0)
			same++;
		if (same == len)
			return len;
	}
	return 0;
}

static bool
is_initial(const char *word)
{
	return word[0] >= 'a' && word[0] <= 'z' && word[1] == '\0';
}

/* Makes one word of each run of single letters. */
static bool
initials_join(struct name_words *n, struct name_side *s)
{
	size_t out = 0;

	for (size_t i = 0, end; i < s->count; i = end) {
		size_t start = n->used;

		for (end = i; end < s->count && is_initial(s->words[end].text); end++)
			;
		s->words[out] = s->words[i];
		if (end - i < 2) {
			out++;
			end = i + 1;
			continue;
		}
		for (size_t k = i; k < end; k++)
			if (!name_add_text(n, s->words[k].text, 1))
				return false;
		if (!name_add_text(n, "", 1))
			return false;
		s->words[out++].text = n->text + start;
	}
	s->count = out;
	return true;
}

/* Adds words first..end of r as one more way to read the name. */
static bool
side_add(const struct raw *r, size_t first, size_t end)
{
	struct name_words *n = r->name;
	struct name_side *s = &n->sides[n->count];
	size_t form;

	s->count = 0;
	for (size_t i = first; i < end; i++)
		if (!is_article(r->words[i].text))
			s->words[s->count++] = r->words[i];
	while ((form = form_length(s)) > 0)
		s->count -= form;
	if (s->count == 0) {	/* "The LLC Company" is all there is */
		s->count = end - first;
		memcpy(s->words, r->words + first, s->count * sizeof(s->words[0]));
	}
	n->count += s->count > 0 ? 1 : 0;
	return initials_join(n, s);
}

static bool
is_alias_mark(const char *word)
{
	return strcmp(word, "dba") == 0 || strcmp(word, "aka") == 0;
}

bool
name_words_read(struct name_words *n, const char *s)
{
	int32_t points[POINTS_MAX];
	struct raw raw = { .name = n };
	size_t count = points_read(s, points), mark = 1;

	n->count = 0;
	n->used = 0;
	if (count == SIZE_MAX || !raw_read(&raw, points, count) ||
	    !side_add(&raw, 0, raw.count))
		return false;
	while (mark < raw.count && !is_alias_mark(raw.words[mark].text))
		mark++;
	if (mark + 1 >= raw.count)
		return true;
	return side_add(&raw, 0, mark) && side_add(&raw, mark + 1, raw.count);
}
