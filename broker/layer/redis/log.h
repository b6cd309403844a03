/* SPDX-License-Identifier: MIT */
/* Sends the commands about rooms (scripts.h), each to the room's host, and reads their replies.
 * Each reply is checked, because others can write to Redis too. Main's thread only. */
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
/* The scripts that the links must load. */
extern struct script *const redis_log_scripts[];
extern const size_t redis_log_script_count;

/* The link to the room's host. */
struct link *redis_log_link(struct redis_log *log, struct str room);

/* Notes that this broker has seen the room's message seq. Later commands carry that number, so that
 * their script finds out when Redis has lost messages (scripts.h). */
void redis_log_note(struct redis_log *log, struct str room, const char *epoch, uint64_t seq);

/* Each command returns false when the link does not accept it (link_command). */

/* Asks for the room's epoch and last sequence number. seen: the newest message that a member has,
 * if it is newer than the noted one; epoch "" for none. */
bool redis_log_ask_head(struct redis_log *log, struct str room, const struct layer_head *seen,
	const struct link_handler *handler) __attribute__((warn_unused_result));
/* A message, an edit or a deletion that is to be appended. All borrowed. */
struct redis_entry {
	const struct event *event;
	const uint8_t *sender; /* USER_ID_SIZE bytes; NULL for nobody's */
	const uint8_t *ref; /* REDIS_REF_SIZE bytes */
	unsigned ref_seconds; /* for how long the ref is remembered */
	struct str rest; /* the part of the broadcast behind its numbers (event.h) */
};

bool redis_log_append(struct redis_log *log, const struct redis_entry *entry,
	const struct link_handler *handler) __attribute__((warn_unused_result));

/* The first count rows with first <= seq <= last; when is_backward, the last ones, newest first. */
struct redis_range {
	uint64_t first, last;
	size_t count;
	bool is_backward;
};

bool redis_log_ask_rows(struct redis_log *log, struct str room, const struct redis_range *range,
	const struct link_handler *handler) __attribute__((warn_unused_result));

/* Makes a host store a row that nobody needs, to see whether it stores rows. */
bool redis_log_probe(struct link *link, const struct link_handler *handler)
	__attribute__((warn_unused_result));

/* Replies. */

/* The result of an append that got this error: LAYER_STORAGE, LAYER_BUSY or LAYER_UNAVAILABLE. */
enum layer_result redis_log_read_error(const struct link_reply *error);

struct redis_rows {
	char epoch[EVENT_EPOCH_SIZE]; /* "": the room does not exist */
	/* owned: seq, time_ms, user, message, origin, via, copies, kind, target, edited_ms */
	struct event *events;
	size_t count;
	size_t refused; /* rows that no broker wrote */
};

/* False when the reply is not a head. head_out borrows epoch_out. */
bool redis_log_read_head(const struct link_reply *reply, char epoch_out[static EVENT_EPOCH_SIZE],
	struct follower_head *head_out) __attribute__((warn_unused_result));
/* Takes any reply: an error or a malformed one becomes a result, too. answer_out borrows
 * epoch_out. */
void redis_log_read_append(const struct link_reply *reply, char epoch_out[static EVENT_EPOCH_SIZE],
	struct follower_answer *answer_out);
/* rows_out borrows room and the reply. False, with empty rows_out, when the reply holds no rows. */
bool redis_log_read_rows(const struct link_reply *reply, struct str room,
	struct redis_rows *rows_out) __attribute__((warn_unused_result));
void redis_rows_finish(struct redis_rows *rows);
