/* SPDX-License-Identifier: MIT */
/* Watches whether Redis stores messages. A refusal may concern one room or all of Redis. A load
 * balancer sends no clients to an unhealthy broker, so no message would show that the refusal is
 * over. So this file asks the refusing host each second to store a row, until it does. */
#include "broker/layer/redis/redis_private.h"

#include <inttypes.h>

#include "common/base/log.h"

static enum store_problem problem_of(enum layer_result result)
{
	return result == LAYER_STORAGE ? STORE_FULL : STORE_REFUSED;
}

static void log_refusal(struct redis *redis, struct str room)
{
	struct log_quoted quoted;
	uint64_t suppressed;

	if (log_rate_admits(&redis->refusals, redis->setting.reactor->now_ms, &suppressed))
		log_error("event=redis_does_not_write problem=%s room=%s suppressed=%" PRIu64,
			store_problem_code(redis->problem), log_quote(&quoted, room), suppressed);
}

/* False while a link is down: that is the larger problem. */
static bool note_refusal(struct redis *redis, struct str room, enum layer_result result)
{
	if (!links_are_up(redis->links))
		return false;
	redis->problem = problem_of(result);
	redis->refusing = redis_log_link(redis->log, room);
	return true;
}

void redis_note_result(struct redis *redis, struct str room, enum layer_result result)
{
	switch (result) {
	case LAYER_SENT:
	case LAYER_REPEATED:
		redis->problem = STORE_OK;
		break;
	case LAYER_STORAGE:
	case LAYER_UNAVAILABLE:
		if (note_refusal(redis, room, result))
			log_refusal(redis, room);
		break;
	default: /* Redis was not asked, or has judged without writing */
		break;
	}
}

void redis_note_refusal(struct redis *redis, struct str room, const struct link_reply *reply)
{
	enum layer_result result = redis_log_read_error(reply);

	if (reply->kind == LINK_ERROR && result != LAYER_BUSY)
		(void)note_refusal(redis, room, result);
}

static void end_probe(void *context, const struct link_reply *reply)
{
	struct redis *redis = context;

	redis->is_probing = false;
	if (reply != NULL && reply->kind != LINK_ERROR)
		redis->problem = STORE_OK;
}

void redis_probe(struct redis *redis)
{
	if (redis->problem != STORE_OK && !redis->is_probing)
		redis->is_probing = redis_log_probe(
			redis->refusing, &(struct link_handler){ end_probe, redis });
}
