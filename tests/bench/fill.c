/* SPDX-License-Identifier: MIT */
/* A history of a given size, made by the code that keeps histories: bench-fill DIR ROOMS MESSAGES
 * adds so many messages to DIR/history.db, one room of bench0, bench1, … after the other, as if
 * they had been said until now. The search index is brought up too, so that a broker finds nothing
 * left to do. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/store/archive.h"
#include "tests/bench/argument.h"
#include "tests/bench/failure.h"

#define ROOMS_MAX 100000
#define MESSAGES_MAX 100000000
#define BATCH 10000 /* messages of a transaction */
#define SLICE 10000 /* messages indexed at once */
#define APART_MS 1000 /* from one message to the next */
#define SENDERS 50
#define TEXT_BYTES 100
#define NAME_SIZE 32

struct fill {
	struct archive *archive;
	struct archive_room *rooms; /* owned */
	uint32_t room_count;
	int64_t start_ms; /* when the first one was said */
	uint64_t done;
	struct buf text;
};

static void check(struct fill *fill, enum store_problem problem)
{
	if (problem != STORE_OK)
		failure("%s %s", store_problem_sentence(problem),
			archive_error_text(fill->archive));
}

static const char *write_name(char out[static NAME_SIZE], const char *prefix, uint64_t number)
{
	snprintf(out, NAME_SIZE, "%s%" PRIu64, prefix, number);
	return out;
}

static void open_room(struct fill *fill, uint32_t number)
{
	struct archive_room *room = &fill->rooms[number];
	char name[NAME_SIZE];
	struct str text = str_from(write_name(name, "bench", number));

	check(fill, archive_find_room(fill->archive, text, room));
	if (room->id == 0)
		check(fill, archive_add_room(fill->archive, text, room));
}

/* Words of two syllables: about as many different ones as people use in talk. */
static struct str text_of(struct fill *fill, uint64_t number)
{
	static const char *const syllables[] = { "ba", "de", "fi", "go", "hu", "ka", "le", "mi",
		"no", "pu", "ra", "se", "ti", "vo", "wu", "zan", "ber", "dol", "fin", "gar", "hem",
		"kor", "lun", "mar", "nit", "pol", "rem", "sol", "tur", "vin", "wes", "zor" };
	uint64_t state = number * UINT64_C(0x9e3779b97f4a7c15) + 1;

	buf_clear(&fill->text);
	while (fill->text.len < TEXT_BYTES) {
		state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		buf_append_text(&fill->text, syllables[state >> 59]);
		buf_append_text(&fill->text, syllables[state >> 54 & 31]);
		buf_append_char(&fill->text, ' ');
	}
	fill->text.len = TEXT_BYTES;
	return buf_str(&fill->text);
}

static void add_one(struct fill *fill)
{
	struct archive_room *room = &fill->rooms[fill->done % fill->room_count];
	int64_t time_ms = fill->start_ms + (int64_t)fill->done * APART_MS;
	uint8_t sender[ARCHIVE_SENDER_SIZE] = { (uint8_t)(fill->done % SENDERS) };
	char user[NAME_SIZE], ref[NAME_SIZE];
	struct archive_message message = {
		.seq = room->seq + 1,
		.time_ms = time_ms < room->time_ms ? room->time_ms : time_ms,
		.user = str_from(write_name(user, "Guest ", sender[0])),
		.text = text_of(fill, fill->done),
		.ref = str_from(write_name(ref, "fill-", fill->done)),
		.sender = sender,
	};

	check(fill, archive_append(fill->archive, room->id, &message));
	room->seq = message.seq;
	room->time_ms = message.time_ms;
	fill->done++;
}

static void add_batch(struct fill *fill, uint64_t until)
{
	bool has_more = true;

	check(fill, archive_begin(fill->archive));
	while (fill->done < until)
		add_one(fill);
	check(fill, archive_commit(fill->archive));
	while (has_more)
		check(fill, archive_index_slice(fill->archive, SLICE, &has_more));
	check(fill, archive_checkpoint(fill->archive, true));
}

static void fill_open(struct fill *fill, const char *folder)
{
	enum store_problem problem;
	struct buf path = { 0 };

	buf_append_format(&path, "%s/history.db", folder);
	fill->archive = archive_open(buf_text(&path), ARCHIVE_WRITE_PROCESS, &problem);
	if (fill->archive == NULL)
		failure("%s: %s", buf_text(&path), store_problem_sentence(problem));
	buf_finish(&path);
	fill->rooms = mem_alloc_array(fill->room_count, sizeof(*fill->rooms));
	check(fill, archive_begin(fill->archive));
	for (uint32_t i = 0; i < fill->room_count; i++)
		open_room(fill, i);
	check(fill, archive_commit(fill->archive));
}

int main(int argc, char **argv)
{
	struct fill fill = { 0 };
	uint64_t messages;

	if (argc != 4)
		failure("DIR ROOMS MESSAGES is what there is");
	fill.room_count = (uint32_t)argument_number("ROOMS", argv[2], 1, ROOMS_MAX);
	messages = argument_number("MESSAGES", argv[3], 0, MESSAGES_MAX);
	fill.start_ms = clock_wall_ms() - (int64_t)messages * APART_MS;
	fill_open(&fill, argv[1]);
	while (fill.done < messages)
		add_batch(&fill, fill.done + BATCH < messages ? fill.done + BATCH : messages);
	archive_close(fill.archive);
	buf_finish(&fill.text);
	mem_free(fill.rooms);
	return EXIT_SUCCESS;
}
