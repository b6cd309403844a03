/* SPDX-License-Identifier: MIT */
/* What names of people are compared by. Names come in normal form (common/name.h). */
#pragma once

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/base/str.h"

/* Neither is more than so many times as long as the name. */
#define NAME_KEY_GROWTH_MAX 11
#define NAME_SKELETON_GROWTH_MAX 33

/* Appends the name folded: equal for names that differ in case or compatibility forms only (NFKC
 * case fold, Unicode 3.13). What user names log in by. */
void name_write_key(struct str name, struct buf *out);
/* Appends what a name looks like (UTS #39 4, with a table of our own): equal for names that readers
 * would take for each other, whatever the script, and with or without spaces, dots, dashes,
 * underscores and quotation marks, which hardly show: ann_lee is Ann Lee. Names of equal keys have
 * equal skeletons, and the skeleton of a skeleton is itself. What is taken is taken in all forms.
 */
void name_write_skeleton(struct str name, struct buf *out);
/* "guest-…" in any form: guests are called so, accounts may not be; nor may they have a name that
 * shows nothing but what hardly shows. */
bool name_is_reserved(struct str name);
