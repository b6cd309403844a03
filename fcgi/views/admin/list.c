/* SPDX-License-Identifier: MIT */
/* A page leads to the next by the key of its last row, and back by those that it came by: the keys
 * of the pages before are in its address. */
#include "fcgi/views/admin/list.h"

#include <string.h>

#include "common/base/mem.h"
#include "fcgi/url_code.h"
#include "fcgi/verdict.h"
#include "fcgi/views/admin/sections.h"
#include "fcgi/views/views.h"

#define TRAIL_MAX 10 /* pages that lead back one by one; behind them, the first one */

bool admin_listing_take(struct admin_listing *listing, struct str key)
{
	if (listing->count == listing->limit) {
		listing->has_more = true;
		return false;
	}
	listing->count++;
	buf_clear(&listing->last);
	buf_append_str(&listing->last, key);
	return true;
}

bool admin_listing_has_filter(const struct admin_listing *listing, const char *word)
{
	return str_is(buf_str(&listing->filter), word);
}

int64_t admin_listing_number(const struct admin_listing *listing)
{
	uint64_t number = 0;

	if (!str_to_uint64(buf_str(&listing->after), &number) || number > INT64_MAX)
		return 0;
	return (int64_t)number;
}

const struct admin_list *admin_find_list(struct str name)
{
	for (size_t i = 0; i < admin_section_count; i++) {
		const struct admin_section *section = &admin_sections[i];

		if (section->list != NULL && str_is(name, section->name))
			return section->list;
	}
	return NULL;
}

const struct admin_action *admin_find_action(const struct admin_list *list, struct str word)
{
	const struct admin_action *action = list->actions;

	for (; action != NULL && action->word != NULL; action++) {
		if (str_is(word, action->word))
			return action;
	}
	return NULL;
}

void admin_listing_begin(struct admin_listing *listing, struct admin_desk *desk,
	struct admin_page *page, const struct admin_list *list)
{
	/* A POST shows its list again from the beginning. */
	struct str query = desk->request->method == METHOD_GET ? desk->request->query : STR_OF("");

	*listing = (struct admin_listing){ .nothing = MESSAGE("Nothing was found."),
		.desk = desk,
		.page = page,
		.list = list,
		.limit = ADMIN_ROWS };
	page_read_field(query, "q", &listing->search);
	page_read_field(query, "room", &listing->room);
	page_read_field(query, "filter", &listing->filter);
	page_read_field(query, "after", &listing->after);
}

void admin_listing_end(struct admin_listing *listing)
{
	struct buf *const bufs[] = { &listing->search, &listing->room, &listing->filter,
		&listing->after, &listing->last };

	for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
		buf_finish(bufs[i]);
}

static void add_parameter(struct buf *url, const char *name, struct str value)
{
	buf_append_char(url, url->len > 0 ? '&' : '?');
	buf_append_format(url, "%s=", name);
	url_encode(value, url);
}

static void add_chosen(struct buf *url, const char *name, const struct buf *value)
{
	if (value->len > 0)
		add_parameter(url, name, buf_str(value));
}

static void begin_link(struct buf *url, const struct admin_listing *listing, struct str filter)
{
	buf_clear(url);
	add_chosen(url, "q", &listing->search);
	add_chosen(url, "room", &listing->room);
	if (filter.len > 0)
		add_parameter(url, "filter", filter);
	if (url->len == 0)
		buf_append_char(url, '?');
}

/* The first page's key is "". */
static void add_key(struct buf *url, struct str key)
{
	if (key.len > 0)
		add_parameter(url, "after", key);
}

/* Adds the keys of the trail that *rest has. */
static void add_trail(struct buf *url, struct str rest, size_t max)
{
	struct buf key = { 0 };

	for (size_t i = 0; i < max && admin_next_field(&rest, "back", &key); i++)
		add_parameter(url, "back", buf_str(&key));
	buf_finish(&key);
}

static void add_pages(struct admin_listing *listing)
{
	struct template_admin *arguments = &listing->page->arguments;
	struct str trail = listing->desk->request->query, filter = buf_str(&listing->filter);
	struct buf url = { 0 }, key = { 0 };

	if (listing->after.len > 0) {
		begin_link(&url, listing, filter);
		arguments->first_url = admin_keep(listing->page, buf_str(&url));
	}
	if (listing->has_more) {
		begin_link(&url, listing, filter);
		add_key(&url, buf_str(&listing->last));
		add_parameter(&url, "back", buf_str(&listing->after));
		add_trail(&url, trail, TRAIL_MAX - 1);
		arguments->next_url = admin_keep(listing->page, buf_str(&url));
	}
	if (admin_next_field(&trail, "back", &key)) {
		begin_link(&url, listing, filter);
		add_key(&url, buf_str(&key));
		add_trail(&url, trail, TRAIL_MAX);
		arguments->previous_url = admin_keep(listing->page, buf_str(&url));
	}
	buf_finish(&key);
	buf_finish(&url);
}

