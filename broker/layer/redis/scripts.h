/* SPDX-License-Identifier: MIT */
/* What is done to a room in Redis, each in one step for all brokers. A room is a hash
 * roomwire:room:<room> (epoch, seq of its last message, base: the last seq before this epoch, time
 * of its last message) and a stream roomwire:log:<room> whose ids are <seq>-0, with the fields u
 * (user), m (message), t (milliseconds) and, where there are any, o, v and c (origin, via, copies).
 * Whoever needs a room that is not there makes it, from what its stream still has; one in which
 * nothing has been said is forgotten after a day, as anybody may look into any number of them. */
#pragma once

#include "broker/redis/script.h"

/* KEYS: the hash, the stream. ARGV: the epoch and the seq that were seen ("" and 0 for none), an
 * epoch that was never used. Begins that one when the room is not there, or when less of the seen
 * one is there than was seen. Answer: epoch, base, seq. */
extern struct script redis_script_head;
/* KEYS: the hash, the stream, roomwire:ref:<32 hex>. ARGV: an epoch that was never used, how many
 * messages the room keeps, how many seconds the ref, the channel of the broadcast, the rest of that
 * behind its seq, time and epoch, the epoch and the seq that were seen (as above), and the fields
 * and values of the row. Numbers a message, keeps it and tells all brokers, unless its ref is
 * known. Begins the other epoch as above, so that no number is given twice. Answer: 1 if the ref is
 * known, else 0; seq, time, epoch. */
extern struct script redis_script_append;
/* KEYS: the hash, the stream. ARGV: XRANGE or XREVRANGE, from, to, how many. Answer: the epoch (""
 * of a room that is not there), the rows. */
extern struct script redis_script_rows;
/* KEYS: a stream that nobody reads. Adds a row to it, for a minute. */
extern struct script redis_script_probe;
