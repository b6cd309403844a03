/* SPDX-License-Identifier: MIT */
/* For monitors: that the pages answer, whether the broker does, and whether history can be read. */
#include "common/json.h"
#include "fcgi/views/views.h"

int view_health(struct app *app, struct request *request, struct response *response)
{
	struct json_writer writer = json_writer_to(&response->body);
	struct json *rooms = app_ask_rooms(app);

	(void)request;
	response_add_header(response, "Content-Type", STR_OF("application/json"));
	json_begin_object(&writer, NULL);
	json_add_bool(&writer, "ok", true);
	json_add_bool(&writer, "broker", rooms != NULL);
	json_add_string(
		&writer, "history", str_from(store_problem_code(history_check(app->history))));
	json_add_string(&writer, "version", STR_OF(ROOMWIRE_VERSION));
	json_end_object(&writer);
	buf_append_char(&response->body, '\n');
	json_destroy(rooms);
	return 200;
}
