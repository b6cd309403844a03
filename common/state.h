/* SPDX-License-Identifier: MIT */
/* The folders of a state directory, which whichever program starts first makes. */
#pragma once

#include <stdbool.h>

#include "common/config.h"

/* Makes what is missing: DIR 0750, DIR/run 0711 (the web server reaches sockets there by name),
 * DIR/log 0750. False with a sentence. */
bool state_prepare(const struct config *config, struct buf *problem_out)
	__attribute__((warn_unused_result));
/* Takes DIR/run/NAME.lock for this process's life, so that no second one of its kind uses the
 * directory. False with a sentence. */
bool state_lock(const struct config *config, const char *name, struct buf *problem_out)
	__attribute__((warn_unused_result));
