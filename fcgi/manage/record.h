/* SPDX-License-Identifier: MIT */
/* A line of output about one thing: a JSON object with --json, else its values with tabs between.
 * Both are made by the same calls, so that neither knows what the other does not. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/json.h"

struct record {
	struct buf line;
	struct json_writer writer; /* points to line */
};

/* Whether --json was given. */
bool record_is_json(void);
void record_begin(struct record *record);
/* A name in normal form, or what else cannot harm a terminal; NULL: there is none. */
void record_add_text(struct record *record, const char *key, const char *text);
/* Any bytes that others have chosen. */
void record_add_foreign_text(struct record *record, const char *key, const char *text);
/* Names and words, separated by a byte; for people, with commas. */
void record_add_list(struct record *record, const char *key, struct str items, char separator);
void record_add_number(struct record *record, const char *key, int64_t number);
/* Of bytes, in hexadecimal digits. */
void record_add_id(struct record *record, const char *key, const void *data, size_t len);
/* For people: the key, or "-". */
void record_add_flag(struct record *record, const char *key, bool is_set);
/* Milliseconds since 1970; 0 is never. */
void record_add_time(struct record *record, const char *key, int64_t time_ms);
/* Prints the line and ends the record. */
void record_print(struct record *record);
