/* SPDX-License-Identifier: MIT */
/* Names lie on the same hosts as with Python's channels_redis; up and down count all hosts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/redis/links.h"
#include "common/base/mem.h"
#include "tests/support/redis_stage.h"

/* channels_redis.utils._consistent_hash(name, hosts) */
static const struct {
	const char *name;
	size_t hosts, index;
} table[] = {
	{ "chat_lobby", 1, 0 },
	{ "specific.cbroker01!", 1, 0 },
	{ "specific.cbroker01!lobby", 1, 0 },
	{ "roomwire:lobby", 1, 0 },
	{ "roomwire:\xe6\x88\xbf\xe9\x97\xb4", 1, 0 },
	{ "", 1, 0 },
	{ "chat_lobby", 2, 1 },
	{ "specific.cbroker01!", 2, 0 },
	{ "specific.cbroker01!lobby", 2, 1 },
	{ "roomwire:lobby", 2, 0 },
	{ "roomwire:\xe6\x88\xbf\xe9\x97\xb4", 2, 1 },
	{ "", 2, 0 },
	{ "chat_lobby", 3, 1 },
	{ "specific.cbroker01!", 3, 1 },
	{ "specific.cbroker01!lobby", 3, 1 },
	{ "roomwire:lobby", 3, 0 },
	{ "roomwire:\xe6\x88\xbf\xe9\x97\xb4", 3, 2 },
	{ "", 3, 0 },
	{ "chat_lobby", 5, 2 },
	{ "specific.cbroker01!", 5, 1 },
	{ "specific.cbroker01!lobby", 5, 2 },
	{ "roomwire:lobby", 5, 1 },
	{ "roomwire:\xe6\x88\xbf\xe9\x97\xb4", 5, 3 },
	{ "", 5, 0 },
	{ "chat_lobby", 64, 33 },
	{ "specific.cbroker01!", 64, 22 },
	{ "specific.cbroker01!lobby", 64, 33 },
	{ "roomwire:lobby", 64, 14 },
	{ "roomwire:\xe6\x88\xbf\xe9\x97\xb4", 64, 46 },
	{ "", 64, 0 },
};

static void name_is_on_the_host_where_django_looks(void **state)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(
			links_index(str_from(table[i].name), table[i].hosts), table[i].index);
	(void)state;
}

static void every_name_has_a_host(void **state)
{
	for (size_t hosts = 1; hosts <= 64; hosts++) {
		for (int name = 0; name < 5000; name++) {
			struct buf text = { 0 };

			buf_append_number(&text, name);
			assert_true(links_index(buf_str(&text), hosts) < hosts);
			buf_finish(&text);
		}
	}
	(void)state;
}

/* The stage's server and a second one. */
struct pair {
	struct redis_stage *stage;
	struct fake_redis other;
	struct redis_url items[2];
	struct redis_urls urls;
	struct links *links;
};

static void handle_pushed(void *context, struct link *link, struct str channel, struct str payload)
{
	struct pair *pair = context;

	buf_append_format(&pair->stage->told, "%d: %.*s %.*s\n", link == links_at(pair->links, 1),
		STR_ARG(channel), STR_ARG(payload));
}

static void handle_up(void *context)
{
	buf_append_text(&((struct pair *)context)->stage->told, "up\n");
}

static void handle_down(void *context)
{
	buf_append_text(&((struct pair *)context)->stage->told, "down\n");
}

static void read_url(const char *path, struct redis_url *url)
{
	struct buf text = { 0 }, problem = { 0 };

	buf_append_format(&text, "unix://%s", path);
	assert_true(redis_url_parse(buf_str(&text), url, &problem));
	buf_finish(&text);
}

static void settle(struct pair *pair)
{
	for (int i = 0; i < 20; i++) {
		redis_stage_turn(pair->stage);
		fake_redis_turn(&pair->other);
	}
}

static void pass(struct pair *pair, unsigned ms)
{
	for (unsigned passed = 0; passed < ms; passed += 50) {
		redis_stage_freeze(50);
		settle(pair);
	}
}

