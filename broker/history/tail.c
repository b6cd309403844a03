/* SPDX-License-Identifier: MIT */
/* A piece is rendered as a whole and anew only when it has grown since: that is the newest one,
 * once for each message at most, however many come back between two messages. */
#include "broker/history/tail.h"

#include <assert.h>
#include <string.h>

#include "broker/ws/deflate.h"
#include "common/base/mem.h"

#define PIECE_MESSAGES 64
/* Of those that do not grow: the fewer there are, the less each who comes back holds. */
#define OLD_PIECE_MESSAGES 1024
#define OLD_PIECE_BYTES (256 * 1024)

/* A message in a piece: this, then the user's name and the text. */
struct row {
	int64_t time_ms;
	uint32_t user_len;
	uint32_t text_len;
};

struct piece {
	uint64_t first; /* seq */
	uint32_t count;
	struct buf rows;
	struct payload *rendered[DIALECT_COUNT]; /* NULL until somebody asks */
	uint32_t rendered_count[DIALECT_COUNT]; /* messages in it */
};

struct tail {
	const char *epoch; /* borrowed */
	uint64_t head;
	struct piece **pieces; /* owned, oldest first, none empty */
	uint32_t count;
	uint32_t capacity;
	size_t bytes;
	_Atomic uint64_t *rendered; /* borrowed */
};

struct tail *tail_create(const char *epoch, uint64_t head, _Atomic uint64_t *rendered)
{
	struct tail *tail = mem_new(struct tail);

	tail->epoch = epoch;
	tail->head = head;
	tail->rendered = rendered;
	return tail;
}

static void forget_frames(struct piece *piece)
{
	for (size_t i = 0; i < DIALECT_COUNT; i++) {
		if (piece->rendered[i] != NULL)
			payload_unref(piece->rendered[i]);
		piece->rendered[i] = NULL;
	}
}

static void piece_destroy(struct piece *piece)
{
	forget_frames(piece);
	buf_finish(&piece->rows);
	mem_free(piece);
}

void tail_destroy(struct tail *tail)
{
	if (tail == NULL)
		return;
	for (size_t i = 0; i < tail->count; i++)
		piece_destroy(tail->pieces[i]);
	mem_free(tail->pieces);
	mem_free(tail);
}

uint64_t tail_head(const struct tail *tail)
{
	return tail->head;
}

uint64_t tail_first(const struct tail *tail)
{
	return tail->count == 0 ? tail->head + 1 : tail->pieces[0]->first;
}

size_t tail_bytes(const struct tail *tail)
{
	return tail->bytes;
}

static struct piece *piece_create(uint64_t first)
{
	struct piece *piece = mem_new(struct piece);

	piece->first = first;
	return piece;
}

static void piece_append(struct piece *piece, const struct archive_message *message)
{
	struct row row = { message->time_ms, (uint32_t)message->user.len,
		(uint32_t)message->text.len };

	buf_append(&piece->rows, &row, sizeof(row));
	buf_append_str(&piece->rows, message->user);
	buf_append_str(&piece->rows, message->text);
	piece->count++;
}

static void add_piece(struct tail *tail, struct piece *piece)
{
	tail->pieces = mem_grow(tail->pieces, &tail->capacity, tail->count, sizeof(struct piece *));
	tail->pieces[tail->count++] = piece;
}

static void append_row(
	struct tail *tail, const struct archive_message *message, uint32_t messages_max)
{
	struct piece *last = tail->count == 0 ? NULL : tail->pieces[tail->count - 1];
	size_t before;

	if (last == NULL || last->count >= messages_max || last->rows.len >= OLD_PIECE_BYTES) {
		last = piece_create(message->seq);
		add_piece(tail, last);
	}
	before = last->rows.len;
	piece_append(last, message);
	tail->bytes += last->rows.len - before;
}

void tail_append(struct tail *tail, const struct archive_message *message)
{
	assert(message->seq == tail->head + 1);
	append_row(tail, message, PIECE_MESSAGES);
	tail->head = message->seq;
}

