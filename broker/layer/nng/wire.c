/* SPDX-License-Identifier: MIT */
/* A byte for the kind, then its fields in the order of the table below: numbers seven bits a byte,
 * lowest first (LEB128), in their shortest form; texts behind their length. */
#include "broker/layer/nng/wire.h"

#include <stddef.h>
#include <string.h>

#include "common/event.h"
#include "common/user.h"

#define NUMBER_BITS 7
#define NUMBER_MORE 0x80

enum field {
	NUMBER = 1 << 0,
	SESSION = 1 << 1,
	SEQ = 1 << 2,
	UNTIL = 1 << 3,
	LIMIT = 1 << 4,
	TIME = 1 << 5,
	RESULT = 1 << 6,
	BROKER = 1 << 7,
	ROOM = 1 << 8,
	CHANNEL = 1 << 9,
	USER = 1 << 10,
	TEXT = 1 << 11,
	REF = 1 << 12,
	SENDER = 1 << 13,
	EPOCH = 1 << 14,
	WAY = 1 << 15, /* origin, via, copies */
};

static const struct {
	unsigned field;
	bool is_text;
	size_t offset;
} fields[] = {
	{ NUMBER, false, offsetof(struct wire_record, number) },
	{ SESSION, false, offsetof(struct wire_record, session) },
	{ SEQ, false, offsetof(struct wire_record, seq) },
	{ UNTIL, false, offsetof(struct wire_record, until) },
	{ LIMIT, false, offsetof(struct wire_record, limit) },
	{ TIME, false, offsetof(struct wire_record, time_ms) },
	{ RESULT, false, offsetof(struct wire_record, result) },
	{ BROKER, true, offsetof(struct wire_record, broker) },
	{ ROOM, true, offsetof(struct wire_record, room) },
	{ CHANNEL, true, offsetof(struct wire_record, channel) },
	{ USER, true, offsetof(struct wire_record, user) },
	{ TEXT, true, offsetof(struct wire_record, text) },
	{ REF, true, offsetof(struct wire_record, ref) },
	{ SENDER, true, offsetof(struct wire_record, sender) },
	{ EPOCH, true, offsetof(struct wire_record, epoch) },
	{ WAY, true, offsetof(struct wire_record, origin) },
	{ WAY, true, offsetof(struct wire_record, via) },
	{ WAY, true, offsetof(struct wire_record, copies) },
};

#define FIELD_COUNT (sizeof(fields) / sizeof(fields[0]))

static const unsigned kinds[WIRE_KIND_COUNT] = {
	[WIRE_HELLO] = NUMBER | SEQ | BROKER | EPOCH,
	[WIRE_BATCH] = NUMBER | SESSION,
	[WIRE_QUESTION] = NUMBER | SESSION,
	[WIRE_WELCOME] = NUMBER | SESSION | SEQ | UNTIL | RESULT | BROKER,
	[WIRE_TAKEN] = NUMBER | SESSION,
	[WIRE_STRANGER] = NUMBER | SESSION,
	[WIRE_BUSY] = NUMBER | SESSION,
	[WIRE_ANSWER] = NUMBER | SESSION,
	[WIRE_FRAME] = NUMBER | BROKER,

	[WIRE_SAY] = NUMBER | ROOM | USER | TEXT | REF | SENDER | WAY,
	[WIRE_EPHEMERAL] = NUMBER | ROOM | CHANNEL | TEXT | REF | SENDER | WAY,
	[WIRE_SEND] = NUMBER | CHANNEL | TEXT | REF | SENDER,
	[WIRE_ADD] = NUMBER | BROKER | ROOM | CHANNEL,
	[WIRE_DISCARD] = NUMBER | BROKER | ROOM | CHANNEL,
	[WIRE_FLUSH] = NUMBER,
	[WIRE_OPEN] = NUMBER | ROOM,
	[WIRE_CLOSE] = ROOM,
	[WIRE_RECEIVE] = NUMBER | CHANNEL,
	[WIRE_CANCEL] = NUMBER,
	[WIRE_RETURN] = CHANNEL | TEXT,
	[WIRE_PEOPLE] = BROKER,
	[WIRE_ALL_PEOPLE] = BROKER,
	[WIRE_BYE] = SESSION,
	[WIRE_PERSON] = RESULT | BROKER | ROOM | USER | SENDER,
	[WIRE_NOTICE] = NUMBER | BROKER | TEXT,
	[WIRE_DONE] = NUMBER | RESULT,
	[WIRE_NAME] = NUMBER | CHANNEL,
	[WIRE_GATHERED] = NUMBER,

	[WIRE_EVENT] = NUMBER | SEQ | TIME | BROKER | ROOM | USER | TEXT | EPOCH | WAY,
	[WIRE_TRANSIENT] = NUMBER | TIME | BROKER | ROOM | CHANNEL | TEXT | EPOCH | WAY,
	[WIRE_RESULT] = NUMBER | SEQ | RESULT | BROKER | EPOCH,
	[WIRE_MESSAGE] = NUMBER | BROKER | CHANNEL | TEXT,
	[WIRE_DIRECT] = NUMBER | BROKER | CHANNEL | TEXT | REF | SENDER,
	[WIRE_GONE] = BROKER,
	[WIRE_MISSED] = NUMBER,
	[WIRE_GATHER] = NUMBER | ROOM,

	[WIRE_ASK_ROWS] = SEQ | UNTIL | LIMIT | ROOM,
	[WIRE_ASK_PAGE] = SEQ | LIMIT | RESULT | ROOM | TEXT,
	[WIRE_ASK_FRAMES] = SEQ,
	[WIRE_ASK_MEMBERS] = ROOM,
	[WIRE_ASK_PEOPLE] = SEQ | LIMIT,
	[WIRE_ROWS] = LIMIT | RESULT | EPOCH,
	[WIRE_ROW] = SEQ | TIME | USER | TEXT,
	[WIRE_PAGE] = RESULT | TEXT | EPOCH,
	[WIRE_OLD_FRAME] = NUMBER | TEXT,
	[WIRE_LOST_FRAMES] = NUMBER,
	[WIRE_ASK_BROKER] = TEXT,
	[WIRE_REPLY] = TEXT,
	[WIRE_PART] = SEQ | LIMIT,
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
		.result = is_here,
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