static void start(struct pair *pair, struct redis_stage *stage)
{
	struct links_setting setting = { .reactor = &stage->reactor,
		.stats = &stage->stats,
		.urls = &pair->urls,
		.broker_id = STR("0123456789ab"),
		.up = handle_up,
		.down = handle_down,
		.pushed = handle_pushed,
		.context = pair };

	*pair = (struct pair){ .stage = stage, .urls = { pair->items, 2 } };
	fake_redis_start(&pair->other, folder_path(&stage->folder, "other.sock"));
	read_url(stage->fake.path, &pair->items[0]);
	read_url(pair->other.path, &pair->items[1]);
	pair->links = links_create(&setting);
	settle(pair);
}

static void finish(struct pair *pair)
{
	links_destroy(pair->links);
	fake_redis_stop(&pair->other);
	redis_url_finish(&pair->items[0]);
	redis_url_finish(&pair->items[1]);
}

static void they_are_up_when_all_are_and_down_with_the_first(void **state)
{
	struct redis_stage *stage = *state;
	struct pair pair;

	start(&pair, stage);
	assert_true(links_are_up(pair.links));
	assert_string_equal(redis_stage_told(stage), "up\n");
	assert_int_equal(redis_stage_stat(stage, STAT_REDIS_LINKS_UP), 2);

	fake_redis_hang_up(&pair.other);
	fake_redis_answer(&pair.other, "DEL", "-LOADING wait\r\n");
	settle(&pair);
	assert_false(links_are_up(pair.links));
	assert_true(link_is_up(links_at(pair.links, 0)));
	fake_redis_hang_up(&stage->fake);
	pass(&pair, 6000);
	assert_string_equal(redis_stage_told(stage), "down\n");
	assert_true(link_is_up(links_at(pair.links, 0)));

	fake_redis_answer(&pair.other, "DEL", NULL);
	pass(&pair, 6000);
	assert_string_equal(redis_stage_told(stage), "up\n");
	assert_int_equal(redis_stage_stat(stage, STAT_REDIS_LINKS_UP), 2);
	assert_int_equal(redis_stage_stat(stage, STAT_REDIS_RECONNECTS), 2);
	finish(&pair);
}

static void what_is_pushed_says_by_whom(void **state)
{
	struct redis_stage *stage = *state;
	struct pair pair;

	start(&pair, stage);
	assert_true(links_subscribe(pair.links, LINK_CHANNEL, STR_OF("c")));
	settle(&pair);
	redis_stage_told(stage);
	fake_redis_push(&pair.other, true, "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nx\r\n");
	settle(&pair);
	assert_string_equal(redis_stage_told(stage), "1: c x\n");
	fake_redis_push(&stage->fake, true, "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\ny\r\n");
	settle(&pair);
	assert_string_equal(redis_stage_told(stage), "0: c y\n");
	assert_non_null(strstr(fake_redis_said(&pair.other), "SUBSCRIBE c\n"));
	finish(&pair);
}

/* A handler whose command is lost sends a command to the other host. */
struct asker {
	struct pair *pair;
	unsigned refused;
};

static void ask_both(void *context, const struct link_reply *reply)
{
	struct asker *asker = context;

	assert_null(reply);
	for (size_t i = 0; i < 2; i++)
		asker->refused += !link_command(
			links_at(asker->pair->links, i), NULL, LINK_WORDS(STR_OF("PING")));
}

static void those_who_wait_at_the_end_may_ask_and_are_refused(void **state)
{
	struct redis_stage *stage = *state;
	struct pair pair;
	struct asker asker = { .pair = &pair };
	const struct link_handler handler = { ask_both, &asker };

	start(&pair, stage);
	assert_true(link_command(links_at(pair.links, 1), &handler, LINK_WORDS(STR_OF("GET"))));
	finish(&pair);
	assert_int_equal(asker.refused, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(name_is_on_the_host_where_django_looks),
		cmocka_unit_test(every_name_has_a_host),
		REDIS_TEST(they_are_up_when_all_are_and_down_with_the_first),
		REDIS_TEST(what_is_pushed_says_by_whom),
		REDIS_TEST(those_who_wait_at_the_end_may_ask_and_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
