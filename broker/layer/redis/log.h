/* SPDX-License-Identifier: MIT */
/* The commands about rooms, each to the host that the room lies on (scripts.h), and what
 * their answers say. Whatever Redis answers is checked: it is other people's memory. Main thread.
 */
#pragma once

#include "broker/layer/follower.h"
#include "broker/redis/links.h"

#define REDIS_REF_SIZE 16

struct redis_log;

/* links is borrowed for its life. room_messages: about how many messages a room keeps. */
struct redis_log *redis_log_create(struct links *links, uint64_t room_messages)
	__attribute__((warn_unused_result));
/* NULL is fine. */
void redis_log_destroy(struct redis_log *log);
/* What the links have to be made with. */
extern struct script *const redis_log_scripts[];
extern const size_t redis_log_script_count;

/* Where a room lies. */
struct link *redis_log_link(struct redis_log *log, struct str room);

/* The room was heard as far as that: whatever is asked from now on finds out when Redis has lost it
 * (scripts.h). */
void redis_log_note(struct redis_log *log, struct str room, const char *epoch, uint64_t seq);

/* Each is false when the command was not taken (link_command). */

/* seen: what members have, where that is more than was noted; epoch "" for nothing. */
bool redis_log_ask_head(struct redis_log *log, struct str room, const struct layer_head *seen,
	const struct link_handler *handler) __attribute__((warn_unused_result));
/* rest is the broadcast behind its numbers (event.h). */
bool redis_log_append(struct redis_log *log, const struct event *event,
	const uint8_t ref[static REDIS_REF_SIZE], unsigned ref_seconds, struct str rest,
	const struct link_handler *handler) __attribute__((warn_unused_result));

/* The first count rows with first <= seq <= last, or the last ones, newest first. */
struct redis_range {
	uint64_t first, last;
	size_t count;
	bool is_backward;
};

bool redis_log_ask_rows(struct redis_log *log, struct str room, const struct redis_range *range,
	const struct link_handler *handler) __attribute__((warn_unused_result));

/* Has a host keep something that nobody needs, as it would a row. */
bool redis_log_probe(struct link *link, const struct link_handler *handler)
	__attribute__((warn_unused_result));

/* Answers. */

/* What an error says of an append: LAYER_STORAGE, LAYER_BUSY or LAYER_UNAVAILABLE. */
enum layer_result redis_log_read_error(const struct link_reply *error);

struct redis_rows {
	char epoch[EVENT_EPOCH_SIZE]; /* "": the room is not there */
	struct event *events; /* owned: seq, time_ms, user, message, origin, via, copies */
	size_t count;
	size_t refused; /* that are no rows of ours */
};

/* False when it is none. epoch_out is what head_out borrows. */
bool redis_log_read_head(const struct link_reply *reply, char epoch_out[static EVENT_EPOCH_SIZE],
	struct follower_head *head_out) __attribute__((warn_unused_result));
/* Also of an error, and of what is none. */
void redis_log_read_append(const struct link_reply *reply, char epoch_out[static EVENT_EPOCH_SIZE],
	struct follower_answer *answer_out);
/* room and the reply are borrowed. False when it is none, and rows_out is empty. */
bool redis_log_read_rows(const struct link_reply *reply, struct str room,
	struct redis_rows *rows_out) __attribute__((warn_unused_result));
void redis_rows_finish(struct redis_rows *rows);
