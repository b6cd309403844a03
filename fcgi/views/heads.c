/* SPDX-License-Identifier: MIT */
/* How far some rooms are, for a page that tells what is unread elsewhere: those that its reader
 * may enter, by what the history knows without reading a message. */
#include "common/base/clock.h"
#include "common/json.h"
#include "common/room_name.h"
#include "fcgi/refusal.h"
#include "fcgi/url_code.h"
#include "fcgi/views/room_gate.h"
#include "fcgi/views/views.h"

#define ROOMS_MAX 20 /* VISITED_MAX of the script */
#define PATIENCE_MS 1000 /* then the others are left out: each may be asked of another host */

static void write_head(
	struct app *app, const struct request *request, struct str room, struct json_writer *writer)
{
	struct page page = { PAGE_BEFORE, room, INT64_MAX, 1, STR("") };
	struct history_reading reading;
	struct refusal refusal;
	bool is_public;

	if (!room_is_open_to(app, request, room, &is_public, &refusal))
		return;
	if (history_begin(app->history, &page, &reading) == STORE_OK &&
		reading.head.epoch[0] != '\0') {
		json_begin_object(writer, NULL);
		json_add_string(writer, "room", room);
		json_add_string(writer, "epoch", str_from(reading.head.epoch));
		json_add_integer(writer, "seq", (int64_t)reading.head.seq);
		json_end_object(writer);
	}
	history_end(&reading);
}

/* False when there are more than ROOMS_MAX. No name has a slash in it, so that it separates them.
 */
static bool write_heads(struct app *app, const struct request *request, struct str rooms,
	struct json_writer *writer)
{
	uint64_t end_ms = clock_monotonic_ms() + PATIENCE_MS;
	struct buf name = { 0 };
	struct str piece;
	int count = 0;

	while (count <= ROOMS_MAX && str_next(&rooms, '/', &piece)) {
		buf_clear(&name);
		if (++count <= ROOMS_MAX && clock_monotonic_ms() < end_ms &&
			room_name_normalize(piece, &name) == NAME_OK)
			write_head(app, request, buf_str(&name), writer);
	}
	buf_finish(&name);
	return count <= ROOMS_MAX;
}

static int refuse(struct response *response)
{
	struct refusal refusal = refusal_for(
		"bad_field", "The field rooms has up to 20 names with slashes between.");

	buf_clear(&response->body);
	return refusal_answer(&refusal, response);
}

int view_heads(struct app *app, struct request *request, struct response *response)
{
	struct json_writer writer = json_writer_to(&response->body);
	struct buf rooms = { 0 };
	bool is_answered;

	json_begin_object(&writer, NULL);
	json_begin_array(&writer, "rooms");
	is_answered = url_find_field(request->query, "rooms", &rooms) &&
		      write_heads(app, request, buf_str(&rooms), &writer);
	json_end_array(&writer);
	json_end_object(&writer);
	buf_append_char(&response->body, '\n');
	buf_finish(&rooms);
	if (!is_answered)
		return refuse(response);
	response_add_header(response, "Content-Type", STR_OF("application/json"));
	return 200;
}
