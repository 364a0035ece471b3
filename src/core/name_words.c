/* SPDX-License-Identifier: ISC */
/* name_words.c -- see name_words.h.  The one user of utf8proc. */
#include "core/name_words.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>
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
	{ "incorporated", "inc" }, { "incorp", "inc" }, { "chtd", "chartered" },
	{ "limited", "ltd" }, { "compania", "co" },
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
	{ "nine", "9" }, { "ten", "10" }, { "eleven", "11" }, { "twelve", "12" },
	{ "thirteen", "13" }, { "fourteen", "14" }, { "fifteen", "15" }, { "sixteen", "16" },
	{ "seventeen", "17" }, { "eighteen", "18" }, { "nineteen", "19" }, { "twenty", "20" },
	{ "thirty", "30" }, { "forty", "40" }, { "fifty", "50" }, { "hundred", "100" },
	{ "fourth", "4th" }, { "fifth", "5th" }, { "sixth", "6th" }, { "seventh", "7th" },
	{ "eighth", "8th" }, { "ninth", "9th" }, { "tenth", "10th" },
	/* not I, V and X: letters more often than numbers */
	{ "ii", "2" }, { "iii", "3" }, { "iv", "4" }, { "vi", "6" }, { "vii", "7" },
	{ "viii", "8" }, { "ix", "9" },
};

/* At the end of a name; the longest first, as synonyms leave them. */
static const char *const forms[][FORM_WORDS] = {
	{ "professional", "ltd", "liability", "co" }, { "a", "professional", "law", "corp" },
	{ "a", "ltd", "liability", "co" }, { "a", "professional", "corp" }, { "a", "law", "corp" },
	{ "a", "california", "corp" }, { "ltd", "liability", "comp" },
	{ "ltd", "liability", "co" }, { "ltd", "liability", "corp" },
	{ "ltd", "liability", "ptnr" }, { "public", "benefit", "corp" },
	{ "p", "l", "l", "c" }, { "l", "l", "c" }, { "l", "l", "p" },
	{ "rl", "de", "cv" }, { "sa", "de", "cv" }, { "ltd", "ptnr" },
	{ "general", "ptnr" }, { "professional", "corp" }, { "professional", "association" },
	{ "p", "c" }, { "l", "p" }, { "sole", "proprietor" }, { "sole", "proprietorship" },
	{ "llc" }, { "inc" }, { "corp" }, { "co" }, { "ltd" }, { "llp" },
	{ "lllp" }, { "lp" }, { "lc" }, { "l3c" }, { "pllc" }, { "plc" },
	{ "chartered" }, { "apc" }, { "aplc" }, { "pl" }, { "ps" }, { "p", "l" }, { "p", "s" },
	{ "p", "a" }, { "pc" }, { "pa" }, { "psc" }, { "pbc" }, { "ulc" }, { "gmbh" },
	{ "mbh" }, { "ag" }, { "kg" }, { "ug" }, { "ohg" }, { "ev" }, { "bv" },
	{ "nv" }, { "sa" }, { "sas" }, { "sarl" }, { "sl" }, { "srl" },
	{ "spa" }, { "ltda" }, { "eirl" }, { "ab" }, { "as" }, { "aps" },
	{ "oy" }, { "oyj" }, { "pty" }, { "pvt" }, { "pte" }, { "kk" },
};

/* Not "group" or "holdings": they tell a parent from its daughter. */
static const char *const fillers[] = { "of", "services" };

