/* SPDX-License-Identifier: MIT */
/* What views ask of the broker for a person: to say something, to change it, to keep order. */
#pragma once

#include "common/json.h"
#include "fcgi/app.h"
#include "fcgi/refusal.h"
#include "fcgi/request.h"

/* Waits for the broker's commit, and a worker of the pages with it; the number of those is bounded.
 * *refusal_out borrows from what is returned, which may be NULL and is the caller's. */
struct json *ask_and_wait(struct app *app, struct str question, struct refusal *refusal_out)
	__attribute__((warn_unused_result));
/* Adds who asks: "user" and "user_id". */
void ask_add_user(struct json_writer *writer, const struct request *request);
/* The same, and all else that who asks may be judged by. */
void ask_add_subject(struct json_writer *writer, const struct request *request);
/* Adds "ref", under which the broker does a thing once: the field of that name, or a random one. A
 * form has none; only under one is it known for good who has asked. */
void ask_add_ref(struct json_writer *writer, const struct request *request);
/* The answer as it came, or the refusal, in JSON. Returns the status. */
int ask_answer_script(
	struct response *response, const struct json *answer, const struct refusal *refusal);
