/* SPDX-License-Identifier: ISC */
/*
 * row.h -- from the rows of firms to records.  What a member means is said at
 * the top of sbs.c.
 */
#ifndef CONNECTORS_SBS_ROW_H
#define CONNECTORS_SBS_ROW_H

#include <stdint.h>

#include <certsync/connector.h>
#include <certsync/json.h>

#define UEI_LEN		12

/* A UEI in 63 bits; 0: text (NULL too) is none. */
uint64_t uei_pack(const char *text);
/* For cs_json_ops: the row of a firm; arg is the struct reader. */
enum cs_rc row_read(void *arg, const struct cs_json *node);

#endif /* CONNECTORS_SBS_ROW_H */
