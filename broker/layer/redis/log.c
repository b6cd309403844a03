/* SPDX-License-Identifier: MIT */
/* The words of commands are built in buffers that are reused: a command copies its words. */
#include "broker/layer/redis/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "broker/layer/redis/event.h"
#include "broker/layer/redis/scripts.h"
#include "broker/layer/redis/seen.h"
#include "common/base/crypto.h"
#include "common/base/mem.h"
#include "common/moderation.h"
#include "common/user.h"

#define PROBE_KEY "roomwire:probe"
/* The keys and arguments of an append, and at most so many fields and values behind them. */
#define ENTRY_WORDS 14
#define ENTRY_FIELD_WORDS 16

struct redis_log {
	struct links *links; /* borrowed */
	char room_messages[24];
	uint64_t next_epoch; /* counts up from a random number; each epoch is used once */
	/* Owned. */
	struct redis_seen *seen;
	struct buf room_key, log_key, changed_key, ref_key, number, seen_seq, target, sender;
};

struct script *const redis_log_scripts[] = { &redis_script_head, &redis_script_append,
	&redis_script_rows, &redis_script_probe };
const size_t redis_log_script_count = sizeof(redis_log_scripts) / sizeof(redis_log_scripts[0]);

struct redis_log *redis_log_create(struct links *links, uint64_t room_messages)
{
	struct redis_log *log = mem_new(struct redis_log);

	log->links = links;
	log->next_epoch = crypto_random_uint64();
	log->seen = redis_seen_create();
	snprintf(log->room_messages, sizeof(log->room_messages), "%" PRIu64, room_messages);
	return log;
}

void redis_log_destroy(struct redis_log *log)
{
	if (log == NULL)
		return;
	buf_finish(&log->room_key);
	buf_finish(&log->log_key);
	buf_finish(&log->changed_key);
	buf_finish(&log->ref_key);
	buf_finish(&log->number);
	buf_finish(&log->seen_seq);
	buf_finish(&log->target);
	buf_finish(&log->sender);
	redis_seen_destroy(log->seen);
	mem_free(log);
}

static void write_epoch(struct redis_log *log, char out[static EVENT_EPOCH_SIZE])
{
	snprintf(out, EVENT_EPOCH_SIZE, "%016" PRIx64, log->next_epoch++);
}

struct link *redis_log_link(struct redis_log *log, struct str room)
{
	buf_clear(&log->number);
	buf_append_text(&log->number, "roomwire:");
	buf_append_str(&log->number, room);
	return links_of(log->links, buf_str(&log->number));
}

/* Returns the link to the room's host. */
static struct link *write_keys(struct redis_log *log, struct str room)
{
	buf_clear(&log->room_key);
	buf_append_text(&log->room_key, "roomwire:room:");
	buf_append_str(&log->room_key, room);
	buf_clear(&log->log_key);
	buf_append_text(&log->log_key, "roomwire:log:");
	buf_append_str(&log->log_key, room);
	buf_clear(&log->changed_key);
	buf_append_text(&log->changed_key, "roomwire:changed:");
	buf_append_str(&log->changed_key, room);
	return redis_log_link(log, room);
}

void redis_log_note(struct redis_log *log, struct str room, const char *epoch, uint64_t seq)
{
	redis_seen_note(log->seen, room, epoch, seq);
}

/* Writes the epoch and the seq that were seen as two words. */
static void add_seen(struct redis_log *log, const struct layer_head *seen, struct str *words)
{
	buf_clear(&log->seen_seq);
	buf_append_number(&log->seen_seq, (int64_t)seen->seq);
	words[0] = str_from(seen->epoch);
	words[1] = buf_str(&log->seen_seq);
}

bool redis_log_ask_head(struct redis_log *log, struct str room, const struct layer_head *seen,
	const struct link_handler *handler)
{
	struct link *link = write_keys(log, room);
	struct layer_head noted = redis_seen_find(log->seen, room);
	bool is_more = seen->epoch[0] == '\0' ||
		       (strcmp(seen->epoch, noted.epoch) == 0 && seen->seq < noted.seq);
	char epoch[EVENT_EPOCH_SIZE];
	struct str words[6];

	write_epoch(log, epoch);
	words[0] = buf_str(&log->room_key);
	words[1] = buf_str(&log->log_key);
	words[2] = buf_str(&log->changed_key);
	add_seen(log, is_more ? &noted : seen, words + 3);
	words[5] = str_from(epoch);
	return script_eval(link, &redis_script_head, handler, 3, 6, words);
}

/* Writes the row's fields and values; the script adds t. */
static size_t add_fields(struct redis_log *log, const struct redis_entry *entry, struct str *words)
{
	const struct event *event = entry->event;
	const struct {
		struct str field, value;
		bool is_always;
	} rows[] = {
		{ STR("u"), event->user, true },
		{ STR("m"), event->message, true },
		{ STR("o"), event->origin, false },
		{ STR("v"), event->via, false },
		{ STR("c"), event->copies, false },
		{ STR("s"), buf_str(&log->sender), false },
		{ STR("k"), redis_event_kind_word(event->kind), false },
		{ STR("g"), event->target > 0 ? buf_str(&log->target) : STR_OF(""), false },
	};
	size_t count = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!rows[i].is_always && rows[i].value.len == 0)
			continue;
		words[count++] = rows[i].field;
		words[count++] = rows[i].value;
	}
	return count;
}

