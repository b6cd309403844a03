/* SPDX-License-Identifier: MIT */
/* What names of people are compared by. Names come in normal form (common/name.h). */
#pragma once

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/base/str.h"

/* Appends the name folded: equal for names that differ in case or compatibility forms only (NFKC
 * case fold, Unicode 3.13). What user names log in by. */
void name_write_key(struct str name, struct buf *out);
/* Appends what a name looks like (UTS #39 4, with a table of our own): equal for names that readers
 * would take for each other. What is taken is taken in all forms. */
void name_write_skeleton(struct str name, struct buf *out);
/* "guest-…" in any form: guests are called so, accounts may not be. */
bool name_is_reserved(struct str name);
