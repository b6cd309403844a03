/* SPDX-License-Identifier: MIT */
/* A control request while it is answered: what the files with the operations share. A handler
 * reads its arguments and refuses with a code and a sentence, or writes its part of the answer
 * into the open object. */
#pragma once

#include "broker/bus/control.h"
#include "common/json.h"

#define REQUEST_SENDER_SIZE 16

struct refusal {
	const char *code;
	const char *sentence;
};

struct request {
	struct broker *broker;
	uint64_t id; /* the asker's */
	struct control_asker *asker; /* NULL for an edge's question, which cannot wait */
	const struct json *arguments;
	struct json_writer *answer; /* in the open object, behind "ok" */
	struct refusal refusal; /* when the handler has returned CONTROL_REFUSED */
	int64_t retry_after_ms; /* told with the refusal; 0: not told */
};

typedef enum control_outcome control_handler(struct request *request);

/* Always CONTROL_REFUSED. */
enum control_outcome request_refuse(struct request *request, const struct refusal *refusal);
/* Reads "room" (a name people see) or "group" into name. False once it has refused. */
bool request_read_room(struct request *request, struct buf *name)
	__attribute__((warn_unused_result));
/* Sends an event to its room for the request; author is told a message's number. */
enum control_outcome request_send_to_room(
	struct request *request, struct event *event, const struct author *author);
/* Reads "group" (any valid name) or "room" into group. False once it has refused. */
bool request_read_group(struct request *request, struct buf *group)
	__attribute__((warn_unused_result));
/* Reads "ref" and "sender" into author_out, which borrows from the request and keeps sender. False
 * once it has refused. */
bool request_read_author(struct request *request, uint8_t sender[static REQUEST_SENDER_SIZE],
	struct author *author_out) __attribute__((warn_unused_result));
/* Who says something by way of the pages, and what (control_say.c). Each returns NULL, or why it
 * cannot be read: "message"; "ref", which may be missing; "user" and "user_id". */
const struct refusal *request_read_message(const struct request *request, struct str *message);
const struct refusal *request_read_ref(const struct request *request, struct str *ref);
const struct refusal *request_read_speaker(
	const struct request *request, struct str *name, uint8_t user_id[static USER_ID_SIZE]);
/* Reads "via", by what way an order came, for the audit log; *via stays where nothing is said of
 * it. NULL, or why it cannot be read (control_moderate.c). */
const struct refusal *request_read_via(const struct request *request, const char **via);
/* False once it has refused: too many of that user come too fast. */
bool request_pay(struct request *request, const uint8_t user_id[static USER_ID_SIZE])
	__attribute__((warn_unused_result));
/* Always CONTROL_REFUSED. */
enum control_outcome request_refuse_event(struct request *request, enum event_problem problem);
/* Always CONTROL_REFUSED. */
enum control_outcome request_refuse_result(struct request *request, enum layer_result result);
/* Always CONTROL_REFUSED. */
enum control_outcome request_refuse_order(
	struct request *request, const struct order_refusal *refusal);
/* Replaces what has been written by a refusal. */
void request_write_refusal(const struct refusal *refusal, struct buf *answer);

/* control_lists.c */
control_handler control_connections, control_group, control_members, control_rooms;
control_handler control_sessions;
/* control_accounts.c */
control_handler control_guest, control_revocations, control_session, control_ticket;
/* control_actions.c */
control_handler control_announce, control_close, control_group_send;
/* control_say.c */
control_handler control_say;
/* control_edit.c */
control_handler control_delete, control_edit;
/* control_channels.c */
control_handler control_flush, control_group_add, control_group_discard, control_new_channel;
control_handler control_receive, control_send;
/* control_moderate.c */
control_handler control_moderate, control_ordered, control_own_room, control_room_changes;
control_handler control_standing;
/* control_history.c */
control_handler control_backup, control_history, control_search;
