/* SPDX-License-Identifier: MIT */
#include "fcgi/views/admin/page.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/moderation.h"
#include "fcgi/url_code.h"
#include "fcgi/views/admin/sections.h"

struct str texts_keep(struct texts *texts, struct str text)
{
	texts->items = mem_grow(texts->items, &texts->capacity, texts->count, sizeof(char *));
	texts->items[texts->count] = str_dup(text);
	return str_range(texts->items[texts->count++], text.len);
}

void texts_finish(struct texts *texts)
{
	for (uint32_t i = 0; i < texts->count; i++)
		mem_free(texts->items[i]);
	mem_free(texts->items);
}

struct str admin_keep(struct admin_page *page, struct str text)
{
	return texts_keep(&page->texts, text);
}

struct str admin_say(struct admin_page *page, const char *message)
{
	return message[0] == '\0' ? STR_OF("") : page_translate(&page->frame, message);
}

struct str admin_say_instead(struct admin_page *page, const char *message)
{
	return page->is_data ? STR_OF("") : admin_say(page, message);
}

struct str admin_say_of(
	struct admin_page *page, const char *message, const char *name, struct str value)
{
	struct str pattern = admin_say(page, message), kept;
	struct buf text = { 0 }, place = { 0 };

	buf_append_format(&place, "{%s}", name);
	while (pattern.len > 0 && !str_starts_with(pattern, buf_str(&place))) {
		buf_append_char(&text, pattern.data[0]);
		pattern = str_skip(pattern, 1);
	}
	if (pattern.len > 0) {
		buf_append_str(&text, value);
		buf_append_str(&text, str_skip(pattern, place.len));
	}
	kept = admin_keep(page, buf_str(&text));
	buf_finish(&place);
	buf_finish(&text);
	return kept;
}

struct str admin_format(struct admin_page *page, const char *format, ...)
{
	struct buf text = { 0 };
	struct str kept;
	va_list arguments;

	va_start(arguments, format);
	buf_append_format_list(&text, format, arguments);
	va_end(arguments);
	kept = admin_keep(page, buf_str(&text));
	buf_finish(&text);
	return kept;
}

struct str admin_url(struct admin_page *page, const char *section, struct str id)
{
	struct buf url = { 0 };
	struct str kept;

	router_reverse(page->app->config, page->request, "admin", STR_OF(""), &url);
	if (section[0] != '\0')
		buf_append_format(&url, "%s/", section);
	if (id.len > 0) {
		url_encode(id, &url);
		buf_append_char(&url, '/');
	}
	kept = admin_keep(page, buf_str(&url));
	buf_finish(&url);
	return kept;
}

static void add_sections(struct admin_page *page, const char *current)
{
	for (size_t i = 0; i < admin_section_count; i++) {
		const struct admin_section *section = &admin_sections[i];

		page->sections[i] = (struct template_admin_sections){
			.title = admin_say(page, section->title),
			.link = admin_url(page, section->name, STR_OF("")),
			.current = strcmp(section->name, current) == 0 ? STR_OF("page")
								       : STR_OF("false"),
		};
	}
}

void admin_page_begin(struct admin_page *page, struct app *app, struct request *request,
	struct response *response, const char *section, const char *title)
{
	*page = (struct admin_page){ .app = app, .request = request, .response = response };
	page_begin(&page->frame, app, request, response);
	page->arguments = (struct template_admin){
		PAGE_COMMON(&page->frame),
		.title = page_translate(&page->frame, title),
		.admin_url = admin_url(page, "", STR_OF("")),
		.sections = page->sections,
		.sections_count = admin_section_count,
	};
	add_sections(page, section);
}

void admin_page_begin_data(struct admin_page *page, struct app *app, struct request *request)
{
	*page = (struct admin_page){ .app = app, .request = request, .is_data = true };
	page->frame.render.language = translations[0];
}

void admin_page_drop(struct admin_page *page)
{
	void *const streams[] = { page->facts, page->advice, page->filters, page->actions,
		page->pieces, page->fields };

	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
		mem_free(streams[i]);
	texts_finish(&page->texts);
	page_end(&page->frame);
}

int admin_page_end(struct admin_page *page, int status)
{
	struct template_admin *arguments = &page->arguments;

	arguments->facts = page->facts;
	arguments->facts_count = page->fact_count;
	arguments->advice = page->advice;
	arguments->advice_count = page->advice_count;
	arguments->filters = page->filters;
	arguments->filters_count = page->filter_count;
	arguments->actions = page->actions;
	arguments->actions_count = page->action_count;
	arguments->pieces = page->pieces;
	arguments->pieces_count = page->piece_count;
	arguments->fields = page->fields;
	arguments->fields_count = page->field_count;
	arguments->has_forms = page->field_count > 0;
	template_admin(&page->frame.render, arguments);
	admin_page_drop(page);
	return status;
}

static struct template_admin_facts *add_fact(struct admin_page *page, const char *name)
{
	page->facts = mem_grow(
		page->facts, &page->fact_capacity, page->fact_count, sizeof(*page->facts));
	page->facts[page->fact_count] = (struct template_admin_facts){
		.name = admin_say(page, name), .kind = STR_OF("text")
	};
	return &page->facts[page->fact_count++];
}

