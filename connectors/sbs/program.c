/* SPDX-License-Identifier: ISC */
/* program.c -- see program.h. */
#include "program.h"

#include <stddef.h>

const struct program_text programs[PROGRAMS] = {
	[P_8A]	    = { "8a",	   "1,4",  "8(a) or 8(a) Joint Venture" },
	[P_HUBZONE] = { "hubzone", "3",	   "HUBZone" },
	[P_WOSB]    = { "wosb",	   "5",	   "Women-Owned Small Business (WOSB)" },
	[P_EDWOSB]  = { "edwosb",  "6",
	    "Economically-Disadvantaged Women-Owned Small Business (EDWOSB)" },
	[P_VOSB]    = { "vosb",	   "7,8",  "Veteran-Owned Small Business (VOSB)" },
	[P_SDVOSB]  = { "sdvosb",  "9,10",
	    "Service-Disabled Veteran-Owned Small Business (SDVOSB)" },
};

const struct kind_members kinds[KINDS] = {
	[K_8A] = { "SBA8A", P_8A, "active_8a_boolean", NULL, "prev_8a_boolean",
	    "certPending_8a", "certDateStart_8a", "certDateExit_8a" },
	[K_8A_JV] = { "SBA8A-JV", P_8A, "active_8a_jv_boolean", NULL, NULL, NULL,
	    NULL, NULL },
	[K_HUBZONE] = { "HUBZONE", P_HUBZONE, "active_hz_boolean", NULL,
	    "prev_hz_boolean", "certPending_HZ", "certDateStart_HZ", NULL },
	[K_WOSB] = { "WOSB", P_WOSB, "active_wosb_boolean", NULL,
	    "prev_wosb_boolean", "certPending_WOSB", "certDateStart_WOSB", NULL },
	[K_EDWOSB] = { "EDWOSB", P_EDWOSB, "active_edwosb_boolean", NULL,
	    "prev_edwosb_boolean", "certPending_EDWOSB", "certDateStart_EDWOSB",
	    NULL },
	[K_VOSB] = { "VOSB", P_VOSB, "active_vosb_boolean",
	    "active_vosb_jv_boolean", "prev_vosb_boolean", "certPending_VOSB",
	    "certDateStart_VOSB", "certDateExit_VOSB" },
	[K_SDVOSB] = { "SDVOSB", P_SDVOSB, "active_sdvosb_boolean",
	    "active_sdvosb_jv_boolean", "prev_sdvosb_boolean",
	    "certPending_SDVOSB", "certDateStart_SDVOSB", "certDateExit_SDVOSB" },
};
