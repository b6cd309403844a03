/* SPDX-License-Identifier: MIT */
/* One room: who is there, who has a part in it, what stands against whom, its rules, and roles to
 * be given. */
#include <inttypes.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/room_name.h"
#include "fcgi/url_code.h"
#include "fcgi/views/admin/lists.h"
#include "fcgi/views/admin/number.h"
#include "fcgi/views/views.h"

struct room {
	struct admin_desk desk;
	struct admin_page page;
	struct str name;
	struct room_row row; /* all zero where it has none */
};

static const char *find_row(struct room *room)
{
	static const uint8_t nobody[USER_ID_SIZE];
	const struct subject subject = { .user = nobody, .is_guest = true };
	struct standing standing;

	return desk_judge(&room->desk, moderation_find_standing(room->desk.accounts, room->name,
					       &subject, room->desk.now_ms, &standing, &room->row));
}

static bool show_role(void *context, const struct role_row *row)
{
	struct admin_page *page = &((struct room *)context)->page;
	struct buf id = { 0 };

	buf_append_hex(&id, row->user.id, USER_ID_SIZE);
	admin_row(page, STR_OF(""), str_from(row->user.name),
		admin_url(page, "people", buf_str(&id)));
	admin_cell(page, admin_say(page, role_word(row->role)));
	admin_cell_time(page, row->given_ms);
	admin_row_end(page);
	buf_finish(&id);
	return true;
}

static void add_roles(struct room *room)
{
	static const char *const labels[] = { MESSAGE("Name"), MESSAGE("Role"), MESSAGE("Since"),
		NULL };
	const struct list_query query = { .room = room->name, .limit = ROOM_ROLES_MAX };

	admin_table_begin(&room->page, MESSAGE("Roles"), labels, false);
	(void)desk_judge(&room->desk, roles_list(room->desk.accounts, &query, show_role, room));
	admin_table_end(&room->page);
}

/* The first names; the list of connections has all. */
static void add_people(struct room *room)
{
	static const char *const labels[] = { MESSAGE("Name"), MESSAGE("Connections"), NULL };
	struct admin_page *page = &room->page;
	struct json *answer = app_ask_members(page->app, room->name, STR_OF(""));
	const struct json *members = json_find(answer, "members");

	if (answer == NULL)
		page->arguments.problem = admin_say(
			page, MESSAGE("The broker is away at the moment."));
	admin_fact_number(page, MESSAGE("People here"), desk_number_of(answer, "people"));
	admin_table_begin(page, MESSAGE("People here"), labels, false);
	for (size_t i = 0; i < json_count(members); i++) {
		const struct json *member = json_at(members, i);

		admin_row(page, STR_OF(""), desk_text_of(member, "user"), STR_OF(""));
		admin_cell_number(page, (int64_t)json_count(json_find(member, "channels")));
		admin_row_end(page);
	}
	admin_table_end(page);
	json_destroy(answer);
}

static const struct admin_field rule_fields[] = {
	{ .kind = ADMIN_TEXT, .name = "topic", .label = MESSAGE("Topic") },
	{ .kind = ADMIN_NUMBER,
		.name = "seconds",
		.label = MESSAGE("Seconds between two messages"),
		.hint = MESSAGE("0: as fast as they like.") },
	{ .kind = ADMIN_CHECK,
		.name = "locked",
		.label = MESSAGE("Locked: only moderators write") },
	{ .kind = ADMIN_CHECK, .name = "members_only", .label = MESSAGE("Members only") },
	{ .kind = ADMIN_CHECK, .name = "hidden", .label = MESSAGE("Hidden from the index") },
	{ .name = NULL },
};

static const struct admin_form rule_form = { "rules", MESSAGE("Rules"), MESSAGE("Save the rules"),
	rule_fields, false };

static const struct admin_option roles[] = {
	{ "member", MESSAGE("member") },
	{ "moderator", MESSAGE("moderator") },
	{ "owner", MESSAGE("owner") },
	{ "user", MESSAGE("none any more") },
	{ NULL, NULL },
};

