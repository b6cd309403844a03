/* SPDX-License-Identifier: MIT */
/* From Django's core layer into rooms. To Django all brokers of a site are one process, whose
 * channels are the rooms; so each of its messages is in Redis once, and one broker takes it. Until
 * it is in its room's log it is kept in flight there: another broker says again what was in flight
 * of one that is gone, and whether that had been said already is seen by its 12 bytes of chance. */
#pragma once

#include "broker/layer/layer.h"

struct django_core;
struct redis_channels;

struct django_core *django_core_create(struct redis_channels *channels)
	__attribute__((warn_unused_result));
/* Behind the links. NULL is fine. */
void django_core_destroy(struct django_core *core);
void django_core_up(struct django_core *core);
void django_core_open_room(struct django_core *core, struct str room);
/* What is said to a member of a group can be understood by all brokers for a while longer. Harmless
 * for what is no room. */
void django_core_keep(struct django_core *core, struct str member);
/* Django goes on to send to it until group_expiry: that is kept in the room's log. */
void django_core_close_room(struct django_core *core, struct str room);
void django_core_settle(struct django_core *core, uint64_t author_id, enum layer_result result);
/* No more is taken. */
void django_core_hurry(struct django_core *core);
