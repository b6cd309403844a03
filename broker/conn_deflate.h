/* SPDX-License-Identifier: MIT */
/* What a connection says and hears compressed, when permessage-deflate was agreed upon: both ways
 * through the one place of its shard that knows how (broker/ws/deflate.h). */
#pragma once

#include "broker/conn.h"

/* Inflates a compressed message and hands it to the consumer, under the limits of all others: over
 * the limit it is too_long, over what may be skipped the connection ends with 1009 and is counted;
 * broken ones and bad UTF-8 end it with 1007. */
void conn_receive_compressed(struct conn *conn, const struct message *message);
/* conn_send for a message, which is compressed where that was agreed upon and helps. */
void conn_send_message(struct conn *conn, enum frame_opcode opcode, struct str payload);
