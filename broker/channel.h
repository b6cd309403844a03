/* SPDX-License-Identifier: MIT */
/* The main thread's part of a connection: its address in the channel layer (specific.<broker>!<id>,
 * Django Channels' words) and what it is counted in. It lies in the connection's own struct
 * (broker/conn.h), whose other part is the shard's. */
#pragma once

#include <stdint.h>

#include "common/base/buf.h"

#define CHANNEL_BROKER_ID_SIZE 13 /* 12 hexadecimal digits and the NUL */
#define CHANNEL_BROKER_ID_OF_NOBODY "000000000000"

struct quota;
struct person;
struct room;

struct channel {
	struct quota *quota; /* it counts this connection */
	struct room *room; /* NULL for consumers without one */
	struct person *person;
	struct channel *next; /* the next channel of the same person */
};

/* Twelve hexadecimal digits in lower case. */
bool channel_broker_id_is_valid(struct str id);
/* Appends the name of the broker's channel of that id. */
void channel_write_name(uint64_t id, const char *broker_id, struct buf *out);
/* Reads the id out of a channel's name; false when it is no name of that broker's. */
bool channel_read_name(struct str name, const char *broker_id, uint64_t *id_out)
	__attribute__((warn_unused_result));
/* Whether a name is that of a connection, of whatever broker. */
bool channel_is_connection(struct str name);