static bool
is_one_of(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

bool
name_word_is_filler(const char *word)
{
	return is_one_of(word, fillers, sizeof(fillers) / sizeof(fillers[0]));
}

/* What thousands do, as synonyms leave it: as a trade name it names nobody. */
static const char *const trades[] = {
	"accounting", "building", "cleaning", "construction", "consulting", "contracting",
	"contractors", "electrical", "engineering", "general", "hauling", "heating", "insurance",
	"landscaping", "maintenance", "management", "painting", "plumbing", "roofing", "services",
	"solutions", "staffing", "transportation", "trucking",
};

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
	return c == '\'' || c == '`' || c == 0x2018 || c == 0x2019 || (c >= 0x2b9 && c <= 0x2bf);
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

/* What pages of portals leave in their exports. */
static const struct { const char *entity; char is; } entities[] = {
	{ "&amp;", '&' }, { "&#38;", '&' }, { "&#038;", '&' }, { "&apos;", '\'' },
	{ "&#39;", '\'' }, { "&#039;", '\'' }, { "&#x27;", '\'' }, { "&rsquo;", '\'' },
	{ "&#8217;", '\'' }, { "&quot;", ' ' }, { "&#34;", ' ' }, { "&nbsp;", ' ' },
	{ "&#160;", ' ' },
};

/* In place: none is shorter than what it stands for. */
static void
entities_replace(char *s)
{
	char *to = s;

	while (*s != '\0') {
		size_t i = 0, n = sizeof(entities) / sizeof(entities[0]);

		while (i < n && strncasecmp(s, entities[i].entity, strlen(entities[i].entity)) != 0)
			i++;
		*to++ = i < n ? entities[i].is : *s;
		s += i < n ? strlen(entities[i].entity) : 1;
	}
	*to = '\0';
}

/* As they are written without dots and rings, in as many bytes; small, as case is folded. */
static const struct { const char *letter, *german; } umlauts[] = {
	{ "\xc3\xa4", "ae" }, { "\xc3\x84", "ae" }, { "\xc3\xb6", "oe" }, { "\xc3\x96", "oe" },
	{ "\xc3\xbc", "ue" }, { "\xc3\x9c", "ue" }, { "\xc3\xb8", "oe" }, { "\xc3\x98", "oe" },
	{ "\xc3\xa5", "aa" }, { "\xc3\x85", "aa" },
};

/* Whether there is any; written out, if german. */
static bool
umlauts_read(char *s, bool german)
{
	bool found = false;

	for (size_t i = 0; i < sizeof(umlauts) / sizeof(umlauts[0]); i++)
		for (char *at = s; (at = strstr(at, umlauts[i].letter)) != NULL; at += 2) {
			found = true;
			if (german)
				memcpy(at, umlauts[i].german, 2);
		}
	return found;
}

static size_t
points_read(const char *s, bool german, int32_t points[POINTS_MAX], bool *out_umlaut)
{
	char copy[NAME_BYTES_MAX + 1];
	size_t len = strlen(s);
	utf8proc_ssize_t n;

	if (len > NAME_BYTES_MAX)
		return SIZE_MAX;
	memcpy(copy, s, len + 1);
	entities_replace(copy);
	marks_blank(copy);
	*out_umlaut = umlauts_read(copy, german);
	len = strlen(copy);
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

/* Ends the word that begins at start of the text, with what is known of it. */
static bool
word_end(struct raw *r, size_t start, struct name_word word)
{
	struct name_words *n = r->name;

	word.text = n->text + start;
	if (r->count == NAME_WORDS_MAX || !name_add_text(n, "", 1))
		return false;
	for (size_t i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++)
		if (strcmp(n->text + start, synonyms[i].word) == 0)
			word.text = synonyms[i].is;
	r->words[r->count++] = word;
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

/* What a sign between words says of the next one. */
static void
sign_read(int32_t c, struct name_word *next, unsigned *groups)
{
	if (c == ',')
		next->comma = true;
	else if (c == '&')
		next->and = true;
	else if (c == '(' || c == '[')
		next->group = ++*groups;
	else if (c == ')' || c == ']')
		next->group = 0;
}

static bool
raw_read(struct raw *r, const int32_t *points, size_t count)
{
	struct name_word next = { .text = NULL };
	size_t start = r->name->used;
	unsigned groups = 0;

	for (size_t i = 0; i < count; i++) {
		int32_t c = points[i];

		/* First, as Unicode counts one of them among the letters. */
		if (is_apostrophe(c))
			continue;
		if (joins_initials(points, count, i)) {
			next.slashed = next.slashed || c == '/';
			continue;
		}
		if (name_is_word(c)) {
			if (!point_add(r->name, c))
				return false;
			continue;
		}
		if (r->name->used > start) {
			if (!word_end(r, start, next))
				return false;
			next = (struct name_word){ .group = next.group };
			start = r->name->used;
			if (c == '+' && (!name_add_text(r->name, "plus", 4) ||
			    !word_end(r, start, next)))
				return false;
			start = r->name->used;
		}
		sign_read(c, &next, &groups);
	}
	return r->name->used == start || word_end(r, start, next);
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

static bool
is_trade(const struct name_side *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (!is_one_of(s->words[i].text, trades, sizeof(trades) / sizeof(trades[0])))
			return false;
	return true;
}

/* Adds words first..end of r, bare: but those in parentheses, as one more way to read the name. */
static bool
side_add(const struct raw *r, size_t first, size_t end, enum name_side_kind kind)
{
	struct name_words *n = r->name;
	struct name_side *s;
	size_t form;
	bool and = false;

	if (n->count == NAME_SIDES_MAX)
		return true;
	s = &n->sides[n->count];
	s->count = 0;
	s->kind = kind;
	for (size_t i = first; i < end; i++) {
		struct name_word word = r->words[i];

		if (kind == NAME_BARE && word.group != 0)
			continue;
		and = and || word.and || strcmp(word.text, "and") == 0;
		if (is_article(word.text))
			continue;
		word.and = and && s->count > 0;
		s->words[s->count++] = word;
		and = false;
	}
	while ((form = form_length(s)) > 0)
		s->count -= form;
	n->count += s->count > 0 && (kind != NAME_ALIAS || !is_trade(s)) ? 1 : 0;
	return initials_join(n, s);
}

/* --- other names behind the first ----------------------------------------------- */

static const char *const marks[][FORM_WORDS] = {
	{ "doing", "business", "as" }, { "formerly", "known", "as" }, { "also", "known", "as" },
	{ "now", "known", "as" }, { "trading", "as" }, { "d", "b", "a" }, { "f", "k", "a" },
	{ "a", "k", "a" }, { "formerly" }, { "dba" }, { "aka" }, { "fka" }, { "nka" }, { "tdba" },
};

/* Words of the mark at i that another name follows; 0: there is none. */
static size_t
mark_length(const struct raw *r, size_t i)
{
	/* Without slashes it is two letters of a name. */
	if (strcmp(r->words[i].text, "ta") == 0 && r->words[i].slashed)
		return 1;
	for (size_t m = 0; m < sizeof(marks) / sizeof(marks[0]); m++) {
		size_t len = 0;

		while (len < FORM_WORDS && marks[m][len] != NULL && i + len < r->count &&
		    strcmp(marks[m][len], r->words[i + len].text) == 0)
			len++;
		if (len > 0 && (len == FORM_WORDS || marks[m][len] == NULL))
			return len;
	}
	return 0;
}

/* The name before the first mark and those behind each; a mark may have none behind it. */
static bool
aliases_read(const struct raw *r)
{
	size_t first = 0, len = 0, i = 1;

	for (; i < r->count; i += len > 0 ? len : 1) {
		if ((len = mark_length(r, i)) == 0)
			continue;
		if (!side_add(r, first, i, first == 0 ? NAME_BEFORE : NAME_ALIAS))
			return false;
		r->name->has_alias = true;
		first = i + len;
	}
	return first == 0 || first >= r->count || side_add(r, first, r->count, NAME_ALIAS);
}

/* --- parentheses ------------------------------------------------------------------- */

/* Those of the United States, as codes and as names of one word. */
static const char *const places[] = {
	"al", "ak", "az", "ar", "ca", "co", "ct", "de", "dc", "fl", "ga", "hi", "id",
	"il", "in", "ia", "ks", "ky", "la", "me", "md", "ma", "mi", "mn", "ms", "mo",
	"mt", "ne", "nv", "nh", "nj", "nm", "ny", "nc", "nd", "oh", "ok", "or", "pa",
	"pr", "ri", "sc", "sd", "tn", "tx", "ut", "vt", "va", "wa", "wv", "wi", "wy",
	"us", "usa", "alabama", "alaska", "arizona", "arkansas", "california",
	"colorado", "connecticut", "delaware", "florida", "georgia", "hawaii", "idaho",
	"illinois", "indiana", "iowa", "kansas", "kentucky", "louisiana", "maine",
	"maryland", "massachusetts", "michigan", "minnesota", "mississippi",
	"missouri", "montana", "nebraska", "nevada", "ohio", "oklahoma", "oregon",
	"pennsylvania", "tennessee", "texas", "utah", "vermont", "virginia",
	"washington", "wisconsin", "wyoming",
};

static bool
is_place(const char *word)
{
	return is_one_of(word, places, sizeof(places) / sizeof(places[0]));
}

/* Whether the word's letters are the first ones of the words before it, "of" and "and" or not. */
static bool
is_acronym(const struct raw *r, size_t at)
{
	const char *letter = r->words[at].text;

	if (letter[0] == '\0' || letter[1] == '\0')
		return false;
	for (size_t i = 0; i < at && *letter != '\0'; i++) {
		const char *word = r->words[i].text;

		if (word[0] == *letter)
			letter++;
		else if (!is_article(word) && strcmp(word, "of") != 0)
			return false;
	}
	return *letter == '\0';
}

/* What stands in parentheses says nothing of its own: then the name is one without it, too. */
static bool
bare_read(const struct raw *r)
{
	bool any = false;

	for (size_t i = 0; i < r->count; i++) {
		if (r->words[i].group == 0)
			continue;
		if ((i > 0 && r->words[i - 1].group == r->words[i].group) ||
		    (i + 1 < r->count && r->words[i + 1].group == r->words[i].group) ||
		    (!is_place(r->words[i].text) && !is_acronym(r, i)))
			return true;
		any = true;
	}
	r->name->has_bare = any;
	return !any || side_add(r, 0, r->count, NAME_BARE);
}

bool
name_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

char
name_side_next(const struct name_side *s, size_t *word, size_t *at)
{
	while (*word < s->count) {
		const char *text = s->words[*word].text;

		if (text[*at] != '\0')
			return text[(*at)++];
		++*word;
		if (*word < s->count && *at > 0 && name_is_digit(text[*at - 1]) &&
		    name_is_digit(s->words[*word].text[0])) {
			*at = 0;
			return ' ';
		}
		*at = 0;
	}
	return '\0';
}

bool
name_words_read(struct name_words *n, const char *s, bool german)
{
	int32_t points[POINTS_MAX];
	struct raw raw = { .name = n };
	size_t count = points_read(s, german, points, &n->has_umlaut);

	n->count = 0;
	n->used = 0;
	n->has_alias = n->has_bare = false;
	return count != SIZE_MAX && raw_read(&raw, points, count) &&
	    side_add(&raw, 0, raw.count, NAME_WHOLE) && aliases_read(&raw) && bare_read(&raw);
}
