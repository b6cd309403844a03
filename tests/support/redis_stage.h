/* SPDX-License-Identifier: MIT */
/* A link to a Redis that the test plays, turn by turn, with a clock that the test moves. What is
 * told of it is noted, a line each. Link with -Wl,--wrap of clock_monotonic_ms, clock_monotonic_us,
 * log_warning and log_info. */
#pragma once

#include "broker/reactor/reactor.h"
#include "broker/redis/link.h"
#include "broker/redis/script.h"
#include "broker/redis/url.h"
#include "broker/stats.h"
#include "tests/support/fake_redis.h"
#include "tests/support/folder.h"

struct redis_stage {
	struct folder folder;
	struct reactor reactor;
	struct stats stats;
	struct fake_redis fake;
	struct redis_url url;
	struct link_setting setting;
	struct link *link;
	struct buf told; /* what came of the link and its handlers */
};

/* Its state is one; the link is up, and what was told until then is forgotten. */
int redis_stage_up(void **state);
/* The same before there is a link. */
int redis_stage_make(void **state);
int redis_stage_remove(void **state);

/* Of a test that makes its own links, and of one whose link is up. */
#define REDIS_TEST(test) cmocka_unit_test_setup_teardown(test, redis_stage_make, redis_stage_remove)
#define LINK_TEST(test) cmocka_unit_test_setup_teardown(test, redis_stage_up, redis_stage_remove)

/* login is what stands in front of '@', or "". */
void redis_stage_link(struct redis_stage *stage, const char *login);
void redis_stage_turn(struct redis_stage *stage);
/* Turns until nothing moves any more. */
void redis_stage_settle(struct redis_stage *stage);
/* Time that passes while both sides turn; or while nobody does. */
void redis_stage_pass(struct redis_stage *stage, unsigned ms);
void redis_stage_freeze(unsigned ms);
/* A command of words with blanks between them, whose answer is told as "NAME ANSWER". name is
 * borrowed. */
bool redis_stage_ask(struct redis_stage *stage, const char *name, const char *line);
/* A handler that tells so. */
struct link_handler redis_stage_handler(struct redis_stage *stage, const char *name);
/* What was told since the last call; borrowed until something is told again. */
const char *redis_stage_told(struct redis_stage *stage);
/* What was logged since the last call. */
const char *redis_stage_logged(void);
uint64_t redis_stage_stat(const struct redis_stage *stage, enum stat_id stat);
