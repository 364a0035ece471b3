/* SPDX-License-Identifier: ISC */
/*
 * program.h -- the SBA's programs as the search page names them, and the
 * certifications that belong to each.
 */
#ifndef CONNECTORS_SBS_PROGRAM_H
#define CONNECTORS_SBS_PROGRAM_H

enum program { P_8A = 0, P_HUBZONE, P_WOSB, P_EDWOSB, P_VOSB, P_SDVOSB, PROGRAMS };

/* value: of the search page's filter; the label is free text. */
struct program_text { const char *name, *value, *label; };
extern const struct program_text programs[PROGRAMS];

enum kind { K_8A = 0, K_8A_JV, K_HUBZONE, K_WOSB, K_EDWOSB, K_VOSB, K_SDVOSB, KINDS };

/* A certification as the flat members of a row tell it; NULL: no such member. */
struct kind_members {
	const char	*type;
	enum program	 program;
	const char	*active, *active_jv, *prev, *pending, *start, *exit;
};
extern const struct kind_members kinds[KINDS];

#endif /* CONNECTORS_SBS_PROGRAM_H */
