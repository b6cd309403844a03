/* SPDX-License-Identifier: MIT */
/* One account: what is known of it, where it is logged in, its part in rooms, what stands against
 * it, and all that can be done to it. */
#include <inttypes.h>
#include <string.h>

#include "common/base/mem.h"
#include "fcgi/account.h"
#include "fcgi/views/admin/lists.h"
#include "fcgi/views/admin/people.h"
#include "fcgi/views/agent.h"
#include "fcgi/views/views.h"

#define SHOWN_MAX 100 /* of each table */

struct person {
	struct admin_desk desk;
	struct admin_page page;
	struct account account;
	struct str id;
};

static bool show_session(void *context, const struct session_row *row)
{
	struct person *person = context;
	struct admin_page *page = &person->page;
	struct agent_words agent = agent_describe(str_from(row->agent));

	admin_row(page, STR_OF(""), str_from(row->address), STR_OF(""));
	admin_cell(page, admin_format(page, "%s %s", agent.browser, agent.system));
	admin_cell_time(page, row->created_ms);
	admin_cell_time(page, row->seen_ms);
	admin_row_end(page);
	return true;
}

static bool show_role(void *context, const struct role_row *row)
{
	struct person *person = context;
	struct admin_page *page = &person->page;

	if (memcmp(row->user.id, person->account.user.id, USER_ID_SIZE) != 0)
		return true;
	admin_row(page, STR_OF(""), str_from(row->room),
		admin_url(page, "rooms", str_from(row->room)));
	admin_cell(page, admin_say(page, role_word(row->role)));
	admin_cell_time(page, row->given_ms);
	admin_row_end(page);
	return true;
}

static bool show_sanction(void *context, const struct sanction_row *row)
{
	struct person *person = context;
	struct admin_page *page = &person->page;

	if (!str_equals_ignore_case(str_from(row->name), str_from(person->account.username)) &&
		!str_equals_ignore_case(str_from(row->name), str_from(person->account.user.name)))
		return true;
	admin_row(page, STR_OF(""),
		admin_say(page, row->kind == SANCTION_MUTE ? MESSAGE("muted") : MESSAGE("banned")),
		STR_OF(""));
	admin_cell(page, row->room[0] == '\0' ? admin_say(page, MESSAGE("the whole site"))
					      : str_from(row->room));
	admin_cell_time(page, row->until_ms);
	admin_cell(page, str_from(row->reason));
	admin_row_end(page);
	return true;
}

static const char *const session_labels[] = { MESSAGE("Address"), MESSAGE("Browser"),
	MESSAGE("Logged in"), MESSAGE("Last seen"), NULL };
static const char *const role_labels[] = { MESSAGE("Room"), MESSAGE("Role"), MESSAGE("Since"),
	NULL };
static const char *const sanction_labels[] = { MESSAGE("What"), MESSAGE("Where"), MESSAGE("Until"),
	MESSAGE("Reason"), NULL };

static void add_tables(struct person *person)
{
	struct admin_desk *desk = &person->desk;
	struct admin_page *page = &person->page;
	const struct list_query query = { .limit = INT32_MAX };

	admin_table_begin(page, MESSAGE("Sessions"), session_labels, false);
	(void)desk_judge(desk, sessions_list(desk->accounts, person->account.user.id, SHOWN_MAX,
				       show_session, person));
	admin_table_end(page);
	admin_table_begin(page, MESSAGE("Roles in rooms"), role_labels, false);
	(void)desk_judge(desk, roles_list(desk->accounts, &query, show_role, person));
	admin_table_end(page);
	admin_table_begin(page, MESSAGE("Bans and mutes under this name"), sanction_labels, false);
	(void)desk_judge(
		desk, sanctions_list(desk->accounts, &query, desk->now_ms, show_sanction, person));
	admin_table_end(page);
}

static void add_facts(struct person *person)
{
	const struct account *account = &person->account;
	struct admin_page *page = &person->page;

	admin_fact(page, MESSAGE("User name"), str_from(account->username));
	admin_fact(page, MESSAGE("Name in rooms"), str_from(account->user.name));
	admin_fact(page, MESSAGE("Rights"),
		admin_say(page, account->is_superuser ? MESSAGE("superuser") : MESSAGE("none")));
	admin_fact(page, MESSAGE("State"),
		admin_say(page, account->is_active ? MESSAGE("may log in") : MESSAGE("banned")));
	admin_fact_time(page, MESSAGE("Joined"), account->joined_ms);
	admin_fact_time(page, MESSAGE("Last login"), account->last_login_ms);
}

/* Each action of the list of people as a choice; its question comes next. */
static void add_actions(struct person *person)
{
	struct admin_option options[16] = { { NULL, NULL } };
	const struct admin_field fields[] = {
		{ .kind = ADMIN_SELECT,
			.name = "action",
			.label = MESSAGE("What"),
			.options = options },
		{ .name = NULL },
	};
	const struct admin_form form = { "act", MESSAGE("Do something"), MESSAGE("Go on"), fields,
		false };
	struct admin_page *page = &person->page;
	const struct admin_action *action = admin_people.actions;

	for (size_t i = 0; action->word != NULL && i + 1 < sizeof(options) / sizeof(options[0]);
		i++, action++)
		options[i] = (struct admin_option){ action->word, action->label };
	admin_form_begin(page, &form, admin_url(page, "people", STR_OF("")), STR_OF(""));
	admin_form_hidden(page, "id", person->id);
	admin_form_hidden(page, "next", admin_url(page, "people", STR_OF("")));
	admin_form_end(page, &form);
}

static int show(struct person *person)
{
	struct admin_page *page = &person->page;

	admin_page_begin(page, person->desk.app, person->desk.request, person->desk.response,
		"people", person->account.username);
	page->arguments.back_url = admin_url(page, "people", STR_OF(""));
	page->arguments.back_label = admin_say(page, MESSAGE("All people"));
	add_facts(person);
	add_tables(person);
	if (desk_is_own(&person->desk, person->account.user.id))
		page->arguments.intro = admin_say(page, MESSAGE("This is your own account."));
	else
		add_actions(person);
	return admin_page_end(page, 200);
}

int view_admin_person(struct app *app, struct request *request, struct response *response)
{
	struct person *person = mem_new(struct person);
	const char *problem;
	int status;

	if (!desk_open(&person->desk, app, request, response)) {
		mem_free(person);
		return admin_refuse(app, request, response);
	}
	person->id = buf_str(&request->room);
	problem = people_find(&person->desk, person->id, &person->account);
	if (problem == NULL)
		status = show(person);
	else
		status = view_error(app, request, response,
			person->desk.problem == STORE_OK ? 404 : 503, problem);
	desk_close(&person->desk);
	mem_free(person);
	return status;
}