static void write_entry(struct redis_log *log, const struct redis_entry *entry)
{
	buf_clear(&log->ref_key);
	buf_append_text(&log->ref_key, "roomwire:ref:");
	buf_append_hex(&log->ref_key, entry->ref, REDIS_REF_SIZE);
	buf_clear(&log->number);
	buf_append_number(&log->number, entry->ref_seconds);
	buf_clear(&log->target);
	buf_append_number(&log->target, (int64_t)entry->event->target);
	buf_clear(&log->sender);
	if (entry->sender != NULL)
		buf_append_hex(&log->sender, entry->sender, USER_ID_SIZE);
}

bool redis_log_append(
	struct redis_log *log, const struct redis_entry *entry, const struct link_handler *handler)
{
	struct link *link = write_keys(log, entry->event->room);
	struct layer_head noted = redis_seen_find(log->seen, entry->event->room);
	char epoch[EVENT_EPOCH_SIZE], edit_ms[24];
	struct str words[ENTRY_WORDS + ENTRY_FIELD_WORDS];
	size_t count = ENTRY_WORDS;

	write_epoch(log, epoch);
	write_entry(log, entry);
	snprintf(edit_ms, sizeof(edit_ms), "%" PRId64, EDIT_MS);
	words[0] = buf_str(&log->room_key);
	words[1] = buf_str(&log->log_key);
	words[2] = buf_str(&log->ref_key);
	words[3] = buf_str(&log->changed_key);
	words[4] = str_from(epoch);
	words[5] = str_from(log->room_messages);
	words[6] = buf_str(&log->number);
	words[7] = link_events(link);
	words[8] = entry->rest;
	add_seen(log, &noted, words + 9);
	words[11] = buf_str(&log->target);
	words[12] = entry->event->changes_any ? STR_OF("1") : STR_OF("0");
	words[13] = str_from(edit_ms);
	count += add_fields(log, entry, words + count);
	return script_eval(link, &redis_script_append, handler, 4, count, words);
}

bool redis_log_ask_rows(struct redis_log *log, struct str room, const struct redis_range *range,
	const struct link_handler *handler)
{
	struct link *link = write_keys(log, room);
	char first[32], last[32], count[24];
	const char *from = range->is_backward ? last : first;
	const char *to = range->is_backward ? first : last;

	snprintf(first, sizeof(first), "%" PRIu64 "-0", range->first);
	snprintf(last, sizeof(last), "%" PRIu64 "-0", range->last);
	snprintf(count, sizeof(count), "%zu", range->count);
	return script_eval(link, &redis_script_rows, handler, 3,
		LINK_WORDS(buf_str(&log->room_key), buf_str(&log->log_key),
			buf_str(&log->changed_key),
			range->is_backward ? STR_OF("XREVRANGE") : STR_OF("XRANGE"), str_from(from),
			str_from(to), str_from(count)));
}

bool redis_log_probe(struct link *link, const struct link_handler *handler)
{
	return script_eval(link, &redis_script_probe, handler, 1, LINK_WORDS(STR_OF(PROBE_KEY)));
}

/* Replies. */

static bool is_array_of(const struct link_reply *reply, size_t count)
{
	return reply != NULL && reply->kind == LINK_ARRAY && reply->count == count;
}

static bool read_number(const struct link_reply *reply, uint64_t *number_out)
{
	if (reply->kind != LINK_INTEGER || reply->integer < 0)
		return false;
	*number_out = (uint64_t)reply->integer;
	return true;
}

static bool read_epoch(const struct link_reply *reply, char epoch_out[static EVENT_EPOCH_SIZE])
{
	if (reply->kind != LINK_TEXT || !redis_event_epoch_is_valid(reply->text))
		return false;
	memcpy(epoch_out, reply->text.data, EVENT_EPOCH_SIZE - 1);
	epoch_out[EVENT_EPOCH_SIZE - 1] = '\0';
	return true;
}

bool redis_log_read_head(const struct link_reply *reply, char epoch_out[static EVENT_EPOCH_SIZE],
	struct follower_head *head_out)
{
	head_out->epoch = epoch_out;
	return is_array_of(reply, 3) && read_epoch(&reply->elements[0], epoch_out) &&
	       read_number(&reply->elements[1], &head_out->base) &&
	       read_number(&reply->elements[2], &head_out->seq);
}

/* Redis' errors when it does not write, by their first word. Any other error counts as away. */
enum layer_result redis_log_read_error(const struct link_reply *error)
{
	static const struct {
		struct str code;
		enum layer_result result;
	} rows[] = {
		{ STR("OOM"), LAYER_STORAGE }, { STR("MISCONF"), LAYER_STORAGE },
		{ STR("NOREPLICAS"), LAYER_STORAGE },
		{ STR("NOSCRIPT"), LAYER_BUSY }, /* the link's queue is full (script.h) */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (str_equals(error->code, rows[i].code))
			return rows[i].result;
	}
	return LAYER_UNAVAILABLE;
}

