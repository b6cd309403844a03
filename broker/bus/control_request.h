/* SPDX-License-Identifier: MIT */
/* A control request while it is answered: what the files with the operations share. A handler
 * reads its arguments and refuses with a code and a sentence, or writes its part of the answer
 * into the open object. */
#pragma once

#include "broker/bus/control.h"
#include "common/json.h"

struct refusal {
	const char *code;
	const char *sentence;
};

struct request {
	struct broker *broker;
	uint64_t id;
	const struct json *arguments;
	struct json_writer *answer; /* in the open object, behind "ok" */
	struct refusal refusal; /* when the handler has returned CONTROL_REFUSED */
	uint32_t retry_after_ms; /* told with it; 0: not */
};

typedef enum control_outcome control_handler(struct request *request);

/* Always CONTROL_REFUSED. */
enum control_outcome request_refuse(struct request *request, const struct refusal *refusal);
/* Reads "room" (a name people see) or "group" into name. False once it has refused. */
bool request_read_room(struct request *request, struct buf *name)
	__attribute__((warn_unused_result));
/* Sends an event into its room on the request's behalf; author is told of a message's number. */
enum control_outcome request_send_event(
	struct request *request, struct event *event, const struct author *author);
/* Puts a refusal in the place of what has been written. */
void request_write_refusal(const struct refusal *refusal, struct buf *answer);

/* control_lists.c */
control_handler control_group, control_members, control_rooms, control_sessions;
/* control_actions.c */
control_handler control_announce, control_close, control_group_send;
/* control_say.c */
control_handler control_say;
/* control_history.c */
control_handler control_backup, control_history, control_search;
