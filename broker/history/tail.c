/* SPDX-License-Identifier: MIT */
/* A piece is rendered as a whole and anew only when it has grown since: that is the newest one,
 * once for each message at most, however many come back between two messages. */
#include "broker/history/tail.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "broker/ws/deflate.h"
#include "common/base/mem.h"

#define PIECE_MESSAGES 64
/* Of those that do not grow: the fewer there are, the less each who comes back holds. */
#define OLD_PIECE_MESSAGES 1024
#define OLD_PIECE_BYTES (256 * 1024)
#define ROW_USER_MAX 0x1fffffff
#define ROW_KIND_MAX 7

/* A message in a piece: this, then the user's name and the text. */
struct row {
	int64_t time_ms;
	uint64_t target; /* of a change */
	int64_t edited_ms;
	uint32_t user_len : 29;
	uint32_t kind : 3; /* enum message_kind */
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
	struct row row = { .time_ms = message->time_ms,
		.target = message->target,
		.edited_ms = message->edited_ms,
		.user_len = (uint32_t)message->user.len & ROW_USER_MAX,
		.kind = (uint32_t)message->kind & ROW_KIND_MAX,
		.text_len = (uint32_t)message->text.len };

	assert(message->user.len <= ROW_USER_MAX);
	buf_append(&piece->rows, &row, sizeof(row));
	buf_append_str(&piece->rows, message->user);
	buf_append_str(&piece->rows, message->text);
	piece->count++;
}

/* The message at a place of a piece; its texts are borrowed from there. The place moves behind it.
 */
static struct archive_message take_row(const char **at, uint64_t seq)
{
	struct archive_message message;
	struct row row;

	memcpy(&row, *at, sizeof(row));
	*at += sizeof(row);
	message = (struct archive_message){ .seq = seq,
		.time_ms = row.time_ms,
		.user = str_range(*at, row.user_len),
		.text = str_range(*at + row.user_len, row.text_len),
		.kind = (enum message_kind)row.kind,
		.target = row.target,
		.edited_ms = row.edited_ms };
	*at += row.user_len + row.text_len;
	return message;
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

/* The index of the piece that has a message, or of the first when it came before all. */
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

/* Does a change to a row that it concerns: its target, or an edit of what it deletes. */
static bool change_row(struct archive_message *row, const struct archive_message *change)
{
	bool is_target = row->seq == change->target && row->kind == MESSAGE_SAYS;

	if (change->kind == MESSAGE_EDITS) {
		if (!is_target)
			return false;
		row->text = change->text;
		row->edited_ms = change->time_ms;
		return true;
	}
	if (!is_target && (row->kind != MESSAGE_EDITS || row->target != change->target))
		return false;
	row->text = STR_OF("");
	if (is_target)
		row->kind = MESSAGE_DELETED;
	return true;
}

static bool concerns(const struct piece *piece, const struct archive_message *change)
{
	const char *at = piece->rows.data;

	for (uint32_t i = 0; i < piece->count; i++) {
		struct archive_message row = take_row(&at, piece->first + i);

		if (change_row(&row, change))
			return true;
	}
	return false;
}

/* Writes the piece anew, and forgets what is rendered of it. */
static void change_piece(
	struct tail *tail, struct piece *piece, const struct archive_message *change)
{
	struct buf before = piece->rows;
	uint32_t count = piece->count;
	const char *at = before.data;

	piece->rows = (struct buf){ 0 };
	piece->count = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct archive_message row = take_row(&at, piece->first + i);

		(void)change_row(&row, change);
		piece_append(piece, &row);
	}
	tail->bytes = tail->bytes - before.len + piece->rows.len;
	buf_finish(&before);
	forget_frames(piece);
}

/* The edits of a message lie behind it. */
static void change_rows(struct tail *tail, const struct archive_message *change)
{
	size_t begin = find_piece(tail, change->target);
	size_t end = change->kind == MESSAGE_EDITS ? begin + 1 : tail->count;

	for (size_t i = begin; i < end; i++) {
		if (concerns(tail->pieces[i], change))
			change_piece(tail, tail->pieces[i], change);
	}
}

void tail_append(struct tail *tail, const struct archive_message *message)
{
	assert(message->seq == tail->head + 1);
	append_row(tail, message, PIECE_MESSAGES);
	tail->head = message->seq;
	if (message_kind_changes(message->kind))
		change_rows(tail, message);
}

