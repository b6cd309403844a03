/* SPDX-License-Identifier: MIT */
/* Brings events of Django's core layer into rooms. To Django, all brokers of a site are one
 * process, whose channels are the rooms. So each event is in Redis once, and one broker takes it.
 * Redis keeps it "in flight" until it is in its room's log. When a broker is gone, another one
 * retries its events in flight; the 12 random bytes of an event show whether it is in the log
 * already. Main's thread only. */
#pragma once

#include "broker/layer/layer.h"

struct django_core;
struct redis_channels;

struct django_core *django_core_create(struct redis_channels *channels)
	__attribute__((warn_unused_result));
/* Call it after links_destroy. NULL is fine. */
void django_core_destroy(struct django_core *core);
void django_core_up(struct django_core *core);
void django_core_open_room(struct django_core *core, struct str room);
/* Renews the entry in Redis that tells all brokers which room a member's token means. Does nothing
 * when member is not a room, or when its token holds the room's name. */
void django_core_keep(struct django_core *core, struct str member);
/* Django still sends to the room until group_expiry: those events go into the room's log. */
void django_core_close_room(struct django_core *core, struct str room);
void django_core_settle(struct django_core *core, uint64_t author_id, enum layer_result result);
/* The stop begins: takes no more events. */
void django_core_hurry(struct django_core *core);
