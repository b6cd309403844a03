/* SPDX-License-Identifier: MIT */
/* The Lua scripts of rooms; each is one atomic step for all brokers. A room is a hash
 * roomwire:room:<room> (epoch, seq of its last message, base: the last seq before this epoch, time
 * of its last message) and a stream roomwire:log:<room> whose ids are <seq>-0, with the fields u
 * (user), m (message), t (milliseconds) and, if the message has them, s (sender's id in
 * hexadecimal), o, v and c (origin, via, copies). An edit has k "edit", a deletion k "delete", and
 * both have g (number of the message they change). Rows that were changed, and some of their
 * neighbours, are in the sorted set roomwire:changed:<room> instead, by their numbers, as
 * MessagePack of [id, [field, value, …]]. There an edited message has e (when; milliseconds) and n
 * (numbers of its edits, the last 32), a deleted one has k "deleted", and it and its edits have an
 * empty m. That set ends where the room need not keep more. A script creates a missing room from
 * what its stream still holds. A room without any message expires after a day, because anybody may
 * look into any number of rooms. */
#pragma once

#include "broker/redis/script.h"

/* Reads a room's head. KEYS: the hash, the stream, the sorted set. ARGV: the epoch and the seq that
 * the broker has seen ("" and 0 for none), and an unused epoch. The script begins that epoch when
 * the room does not exist, or when Redis has a lower seq of the seen epoch than the broker has
 * seen: then Redis has lost messages. Reply: epoch, base, seq. */
extern struct script redis_script_head;
/* Numbers a message, stores it and publishes it to all brokers, unless its ref is known; an edit or
 * a deletion also changes its target, unless that is refused. KEYS: the hash, the stream,
 * roomwire:ref:<32 hex>, the sorted set. ARGV: an unused epoch, how many messages the room keeps,
 * for how many seconds to remember the ref, the channel of the broadcast, the part of the broadcast
 * behind seq, time and epoch, the epoch and the seq that the broker has seen (as above), the number
 * of the target (0 for a message), 1 when anybody's may be changed at any time, how many
 * milliseconds after its target an edit may come, and the fields and values of the row. Begins the
 * unused epoch as above, so that no number is used twice. Reply: 0 for stored, 1 when the ref is
 * known, 2 no such target, 3 another sender's, 4 too late; seq, time, epoch. */
extern struct script redis_script_append;
/* Reads rows. KEYS: the hash, the stream, the sorted set. ARGV: XRANGE or XREVRANGE, from, to, how
 * many. Reply: the epoch ("" when the room does not exist), the rows. */
extern struct script redis_script_rows;
/* Tests that Redis stores rows. KEYS: a stream that nobody reads, which expires after a minute. */
extern struct script redis_script_probe;