static const struct admin_field role_fields[] = {
	{ .kind = ADMIN_TEXT,
		.is_required = true,
		.name = "name",
		.label = MESSAGE("Who"),
		.hint = MESSAGE("The name of an account.") },
	{ .kind = ADMIN_SELECT, .name = "role", .label = MESSAGE("Role"), .options = roles },
	{ .name = NULL },
};

static const struct admin_form role_form = { "role", MESSAGE("Give a role"), MESSAGE("Give it"),
	role_fields, false };

static void add_value(struct buf *values, const char *name, struct str value)
{
	buf_append_format(values, "%s%s=", values->len > 0 ? "&" : "", name);
	url_encode(value, values);
}

/* What the form of the rules is filled in with. */
static void write_rules(const struct room *room, struct buf *values)
{
	const struct room_rules *rules = &room->row.rules;
	struct buf seconds = { 0 };

	buf_append_number(&seconds, rules->slow_seconds);
	add_value(values, "topic", str_from(room->row.topic));
	add_value(values, "seconds", buf_str(&seconds));
	add_value(values, "locked", rules->is_locked ? STR_OF("on") : STR_OF(""));
	add_value(values, "members_only", rules->is_members_only ? STR_OF("on") : STR_OF(""));
	add_value(values, "hidden", rules->is_hidden ? STR_OF("on") : STR_OF(""));
	buf_finish(&seconds);
}

/* What was entered last, in the form that it was entered in. */
static struct str entered_in(const struct room *room, const char *form)
{
	struct str body = room->desk.request->body;
	struct buf which = { 0 };
	bool is_this;

	page_read_field(body, "form", &which);
	is_this = str_is(buf_str(&which), form);
	buf_finish(&which);
	return is_this ? body : STR_OF("");
}

static void add_forms(struct room *room)
{
	struct admin_page *page = &room->page;
	struct str url = admin_url(page, "rooms", room->name);
	struct str entered = entered_in(room, "rules");
	struct buf rules = { 0 };

	write_rules(room, &rules);
	admin_form_begin(page, &rule_form, url, entered.len > 0 ? entered : buf_str(&rules));
	admin_form_hidden(page, "form", STR_OF("rules"));
	admin_form_end(page, &rule_form);
	admin_form_begin(page, &role_form, url, entered_in(room, "role"));
	admin_form_hidden(page, "form", STR_OF("role"));
	admin_form_end(page, &role_form);
	buf_finish(&rules);
}

/* Without the rules that the room has, their form would take them away. */
static int show(struct room *room, const char *problem)
{
	struct admin_page *page = &room->page;
	struct buf url = { 0 };
	const char *unreadable = find_row(room);
	int status = unreadable != NULL ? 503 : problem != NULL ? 400 : 200;

	admin_page_begin(page, room->desk.app, room->desk.request, room->desk.response, "rooms",
		MESSAGE("Room"));
	router_reverse(page->app->config, page->request, "room", room->name, &url);
	page->arguments.title = room->name;
	page->arguments.back_url = admin_url(page, "rooms", STR_OF(""));
	page->arguments.back_label = admin_say(page, MESSAGE("All rooms"));
	admin_fact(page, MESSAGE("Address"), buf_str(&url));
	page->facts[0].link = page->facts[0].value;
	add_people(room);
	add_roles(room);
	if (unreadable == NULL)
		add_forms(room);
	if (status != 200)
		page->arguments.problem = admin_say(page, problem == NULL ? unreadable : problem);
	buf_finish(&url);
	return admin_page_end(page, status);
}

/* Rules that the form says otherwise than the room has them, one order each. */
static const char *order_switch(
	struct room *room, const char *field, enum verb verb, bool is_on_now)
{
	struct buf box = { 0 };
	bool is_on;

	page_read_field(room->desk.request->body, field, &box);
	is_on = box.len > 0;
	buf_finish(&box);
	if (is_on == is_on_now)
		return NULL;
	return desk_order(
		&room->desk, &(struct order){ .verb = verb, .room = room->name, .is_on = is_on });
}