/* Changes that the tail knows, by target and in their order. */
struct changes {
	struct archive_message *list; /* owned; its texts are borrowed from the tail */
	uint32_t count;
	uint32_t capacity;
};

static int compare_changes(const void *a, const void *b)
{
	const struct archive_message *left = a, *right = b;

	if (left->target != right->target)
		return left->target < right->target ? -1 : 1;
	return left->seq < right->seq ? -1 : left->seq > right->seq;
}

static struct changes gather_changes(const struct tail *tail)
{
	struct changes changes = { 0 };

	for (size_t i = 0; i < tail->count; i++) {
		const struct piece *piece = tail->pieces[i];
		const char *at = piece->rows.data;

		for (uint32_t k = 0; k < piece->count; k++) {
			struct archive_message row = take_row(&at, piece->first + k);

			if (!message_kind_changes(row.kind) || row.target >= tail_first(tail))
				continue;
			changes.list = mem_grow(changes.list, &changes.capacity, changes.count,
				sizeof(*changes.list));
			changes.list[changes.count++] = row;
		}
	}
	if (changes.count > 0)
		qsort(changes.list, changes.count, sizeof(*changes.list), compare_changes);
	return changes;
}

/* The index of the first change of a target, or behind it. */
static uint32_t find_change(const struct changes *changes, uint64_t target)
{
	uint32_t low = 0, high = changes->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (changes->list[middle].target < target)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct archive_message catch_up(
	const struct changes *changes, const struct archive_message *message)
{
	struct archive_message row = *message;
	uint64_t target = row.kind == MESSAGE_EDITS ? row.target : row.seq;

	for (uint32_t i = find_change(changes, target);
		i < changes->count && changes->list[i].target == target; i++)
		(void)change_row(&row, &changes->list[i]);
	return row;
}

bool tail_prepend(struct tail *tail, const struct archive_message *messages, size_t count)
{
	struct tail older = { .epoch = tail->epoch };
	struct changes changes;

	if (count == 0 || messages[0].seq + count != tail_first(tail))
		return count == 0;
	changes = gather_changes(tail);
	for (size_t i = 0; i < count; i++) {
		struct archive_message row = catch_up(&changes, &messages[i]);

		append_row(&older, &row, OLD_PIECE_MESSAGES);
	}
	mem_free(changes.list);
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
		struct archive_message row = take_row(&at, piece->first + i);
		struct event event = { .is_message = true,
			.kind = row.kind,
			.target = row.target,
			.seq = row.seq,
			.epoch = tail->epoch,
			.time_ms = row.time_ms,
			.edited_ms = row.edited_ms,
			.user = row.user,
			.message = row.text };

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

/* How many of a piece's first rows have frames in the dialect. */
static uint64_t count_frames(const struct piece *piece, enum dialect dialect, uint64_t rows)
{
	const char *at = piece->rows.data;
	uint64_t frames = 0;

	for (uint64_t i = 0; i < rows; i++)
		frames += dialect_tells(dialect, take_row(&at, piece->first + i).kind);
	return frames;
}

static size_t skipped_bytes(const struct payload *payload, enum dialect dialect, uint64_t count)
{
	struct str frames[DIALECT_COUNT];
	struct str rest;

	payload_frames(payload, frames);
	rest = frames[dialect];
	for (uint64_t i = 0; i < count; i++)
		rest = str_skip(rest, dialect_frame_len(dialect, rest));
	return frames[dialect].len - rest.len;
}

static bool has_frames(const struct payload *payload, enum dialect dialect, size_t skipped)
{
	struct str frames[DIALECT_COUNT];

	payload_frames(payload, frames);
	return frames[dialect].len > skipped;
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
	replay->count = 0;
	for (size_t i = first; i < tail->count; i++) {
		struct piece *piece = tail->pieces[i];
		struct payload *payload = render(tail, piece, dialect, stamp, deflate);
		size_t skipped = i > first ? 0
					   : skipped_bytes(payload, dialect,
						     count_frames(piece, dialect,
							     after + 1 - piece->first));

		/* Pieces of nothing but changes have none in the plain dialect. */
		if (!has_frames(payload, dialect, skipped))
			continue;
		if (replay->count == 0)
			replay->skipped = skipped;
		replay->payloads[replay->count++] = payload_ref(payload);
	}
	if (replay->count > 0)
		return replay;
	replay_destroy(replay);
	return NULL;
}