static void add_filters(struct admin_listing *listing)
{
	const struct admin_filter *filter = listing->list->filters;
	struct admin_page *page = listing->page;
	struct buf url = { 0 };

	for (; filter != NULL && filter->word != NULL; filter++) {
		begin_link(&url, listing, str_from(filter->word));
		page->filters = mem_grow(page->filters, &page->filter_capacity, page->filter_count,
			sizeof(*page->filters));
		page->filters[page->filter_count++] = (struct template_admin_filters){
			.label = admin_say(page, filter->label),
			.link = admin_keep(page, buf_str(&url)),
			.current = admin_listing_has_filter(listing, filter->word)
					   ? STR_OF("true")
					   : STR_OF("false"),
		};
	}
	buf_finish(&url);
}

static void add_actions(struct admin_listing *listing)
{
	const struct admin_action *action = listing->list->actions;
	struct admin_page *page = listing->page;

	for (; action != NULL && action->word != NULL; action++) {
		page->actions = mem_grow(page->actions, &page->action_capacity, page->action_count,
			sizeof(*page->actions));
		page->actions[page->action_count++] = (struct template_admin_actions){
			.word = str_from(action->word), .label = admin_say(page, action->label)
		};
	}
}

void admin_listing_read(struct admin_listing *listing)
{
	const struct admin_list *list = listing->list;

	admin_table_begin(listing->page, list->title, list->labels, list->actions != NULL);
	list->read(listing);
}

static void add_export(struct admin_listing *listing)
{
	struct buf url = { 0 };

	begin_link(&url, listing, buf_str(&listing->filter));
	listing->page->arguments.export_url = admin_format(listing->page, "%.*sexport%s",
		STR_ARG(listing->page->arguments.list_url), buf_text(&url));
	buf_finish(&url);
}

static void fill(struct admin_listing *listing)
{
	const struct admin_list *list = listing->list;
	struct admin_page *page = listing->page;
	struct template_admin *arguments = &page->arguments;

	admin_listing_read(listing);
	admin_table_end(page);
	arguments->is_list = true;
	arguments->has_rows = listing->count > 0;
	arguments->list_url = admin_url(page, list->name, STR_OF(""));
	/* What is posted has other addresses, which nobody can come back to. */
	if (page->request->method == METHOD_POST)
		arguments->back = arguments->here = arguments->list_url;
	arguments->intro = admin_say(page, list->intro);
	arguments->search_label = list->search_label == NULL ? STR_OF("")
							     : admin_say(page, list->search_label);
	arguments->room_label = list->room_label == NULL ? STR_OF("")
							 : admin_say(page, list->room_label);
	arguments->searched = buf_str(&listing->search);
	arguments->room = buf_str(&listing->room);
	arguments->filter = buf_str(&listing->filter);
	arguments->nothing = listing->problem == NULL ? admin_say(page, listing->nothing)
						      : STR_OF("");
	if (arguments->problem.len == 0 && listing->problem != NULL)
		arguments->problem = admin_say(page, listing->problem);
	add_filters(listing);
	add_actions(listing);
	add_pages(listing);
	if (list->can_be_exported && listing->count > 0)
		add_export(listing);
}

static void add_form(struct admin_page *page, const struct admin_list *list, struct str values)
{
	struct str action = admin_format(
		page, "%.*sadd", STR_ARG(admin_url(page, list->name, STR_OF(""))));

	admin_form_begin(page, list->form, action, values);
	admin_form_end(page, list->form);
}

/* problem and secret are about what was to be added; "" where nothing was. */
static int show(struct admin_desk *desk, const struct admin_list *list, const char *problem,
	struct str secret)
{
	struct admin_listing listing;
	struct admin_page page;
	int status = problem[0] == '\0' ? 200 : 400;

	admin_page_begin(&page, desk->app, desk->request, desk->response, list->name, list->title);
	admin_listing_begin(&listing, desk, &page, list);
	page.arguments.problem = admin_say(&page, problem);
	if (secret.len > 0) {
		page.arguments.secret = secret;
		page.arguments.notice = admin_say(&page, list->secret_notice);
	}
	fill(&listing);
	if (list->form != NULL && problem[0] != '\0')
		add_form(&page, list, desk->request->body);
	else if (list->form != NULL)
		add_form(&page, list, secret.len > 0 ? STR_OF("") : desk->request->query);
	status = admin_page_end(&page, status);
	admin_listing_end(&listing);
	return status;
}

int admin_refuse(struct app *app, struct request *request, struct response *response)
{
	return view_error(app, request, response, 503, verdict_of(VERDICT_UNREADABLE).sentence);
}