static bool read_sent(const struct link_reply *reply, char epoch_out[static EVENT_EPOCH_SIZE],
	struct follower_answer *answer)
{
	uint64_t time_ms;

	if (!read_number(&reply->elements[1], &answer->seq) || answer->seq == 0 ||
		!read_number(&reply->elements[2], &time_ms))
		return false;
	answer->time_ms = (int64_t)time_ms;
	answer->epoch = epoch_out;
	return read_epoch(&reply->elements[3], epoch_out) || answer->result == LAYER_REPEATED;
}

static bool read_answer(const struct link_reply *reply, char epoch_out[static EVENT_EPOCH_SIZE],
	struct follower_answer *answer)
{
	static const enum layer_result results[] = { LAYER_SENT, LAYER_REPEATED, LAYER_NO_TARGET,
		LAYER_NOT_YOURS, LAYER_TOO_LATE };
	uint64_t result;

	if (!is_array_of(reply, 4) || !read_number(&reply->elements[0], &result) ||
		result >= sizeof(results) / sizeof(results[0]))
		return false;
	answer->result = results[result];
	return (answer->result != LAYER_SENT && answer->result != LAYER_REPEATED) ||
	       read_sent(reply, epoch_out, answer);
}

void redis_log_read_append(const struct link_reply *reply, char epoch_out[static EVENT_EPOCH_SIZE],
	struct follower_answer *answer_out)
{
	epoch_out[0] = '\0';
	*answer_out = (struct follower_answer){ .result = LAYER_UNAVAILABLE };
	if (reply->kind == LINK_ERROR)
		answer_out->result = redis_log_read_error(reply);
	else if (!read_answer(reply, epoch_out, answer_out))
		answer_out->result = LAYER_UNAVAILABLE;
}

/* Reads <seq>-0. */
static bool read_id(struct str id, uint64_t *seq_out)
{
	struct str seq;

	return str_next(&id, '-', &seq) && str_is(id, "0") && str_to_uint64(seq, seq_out) &&
	       *seq_out > 0 && *seq_out <= INT64_MAX;
}

/* The fields of a row that are no texts of its event. */
struct row_values {
	struct str time, kind, target, edited;
};

/* The place of a field's value; NULL for an unknown field. */
static struct str *find_field(struct event *event, struct row_values *values, struct str field)
{
	if (field.len != 1)
		return NULL;
	switch (field.data[0]) {
	case 'u':
		return &event->user;
	case 'm':
		return &event->message;
	case 't':
		return &values->time;
	case 'k':
		return &values->kind;
	case 'g':
		return &values->target;
	case 'e':
		return &values->edited;
	case 'o':
		return &event->origin;
	case 'v':
		return &event->via;
	case 'c':
		return &event->copies;
	}
	return NULL;
}

/* A missing time is 0. */
static bool read_time(struct str text, int64_t *time_ms_out)
{
	uint64_t time_ms = 0;

	if (text.len > 0 && (!str_to_uint64(text, &time_ms) || time_ms > INT64_MAX))
		return false;
	*time_ms_out = (int64_t)time_ms;
	return true;
}

static bool read_fields(const struct link_reply *fields, struct event *event)
{
	struct row_values values = { STR(""), STR(""), STR(""), STR("") };

	for (size_t i = 0; i + 1 < fields->count; i += 2) {
		struct str *value = find_field(event, &values, fields->elements[i].text);

		if (value != NULL)
			*value = fields->elements[i + 1].text;
	}
	return values.time.len > 0 && read_time(values.time, &event->time_ms) &&
	       read_time(values.edited, &event->edited_ms) &&
	       redis_event_read_change(values.kind, values.target, event) &&
	       redis_event_is_sound(event);
}

static bool read_row(const struct link_reply *row, struct str room, struct event *event)
{
	*event = (struct event){
		.type = STR("chat.message"), .is_message = true, .room = room, .epoch = ""
	};
	return is_array_of(row, 2) && row->elements[0].kind == LINK_TEXT &&
	       read_id(row->elements[0].text, &event->seq) && row->elements[1].kind == LINK_ARRAY &&
	       read_fields(&row->elements[1], event);
}

bool redis_log_read_rows(
	const struct link_reply *reply, struct str room, struct redis_rows *rows_out)
{
	const struct link_reply *rows;

	*rows_out = (struct redis_rows){ 0 };
	if (!is_array_of(reply, 2) || reply->elements[1].kind != LINK_ARRAY)
		return false;
	(void)read_epoch(&reply->elements[0], rows_out->epoch);
	rows = &reply->elements[1];
	rows_out->events = mem_alloc_array(rows->count, sizeof(*rows_out->events));
	for (size_t i = 0; i < rows->count; i++) {
		if (read_row(&rows->elements[i], room, &rows_out->events[rows_out->count]))
			rows_out->count++;
		else
			rows_out->refused++;
	}
	return true;
}

void redis_rows_finish(struct redis_rows *rows)
{
	mem_free(rows->events);
}
