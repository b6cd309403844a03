/* SPDX-License-Identifier: MIT */
/* What channels and groups have Redis do in one step. Scores are seconds by Redis' own clock, so
 * that the clocks of brokers do not matter; messages of one channel have different ones, in the
 * order in which they came, as those with equal ones would be taken in no order. */
#pragma once

#include "broker/redis/script.h"
#include "common/base/buf.h"

/* Appends a time as they take it. */
void redis_write_seconds(uint64_t ms, struct buf *out);

/* KEYS: the channel, and a ref's if there is one. ARGV: the message, capacity, expiry in seconds,
 * seconds that the ref is known. "sent", "full" or "repeated". */
extern struct script redis_script_send;
/* KEYS: channels. ARGV: their messages, then capacity and expiry. How many were full. */
extern struct script redis_script_send_all;
/* KEYS: a channel. ARGV: how many messages, and their expiry. How many were too old, then the
 * messages, each with its score behind it. */
extern struct script redis_script_take;
/* KEYS: a channel. ARGV: a message's score, the message, how many seconds the channel lives. */
extern struct script redis_script_put_back;
/* KEYS: a group. ARGV: its expiry, and members. The key lives as long as that at least, and not
 * shorter than before: Django's layer may say more. */
extern struct script redis_script_group_add;
/* KEYS: a group, and a ref's if there is one. ARGV: the group's expiry, and seconds that the ref is
 * known. Its members; nil when the ref is known already. */
extern struct script redis_script_members;
/* KEYS: the site's channel, what this broker has in flight of it, and whose turn it is to take.
 * ARGV: how many, the broker's id, and for how many milliseconds it is its turn. The messages that
 * are in flight now. */
extern struct script redis_script_take_over;
/* KEYS: the brokers that take from the site's channel by when they were last there, and what this
 * one has in flight; ARGV: its id, after how many seconds another one is gone, and what keys of
 * what is in flight begin with. The messages of those that are gone, which are this one's now. */
extern struct script redis_script_inherit;
/* KEYS: a lease. ARGV: who wants it, for how many milliseconds, and a channel, on which the first
 * is published when it is new to the lease. 1 for who has it now. */
extern struct script redis_script_lease;
/* KEYS: a lease. ARGV: who gives it back, and that channel, on which "" is published then. How many
 * have heard it; 0 when it was not the giver's. */
extern struct script redis_script_give_back;