void admin_fact(struct admin_page *page, const char *name, struct str value)
{
	add_fact(page, name)->value = admin_keep(page, value);
}

void admin_fact_number(struct admin_page *page, const char *name, int64_t number)
{
	struct template_admin_facts *fact = add_fact(page, name);

	fact->kind = STR_OF("number");
	fact->value = admin_format(page, "%" PRId64, number);
}

/* Both texts of a moment; text is "never" for 0. */
static struct str format_time(struct admin_page *page, int64_t time_ms, struct str *text_out)
{
	struct page_time time;

	if (time_ms == 0 || time_ms == FOR_GOOD) {
		*text_out = admin_say(page, time_ms == 0 ? MESSAGE("never") : MESSAGE("for good"));
		return STR_OF("");
	}
	time = page_time(time_ms);
	*text_out = admin_keep(page, str_from(time.minute));
	return admin_keep(page, str_from(time.iso));
}

void admin_fact_time(struct admin_page *page, const char *name, int64_t time_ms)
{
	struct template_admin_facts *fact = add_fact(page, name);

	fact->time = format_time(page, time_ms, &fact->value);
}

void admin_advise(struct admin_page *page, const char *name, const char *sentence)
{
	page->advice = mem_grow(
		page->advice, &page->advice_capacity, page->advice_count, sizeof(*page->advice));
	page->advice[page->advice_count++] = (struct template_admin_advice){
		.name = admin_say(page, name), .sentence = admin_say(page, sentence)
	};
}

static struct template_admin_pieces *add_piece(struct admin_page *page)
{
	page->pieces = mem_grow(
		page->pieces, &page->piece_capacity, page->piece_count, sizeof(*page->pieces));
	page->pieces[page->piece_count] = (struct template_admin_pieces){ .kind = STR_OF("text") };
	return &page->pieces[page->piece_count++];
}

void admin_table_begin(
	struct admin_page *page, const char *caption, const char *const *labels, bool is_selectable)
{
	struct template_admin_pieces *piece = add_piece(page);

	page->table = page->piece_count - 1;
	page->has_row = false;
	piece->begins_table = true;
	piece->is_selectable = is_selectable;
	piece->text = admin_say(page, caption);
	page->labels = labels;
	for (size_t i = 0; labels[i] != NULL; i++) {
		piece = add_piece(page);
		piece->is_header = true;
		piece->text = admin_say(page, labels[i]);
	}
	add_piece(page)->begins_body = true;
}

void admin_row(struct admin_page *page, struct str id, struct str name, struct str link)
{
	struct template_admin_pieces *piece = add_piece(page);

	piece->begins_row = true;
	piece->is_selectable = id.len > 0;
	piece->id = admin_keep(page, id);
	piece->text = admin_keep(page, name);
	piece = add_piece(page);
	piece->is_name = true;
	piece->text = admin_keep(page, name);
	piece->link = admin_keep(page, link);
	page->cell = 1;
	page->has_row = true;
}

void admin_row_time(struct admin_page *page, int64_t time_ms)
{
	struct template_admin_pieces *piece;

	admin_row(page, STR_OF(""), STR_OF(""), STR_OF(""));
	piece = &page->pieces[page->piece_count - 1];
	piece->time = format_time(page, time_ms, &piece->text);
}

static struct template_admin_pieces *add_cell(struct admin_page *page)
{
	struct template_admin_pieces *piece = add_piece(page);

	piece->is_cell = true;
	piece->label = admin_say(page, page->labels[page->cell++]);
	return piece;
}

void admin_cell(struct admin_page *page, struct str text)
{
	add_cell(page)->text = admin_keep(page, text);
}

void admin_cell_link(struct admin_page *page, struct str text, struct str link)
{
	struct template_admin_pieces *piece = add_cell(page);

	piece->text = admin_keep(page, text);
	piece->link = admin_keep(page, link);
}

void admin_cell_number(struct admin_page *page, int64_t number)
{
	struct template_admin_pieces *piece = add_cell(page);

	piece->kind = STR_OF("number");
	piece->text = admin_format(page, "%" PRId64, number);
}

void admin_cell_time(struct admin_page *page, int64_t time_ms)
{
	struct template_admin_pieces *piece = add_cell(page);

	piece->kind = STR_OF("time");
	piece->time = format_time(page, time_ms, &piece->text);
}

void admin_cell_mark(struct admin_page *page, const char *kind, struct str text)
{
	struct template_admin_pieces *piece = add_cell(page);

	piece->kind = text.len > 0 ? str_from(kind) : STR_OF("text");
	piece->text = admin_keep(page, text);
}

void admin_row_end(struct admin_page *page)
{
	add_piece(page)->ends_row = true;
}

void admin_table_end(struct admin_page *page)
{
	if (page->has_row)
		add_piece(page)->ends_table = true;
	else
		page->piece_count = page->table;
	page->arguments.has_rows = page->piece_count > 0;
}
