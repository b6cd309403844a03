/* SPDX-License-Identifier: MIT */
/* One reader for what shells push and what peers publish, so that both are held to the same rules.
 */
#include "broker/bus/line.h"

#include <inttypes.h>

#include "broker/broker.h"
#include "broker/layer/channel_name.h"
#include "common/room_name.h"

bool line_find_room(struct broker *broker, struct str group, struct buf *name)
{
	struct room *room = rooms_find_group(broker->rooms, group);

	if (room != NULL) {
		buf_append_text(name, room->name);
		return true;
	}
	return room_group_is_valid(group) && room_name_from_group(group, name);
}

bool line_is_other_group(struct str group)
{
	return group_name_is_valid(group) && !str_starts_with(group, STR_OF(ROOM_GROUP_PREFIX));
}

const char *line_read(struct broker *broker, struct str text, struct line *line_out)
{
	size_t space = str_find(text, ' ');
	struct str group = str_range(text.data, space);
	const char *problem = "not_json";
	enum event_problem event_problem;

	*line_out = (struct line){ 0 };
	if (space == text.len)
		return "no_event";
	if (!line_is_other_group(group) && !line_find_room(broker, group, &line_out->room))
		return "bad_group";
	line_out->object = json_parse(str_skip(text, space + 1), &problem);
	if (line_out->object == NULL)
		return "not_json";
	event_problem = event_read(line_out->object, &line_out->event);
	line_out->event.room = buf_str(&line_out->room);
	if (line_out->room.len == 0)
		line_out->event.group = group;
	return event_problem == EVENT_OK ? NULL : event_problem_code(event_problem);
}

void line_finish(struct line *line)
{
	json_destroy(line->object);
	buf_finish(&line->room);
}

void line_log_refused(struct log_rate *rate, uint64_t now_ms, const char *event,
	const char *problem, struct str text)
{
	struct log_quoted quoted;
	uint64_t suppressed;

	if (log_rate_admits(rate, now_ms, &suppressed))
		log_warning("event=%s problem=%s group=%s suppressed=%" PRIu64, event, problem,
			log_quote(&quoted, str_range(text.data, str_find(text, ' '))), suppressed);
}
