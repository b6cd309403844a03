/* SPDX-License-Identifier: MIT */
/* Does here what the other brokers tell: the members of the layer's sink (layer.h) for people,
 * notices, a numbering that begins anew, and the link to the other brokers. context is the broker.
 * Main thread. */
#pragma once

#include <stdbool.h>

#include "broker/layer/layer.h"
#include "common/user.h"

struct broker;

/* Does nothing unless the room is open here. */
void other_brokers_tell_person(
	void *context, struct str room, const struct user *user, bool is_here);
/* Acts on a notice here, and passes it on to nobody. */
void other_brokers_take_notice(void *context, const struct layer_notice *notice);
/* Tells the room's roomwire.v1 members, and forgets what was said before: its numbers are given out
 * again. */
void other_brokers_begin_anew(void *context, struct str room, const struct layer_head *head);
/* Tells all who are in rooms. Who joins while the link is down is told after the welcome. */
void other_brokers_tell_link(void *context, bool is_up);
