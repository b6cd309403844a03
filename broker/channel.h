/* SPDX-License-Identifier: MIT */
/* The main thread's record of a connection: its address in the channel layer
 * (specific.<broker>!<id>, Django Channels' words) and what it is counted in. */
#pragma once

#include <stdint.h>

#include "broker/dialect.h"
#include "common/base/buf.h"
#include "common/base/list.h"

#define CHANNEL_BROKER_ID_SIZE 13 /* 12 hexadecimal digits and the NUL */

struct quota;
struct conn;
struct person;
struct room;
struct shard;

struct channel {
	struct list link; /* in the broker's list of all */
	uint64_t id;
	struct shard *shard;
	size_t shard_index;
	struct conn *conn; /* the shard's */
	enum dialect dialect;
	struct quota *quota; /* counted there */
	struct room *room; /* NULL for consumers without one */
	struct person *person;
	struct list person_link; /* in person's channels */
};

/* Appends the channel's name. */
void channel_write_name(const struct channel *channel, const char *broker_id, struct buf *out);
