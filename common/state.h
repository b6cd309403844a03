/* SPDX-License-Identifier: MIT */
/* The folders of a state directory, which whichever program starts first makes. */
#pragma once

#include <stdbool.h>

#include "common/config.h"

/* Makes what is missing: DIR 0750, DIR/run 0711 (the web server reaches sockets there by name), DIR/log 0750. False with a sentence. */
bool state_prepare(const struct config *config, struct buf *problem_out) __attribute__((warn_unused_result));
