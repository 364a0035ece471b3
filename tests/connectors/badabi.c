/* SPDX-License-Identifier: ISC */
/* badabi.c -- built for another version of the contract. */
#include "hostile.h"

CS_API extern const struct cs_connector cs_connector_badabi;
const struct cs_connector cs_connector_badabi = {
	.abi = 999,
	.size = sizeof(struct cs_connector),
	.name = "badabi",
	.settings = hostile_settings,
	.open = hostile_open,
	.end = hostile_end,
};
