/* SPDX-License-Identifier: MIT */
#include "fcgi/refusal.h"

#define RETRY_AFTER_SECONDS 5

/* Every other code is a mistake of who asks: 400. */
static const struct {
	const char *code;
	int status;
} rows[] = {
	{ "too_long", 413 },
	{ "too_fast", 429 },
	{ "busy", 503 },
	{ "storage", 503 },
	{ "stopping", 503 },
	{ "timeout", 503 },
	{ "too_many_rooms", 503 },
};

static int status_of(struct str code)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (str_is(code, rows[i].code))
			return rows[i].status;
	}
	return 400;
}

static int64_t retry_after_seconds(const struct json *answer, int status)
{
	int64_t ms;

	if (json_get_integer(json_find(answer, "retry_after_ms"), &ms))
		return (ms + 999) / 1000;
	return status == 503 ? RETRY_AFTER_SECONDS : 0;
}

struct refusal refusal_of(const struct json *answer)
{
	struct refusal refusal = { 503, STR("unavailable"),
		STR("The rooms are away at the moment. Whether it was said is not known."),
		RETRY_AFTER_SECONDS };
	bool is_ok;

	if (!json_get_bool(json_find(answer, "ok"), &is_ok))
		return refusal;
	if (is_ok)
		return (struct refusal){ .status = 200 };
	json_get_string(json_find(answer, "error"), &refusal.code);
	json_get_string(json_find(answer, "message"), &refusal.sentence);
	refusal.status = status_of(refusal.code);
	refusal.retry_after_seconds = retry_after_seconds(answer, refusal.status);
	return refusal;
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
