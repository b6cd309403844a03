/* SPDX-License-Identifier: MIT */
/* The rules of a room: everybody reads them, and who may change one finds a form for it. */
#include "templates/settings.h"
#include "fcgi/standing.h"
#include "fcgi/views/page.h"
#include "fcgi/views/room_gate.h"
#include "fcgi/views/views.h"

/* Who would own a new room with their first order may give any. */
static struct standing standing_for_orders(
	struct app *app, const struct request *request, const struct room_entry *entry)
{
	struct standing standing = entry->standing;

	if (entry->row.created_ms == 0 && request->identity.kind != IDENTITY_GUEST &&
		standing.role < ROLE_OWNER && standing_room_is_new(app, buf_str(&entry->name)))
		standing.role = ROLE_OWNER;
	return standing;
}

static void show(struct app *app, struct request *request, struct response *response,
	const struct room_entry *entry)
{
	struct standing standing = standing_for_orders(app, request, entry);
	const struct room_rules *rules = &entry->row.rules;
	struct buf room_url = { 0 }, settings_url = { 0 }, moderate_url = { 0 };
	struct str room = buf_str(&entry->name);
	struct page_frame frame;

	page_begin(&frame, app, request, response);
	router_reverse(app->config, request, "room", room, &room_url);
	router_reverse(app->config, request, "settings", room, &settings_url);
	router_reverse(app->config, request, "room-moderate", room, &moderate_url);
	template_settings(
		&frame.render, &(struct template_settings){
				       PAGE_COMMON(&frame),
				       .title = page_translate(&frame, "Room settings"),
				       .room = room,
				       .room_url = buf_str(&room_url),
				       .next = buf_str(&settings_url),
				       .moderate_url = buf_str(&moderate_url),
				       .topic = str_from(entry->row.topic),
				       .slow_seconds = rules->slow_seconds,
				       .is_locked = rules->is_locked,
				       .is_members_only = rules->is_members_only,
				       .is_hidden = rules->is_hidden,
				       .may_topic = standing_may(&standing, ACTION_TOPIC),
				       .may_lock = standing_may(&standing, ACTION_LOCK),
				       .may_slow = standing_may(&standing, ACTION_SLOW),
				       .may_members = standing_may(&standing, ACTION_MEMBERS_ONLY),
				       .may_hide = standing_may(&standing, ACTION_HIDE),
			       });
	buf_finish(&moderate_url);
	buf_finish(&settings_url);
	buf_finish(&room_url);
	page_end(&frame);
}

int view_settings(struct app *app, struct request *request, struct response *response)
{
	struct room_entry entry;
	int status = 200;

	if (room_enter(app, request, response, "settings", &entry, &status))
		show(app, request, response, &entry);
	room_entry_finish(&entry);
	return status;
}
