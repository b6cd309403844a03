/* SPDX-License-Identifier: MIT */
/* The Lua scripts of channels and groups; each is one atomic step in Redis. Scores are seconds of
 * Redis' own clock, so that the clocks of brokers do not matter. Within one channel each message
 * has a higher score than the one before, because Redis does not order equal scores by arrival. */
#pragma once

#include "broker/redis/script.h"
#include "common/base/buf.h"

/* Appends a time in the form that the scripts take: seconds. */
void redis_write_seconds(uint64_t ms, struct buf *out);

/* Sends a message. KEYS: the channel, and the ref's key if there is one. ARGV: the message,
 * capacity, expiry in seconds, and for how many seconds to remember the ref. Reply: "sent", "full"
 * or "repeated". */
extern struct script redis_script_send;
/* Sends one message to each channel. KEYS: channels. ARGV: their messages, then capacity and
 * expiry. Reply: how many channels were full. */
extern struct script redis_script_send_all;
/* Takes messages. KEYS: a channel. ARGV: how many messages, and their expiry. Reply: how many
 * messages had expired, then each taken message followed by its score. */
extern struct script redis_script_take;
/* Puts a taken message back. KEYS: a channel. ARGV: the message's score, the message, and the
 * expiry. */
extern struct script redis_script_put_back;
/* Adds members. KEYS: a group. ARGV: its expiry, and members. The script extends the key's life to
 * the expiry and never shortens it: Django's layer may have set a longer one. */
extern struct script redis_script_group_add;
/* Lists members. KEYS: a group, and the ref's key if there is one. ARGV: the group's expiry, and
 * for how many seconds to remember the ref. Reply: the members; nil when the ref is already
 * known. */
extern struct script redis_script_members;
/* Moves messages from the site's channel to this broker's set of messages in flight, if it is this
 * broker's turn. KEYS: the site's channel, that set, and the key that says whose turn it is. ARGV:
 * how many messages, the broker's id, and the turn's length in milliseconds. Reply: the messages
 * that were moved. */
extern struct script redis_script_take_over;
/* Takes over the messages in flight of brokers that are gone. KEYS: the brokers that take from the
 * site's channel, with the time of their last sign of life, and this broker's set of messages in
 * flight. ARGV: its id, after how many seconds without a sign a broker is gone, and the prefix of
 * the keys of all such sets. Reply: the messages that are this broker's now. */
extern struct script redis_script_inherit;
/* Takes or renews a lease. KEYS: the lease. ARGV: the broker's id, the lease's milliseconds, and a
 * channel. When the lease gets a new holder, its id is published there. Reply: 1 when the broker
 * holds the lease now, else 0. */
extern struct script redis_script_lease;
/* Gives a lease back and publishes "" on its channel. KEYS: the lease. ARGV: the broker's id, and
 * the channel. Reply: how many subscribers got it; 0 when the broker did not hold the lease. */
extern struct script redis_script_give_back;
