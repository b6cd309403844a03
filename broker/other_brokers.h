/* SPDX-License-Identifier: MIT */
/* What the other brokers tell, as this one's connections see it: the layer's sink (layer.h) as far
 * as it is about people, notices, a numbering that begins anew, and whether the others can be
 * reached at all. context is the broker. Main thread. */
#pragma once

#include <stdbool.h>

#include "broker/layer/layer.h"
#include "common/user.h"

struct broker;

/* Of a room that is open; nothing otherwise. */
void other_brokers_tell_person(
	void *context, struct str room, const struct user *user, bool is_here);
/* What comes from another broker is done here and told to nobody else. */
void other_brokers_take_notice(void *context, const struct layer_notice *notice);
/* Who is in the room is told in roomwire.v1, and what was said before is forgotten here: its
 * numbers are given out again. */
void other_brokers_begin_anew(void *context, struct str room, const struct layer_head *head);
/* All who are in rooms are told; who comes in while it lasts is told behind his welcome. */
void other_brokers_tell_link(void *context, bool is_up);
