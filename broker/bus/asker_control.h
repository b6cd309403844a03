/* SPDX-License-Identifier: MIT */
/* The way of questions to the control socket of another broker. Comes back by itself. */
#pragma once

#include "broker/bus/asker.h"

/* url is a control socket's; borrowed, as reactor. NULL after it has logged why. */
struct asker *asker_create_control(struct reactor *reactor, const char *url)
	__attribute__((warn_unused_result));
