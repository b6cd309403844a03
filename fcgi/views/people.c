/* SPDX-License-Identifier: MIT */
/* Who is in a room, who has a part in it, and who is kept out or silent; with the forms of those
 * who keep order. The list of people is the broker's, the others are those of accounts.db. */
#include "templates/people.h"
#include "common/base/mem.h"
#include "common/base/message.h"
#include "fcgi/standing.h"
#include "fcgi/views/order_draft.h"
#include "fcgi/views/person.h"
#include "fcgi/views/person_forms.h"
#include "fcgi/views/room_gate.h"
#include "fcgi/views/views.h"

/* What accounts.db says, copied: all of it, for what is not shown cannot be lifted. */
struct lists {
	struct role_row *roles;
	uint32_t roles_count, roles_capacity;
	struct sanction_row *sanctions;
	uint32_t sanctions_count, sanctions_capacity;
};

static bool add_role(void *context, const struct role_row *row)
{
	struct lists *lists = context;

	lists->roles = mem_grow(
		lists->roles, &lists->roles_capacity, lists->roles_count, sizeof(*lists->roles));
	lists->roles[lists->roles_count++] = *row;
	return true;
}

static bool add_sanction(void *context, const struct sanction_row *row)
{
	struct lists *lists = context;

	lists->sanctions = mem_grow(lists->sanctions, &lists->sanctions_capacity,
		lists->sanctions_count, sizeof(*lists->sanctions));
	lists->sanctions[lists->sanctions_count++] = *row;
	return true;
}

/* Empty for who does not keep order, and where the accounts are elsewhere or cannot be read. */
static void lists_read(struct app *app, const struct room_entry *entry, struct lists *lists)
{
	struct list_query roles = { .room = buf_str(&entry->name), .limit = ROOM_ROLES_MAX };
	struct list_query sanctions = { .room = roles.room, .limit = ROOM_SANCTIONS_MAX };
	enum store_problem problem = STORE_OK;
	struct accounts *accounts = NULL;

	*lists = (struct lists){ 0 };
	if (!standing_may(&entry->standing, ACTION_MUTE))
		return;
	accounts = pool_borrow(app->accounts, &problem);
	if (accounts != NULL)
		problem = roles_list(accounts, &roles, add_role, lists);
	if (accounts != NULL && problem == STORE_OK)
		problem = sanctions_list(
			accounts, &sanctions, clock_wall_ms(), add_sanction, lists);
	pool_return(app->accounts, accounts, problem);
}

static void lists_finish(struct lists *lists)
{
	mem_free(lists->sanctions);
	mem_free(lists->roles);
}

/* A role's word for people, untranslated; "" for one that is none. */
static const char *role_label(struct str word)
{
	static const char *const labels[ROLE_COUNT] = {
		[ROLE_GUEST] = "",
		[ROLE_USER] = "",
		[ROLE_MEMBER] = MESSAGE("member"),
		[ROLE_MODERATOR] = MESSAGE("moderator"),
		[ROLE_OWNER] = MESSAGE("owner"),
		[ROLE_SUPERUSER] = MESSAGE("site admin"),
	};
	enum role role;

	return role_find(word, &role) ? labels[role] : "";
}

static struct template_people_people person_row(
	const struct page_frame *frame, const struct json *member)
{
	struct template_people_people row = { .name = STR("") };
	struct str role = STR("");

	json_get_string(json_find(member, "user"), &row.name);
	json_get_string(json_find(member, "role"), &role);
	json_get_bool(json_find(member, "muted"), &row.is_muted);
	json_get_bool(json_find(member, "away"), &row.is_away);
	row.role = page_translate(frame, role_label(role));
	return row;
}

static struct template_people_roles role_row(
	const struct page_frame *frame, const struct role_row *role)
{
	return (struct template_people_roles){
		.name = str_from(role->user.name),
		.role = page_translate(frame, role_label(str_from(role_word(role->role)))),
	};
}

static struct template_people_sanctions sanction_row(const struct page_frame *frame,
	const struct sanction_row *sanction, struct page_time *until)
{
	bool has_name = sanction->person[0] != '\0';
	bool has_end = sanction->until_ms != FOR_GOOD;

	*until = page_time(has_end ? sanction->until_ms : 0);
	return (struct template_people_sanctions){
		.id = sanction->id,
		.name = has_name ? str_from(sanction->person) : page_translate(frame, "An address"),
		.is_ban = sanction->kind == SANCTION_BAN,
		.reason = str_from(sanction->reason),
		.by_name = str_from(sanction->by_name),
		.has_end = has_end,
		.until_time = str_from(until->iso),
		.until_minute = str_from(until->minute),
	};
}

/* The rows of the page; their texts borrow from the lists and the times. */
struct rows {
	struct template_people_people *people;
	struct template_people_roles *roles;
	struct template_people_sanctions *sanctions;
	struct page_time *times;
	size_t people_count;
};

