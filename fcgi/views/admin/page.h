/* SPDX-License-Identifier: MIT */
/* A page of the admin while it is being put together: facts, tables and forms as streams of pieces,
 * which web/templates/admin.html draws. Everything that is added is copied. */
#pragma once

#include "common/base/message.h"
#include "fcgi/views/page.h"
#include "templates/admin.h"

/* Texts that live as long as a page. */
struct texts {
	char **items; /* owned */
	uint32_t count;
	uint32_t capacity;
};

struct str texts_keep(struct texts *texts, struct str text);
void texts_finish(struct texts *texts);

#define ADMIN_SECTIONS_MAX 16

struct admin_page {
	struct page_frame frame;
	struct app *app; /* borrowed, as the next two */
	struct request *request;
	struct response *response;
	struct template_admin arguments; /* what the views fill in beside the streams below */
	/* Programs read it: in English, and a value that is missing is "". */
	bool is_data;
	struct texts texts;
	struct template_admin_sections sections[ADMIN_SECTIONS_MAX];
	/* Streams; owned. */
	struct template_admin_facts *facts;
	struct template_admin_advice *advice;
	struct template_admin_filters *filters;
	struct template_admin_actions *actions;
	struct template_admin_pieces *pieces;
	struct template_admin_fields *fields;
	uint32_t fact_count, fact_capacity;
	uint32_t advice_count, advice_capacity;
	uint32_t filter_count, filter_capacity;
	uint32_t action_count, action_capacity;
	uint32_t piece_count, piece_capacity;
	uint32_t field_count, field_capacity;
	const char *const *labels; /* of the columns of the table that is under way; borrowed */
	size_t cell; /* the next one's column */
	uint32_t table; /* where the table under way begins */
	bool has_row; /* that table */
	int form; /* how many forms have begun: their fields have ids of their own */
};

/* section is the path's word ("rooms"; "" for the overview), title is untranslated. */
void admin_page_begin(struct admin_page *page, struct app *app, struct request *request,
	struct response *response, const char *section, const char *title);
/* Renders it and frees everything; returns status. */
int admin_page_end(struct admin_page *page, int status);
/* A page that is never rendered: what a list adds to it is data. Drop it. */
void admin_page_begin_data(struct admin_page *page, struct app *app, struct request *request);
/* Frees it without rendering. */
void admin_page_drop(struct admin_page *page);

/* In the reader's language; kept by the page. */
struct str admin_say(struct admin_page *page, const char *message);
/* The same with one value in the place of its name in braces. */
struct str admin_say_of(
	struct admin_page *page, const char *message, const char *name, struct str value);
/* What is said in the place of a value that is missing. */
struct str admin_say_instead(struct admin_page *page, const char *message);
/* Keeps a copy. */
struct str admin_keep(struct admin_page *page, struct str text);
struct str admin_format(struct admin_page *page, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* "/admin/SECTION/" or "/admin/SECTION/ID/", with what plain CGI puts before it. */
struct str admin_url(struct admin_page *page, const char *section, struct str id);

/* Facts: a name, untranslated, and its value. */
void admin_fact(struct admin_page *page, const char *name, struct str value);
void admin_fact_number(struct admin_page *page, const char *name, int64_t number);
void admin_fact_time(struct admin_page *page, const char *name, int64_t time_ms);
/* Something that is wrong, and what to do about it; both untranslated. */
void admin_advise(struct admin_page *page, const char *name, const char *sentence);

/* Tables. labels are the untranslated titles of the columns, the first of them that of the row's
 * name; they end with NULL. */
void admin_table_begin(struct admin_page *page, const char *caption, const char *const *labels,
	bool is_selectable);
/* A row with what it is selected by, and its name; link may be empty. */
void admin_row(struct admin_page *page, struct str id, struct str name, struct str link);
/* A row whose name is a moment, which the reader sees in a time zone of their own. */
void admin_row_time(struct admin_page *page, int64_t time_ms);
void admin_cell(struct admin_page *page, struct str text);
void admin_cell_link(struct admin_page *page, struct str text, struct str link);
void admin_cell_number(struct admin_page *page, int64_t number);
/* 0: never; FOR_GOOD: without an end. */
void admin_cell_time(struct admin_page *page, int64_t time_ms);
/* A word that is shown as a mark; nothing where it is "". */
void admin_cell_mark(struct admin_page *page, const char *kind, struct str text);
void admin_row_end(struct admin_page *page);
/* A table without a row is left out. */
void admin_table_end(struct admin_page *page);
