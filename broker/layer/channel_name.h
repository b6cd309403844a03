/* SPDX-License-Identifier: MIT */
/* What channels and groups may be called (Django Channels' rule, without what its regular
 * expressions let slip), and what a channel's name says about it. A name with a '!' is of one
 * broker, which it names before that; the others are anybody's. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"

#define CHANNEL_NAME_MAX 99
#define CHANNEL_PREFIX_DEFAULT "specific"

enum channel_kind {
	CHANNEL_OPEN, /* without a '!': it is there as soon as somebody names it */
	CHANNEL_CONNECTION, /* of this broker, perhaps gone */
	CHANNEL_MADE, /* channel_name_make made it */
	CHANNEL_BOUND, /* the same; it goes with its owner */
	CHANNEL_STRANGE, /* of another broker, or nobody's */
};

/* 1 to 99 ASCII letters, digits, '-', '_' and '.'; in a channel's one '!', not at its beginning. */
bool channel_name_is_valid(struct str name);
bool group_name_is_valid(struct str name);
/* Of a valid name. connection_out is only a CHANNEL_CONNECTION's: its id (broker/channel.h). */
enum channel_kind channel_name_kind(
	struct str name, const char *broker_id, uint64_t *connection_out);
/* Whether there is room for what follows it in a name. */
bool channel_prefix_is_valid(struct str prefix);
/* Appends a name that nobody can guess: <prefix>.<broker>!<32 hexadecimal digits>. */
void channel_name_make(struct str prefix, const char *broker_id, bool is_bound, struct buf *out);
/* By their bytes. */
void channel_names_sort(struct str *names, size_t count);
