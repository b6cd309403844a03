/* SPDX-License-Identifier: MIT */
#include "fcgi/views/admin/form.h"

#include "common/base/mem.h"
#include "fcgi/url_code.h"

const struct admin_option admin_durations[] = {
	{ "600", MESSAGE("10 minutes") },
	{ "3600", MESSAGE("1 hour") },
	{ "86400", MESSAGE("1 day") },
	{ "604800", MESSAGE("7 days") },
	{ "2592000", MESSAGE("30 days") },
	{ "0", MESSAGE("for good") },
	{ NULL, NULL },
};

static struct template_admin_fields *add_field(struct admin_page *page)
{
	page->fields = mem_grow(
		page->fields, &page->field_capacity, page->field_count, sizeof(*page->fields));
	page->fields[page->field_count] = (struct template_admin_fields){ 0 };
	return &page->fields[page->field_count++];
}

static struct template_admin_fields *add_named(
	struct admin_page *page, const struct admin_field *field)
{
	struct template_admin_fields *added = add_field(page);

	added->id = admin_format(page, "field-%d-%s", page->form, field->name);
	added->name = str_from(field->name);
	added->label = admin_say(page, field->label);
	added->hint = field->hint == NULL ? STR_OF("") : admin_say(page, field->hint);
	added->is_required = field->is_required;
	return added;
}

static void add_select(struct admin_page *page, const struct admin_field *field, struct str value)
{
	add_named(page, field)->begins_select = true;
	for (const struct admin_option *option = field->options; option->value != NULL; option++) {
		struct template_admin_fields *added = add_field(page);

		added->is_option = true;
		added->value = str_from(option->value);
		added->label = admin_say(page, option->label);
		added->is_checked = str_is(value, option->value);
	}
	add_field(page)->ends_select = true;
}

static void add_one(struct admin_page *page, const struct admin_field *field, struct str value)
{
	struct template_admin_fields *added;

	if (field->kind == ADMIN_SELECT) {
		add_select(page, field, value);
		return;
	}
	added = add_named(page, field);
	added->is_text = field->kind == ADMIN_TEXT;
	added->is_number = field->kind == ADMIN_NUMBER;
	added->is_area = field->kind == ADMIN_AREA;
	added->is_check = field->kind == ADMIN_CHECK;
	added->is_checked = added->is_check && value.len > 0;
	added->value = added->is_check ? STR_OF("on") : admin_keep(page, value);
}

void admin_form_begin(struct admin_page *page, const struct admin_form *form, struct str action,
	struct str values)
{
	struct template_admin_fields *added = add_field(page);
	struct buf value = { 0 };

	page->form++;
	added->begins_form = true;
	added->id = str_from(form->id);
	added->label = admin_say(page, form->heading);
	added->action = admin_keep(page, action);
	for (const struct admin_field *field = form->fields; field->name != NULL; field++) {
		page_read_field(values, field->name, &value);
		add_one(page, field, buf_str(&value));
	}
	buf_finish(&value);
}

void admin_form_hidden(struct admin_page *page, const char *name, struct str value)
{
	struct template_admin_fields *added = add_field(page);

	added->is_hidden = true;
	added->name = admin_keep(page, str_from(name));
	added->value = admin_keep(page, value);
}

void admin_form_end(struct admin_page *page, const struct admin_form *form)
{
	struct template_admin_fields *added = add_field(page);

	added->ends_form = true;
	added->name = form->is_dangerous ? STR_OF("button-danger") : STR_OF("button-main");
	added->label = admin_say(page, form->button);
}

bool admin_next_field(struct str *fields, const char *name, struct buf *out)
{
	struct str pair;

	while (str_next(fields, '&', &pair)) {
		if (str_is(str_range(pair.data, str_find(pair, '=')), name)) {
			page_read_field(pair, name, out);
			return true;
		}
	}
	return false;
}
