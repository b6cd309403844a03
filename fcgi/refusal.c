/* SPDX-License-Identifier: MIT */
#include "fcgi/refusal.h"

#include <assert.h>

#define NOW_SECONDS 1 /* somebody else reads or writes as we speak */
#define SOON_SECONDS 5 /* somebody looks after it */

/* A full mailbox is 503 and not 429: who sends has done nothing wrong, somebody else does not read.
 * Codes of a later broker that are not here are mistakes of who asks: 400. */
static const struct {
	const char *code;
	int status;
	int64_t retry_after_seconds;
	const char *sentence; /* "": who finds it has one */
} rows[] = {
	{ "above", 403, 0, "That is only possible for people of a lower role." },
	{ "ambiguous", 400, 0, "Several people are called that." },
	{ "bad_channel", 400, 0, "" },
	{ "bad_field", 400, 0, "" },
	{ "bad_idempotency_key", 400, 0,
		"Idempotency-Key is 1 to 255 visible characters of ASCII." },
	{ "bad_message", 400, 0, "\"message\" is a JSON object." },
	{ "bad_order", 400, 0, "Something is missing or too long." },
	{ "bad_request", 400, 0, "The address or its host could not be understood." },
	{ "bad_room", 400, 0, "" },
	{ "bad_target", 400, 0, "\"target\" is the number of a message." },
	{ "bad_user", 400, 0, "" },
	{ "banned", 403, 0, "Banned from this site." },
	{ "banned_here", 403, 0, "You are banned from this room." },
	{ "busy", 503, NOW_SECONDS, "Too much is being done at this moment." },
	{ "channel_full", 503, NOW_SECONDS, "" },
	{ "corrupt", 503, SOON_SECONDS, "" },
	{ "csrf", 403, 0, "The page is out of date or of another site. Reload it." },
	{ "denied", 503, SOON_SECONDS, "" },
	{ "forbidden", 403, 0, "You may not do that in this room." },
	{ "foreign", 503, SOON_SECONDS, "" },
	{ "full", 503, SOON_SECONDS, "" },
	{ "gone", 503, SOON_SECONDS, "" },
	{ "insufficient_scope", 403, 0, "This key does not have the scope for that." },
	{ "invalid_token", 401, 0, "There is no such key, or it is over." },
	{ "io", 503, SOON_SECONDS, "" },
	{ "key_required", 401, 0, "Show a key: Authorization: Bearer KEY." },
	{ "list_full", 409, 0, "" },
	{ "locked", 403, 0, "The room is locked: only moderators write at the moment." },
	{ "login_required", 401, 0, "Log in first." },
	{ "members_only", 403, 0, "This room is for its members." },
	{ "method_not_allowed", 405, 0, "This address takes other methods." },
	{ "muted", 403, 0, "You are muted in this room." },
	{ "newer", 503, SOON_SECONDS, "" },
	{ "no_channel", 404, 0, "" },
	{ "no_history", 404, 0, "" },
	{ "no_message", 400, 0, "\"message\" is missing, empty or not a string." },
	{ "no_target", 404, 0, "" },
	{ "no_type", 400, 0, "" },
	{ "nobody", 404, 0, "Nobody of that name is here." },
	{ "not_an_object", 400, 0, "" },
	{ "not_done", 409, 0, "" },
	{ "not_found", 404, 0, "There is nothing under this address." },
	{ "not_idempotent", 422, 0,
		"Only messages have numbers: an event cannot be sent with Idempotency-Key." },
	{ "not_json", 400, 0, "The body is no JSON object." },
	{ "not_tried", 503, NOW_SECONDS, "One before it has failed, and the order is kept." },
	{ "not_yours", 403, 0, "" },
	{ "read_only", 503, SOON_SECONDS, "" },
	{ "refused", 503, SOON_SECONDS, "" },
	{ "reserved_type", 400, 0, "" },
	{ "server_error", 500, 0, "This is our mistake." },
	{ "slow", 429, NOW_SECONDS, "This room is slow, and you wrote a moment ago." },
	{ "stopping", 503, SOON_SECONDS, "" },
	{ "storage", 503, SOON_SECONDS, "" },
	{ "timeout", 503, SOON_SECONDS,
		"No answer came in time. Whether it was done is not known." },
	{ "too_fast", 429, NOW_SECONDS, "" },
	{ "too_large", 413, 0, "The request is larger than 64 KiB." },
	{ "too_late", 409, 0, "" },
	{ "too_long", 413, 0, "This message is too long." },
	{ "too_many_fields", 431, 0, "The header fields are too many or too long." },
	{ "too_many_messages", 413, 0, "\"messages\" are 1 to 100." },
	{ "too_many_rooms", 503, SOON_SECONDS, "" },
	{ "too_many_tries", 429, NOW_SECONDS, "Too many wrong keys came from this address." },
	{ "unavailable", 503, SOON_SECONDS, "The rooms are away at the moment. Nothing was done." },
	{ "unreadable", 503, SOON_SECONDS, "Keys and accounts cannot be read at the moment." },
	{ "unsupported_media_type", 415, 0, "Content-Type is application/json." },
	{ "wrong_room", 403, 0, "This key is not for this room." },
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

/* ROW_COUNT when there is none. */
static size_t find_row(struct str code)
{
	size_t i = 0;

	while (i < ROW_COUNT && !str_is(code, rows[i].code))
		i++;
	return i;
}

struct refusal refusal_for(const char *code, const char *sentence)
{
	size_t row = find_row(str_from(code));

	assert(row < ROW_COUNT);
	return (struct refusal){
		.status = rows[row].status,
		.code = str_from(code),
		.sentence = str_from(sentence != NULL ? sentence : rows[row].sentence),
		.retry_after_seconds = rows[row].retry_after_seconds,
	};
}

struct refusal refusal_keep(const struct refusal *refusal)
{
	size_t row = find_row(refusal->code);

	if (refusal->status == 200)
		return *refusal;
	return row == ROW_COUNT ? (struct refusal){ refusal->status, STR("refused"), STR(""), 0 }
				: refusal_for(rows[row].code, NULL);
}

static int64_t retry_after_seconds(const struct json *answer, size_t row)
{
	int64_t ms;

	if (json_get_integer(json_find(answer, "retry_after_ms"), &ms))
		return (ms + 999) / 1000;
	return row < ROW_COUNT ? rows[row].retry_after_seconds : 0;
}

struct refusal refusal_of(const struct json *answer, bool is_sent)
{
	struct refusal refusal = { 0 };
	size_t row;
	bool is_ok;

	if (!json_get_bool(json_find(answer, "ok"), &is_ok))
		return refusal_for(is_sent ? "timeout" : "unavailable", NULL);
	if (is_ok)
		return (struct refusal){ .status = 200 };
	json_get_string(json_find(answer, "error"), &refusal.code);
	json_get_string(json_find(answer, "message"), &refusal.sentence);
	row = find_row(refusal.code);
	refusal.status = row < ROW_COUNT ? rows[row].status : 400;
	refusal.retry_after_seconds = retry_after_seconds(answer, row);
	return refusal;
}

void refusal_write(const struct refusal *refusal, struct json_writer *writer)
{
	json_add_bool(writer, "ok", false);
	json_add_string(writer, "error", refusal->code);
	json_add_string(writer, "message", refusal->sentence);
}

void refusal_add_header(const struct refusal *refusal, struct response *response)
{
	struct buf seconds = { 0 };

	if (refusal->retry_after_seconds > 0) {
		buf_append_number(&seconds, refusal->retry_after_seconds);
		response_add_header(response, "Retry-After", buf_str(&seconds));
	}
	buf_finish(&seconds);
}

int refusal_answer(const struct refusal *refusal, struct response *response)
{
	struct json_writer writer = json_writer_to(&response->body);

	buf_clear(&response->body);
	response_add_header(response, "Content-Type", STR_OF("application/json"));
	refusal_add_header(refusal, response);
	json_begin_object(&writer, NULL);
	refusal_write(refusal, &writer);
	json_end_object(&writer);
	buf_append_char(&response->body, '\n');
	return refusal->status;
}
