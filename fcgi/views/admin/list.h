/* SPDX-License-Identifier: MIT */
/* Lists of the admin, each a row of tables: a search, filters, pages behind a key, and actions on
 * the rows that are selected, which are asked about once more before they are done. */
#pragma once

#include "fcgi/views/admin/desk.h"
#include "fcgi/views/admin/form.h"

#define ADMIN_ROWS 50 /* of a page */
#define ADMIN_ROWS_EXPORTED 20000 /* into one file, which is made in memory */
#define ADMIN_SELECTED_MAX 200

struct admin_filter {
	const char *word; /* of the query; "" for all */
	const char *label; /* untranslated */
};

struct admin_action {
	const char *word; /* of the form */
	const char *label; /* untranslated */
	const char *question;
	const struct admin_field *fields; /* what it needs to know; ends with a name NULL */
	bool is_dangerous;
	/* Does it to the row with that id, and audits it. NULL, or why it is not done. */
	const char *(*run)(struct admin_desk *desk, struct str id);
};

/* What a list is asked for, and how far it has come. */
struct admin_listing {
	struct admin_desk *desk; /* borrowed, as the next two */
	struct admin_page *page;
	const struct admin_list *list;
	struct buf search; /* "q" */
	struct buf room;
	struct buf filter; /* a word of its filters */
	struct buf after; /* the key behind which the page begins; "": the first page */
	size_t limit;
	size_t count;
	bool has_more;
	struct buf last; /* the key of the last row */
	const char *problem; /* a sentence for the reader; NULL: none */
	const char *nothing; /* what is said where no row is found */
};

struct admin_list {
	const char *name; /* of its path, and of its section */
	const char *title; /* texts are untranslated */
	const char *intro; /* "": none */
	const char *search_label; /* NULL: there is nothing to search */
	const char *room_label; /* of a field for one room; NULL: there is none */
	const char *const *labels; /* of its columns; end with NULL */
	const char *const *keys; /* what the columns are called for programs */
	const struct admin_filter *filters; /* end with a word NULL; NULL: there are none */
	const struct admin_action *actions; /* likewise */
	const struct admin_form *form; /* of what can be added; NULL: nothing */
	const char *secret_notice; /* about what make has written into secret; NULL: never */
	bool can_be_exported;
	/* Adds rows: for each admin_listing_take, then admin_row and cells. */
	void (*read)(struct admin_listing *listing);
	/* What a row is called where it is asked about; NULL: by its id. */
	void (*write_name)(struct admin_desk *desk, struct str id, struct buf *out);
	/* Adds what the form says, and audits it. NULL, or why it is not done. secret is shown
	 * once. */
	const char *(*make)(struct admin_desk *desk, struct buf *secret);
};

/* NULL: there is none of that name. */
const struct admin_list *admin_find_list(struct str name);
/* The page that says that accounts.db is away; returns its status. */
int admin_refuse(struct app *app, struct request *request, struct response *response);

/* Begins to read what the query asks for; desk, page and list are borrowed until the end. */
void admin_listing_begin(struct admin_listing *listing, struct admin_desk *desk,
	struct admin_page *page, const struct admin_list *list);
/* Adds its rows to the page, as a table that is not ended. */
void admin_listing_read(struct admin_listing *listing);
void admin_listing_end(struct admin_listing *listing);
/* NULL: it has no action of that name. */
const struct admin_action *admin_find_action(const struct admin_list *list, struct str word);

/* Whether there is place for a row with that key, which then counts. False ends the walk: the next
 * page goes on behind the last one. */
bool admin_listing_take(struct admin_listing *listing, struct str key);
/* Whether a filter is the one that is asked for. */
bool admin_listing_has_filter(const struct admin_listing *listing, const char *word);
/* The number that the key of a list of numbered rows is; 0: from the beginning. */
int64_t admin_listing_number(const struct admin_listing *listing);
