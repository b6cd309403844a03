/* SPDX-License-Identifier: MIT */
/* A record is a byte for its kind and then the fields of that kind, in the order of the table
 * fields. A number has seven bits in each byte, the lowest first (LEB128), in its shortest form. A
 * text follows its length. */
#include "broker/layer/nng/wire.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "broker/layer/author.h"
#include "common/user.h"

#define NUMBER_BITS 7
#define NUMBER_MORE 0x80

enum field {
	NUMBER = 1 << 0,
	SESSION = 1 << 1,
	SEQ = 1 << 2,
	AFTER = 1 << 3,
	PART = 1 << 4,
	UNTIL = 1 << 5,
	NOTICE = 1 << 6,
	LIMIT = 1 << 7,
	BYTES_MAX = 1 << 8,
	PARTS = 1 << 9,
	IS_WHOLE = 1 << 10,
	TIME = 1 << 11,
	RESULT = 1 << 12,
	PROBLEM = 1 << 13,
	PAGE_KIND = 1 << 14,
	KEEPS_PAST = 1 << 15,
	IS_HERE = 1 << 16,
	BROKER = 1 << 17,
	ROOM = 1 << 18,
	GROUP = 1 << 19,
	CHANNEL = 1 << 20,
	USER = 1 << 21,
	TEXT = 1 << 22,
	REF = 1 << 23,
	SENDER = 1 << 24,
	EPOCH = 1 << 25,
	HUB = 1 << 26,
	WAY = 1 << 27, /* origin, via, copies */
	CHANGE = 1 << 28, /* message_kind, target, edited_ms, is_anybodys */
};

static const struct {
	unsigned field;
	bool is_text;
	size_t offset;
} fields[] = {
	{ NUMBER, false, offsetof(struct wire_record, number) },
	{ SESSION, false, offsetof(struct wire_record, session) },
	{ SEQ, false, offsetof(struct wire_record, seq) },
	{ AFTER, false, offsetof(struct wire_record, after) },
	{ PART, false, offsetof(struct wire_record, part) },
	{ UNTIL, false, offsetof(struct wire_record, until) },
	{ NOTICE, false, offsetof(struct wire_record, notice) },
	{ LIMIT, false, offsetof(struct wire_record, limit) },
	{ BYTES_MAX, false, offsetof(struct wire_record, bytes_max) },
	{ PARTS, false, offsetof(struct wire_record, parts) },
	{ IS_WHOLE, false, offsetof(struct wire_record, is_whole) },
	{ TIME, false, offsetof(struct wire_record, time_ms) },
	{ RESULT, false, offsetof(struct wire_record, result) },
	{ PROBLEM, false, offsetof(struct wire_record, problem) },
	{ PAGE_KIND, false, offsetof(struct wire_record, page_kind) },
	{ KEEPS_PAST, false, offsetof(struct wire_record, keeps_past) },
	{ IS_HERE, false, offsetof(struct wire_record, is_here) },
	{ CHANGE, false, offsetof(struct wire_record, message_kind) },
	{ CHANGE, false, offsetof(struct wire_record, target) },
	{ CHANGE, false, offsetof(struct wire_record, edited_ms) },
	{ CHANGE, false, offsetof(struct wire_record, is_anybodys) },
	{ BROKER, true, offsetof(struct wire_record, broker) },
	{ ROOM, true, offsetof(struct wire_record, room) },
	{ GROUP, true, offsetof(struct wire_record, group) },
	{ CHANNEL, true, offsetof(struct wire_record, channel) },
	{ USER, true, offsetof(struct wire_record, user) },
	{ TEXT, true, offsetof(struct wire_record, text) },
	{ REF, true, offsetof(struct wire_record, ref) },
	{ SENDER, true, offsetof(struct wire_record, sender) },
	{ EPOCH, true, offsetof(struct wire_record, epoch) },
	{ HUB, true, offsetof(struct wire_record, hub) },
	{ WAY, true, offsetof(struct wire_record, origin) },
	{ WAY, true, offsetof(struct wire_record, via) },
	{ WAY, true, offsetof(struct wire_record, copies) },
};

#define FIELD_COUNT (sizeof(fields) / sizeof(fields[0]))

