/* SPDX-License-Identifier: MIT */
/* What an admin's request works with: accounts.db, the broker, and the audit log, in which
 * everything is that was done. What goes wrong is a sentence, untranslated. */
#pragma once

#include "common/json.h"
#include "common/store/moderation.h"
#include "fcgi/app.h"
#include "fcgi/request.h"
#include "fcgi/response.h"

struct admin_desk {
	struct app *app; /* borrowed, as the next two */
	struct request *request;
	struct response *response;
	struct accounts *accounts; /* whose changes are written into the audit log by themselves */
	struct audit_author author; /* of those: the admin, or the program */
	const char *code; /* for programs, of the last thing that went wrong; NULL: it has none */
	enum store_problem problem; /* what came of its use */
	int64_t now_ms;
};

/* False when accounts.db cannot be opened; then there is nothing to close. */
bool desk_open(struct admin_desk *desk, struct app *app, struct request *request,
	struct response *response) __attribute__((warn_unused_result));
/* The same for who is not the admin that asks; author borrows until desk_close. */
bool desk_open_for(struct admin_desk *desk, struct app *app, struct request *request,
	struct response *response, const struct audit_author *author)
	__attribute__((warn_unused_result));
void desk_close(struct admin_desk *desk);
/* NULL for STORE_OK, else the sentence of a problem with accounts.db, which is kept. */
const char *desk_judge(struct admin_desk *desk, enum store_problem problem);
/* NULL for STORE_OK, else the sentence, which is about the history. */
const char *desk_judge_history(
	struct admin_desk *desk, enum store_problem problem, const char *sentence);
/* Whether somebody is the one who asks. */
bool desk_is_own(const struct admin_desk *desk, const uint8_t user[static USER_ID_SIZE]);

/* Writes into the audit log what was done elsewhere than in accounts.db. NULL, or why it could not.
 */
const char *desk_note(struct admin_desk *desk, const char *action, struct str room,
	struct str subject, struct str detail);
/* Orders something (common/store/moderation.h) as the author, whoever order says it is from. NULL
 * when it is done. */
const char *desk_order(struct admin_desk *desk, const struct order *order);
/* Adds who acts to a request to the broker: "user" and, but for the site itself, "user_id". */
void desk_add_author(const struct admin_desk *desk, struct json_writer *writer);
/* Asks the broker with a request that is whole. NULL, with the sentence, where it did not do it.
 * The caller owns the answer. */
struct json *desk_ask(struct admin_desk *desk, const struct buf *request, int timeout_ms,
	const char **sentence_out) __attribute__((warn_unused_result));
/* The same of an order to the broker, whose answer says nothing more. */
const char *desk_tell(struct admin_desk *desk, const struct buf *request);

/* Whether text has part in it, in any case and any form of Unicode; an empty part is in every text.
 * Both are valid UTF-8. */
bool desk_has_part(struct str text, struct str part);
/* A string of an object of the broker's; "" where there is none. */
struct str desk_text_of(const struct json *object, const char *key);
int64_t desk_number_of(const struct json *object, const char *key);
