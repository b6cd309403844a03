/* SPDX-License-Identifier: MIT */
/* A stage for tests of a link: the test plays the Redis server, turn by turn, and moves the clock.
 * The stage notes each callback as a line. Link the test with -Wl,--wrap of clock_monotonic_ms,
 * clock_monotonic_us, log_warning and log_info. */
#pragma once

#include "broker/reactor/reactor.h"
#include "broker/redis/links.h"
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
	struct redis_urls urls; /* that one */
	struct link_setting setting;
	struct link *link;
	struct buf told; /* the callbacks of the link and its handlers, a line each */
};

/* cmocka setup: makes a stage whose link is up and has no noted callbacks. *state is the stage. */
int redis_stage_up(void **state);
/* The same without a link. */
int redis_stage_make(void **state);
int redis_stage_remove(void **state);

/* REDIS_TEST: the test makes its own links. LINK_TEST: the link is up. */
#define REDIS_TEST(test) cmocka_unit_test_setup_teardown(test, redis_stage_make, redis_stage_remove)
#define LINK_TEST(test) cmocka_unit_test_setup_teardown(test, redis_stage_up, redis_stage_remove)

/* Makes the link. login is the part of its address before '@', or "". */
void redis_stage_link(struct redis_stage *stage, const char *login);
/* Makes links to the one server, with these scripts, and waits until they are up. The caller
 * destroys them before the stage is removed. The callbacks are not noted. */
struct links *redis_stage_links(struct redis_stage *stage, struct script *const *scripts,
	size_t script_count) __attribute__((warn_unused_result));
void redis_stage_turn(struct redis_stage *stage);
/* Runs turns until nothing happens any more. */
void redis_stage_settle(struct redis_stage *stage);
/* Moves the clock: pass lets both sides run meanwhile, freeze does not. */
void redis_stage_pass(struct redis_stage *stage, unsigned ms);
void redis_stage_freeze(unsigned ms);
/* Sends a command; line is its words, separated by blanks. The reply is noted as "NAME REPLY". name
 * is borrowed. False when the link refuses the command. */
bool redis_stage_ask(struct redis_stage *stage, const char *name, const char *line);
/* A handler that notes "NAME REPLY". */
struct link_handler redis_stage_handler(struct redis_stage *stage, const char *name);
/* The callbacks noted since the last call; valid until the next one is noted. */
const char *redis_stage_told(struct redis_stage *stage);
/* The log lines since the last call. */
const char *redis_stage_logged(void);
uint64_t redis_stage_stat(const struct redis_stage *stage, enum stat_id stat);
