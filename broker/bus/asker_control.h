/* SPDX-License-Identifier: MIT */
/* The way to the control socket of another broker. It reconnects by itself. */
#pragma once

#include "broker/bus/asker.h"

/* url is a control socket's; url and reactor are borrowed. NULL after it has logged why. The caller
 * owns the asker. */
struct asker *asker_create_control(struct reactor *reactor, const char *url)
	__attribute__((warn_unused_result));