static void rows_make(struct rows *rows, const struct page_frame *frame, const struct json *members,
	const struct lists *lists)
{
	*rows = (struct rows){
		.people = mem_alloc_array(json_count(members), sizeof(*rows->people)),
		.roles = mem_alloc_array(lists->roles_count, sizeof(*rows->roles)),
		.sanctions = mem_alloc_array(lists->sanctions_count, sizeof(*rows->sanctions)),
		.times = mem_alloc_array(lists->sanctions_count, sizeof(*rows->times)),
		.people_count = json_count(members),
	};
	for (size_t i = 0; i < rows->people_count; i++)
		rows->people[i] = person_row(frame, json_at(members, i));
	for (size_t i = 0; i < lists->roles_count; i++)
		rows->roles[i] = role_row(frame, &lists->roles[i]);
	for (size_t i = 0; i < lists->sanctions_count; i++)
		rows->sanctions[i] = sanction_row(frame, &lists->sanctions[i], &rows->times[i]);
}

static void rows_finish(struct rows *rows)
{
	mem_free(rows->times);
	mem_free(rows->sanctions);
	mem_free(rows->roles);
	mem_free(rows->people);
}

/* after: behind whose name the people begin; "" for the first of them. */
static void render(struct page_frame *frame, const struct person_forms *forms,
	const struct lists *lists, const struct json *answer, struct str after)
{
	struct buf moderate_url = { 0 };
	struct str next_after = STR("");
	struct rows rows;

	json_get_string(json_find(answer, "next"), &next_after);
	rows_make(&rows, frame, json_find(answer, "members"), lists);
	router_reverse(
		frame->app->config, frame->request, "room-moderate", forms->room, &moderate_url);
	template_people(&frame->render,
		&(struct template_people){
			PAGE_COMMON(frame),
			.title = page_translate(frame, "People"),
			.form_problem = person_forms_problem_elsewhere(forms, frame),
			.room = forms->room,
			.next = forms->next,
			.moderate_url = buf_str(&moderate_url),
			.broker_is_up = answer != NULL,
			.may_mute = standing_may(forms->standing, ACTION_MUTE),
			.people = rows.people,
			.people_count = rows.people_count,
			.people_before = after.len > 0,
			.people_after = next_after,
			.roles = rows.roles,
			.roles_count = lists->roles_count,
			.sanctions = rows.sanctions,
			.sanctions_count = lists->sanctions_count,
		});
	buf_finish(&moderate_url);
	rows_finish(&rows);
	person_forms_show(forms, frame);
}

/* Guests have no roles: whoever has chosen one in the list is not asked for it. */
static bool is_of_guest(struct app *app, struct str room, const struct order_draft *draft)
{
	struct named_person person = { .is_guest = false };
	struct buf user = { 0 };
	bool is_guest = false;

	page_read_field(draft->fields, "user", &user);
	if (user.len > 0 && draft->verb != VERB_ROLE)
		is_guest = person_by_name(app, room, buf_str(&user), &person) == PERSON_FOUND &&
			   person.has_id && person.is_guest;
	buf_finish(&user);
	return is_guest;
}

static void show(struct app *app, struct request *request, struct response *response,
	const struct room_entry *entry, const struct order_draft *draft)
{
	struct str room = buf_str(&entry->name);
	struct buf room_url = { 0 }, people_url = { 0 }, after = { 0 };
	struct page_frame frame;
	struct lists lists;
	struct json *answer;

	page_read_field(request->query, "after", &after);
	answer = app_ask_members(app, room, buf_str(&after));
	lists_read(app, entry, &lists);
	page_begin(&frame, app, request, response);
	router_reverse(app->config, request, "room", room, &room_url);
	router_reverse(app->config, request, "people", room, &people_url);
	page_stand_at(&frame, buf_str(&people_url));
	render(&frame,
		&(struct person_forms){
			.standing = &entry->standing,
			.draft = draft,
			.room = room,
			.may_sanction = true,
			.may_appoint = !is_of_guest(app, room, draft),
			.next = buf_str(&people_url),
			.back = buf_str(&room_url),
		},
		&lists, answer, buf_str(&after));
	page_end(&frame);
	buf_finish(&after);
	buf_finish(&people_url);
	buf_finish(&room_url);
	lists_finish(&lists);
	json_destroy(answer);
}

int people_show(struct app *app, struct request *request, struct response *response,
	const struct order_draft *draft)
{
	struct room_entry entry;
	int status = draft->refusal.status;

	if (room_enter(app, request, response, "people", &entry, &status)) {
		refusal_add_header(&draft->refusal, response);
		show(app, request, response, &entry, draft);
	}
	room_entry_finish(&entry);
	return status;
}

int view_people(struct app *app, struct request *request, struct response *response)
{
	struct order_draft draft = order_draft_new(request);

	return people_show(app, request, response, &draft);
}
