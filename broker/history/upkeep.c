/* SPDX-License-Identifier: MIT */
/* A failure here is no failure to keep messages: it is logged, and what has failed rests for a
 * while, the other not: an index that is damaged does not keep the disk from being tidied. */
#include "broker/history/upkeep.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"

#define SLICE_MAX_US 2000 /* a message that comes in meanwhile waits as long */
#define SLICE_ROWS_MIN 64 /* a disk that syncs slowly does so for a single row, too */
#define SLICE_ROWS_MAX 1024
#define ROUND_EVERY_MS (60 * 1000)
#define REST_MS (60 * 1000)
#define REST_BUSY_MS 1000
#define DAY_MS INT64_C(86400000)

void upkeep_init(struct upkeep *upkeep, const struct config *config)
{
	*upkeep = (struct upkeep){
		.config = config,
		.index_rows = SLICE_ROWS_MIN,
		.prune_rows = SLICE_ROWS_MIN,
		.has_unindexed = true, /* from before the start */
	};
}

void upkeep_note_commit(struct upkeep *upkeep)
{
	upkeep->has_unindexed = true;
}

static bool keeps_all(const struct upkeep *upkeep)
{
	return upkeep->config->history_keep_messages == 0 && upkeep->config->history_keep_days == 0;
}

static size_t adapt(size_t rows, uint64_t took_us)
{
	if (took_us > SLICE_MAX_US)
		return rows / 2 > SLICE_ROWS_MIN ? rows / 2 : SLICE_ROWS_MIN;
	if (took_us < SLICE_MAX_US / 4)
		return rows * 2 < SLICE_ROWS_MAX ? rows * 2 : SLICE_ROWS_MAX;
	return rows;
}

/* How long. */
static uint64_t rest_ms(
	const struct connection *connection, const char *task, enum store_problem problem)
{
	struct log_quoted quoted;

	if (problem == STORE_BUSY)
		return REST_BUSY_MS;
	log_warning("event=history_upkeep task=%s problem=%s error=%s", task,
		store_problem_code(problem),
		log_quote(&quoted, str_from(archive_error_text(connection->archive))));
	return REST_MS;
}

static void index_slice(struct upkeep *upkeep, const struct connection *connection, uint64_t now_ms)
{
	uint64_t begin_us = clock_monotonic_us();
	enum store_problem problem = archive_index_slice(
		connection->archive, upkeep->index_rows, &upkeep->has_unindexed);

	if (problem != STORE_OK) {
		upkeep->has_unindexed = true;
		upkeep->next_index_ms = now_ms + rest_ms(connection, "index", problem);
		return;
	}
	if (upkeep->has_unindexed) /* else the slice was not a whole one */
		upkeep->index_rows = adapt(upkeep->index_rows, clock_monotonic_us() - begin_us);
}

static void prune_slice(struct upkeep *upkeep, const struct connection *connection, uint64_t now_ms)
{
	int64_t keep_days = upkeep->config->history_keep_days;
	const struct archive_retention retention = {
		.keep_messages = (uint64_t)upkeep->config->history_keep_messages,
		.delete_before_ms = keep_days == 0 ? 0 : clock_wall_ms() - keep_days * DAY_MS,
	};
	uint64_t begin_us = clock_monotonic_us();
	enum store_problem problem = archive_prune_slice(
		connection->archive, &retention, upkeep->prune_rows, &upkeep->prune_room_id);

	if (problem != STORE_OK) {
		upkeep->next_prune_ms = now_ms + rest_ms(connection, "prune", problem);
		return;
	}
	upkeep->prune_rows = adapt(upkeep->prune_rows, clock_monotonic_us() - begin_us);
	upkeep->next_prune_ms = now_ms + (upkeep->prune_room_id == 0 ? ROUND_EVERY_MS : 0);
}

void upkeep_step(struct upkeep *upkeep, struct connection *connection, uint64_t now_ms)
{
	connection_set_patience(connection, 0);
	if (upkeep->has_unindexed && now_ms >= upkeep->next_index_ms)
		index_slice(upkeep, connection, now_ms);
	if (!keeps_all(upkeep) && now_ms >= upkeep->next_prune_ms)
		prune_slice(upkeep, connection, now_ms);
}

uint64_t upkeep_wait_ms(const struct upkeep *upkeep, uint64_t now_ms)
{
	uint64_t due_ms = UINT64_MAX;

	if (upkeep->has_unindexed)
		due_ms = upkeep->next_index_ms;
	if (!keeps_all(upkeep) && upkeep->next_prune_ms < due_ms)
		due_ms = upkeep->next_prune_ms;
	if (due_ms == UINT64_MAX)
		return due_ms;
	return due_ms > now_ms + UPKEEP_EVERY_MS ? due_ms - now_ms : UPKEEP_EVERY_MS;
}
