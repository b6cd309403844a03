/* SPDX-License-Identifier: MIT */
/* Values into the fields of a struct config, for whoever read them: the file, --set or the
 * table's defaults. */
#pragma once

#include "common/config.h"

/* Sets one key; a key's earlier value is replaced, a route is added. line is 0 outside a file.
 * False with a sentence in problem (appended) when there is no such key or it cannot have this
 * value. */
bool config_set(struct config *config, struct str section, struct str key, struct str value,
	int line, struct buf *problem) __attribute__((warn_unused_result));
/* All of the table's defaults. */
void config_set_defaults(struct config *config);
