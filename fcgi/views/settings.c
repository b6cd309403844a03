/* SPDX-License-Identifier: MIT */
/* The rules of a room: everybody reads them, and who may change one finds a form for it. */
#include "templates/settings.h"
#include "common/base/message.h"
#include "fcgi/standing.h"
#include "fcgi/views/order_draft.h"
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

/* Rules that a button switches on and off. */
static const struct {
	enum verb verb;
	const char *id; /* of its form, before "-form" */
	const char *on_label, *off_label; /* untranslated */
} switches[] = {
	{ VERB_LOCK, "lock", MESSAGE("Lock the room"), MESSAGE("Unlock the room") },
	{ VERB_MEMBERS_ONLY, "members", MESSAGE("Make it a room for members"),
		MESSAGE("Open the room for everybody") },
	{ VERB_HIDE, "hide", MESSAGE("Take it off the list of rooms"),
		MESSAGE("Put it on the list of rooms") },
};

#define SWITCH_COUNT (sizeof(switches) / sizeof(switches[0]))

static bool is_on(const struct room_rules *rules, enum verb verb)
{
	if (verb == VERB_LOCK)
		return rules->is_locked;
	return verb == VERB_MEMBERS_ONLY ? rules->is_members_only : rules->is_hidden;
}

/* Returns how many may be switched. */
static size_t add_switches(const struct page_frame *frame, const struct standing *standing,
	const struct room_rules *rules, struct template_settings_switches rows[static SWITCH_COUNT])
{
	size_t count = 0;

	for (size_t i = 0; i < SWITCH_COUNT; i++) {
		const struct verb_row *verb = verb_row(switches[i].verb);
		bool was_on = is_on(rules, switches[i].verb);

		if (standing_may(standing, verb->action))
			rows[count++] = (struct template_settings_switches){
				.id = str_from(switches[i].id),
				.action = str_from(verb->word),
				.value = was_on ? STR_OF("0") : STR_OF("1"),
				.label = page_translate(frame,
					was_on ? switches[i].off_label : switches[i].on_label),
			};
	}
	return count;
}

/* What must be kept of a page's arguments until it is rendered. */
struct kept {
	struct buf room_url, settings_url, moderate_url, topic, seconds;
};

static void kept_finish(struct kept *kept)
{
	buf_finish(&kept->room_url);
	buf_finish(&kept->settings_url);
	buf_finish(&kept->moderate_url);
	buf_finish(&kept->topic);
	buf_finish(&kept->seconds);
}

static void keep_urls(struct kept *kept, const struct page_frame *frame, struct str room)
{
	const struct config *config = frame->app->config;

	router_reverse(config, frame->request, "room", room, &kept->room_url);
	router_reverse(config, frame->request, "settings", room, &kept->settings_url);
	router_reverse(config, frame->request, "room-moderate", room, &kept->moderate_url);
}

/* As they are, but for the one that was refused. */
static void keep_values(
	struct kept *kept, const struct room_row *row, const struct order_draft *draft)
{
	buf_append_text(&kept->topic, row->topic);
	buf_append_number(&kept->seconds, row->rules.slow_seconds);
	if (draft->verb == VERB_TOPIC)
		page_read_field(draft->fields, "text", &kept->topic);
	if (draft->verb == VERB_SLOW)
		page_read_field(draft->fields, "seconds", &kept->seconds);
}

static void show(struct app *app, struct request *request, struct response *response,
	const struct room_entry *entry, const struct order_draft *draft)
{
	struct standing standing = standing_for_orders(app, request, entry);
	bool may_topic = standing_may(&standing, ACTION_TOPIC);
	bool may_slow = standing_may(&standing, ACTION_SLOW);
	bool is_of_topic = may_topic && draft->verb == VERB_TOPIC;
	bool is_of_pause = may_slow && draft->verb == VERB_SLOW;
	const struct room_rules *rules = &entry->row.rules;
	struct template_settings_switches rows[SWITCH_COUNT];
	struct str problem, none = STR("");
	struct page_frame frame;
	struct kept kept = { 0 };

	page_begin(&frame, app, request, response);
	keep_urls(&kept, &frame, buf_str(&entry->name));
	keep_values(&kept, &entry->row, draft);
	page_stand_at(&frame, buf_str(&kept.settings_url));
	problem = order_draft_problem(draft, &frame);
	template_settings(&frame.render,
		&(struct template_settings){
			PAGE_COMMON(&frame),
			.title = page_translate(&frame, "Room settings"),
			.form_problem = is_of_topic || is_of_pause ? none : problem,
			.room = buf_str(&entry->name),
			.room_url = buf_str(&kept.room_url),
			.next = buf_str(&kept.settings_url),
			.moderate_url = buf_str(&kept.moderate_url),
			.topic = str_from(entry->row.topic),
			.slow_seconds = rules->slow_seconds,
			.is_locked = rules->is_locked,
			.is_members_only = rules->is_members_only,
			.is_hidden = rules->is_hidden,
			.may_topic = may_topic,
			.entered_topic = buf_str(&kept.topic),
			.topic_problem = is_of_topic ? problem : none,
			.may_slow = may_slow,
			.entered_seconds = buf_str(&kept.seconds),
			.slow_problem = is_of_pause ? problem : none,
			.switches = rows,
			.switches_count = add_switches(&frame, &standing, rules, rows),
		});
	page_end(&frame);
	kept_finish(&kept);
}

int settings_show(struct app *app, struct request *request, struct response *response,
	const struct order_draft *draft)
{
	struct room_entry entry;
	int status = draft->refusal.status;

	if (room_enter(app, request, response, "settings", &entry, &status)) {
		refusal_add_header(&draft->refusal, response);
		show(app, request, response, &entry, draft);
	}
	room_entry_finish(&entry);
	return status;
}

int view_settings(struct app *app, struct request *request, struct response *response)
{
	struct order_draft draft = order_draft_new(request);

	return settings_show(app, request, response, &draft);
}