bool tail_prepend(struct tail *tail, const struct archive_message *messages, size_t count)
{
	struct tail older = { .epoch = tail->epoch };

	if (count == 0 || messages[0].seq + count != tail_first(tail))
		return count == 0;
	for (size_t i = 0; i < count; i++)
		append_row(&older, &messages[i], OLD_PIECE_MESSAGES);
	for (size_t i = 0; i < tail->count; i++)
		add_piece(&older, tail->pieces[i]);
	older.bytes += tail->bytes;
	older.head = tail->head;
	older.rendered = tail->rendered;
	mem_free(tail->pieces);
	*tail = older;
	return true;
}

void tail_trim(struct tail *tail, size_t bytes_max)
{
	size_t count = 0;

	while (tail->bytes > bytes_max && count + 1 < tail->count) {
		tail->bytes -= tail->pieces[count]->rows.len;
		piece_destroy(tail->pieces[count]);
		count++;
	}
	if (count == 0)
		return;
	tail->count -= (uint32_t)count;
	memmove(tail->pieces, tail->pieces + count, tail->count * sizeof(struct piece *));
}

void tail_forget_frames(struct tail *tail)
{
	for (size_t i = 0; i < tail->count; i++)
		forget_frames(tail->pieces[i]);
}

static void render_rows(const struct tail *tail, const struct piece *piece, enum dialect dialect,
	enum stamp stamp, struct deflate *deflate, struct buf *frames)
{
	enum dialect language = dialect_language(dialect);
	struct buf plain = { 0 };
	struct buf *out = language == dialect ? frames : &plain;
	const char *at = piece->rows.data;

	for (uint32_t i = 0; i < piece->count; i++) {
		struct row row;
		struct event event = {
			.is_message = true, .seq = piece->first + i, .epoch = tail->epoch
		};

		memcpy(&row, at, sizeof(row));
		at += sizeof(row);
		event.time_ms = row.time_ms;
		event.user = str_range(at, row.user_len);
		event.message = str_range(at + row.user_len, row.text_len);
		at += row.user_len + row.text_len;
		dialect_event(language, &event, stamp, out);
	}
	if (language != dialect)
		deflate_frames(deflate, buf_str(&plain), frames);
	buf_finish(&plain);
}

static struct payload *render(const struct tail *tail, struct piece *piece, enum dialect dialect,
	enum stamp stamp, struct deflate *deflate)
{
	struct str all[DIALECT_COUNT] = { 0 };
	struct buf frames = { 0 };

	if (piece->rendered[dialect] != NULL && piece->rendered_count[dialect] == piece->count)
		return piece->rendered[dialect];
	if (piece->rendered[dialect] != NULL)
		payload_unref(piece->rendered[dialect]);
	render_rows(tail, piece, dialect, stamp, deflate, &frames);
	all[dialect] = buf_str(&frames);
	piece->rendered[dialect] = payload_create_counted(all, tail->rendered);
	piece->rendered_count[dialect] = piece->count;
	buf_finish(&frames);
	return piece->rendered[dialect];
}

/* The index of the piece that has a message; it is there. */
static size_t find_piece(const struct tail *tail, uint64_t seq)
{
	size_t low = 0, high = tail->count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (tail->pieces[middle]->first <= seq)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static size_t skipped_bytes(const struct payload *payload, enum dialect dialect, uint64_t messages)
{
	struct str frames[DIALECT_COUNT];
	struct str rest;

	payload_frames(payload, frames);
	rest = frames[dialect];
	for (uint64_t i = 0; i < messages; i++)
		rest = str_skip(rest, dialect_frame_len(dialect, rest));
	return frames[dialect].len - rest.len;
}

struct replay *tail_replay(struct tail *tail, uint64_t after, enum dialect dialect,
	enum stamp stamp, struct deflate *deflate)
{
	struct replay *replay;
	size_t first;

	assert(after + 1 >= tail_first(tail));
	if (after >= tail->head)
		return NULL;
	first = find_piece(tail, after + 1);
	replay = replay_create(dialect, tail->count - first);
	for (size_t i = first; i < tail->count; i++)
		replay->payloads[i - first] = payload_ref(
			render(tail, tail->pieces[i], dialect, stamp, deflate));
	replay->skipped = skipped_bytes(
		replay->payloads[0], dialect, after + 1 - tail->pieces[first]->first);
	return replay;
}
