/* SPDX-License-Identifier: MIT */
/* Forms of the admin: their fields are rows of a table, and are shown with what was entered. */
#pragma once

#include "fcgi/views/admin/page.h"

enum admin_field_kind { ADMIN_TEXT, ADMIN_NUMBER, ADMIN_AREA, ADMIN_CHECK, ADMIN_SELECT };

struct admin_option {
	const char *value;
	const char *label; /* untranslated */
};

struct admin_field {
	enum admin_field_kind kind;
	bool is_required;
	const char *name;
	const char *label; /* untranslated, as the hint */
	const char *hint; /* NULL: none */
	const struct admin_option *options; /* of ADMIN_SELECT; end with a value NULL */
};

struct admin_form {
	const char *id; /* of its element */
	const char *heading; /* untranslated */
	const char *button;
	const struct admin_field *fields; /* end with a name NULL */
	bool is_dangerous;
};

/* How long a sanction lasts: seconds, "0" for good. For tables of fields. */
extern const struct admin_option admin_durations[];

/* Begins a form that posts to action, and adds its fields. values are fields of a query or a form,
 * from which they are filled in; NULL: nothing. */
void admin_form_begin(struct admin_page *page, const struct admin_form *form, struct str action,
	struct str values);
void admin_form_hidden(struct admin_page *page, const char *name, struct str value);
void admin_form_end(struct admin_page *page, const struct admin_form *form);

/* The fields of a request that have one name, one after the other: cuts them off *fields. */
bool admin_next_field(struct str *fields, const char *name, struct buf *out);
