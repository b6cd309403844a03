/* SPDX-License-Identifier: MIT */
#include "fcgi/views/api_form.h"

#include "common/json.h"
#include "fcgi/url_code.h"

bool api_form_has_json_type(const struct request *request)
{
	struct str type = request->variables.content_type;

	type.len = str_find(type, ';');
	return str_equals_ignore_case(str_trim(type), STR_OF("application/json"));
}

static void add_text(struct str name, struct str text, struct buf *form)
{
	if (form->len > 0)
		buf_append_char(form, '&');
	url_encode(name, form);
	buf_append_char(form, '=');
	url_encode(text, form);
}

/* False for what no field can say. */
static bool add_value(struct str name, const struct json *value, struct buf *form)
{
	struct buf number = { 0 };
	struct str text;
	int64_t integer;
	bool truth;

	if (value == NULL)
		return true;
	if (json_get_string(value, &text)) {
		add_text(name, text, form);
	} else if (json_get_bool(value, &truth)) {
		add_text(name, truth ? STR_OF("true") : STR_OF("false"), form);
	} else if (json_get_integer(value, &integer)) {
		buf_append_number(&number, integer);
		add_text(name, buf_str(&number), form);
		buf_finish(&number);
	} else {
		return false;
	}
	return true;
}

static bool add_member(struct str name, const struct json *value, struct buf *form)
{
	bool is_good = true;

	if (!json_is_array(value))
		return add_value(name, value, form);
	for (size_t i = 0; i < json_count(value) && is_good; i++)
		is_good = add_value(name, json_at(value, i), form);
	return is_good;
}

static bool add_members(const struct json *document, struct buf *form)
{
	bool is_good = true;
	size_t position = 0;
	struct json *value;
	struct str name;

	while (is_good && json_next(document, &position, &name, &value))
		is_good = add_member(name, value, form);
	return is_good;
}

bool api_form_read(struct request *request, struct buf *form, struct refusal *refusal_out)
{
	struct json *document;
	const char *problem = NULL;
	bool is_good = false;

	buf_clear(form);
	if (!api_form_has_json_type(request)) {
		*refusal_out = refusal_for("unsupported_media_type", NULL);
		return false;
	}
	document = json_parse(request->body, &problem);
	if (!json_is_object(document))
		*refusal_out = refusal_for("not_json", problem);
	else if (!add_members(document, form))
		*refusal_out = refusal_for("bad_field",
			"Members are strings, whole numbers, true, false, or lists of these.");
	else
		is_good = true;
	json_destroy(document);
	if (is_good)
		request->body = buf_str(form);
	return is_good;
}