int view_admin_list(struct app *app, struct request *request, struct response *response)
{
	const struct admin_list *list = admin_find_list(buf_str(&request->room));
	struct admin_desk desk;
	int status;

	if (list == NULL)
		return view_error(app, request, response, 404, "");
	if (!desk_open(&desk, app, request, response))
		return admin_refuse(app, request, response);
	status = show(&desk, list, "", STR_OF(""));
	desk_close(&desk);
	return status;
}

static int make(struct admin_desk *desk, const struct admin_list *list)
{
	struct buf secret = { 0 };
	const char *problem = list->make(desk, &secret);
	struct buf url = { 0 };
	int status;

	if (problem != NULL || secret.len > 0) {
		status = show(desk, list, problem == NULL ? "" : problem, buf_str(&secret));
	} else {
		flash_add(desk->app, desk->request, FLASH_ADMIN_DONE);
		router_reverse(
			desk->app->config, desk->request, "admin-list", str_from(list->name), &url);
		status = response_redirect(desk->response, 303, buf_str(&url));
	}
	buf_finish(&url);
	buf_finish(&secret);
	return status;
}

int view_admin_add(struct app *app, struct request *request, struct response *response)
{
	const struct admin_list *list = admin_find_list(buf_str(&request->room));
	struct admin_desk desk;
	int status;

	if (list == NULL || list->make == NULL)
		return view_error(app, request, response, 404, "");
	if (!desk_open(&desk, app, request, response))
		return admin_refuse(app, request, response);
	status = make(&desk, list);
	desk_close(&desk);
	return status;
}

/* What a spreadsheet takes for a formula begins so, also in the full width of East Asia. */
static bool is_formula(struct str text)
{
	static const char *const beginnings[] = { "=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋",
		"－", "＠" };

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
		if (str_starts_with(text, str_from(beginnings[i])))
			return true;
	}
	return false;
}

/* A formula is none behind an apostrophe. */
static void write_csv_text(struct str text, struct buf *out)
{
	buf_append_text(out, is_formula(text) ? "\"'" : "\"");
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '"')
			buf_append_char(out, '"');
		buf_append_char(out, text.data[i]);
	}
	buf_append_char(out, '"');
}

/* The table that the page would show, RFC 4180. */
static void write_csv(const struct admin_page *page, struct buf *out)
{
	bool begins_line = true;

	for (uint32_t i = 0; i < page->piece_count; i++) {
		const struct template_admin_pieces *piece = &page->pieces[i];

		if (piece->is_header || piece->is_name || piece->is_cell) {
			buf_append_text(out, begins_line ? "" : ",");
			write_csv_text(piece->time.len > 0 ? piece->time : piece->text, out);
			begins_line = false;
		}
		if (piece->begins_body || piece->ends_row) {
			buf_append_text(out, "\r\n");
			begins_line = true;
		}
	}
}

/* Part of a list would pass for all of it. */
static void write_csv_end(struct admin_page *page, struct buf *out)
{
	struct str most = admin_format(page, "%d", ADMIN_ROWS_EXPORTED);

	write_csv_text(admin_say_of(page,
			       MESSAGE("This is not all: one file takes {most} rows. Search for "
				       "parts of the list to have the others."),
			       "most", most),
		out);
	buf_append_text(out, "\r\n");
}

static void answer_csv(struct admin_listing *listing)
{
	struct response *response = listing->desk->response;
	struct buf disposition = { 0 };

	buf_append_format(&disposition, "attachment; filename=\"%s.csv\"", listing->list->name);
	write_csv(listing->page, &response->body);
	if (listing->has_more)
		write_csv_end(listing->page, &response->body);
	response_add_header(response, "Content-Type", STR_OF("text/csv; charset=utf-8"));
	response_add_header(response, "Content-Disposition", buf_str(&disposition));
	buf_finish(&disposition);
}

/* What could not be read is told instead of the part that was. */
static int export(struct admin_desk *desk, const struct admin_list *list)
{
	struct admin_listing listing;
	struct admin_page page = { .app = desk->app, .request = desk->request };
	const char *problem;

	page.frame.render.language = desk->request->language;
	admin_listing_begin(&listing, desk, &page, list);
	listing.limit = ADMIN_ROWS_EXPORTED;
	admin_listing_read(&listing);
	problem = listing.problem;
	if (problem == NULL)
		answer_csv(&listing);
	admin_listing_end(&listing);
	admin_page_drop(&page);
	return problem == NULL ? 200
			       : view_error(desk->app, desk->request, desk->response, 503, problem);
}

int view_admin_export(struct app *app, struct request *request, struct response *response)
{
	const struct admin_list *list = admin_find_list(buf_str(&request->room));
	struct admin_desk desk;
	int status;

	if (list == NULL || !list->can_be_exported)
		return view_error(app, request, response, 404, "");
	if (!desk_open(&desk, app, request, response))
		return admin_refuse(app, request, response);
	status = export(&desk, list);
	desk_close(&desk);
	return status;
}
