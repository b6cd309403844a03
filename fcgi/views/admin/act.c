/* SPDX-License-Identifier: MIT */
/* Actions on the rows of a list that are selected: first the question, with the names of all of
 * them; then, when it is answered, each is done, and those that could not be are shown. */
#include "common/base/mem.h"
#include "fcgi/url_code.h"
#include "fcgi/views/admin/list.h"
#include "fcgi/views/admin/sections.h"
#include "fcgi/views/views.h"

/* What a form has chosen. */
struct choice {
	const struct admin_list *list;
	const struct admin_action *action; /* NULL: none */
	struct buf ids[ADMIN_SELECTED_MAX];
	size_t count;
	struct buf next; /* where it leads */
};

static void read_choice(struct choice *choice, const struct admin_desk *desk)
{
	struct str rest = desk->request->body;
	struct buf word = { 0 };

	page_read_field(rest, "action", &word);
	choice->action = admin_find_action(choice->list, buf_str(&word));
	while (choice->count < ADMIN_SELECTED_MAX &&
		admin_next_field(&rest, "id", &choice->ids[choice->count]))
		choice->count++;
	page_read_next(desk->app, desk->request, desk->request->body, &choice->next);
	buf_finish(&word);
}

static void finish_choice(struct choice *choice)
{
	for (size_t i = 0; i < ADMIN_SELECTED_MAX; i++)
		buf_finish(&choice->ids[i]);
	buf_finish(&choice->next);
}

static struct str name_of(
	struct admin_desk *desk, const struct choice *choice, struct str id, struct buf *name)
{
	buf_clear(name);
	if (choice->list->write_name != NULL)
		choice->list->write_name(desk, id, name);
	if (name->len == 0)
		buf_append_str(name, id);
	return buf_str(name);
}

static void add_answer(struct admin_page *page, const struct choice *choice)
{
	static const struct admin_field no_fields[] = { { .name = NULL } };
	const struct admin_action *action = choice->action;
	const struct admin_form form = {
		.id = "confirm",
		.heading = "",
		.button = action->label,
		.fields = action->fields == NULL ? no_fields : action->fields,
		.is_dangerous = action->is_dangerous,
	};

	admin_form_begin(
		page, &form, admin_url(page, choice->list->name, STR_OF("")), page->request->body);
	admin_form_hidden(page, "action", str_from(action->word));
	admin_form_hidden(page, "confirmed", STR_OF("yes"));
	admin_form_hidden(page, "next", buf_str(&choice->next));
	for (size_t i = 0; i < choice->count; i++)
		admin_form_hidden(page, "id", buf_str(&choice->ids[i]));
	admin_form_end(page, &form);
}

static int ask(struct admin_desk *desk, const struct choice *choice)
{
	const char *labels[] = { choice->list->labels[0], NULL };
	struct buf name = { 0 };
	struct admin_page page;

	admin_page_begin(&page, desk->app, desk->request, desk->response, choice->list->name,
		choice->action->question);
	page.arguments.back_url = buf_str(&choice->next);
	page.arguments.back_label = admin_say(&page, MESSAGE("No, go back"));
	admin_table_begin(&page, MESSAGE("Selected"), labels, false);
	for (size_t i = 0; i < choice->count; i++) {
		struct str id = buf_str(&choice->ids[i]);

		admin_row(&page, STR_OF(""), name_of(desk, choice, id, &name), STR_OF(""));
		admin_row_end(&page);
	}
	admin_table_end(&page);
	add_answer(&page, choice);
	buf_finish(&name);
	return admin_page_end(&page, 200);
}

static int go_back(struct admin_desk *desk, const struct choice *choice, enum flash_code code)
{
	flash_add(desk->app, desk->request, code);
	return response_redirect(desk->response, 303, buf_str(&choice->next));
}

static int show_failures(struct admin_desk *desk, const struct choice *choice,
	const char *const *problems, size_t failed)
{
	const char *labels[] = { choice->list->labels[0], MESSAGE("Why not"), NULL };
	struct buf name = { 0 };
	struct admin_page page;

	admin_page_begin(&page, desk->app, desk->request, desk->response, choice->list->name,
		MESSAGE("Not everything was done"));
	page.arguments.back_url = buf_str(&choice->next);
	page.arguments.back_label = admin_say(&page, MESSAGE("Back to the list"));
	admin_fact_number(&page, MESSAGE("Done"), (int64_t)(choice->count - failed));
	admin_fact_number(&page, MESSAGE("Not done"), (int64_t)failed);
	admin_table_begin(&page, MESSAGE("Not done"), labels, false);
	for (size_t i = 0; i < choice->count; i++) {
		if (problems[i] == NULL)
			continue;
		admin_row(&page, STR_OF(""), name_of(desk, choice, buf_str(&choice->ids[i]), &name),
			STR_OF(""));
		admin_cell(&page, admin_say(&page, problems[i]));
		admin_row_end(&page);
	}
	admin_table_end(&page);
	buf_finish(&name);
	return admin_page_end(&page, 409);
}

static int run(struct admin_desk *desk, const struct choice *choice)
{
	const char *problems[ADMIN_SELECTED_MAX];
	size_t failed = 0;

	for (size_t i = 0; i < choice->count; i++) {
		problems[i] = choice->action->run(desk, buf_str(&choice->ids[i]));
		failed += problems[i] != NULL;
	}
	return failed == 0 ? go_back(desk, choice, FLASH_ADMIN_DONE)
			   : show_failures(desk, choice, problems, failed);
}

static int act(struct admin_desk *desk, struct choice *choice)
{
	struct buf answer = { 0 };
	bool is_confirmed;

	read_choice(choice, desk);
	if (choice->action == NULL)
		return go_back(desk, choice, FLASH_ADMIN_NO_ACTION);
	if (choice->count == 0)
		return go_back(desk, choice, FLASH_ADMIN_NOTHING_SELECTED);
	page_read_field(desk->request->body, "confirmed", &answer);
	is_confirmed = answer.len > 0;
	buf_finish(&answer);
	return is_confirmed ? run(desk, choice) : ask(desk, choice);
}

int view_admin_act(struct app *app, struct request *request, struct response *response)
{
	struct choice *choice;
	struct admin_desk desk;
	int status;
	const struct admin_list *list = admin_find_list(buf_str(&request->room));

	if (list == NULL || list->actions == NULL)
		return view_error(app, request, response, 404, "");
	if (!desk_open(&desk, app, request, response))
		return admin_refuse(app, request, response);
	choice = mem_new(struct choice);
	choice->list = list;
	status = act(&desk, choice);
	finish_choice(choice);
	mem_free(choice);
	desk_close(&desk);
	return status;
}
