/* SPDX-License-Identifier: MIT */
/* The names of channels and groups (Django Channels' rule, without what its regular expressions let
 * slip), and what a channel's name says about it. A name with a '!' belongs to one broker, which it
 * names before the '!'; others belong to nobody. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"

#define CHANNEL_NAME_MAX 99
#define CHANNEL_PREFIX_DEFAULT "specific"

enum channel_kind {
	CHANNEL_OPEN, /* without a '!': it exists as soon as somebody names it */
	CHANNEL_CONNECTION, /* a connection of this broker, perhaps gone */
	CHANNEL_MADE, /* made by channel_name_make */
	CHANNEL_BOUND, /* the same; it ends with its owner */
	CHANNEL_STRANGE, /* another broker's, or nobody's */
};

/* 1 to 99 ASCII letters, digits, '-', '_' and '.'; in a channel's one '!', not at its beginning. */
bool channel_name_is_valid(struct str name);
bool group_name_is_valid(struct str name);
/* The kind of a valid name. *connection_out is set for CHANNEL_CONNECTION only: its id
 * (broker/channel.h). */
enum channel_kind channel_name_kind(
	struct str name, const char *broker_id, uint64_t *connection_out);
/* Whether it is valid and leaves room in a name for what follows it. */
bool channel_prefix_is_valid(struct str prefix);
/* Appends a name that nobody can guess: <prefix>.<broker>!<32 hexadecimal digits>. */
void channel_name_make(struct str prefix, const char *broker_id, bool is_bound, struct buf *out);
/* Sorts by bytes. */
void channel_names_sort(struct str *names, size_t count);