static const char *order_topic(struct room *room, struct str topic)
{
	if (str_is(topic, room->row.topic))
		return NULL;
	return desk_order(&room->desk,
		&(struct order){ .verb = VERB_TOPIC, .room = room->name, .text = topic });
}

static const char *order_pace(struct room *room, int64_t seconds)
{
	if (seconds == room->row.rules.slow_seconds)
		return NULL;
	return desk_order(&room->desk,
		&(struct order){ .verb = VERB_SLOW, .room = room->name, .seconds = seconds });
}

static const char *order_rules(struct room *room, struct str topic, int64_t seconds)
{
	const struct room_rules *rules = &room->row.rules;
	const char *problem = order_pace(room, seconds);

	if (problem == NULL)
		problem = order_topic(room, topic);
	if (problem == NULL)
		problem = order_switch(room, "locked", VERB_LOCK, rules->is_locked);
	if (problem == NULL)
		problem = order_switch(
			room, "members_only", VERB_MEMBERS_ONLY, rules->is_members_only);
	if (problem == NULL)
		problem = order_switch(room, "hidden", VERB_HIDE, rules->is_hidden);
	return problem;
}

static const char *save_rules(struct room *room)
{
	struct buf topic = { 0 };
	const char *problem = find_row(room);
	int64_t seconds = 0;

	page_read_field(room->desk.request->body, "topic", &topic);
	if (problem == NULL &&
		!admin_read_number(&room->desk, "seconds", 0, SLOW_SECONDS_MAX, &seconds))
		problem = MESSAGE("The pause is a number of seconds, at most an hour.");
	if (problem == NULL && !moderation_text_is_valid(buf_str(&topic), TOPIC_CHARACTERS_MAX))
		problem = moderation_result_sentence(MODERATION_BAD_ORDER);
	if (problem == NULL)
		problem = order_rules(room, buf_str(&topic), seconds);
	buf_finish(&topic);
	return problem;
}

static const char *give_role(struct room *room)
{
	struct buf name = { 0 }, word = { 0 };
	enum role role = ROLE_USER;
	const char *problem = MESSAGE("Choose a role.");

	page_read_field(room->desk.request->body, "name", &name);
	page_read_field(room->desk.request->body, "role", &word);
	if (role_find(buf_str(&word), &role))
		problem = desk_order(&room->desk, &(struct order){ .verb = VERB_ROLE,
							  .room = room->name,
							  .name = str_trim(buf_str(&name)),
							  .role = role });
	buf_finish(&word);
	buf_finish(&name);
	return problem;
}

static int change(struct room *room)
{
	const char *problem = entered_in(room, "role").len > 0 ? give_role(room) : save_rules(room);
	struct buf url = { 0 };
	int status;

	if (problem != NULL)
		return show(room, problem);
	flash_add(room->desk.app, room->desk.request, FLASH_ADMIN_DONE);
	router_reverse(room->desk.app->config, room->desk.request, "admin-room", room->name, &url);
	status = response_redirect(room->desk.response, 303, buf_str(&url));
	buf_finish(&url);
	return status;
}

static int answer(struct app *app, struct request *request, struct response *response,
	int (*view)(struct room *room))
{
	struct room *room = mem_new(struct room);
	struct buf name = { 0 };
	int status;

	if (room_name_normalize(buf_str(&request->room), &name) != NAME_OK) {
		status = view_error(app, request, response, 404, "");
	} else if (!desk_open(&room->desk, app, request, response)) {
		status = admin_refuse(app, request, response);
	} else {
		room->name = buf_str(&name);
		status = view(room);
		desk_close(&room->desk);
	}
	buf_finish(&name);
	mem_free(room);
	return status;
}

static int show_as_it_is(struct room *room)
{
	return show(room, NULL);
}

int view_admin_room(struct app *app, struct request *request, struct response *response)
{
	return answer(app, request, response, show_as_it_is);
}

int view_admin_room_change(struct app *app, struct request *request, struct response *response)
{
	return answer(app, request, response, change);
}
