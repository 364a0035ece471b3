/* SPDX-License-Identifier: ISC */
/*
 * lint_model.h -- what clang-tidy cannot see across files: err_set() and
 * err_prefix() always return -1.  Included before every file it reads but err.c.
 */
#ifndef TOOLS_LINT_MODEL_H
#define TOOLS_LINT_MODEL_H

#include "base/err.h"

#define err_set(...)	((void)err_set(__VA_ARGS__), -1)
#define err_prefix(...)	((void)err_prefix(__VA_ARGS__), -1)

#endif /* TOOLS_LINT_MODEL_H */
