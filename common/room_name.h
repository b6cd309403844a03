/* SPDX-License-Identifier: MIT */
/* A room's name and its group: people see any UTF-8 name, the wire carries ASCII. The mapping is
 * injective. Names that Django Channels can carry map to "chat_<name>" byte for byte. All others
 * map to "chat_u--<lower-case base32 of the UTF-8>" while that fits a group name, else to
 * "chat_u--h-<base32 of the SHA-256>". */
#pragma once

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/base/str.h"
#include "common/name.h"

#define ROOM_GROUP_PREFIX "chat_"
#define ROOM_NAME_BYTES_MAX (NAME_ROOM_MAX * 4)
/* Channels' limit: group names are shorter than 100 bytes. So a room's name that is used as it is
 * has at most 94. */
#define ROOM_GROUP_MAX 99

/* Normalizes a name. One of [A-Za-z0-9_.-] may have 94 characters, as in Django; every other
 * NAME_ROOM_MAX. */
enum name_problem room_name_normalize(struct str raw, struct buf *out)
	__attribute__((warn_unused_result));
/* Whether a name is in normal form: normalizing would not change it. */
bool room_name_is_normal(struct str name);
/* Appends the group of a normalized name. */
void room_name_group(struct str name, struct buf *out);
/* Appends the name of a group. False when group is none of ours or its name is a hash; then only
 * the broker that has the room open knows the name. */
bool room_name_from_group(struct str group, struct buf *out) __attribute__((warn_unused_result));
/* Whether it is the group of a name that is too long to be read from it. */
bool room_group_is_hash(struct str group);
/* Whether group could be a group of ours: the prefix and 1 to 94 of [A-Za-z0-9_.-]. */
bool room_group_is_valid(struct str group);
/* With the pages mounted at "/", these first path segments are not rooms: accounts, admin, api,
 * chat, healthz, … */
bool room_name_is_reserved(struct str name);
