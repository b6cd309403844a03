/* SPDX-License-Identifier: MIT */
/* What brokers without accounts.db ask about order over control, and the answers. Keys and ids are
 * base64url. Pure. */
#pragma once

#include "broker/order/order.h"
#include "common/json.h"

struct registrar_job;

/* A subject as a request has it, with what it borrows. */
struct order_wire_subject {
	struct subject subject;
	uint8_t user[USER_ID_SIZE];
	uint8_t session[SESSION_HASH_SIZE];
};

/* Appends a request: the changes after a number (negative: only the number of the last). */
void order_wire_ask_changes(int64_t after, struct buf *request);

/* An order, or who has made a room, as the broker with the accounts is told it: a request
 * "moderate" or "own_room". */
void order_wire_ask_job(const struct registrar_job *job, struct buf *request);
/* Asks what has become of an order that was taken under a number. */
void order_wire_ask_outcome(int64_t number, struct buf *request);
/* Reads the "sessions" or "addresses" of such an order, where it has any, and then its person's
 * name. False when they are malformed, or both are there. */
bool order_wire_read_keys(const struct json *request, struct registrar_job *job)
	__attribute__((warn_unused_result));

/* Reads "user_id", "guest", and "session" and "address", which may be missing. The texts are
 * borrowed from the request. */
bool order_wire_read_subject(const struct json *request, struct order_wire_subject *subject_out)
	__attribute__((warn_unused_result));
/* Writes the members of an answer about a standing, and reads it. False for a refusal, a malformed
 * answer and NULL. */
void order_wire_tell_standing(const struct order_answer *answer, struct json_writer *writer);
bool order_wire_read_standing(const struct json *answer, struct order_answer *answer_out)
	__attribute__((warn_unused_result));
/* Adds a change to the answer's list, and reads it; change_out->user points to user. */
void order_wire_tell_change(const struct room_change *change, struct json_writer *list);
bool order_wire_read_change(const struct json *element, uint8_t user[static USER_ID_SIZE],
	struct room_change *change_out) __attribute__((warn_unused_result));
