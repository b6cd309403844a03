/* SPDX-License-Identifier: MIT */
#include "fcgi/manage/record.h"

#include <stdio.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/utf8.h"
#include "fcgi/manage/options.h"

bool record_is_json(void)
{
	return manage_options.json != NULL;
}

void record_begin(struct record *record)
{
	*record = (struct record){ 0 };
	record->writer = json_writer_to(&record->line);
	if (record_is_json())
		json_begin_object(&record->writer, NULL);
}

static void add_column(struct record *record, const char *text)
{
	if (record->line.len > 0)
		buf_append_char(&record->line, '\t');
	buf_append_text(&record->line, text);
}

void record_add_text(struct record *record, const char *key, const char *text)
{
	if (record_is_json() && text == NULL)
		json_add_null(&record->writer, key);
	else if (record_is_json())
		json_add_string(&record->writer, key, str_from(text));
	else
		add_column(record, text == NULL ? "-" : text);
}

void record_add_foreign_text(struct record *record, const char *key, const char *text)
{
	struct log_quoted quoted;
	bool is_plain = record_is_json() && utf8_is_valid(str_from(text));

	record_add_text(record, key, is_plain ? text : log_quote(&quoted, str_from(text)));
}

static void add_columns(struct record *record, struct str items, char separator)
{
	struct buf column = { 0 };
	struct str item;

	while (str_next(&items, separator, &item)) {
		buf_append_text(&column, column.len > 0 ? ", " : "");
		buf_append_str(&column, item);
	}
	add_column(record, buf_text(&column));
	buf_finish(&column);
}

void record_add_list(struct record *record, const char *key, struct str items, char separator)
{
	struct str item;

	if (!record_is_json()) {
		add_columns(record, items, separator);
		return;
	}
	json_begin_array(&record->writer, key);
	while (str_next(&items, separator, &item))
		json_add_string(&record->writer, NULL, item);
	json_end_array(&record->writer);
}

void record_add_number(struct record *record, const char *key, int64_t number)
{
	struct buf digits = { 0 };

	buf_append_number(&digits, number);
	if (record_is_json())
		json_add_integer(&record->writer, key, number);
	else
		add_column(record, buf_text(&digits));
	buf_finish(&digits);
}

void record_add_id(struct record *record, const char *key, const void *data, size_t len)
{
	struct buf digits = { 0 };

	buf_append_hex(&digits, data, len);
	record_add_text(record, key, buf_text(&digits));
	buf_finish(&digits);
}

void record_add_flag(struct record *record, const char *key, bool is_set)
{
	if (record_is_json())
		json_add_bool(&record->writer, key, is_set);
	else
		add_column(record, is_set ? key : "-");
}

void record_add_time(struct record *record, const char *key, int64_t time_ms)
{
	char iso[CLOCK_ISO_SIZE], local[CLOCK_LOCAL_SIZE];

	clock_format_iso(time_ms, iso);
	clock_format_local(time_ms, local);
	if (record_is_json() && time_ms == 0)
		json_add_null(&record->writer, key);
	else if (record_is_json())
		json_add_string(&record->writer, key, str_from(iso));
	else
		add_column(record, time_ms == 0 ? "never" : local);
}

void record_print(struct record *record)
{
	if (record_is_json())
		json_end_object(&record->writer);
	puts(buf_text(&record->line));
	buf_finish(&record->line);
}