static const unsigned kinds[WIRE_KIND_COUNT] = {
	[WIRE_HELLO] = NUMBER | NOTICE | BROKER | HUB,
	[WIRE_BATCH] = NUMBER | SESSION,
	[WIRE_QUESTION] = NUMBER | SESSION,
	[WIRE_WELCOME] = NUMBER | SESSION | AFTER | NOTICE | KEEPS_PAST | BROKER,
	[WIRE_TAKEN] = NUMBER | SESSION,
	[WIRE_STRANGER] = NUMBER | SESSION,
	[WIRE_BUSY] = NUMBER | SESSION,
	[WIRE_ANSWER] = NUMBER | SESSION,
	[WIRE_FRAME] = NUMBER | BROKER,

	[WIRE_SAY] = NUMBER | ROOM | USER | TEXT | REF | SENDER | WAY | CHANGE,
	[WIRE_EPHEMERAL] = NUMBER | ROOM | GROUP | TEXT | REF | SENDER | WAY,
	[WIRE_SEND] = NUMBER | CHANNEL | TEXT | REF | SENDER,
	[WIRE_ADD] = NUMBER | BROKER | GROUP | CHANNEL,
	[WIRE_DISCARD] = NUMBER | BROKER | GROUP | CHANNEL,
	[WIRE_FLUSH] = NUMBER,
	[WIRE_OPEN] = NUMBER | ROOM,
	[WIRE_CLOSE] = ROOM,
	[WIRE_RECEIVE] = NUMBER | CHANNEL,
	[WIRE_CANCEL] = NUMBER,
	[WIRE_RETURN] = CHANNEL | TEXT,
	[WIRE_PEOPLE] = BROKER,
	[WIRE_ALL_PEOPLE] = BROKER,
	[WIRE_BYE] = SESSION,
	[WIRE_PERSON] = IS_HERE | BROKER | ROOM | USER | SENDER,
	[WIRE_NOTICE] = NUMBER | BROKER | TEXT,
	[WIRE_DONE] = NUMBER | RESULT,
	[WIRE_NAME] = NUMBER | CHANNEL,
	[WIRE_GATHERED] = NUMBER,

	[WIRE_EVENT] = NUMBER | SEQ | TIME | BROKER | ROOM | USER | TEXT | EPOCH | WAY | CHANGE,
	[WIRE_TRANSIENT] = NUMBER | TIME | BROKER | ROOM | GROUP | TEXT | EPOCH | WAY,
	[WIRE_RESULT] = NUMBER | SEQ | RESULT | BROKER | EPOCH,
	[WIRE_MESSAGE] = NUMBER | BROKER | CHANNEL | TEXT,
	[WIRE_DIRECT] = NUMBER | BROKER | CHANNEL | TEXT | REF | SENDER,
	[WIRE_GONE] = BROKER,
	[WIRE_MISSED] = NUMBER,
	[WIRE_GATHER] = NUMBER | GROUP,

	[WIRE_ASK_ROWS] = AFTER | UNTIL | BYTES_MAX | ROOM,
	[WIRE_ASK_PAGE] = SEQ | LIMIT | PAGE_KIND | ROOM | TEXT,
	[WIRE_ASK_FRAMES] = AFTER,
	[WIRE_ASK_MEMBERS] = GROUP,
	[WIRE_ASK_PEOPLE] = PART | PARTS,
	[WIRE_ROWS] = IS_WHOLE | PROBLEM | EPOCH,
	[WIRE_ROW] = SEQ | TIME | USER | TEXT | CHANGE,
	[WIRE_PAGE] = PROBLEM | TEXT | EPOCH,
	[WIRE_OLD_FRAME] = NUMBER | TEXT,
	[WIRE_LOST_FRAMES] = NUMBER,
	[WIRE_ASK_BROKER] = TEXT,
	[WIRE_REPLY] = TEXT,
	[WIRE_PART] = PART | PARTS,
};

static void write_number(struct buf *out, uint64_t number)
{
	for (; number >= NUMBER_MORE; number >>= NUMBER_BITS)
		buf_append_char(out, (char)(number | NUMBER_MORE));
	buf_append_char(out, (char)number);
}

static void write_text(struct buf *out, struct str text)
{
	write_number(out, text.len);
	buf_append_str(out, text);
}

