/* SPDX-License-Identifier: MIT */
/* The cookie: its time in milliseconds, the codes' words and the signature, with dots between them.
 * Words rather than numbers, so that another version of the program never says something else. The
 * time bounds how often a kept cookie can be shown again. */
#include "fcgi/flash.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/cookie.h"
#include "fcgi/app.h"
#include "fcgi/request.h"
#include "fcgi/response.h"

#define LIFETIME_MS (10 * 60 * 1000)
#define PAYLOAD_BYTES_MAX 128 /* FLASH_MAX of the longest words, with room to spare */

static const struct str purpose = STR("roomwire flash:");

static const struct row {
	const char *word;
	enum flash_level level;
	const char *sentence;
} rows[FLASH_CODE_COUNT] = {
	[FLASH_LOGGED_IN] = { "in", FLASH_SUCCESS, "You are logged in." },
	[FLASH_LOGGED_OUT] = { "out", FLASH_INFO, "You are logged out." },
	[FLASH_REGISTERED] = { "registered", FLASH_SUCCESS, "You have an account now. Welcome!" },
	[FLASH_PASSWORD_CHANGED] = { "password", FLASH_SUCCESS,
		"Your password is changed. You are logged out everywhere else." },
	[FLASH_NAME_CHANGED] = { "name", FLASH_SUCCESS, "Your name is changed." },
	[FLASH_SESSION_ENDED] = { "session", FLASH_SUCCESS, "You are logged out there." },
	[FLASH_SESSIONS_ENDED] = { "sessions", FLASH_SUCCESS,
		"You are logged out everywhere else." },
	[FLASH_ORDER_DONE] = { "order", FLASH_SUCCESS, "Done." },
	[FLASH_MESSAGE_EDITED] = { "edited", FLASH_SUCCESS, "The message is edited." },
	[FLASH_MESSAGE_DELETED] = { "deleted", FLASH_SUCCESS, "The message is deleted." },
};

static const char *const level_names[] = {
	[FLASH_SUCCESS] = "success",
	[FLASH_INFO] = "info",
	[FLASH_WARNING] = "warning",
};

const char *flash_level_name(enum flash_level level)
{
	return level_names[level];
}

static void push(struct flashes *flashes, enum flash_code code)
{
	if (flashes->count == FLASH_MAX)
		memmove(flashes->codes, flashes->codes + 1,
			--flashes->count * sizeof(flashes->codes[0]));
	flashes->codes[flashes->count++] = code;
}

static void push_word(struct flashes *flashes, struct str word)
{
	for (size_t i = 0; i < FLASH_CODE_COUNT; i++) {
		if (str_is(word, rows[i].word))
			push(flashes, (enum flash_code)i);
	}
}

static bool is_fresh(struct str time)
{
	int64_t now_ms = clock_wall_ms();
	uint64_t time_ms;

	return str_to_uint64(time, &time_ms) && time_ms <= (uint64_t)now_ms &&
	       (uint64_t)now_ms - time_ms <= LIFETIME_MS;
}

/* False when it is not one that we have just signed. */
static bool read_value(struct flashes *flashes, const struct secret *secret, struct str value)
{
	const char *dot = value.len == 0 ? NULL : memrchr(value.data, '.', value.len);
	struct str payload = str_range(value.data, dot == NULL ? 0 : (size_t)(dot - value.data));
	struct str time, word;

	if (payload.len == 0 || payload.len > PAYLOAD_BYTES_MAX ||
		!secret_verify(secret, purpose, payload, str_skip(value, payload.len + 1)) ||
		!str_next(&payload, '.', &time) || !is_fresh(time))
		return false;
	while (str_next(&payload, '.', &word))
		push_word(flashes, word);
	return true;
}

static void read_cookie(const struct app *app, struct request *request)
{
	struct flashes *flashes = &request->flashes;
	struct str header = request->variables.cookie;
	struct str value;

	if (flashes->is_read)
		return;
	flashes->is_read = true;
	for (size_t i = 0; i < COOKIE_TRIES_MAX; i++) {
		if (!cookie_next(&header, FLASH_COOKIE, request_is_https(request), &value))
			return;
		flashes->came_with_cookie = true;
		if (read_value(flashes, &app->secret, value))
			return;
	}
}

void flash_add(const struct app *app, struct request *request, enum flash_code code)
{
	read_cookie(app, request);
	push(&request->flashes, code);
	request->flashes.is_changed = true;
}

/* What scripts fetch, and icons that are missing, are pages that nobody reads (Fetch Metadata). */
static bool is_read_by_somebody(const struct request *request)
{
	struct str destination = request->variables.sec_fetch_dest;

	return destination.len == 0 || str_is(destination, "document");
}

size_t flash_take(const struct app *app, struct request *request,
	struct flash_message messages_out[static FLASH_MAX])
{
	struct flashes *flashes = &request->flashes;
	size_t count;

	if (!is_read_by_somebody(request))
		return 0;
	read_cookie(app, request);
	count = flashes->count;
	for (size_t i = 0; i < count; i++) {
		const struct row *row = &rows[flashes->codes[i]];

		messages_out[i] = (struct flash_message){ row->level, row->sentence };
	}
	flashes->count = 0;
	flashes->is_changed = flashes->came_with_cookie;
	return count;
}

static void write_value(const struct app *app, const struct flashes *flashes, struct buf *value)
{
	struct buf payload = { 0 };

	buf_append_format(&payload, "%" PRId64, clock_wall_ms());
	for (size_t i = 0; i < flashes->count; i++)
		buf_append_format(&payload, ".%s", rows[flashes->codes[i]].word);
	buf_append_str(value, buf_str(&payload));
	buf_append_char(value, '.');
	secret_sign(&app->secret, purpose, buf_str(&payload), value);
	buf_finish(&payload);
}

/* What has shown nothing, or may be shown again, leaves the cookie alone. */
void flash_finish(const struct app *app, struct request *request, struct response *response)
{
	const struct flashes *flashes = &request->flashes;
	struct buf value = { 0 }, cookie = { 0 };
	bool is_gone = flashes->count == 0;

	if (!flashes->is_changed || request->is_head || response->cache_control != NULL ||
		response->status == 304)
		return;
	if (!is_gone)
		write_value(app, flashes, &value);
	cookie_write(&cookie, FLASH_COOKIE, buf_str(&value), request_is_https(request),
		is_gone ? COOKIE_GONE : LIFETIME_MS / 1000);
	response_add_header(response, "Set-Cookie", buf_str(&cookie));
	buf_finish(&cookie);
	buf_finish(&value);
}
