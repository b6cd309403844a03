/* SPDX-License-Identifier: MIT */
/* What has become of what the registrar was given, and what is left for it when messages come out
 * of the layer. Main thread. */
#pragma once

#include "broker/order/registrar.h"

struct author;
struct broker;

/* The registrar's tell; context is the broker. Follows what was done, and then tells the asker. */
void order_settle(void *context, const struct registrar_job *job);
/* Call it with the first message of a room: whoever has said it owns the room, unless it was a
 * guest or a program. */
void order_note_first(struct broker *broker, struct str room, const struct author *author);
/* Call it with a deletion by somebody who may delete whatever was said: it is in the audit log. */
void order_note_deletion(
	struct broker *broker, const struct event *event, const struct author *author);