void wire_write(const struct wire_record *record, struct buf *out)
{
	const char *base = (const char *)record;
	uint64_t number;
	struct str text;

	buf_append_char(out, (char)record->kind);
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		if ((kinds[record->kind] & fields[i].field) == 0)
			continue;
		if (fields[i].is_text) {
			memcpy(&text, base + fields[i].offset, sizeof(text));
			write_text(out, text);
		} else {
			memcpy(&number, base + fields[i].offset, sizeof(number));
			write_number(out, number);
		}
	}
}

static bool read_number(struct str *rest, uint64_t *number_out)
{
	uint64_t number = 0;

	for (unsigned shift = 0; rest->len > 0 && shift < 64; shift += NUMBER_BITS) {
		uint64_t byte = (unsigned char)rest->data[0];
		uint64_t bits = byte & (NUMBER_MORE - 1);

		*rest = str_skip(*rest, 1);
		if (bits << shift >> shift != bits || (byte == 0 && shift > 0))
			return false; /* beyond 64 bits, or not the shortest form */
		number |= bits << shift;
		if (byte < NUMBER_MORE) {
			*number_out = number;
			return true;
		}
	}
	return false;
}

static bool read_text(struct str *rest, struct str *text_out)
{
	uint64_t len;

	if (!read_number(rest, &len) || len > rest->len)
		return false;
	*text_out = str_range(rest->data, (size_t)len);
	*rest = str_skip(*rest, (size_t)len);
	return true;
}

static bool read_field(struct str *rest, size_t field, struct wire_record *record)
{
	char *place = (char *)record + fields[field].offset;
	uint64_t number;
	struct str text;

	if (fields[field].is_text) {
		if (!read_text(rest, &text))
			return false;
		memcpy(place, &text, sizeof(text));
		return true;
	}
	if (!read_number(rest, &number))
		return false;
	memcpy(place, &number, sizeof(number));
	return true;
}

bool wire_read(struct str *rest, struct wire_record *record_out)
{
	struct str tried = *rest;
	unsigned kind;

	if (tried.len == 0)
		return false;
	kind = (unsigned char)tried.data[0];
	if (kind >= WIRE_KIND_COUNT || kinds[kind] == 0)
		return false;
	*record_out = (struct wire_record){ .kind = kind };
	tried = str_skip(tried, 1);
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		if ((kinds[kind] & fields[i].field) != 0 && !read_field(&tried, i, record_out))
			return false;
	}
	*rest = tried;
	return true;
}

bool wire_is_whole(struct str rest)
{
	struct wire_record record;

	while (wire_read(&rest, &record)) {
	}
	return rest.len == 0;
}

struct wire_record wire_person(
	struct str broker, struct str room, const struct user *user, bool is_here)
{
	return (struct wire_record){ .kind = WIRE_PERSON,
		.is_here = is_here,
		.broker = broker,
		.room = room,
		.user = str_from(user->name),
		.sender = str_range((const char *)user->id, USER_ID_SIZE) };
}

void wire_read_way(const struct wire_record *record, struct event *event)
{
	event->origin = record->origin;
	event->via = record->via;
	event->copies = record->copies;
}

bool wire_read_change(const struct wire_record *record, struct event *event)
{
	if (record->message_kind >= MESSAGE_KIND_COUNT || record->target > INT64_MAX ||
		record->edited_ms > INT64_MAX)
		return false;
	event->kind = (enum message_kind)record->message_kind;
	event->target = record->target;
	event->edited_ms = (int64_t)record->edited_ms;
	event->changes_any = record->is_anybodys != 0;
	return message_kind_changes(event->kind) == (event->target != 0);
}

void wire_write_change(const struct event *event, struct wire_record *record)
{
	record->message_kind = (uint64_t)event->kind;
	record->target = event->target;
	record->edited_ms = (uint64_t)event->edited_ms;
	record->is_anybodys = event->changes_any;
}

void wire_read_epoch(const struct wire_record *record, char epoch[static EVENT_EPOCH_SIZE])
{
	epoch[0] = '\0';
	if (record->epoch.len < EVENT_EPOCH_SIZE)
		snprintf(epoch, EVENT_EPOCH_SIZE, "%.*s", STR_ARG(record->epoch));
}

void wire_write_ref(const struct author *author, struct wire_record *record)
{
	if (!author_has_ref(author))
		return;
	record->ref = author->ref;
	record->sender = str_range((const char *)author->sender, USER_ID_SIZE);
}
