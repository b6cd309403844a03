/* SPDX-License-Identifier: MIT */
/* What every channel layer does: each test runs on each backend, with a sink that notes what comes
 * out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "broker/layer/layer.h"
#include "broker/layer/local.h"
#include "broker/layer/stored.h"
#include "common/base/crypto.h"
#include "common/base/mem.h"
#include "tests/support/fake_history.h"

#define BROKER "0123456789ab"
#define CAPACITY 2
#define EXPIRY_MS 60000
#define GROUP_EXPIRY_MS 86400000
/* Connections that there are. */
#define ANN 0x100000001
#define ANN_CHANNEL "specific." BROKER "!100000001"
#define NOBODY_CHANNEL "specific." BROKER "!100000002"
#define GONE_CHANNEL "bot." BROKER "!8123456789abcdef0123456789abcdef"

static const struct author nobody = { .kind = AUTHOR_NOBODY };

struct setting;

struct maker {
	const char *name;
	struct layer *(*make)(const struct layer_setting *setting);
	/* Lets come out what was sent, where that is not at once. */
	void (*come_out)(uint64_t seq);
};

struct setting {
	const struct maker *maker;
	struct reactor reactor;
	struct stats stats;
	struct layer *layer;
	struct buf heard; /* all that has come out: "room 1 hi|" */
	struct layer_errand *errand; /* the last */
};

static struct layer *stored;

static void settle_entry(void *context, const struct history_outcome *outcome)
{
	layer_settle(stored, outcome);
	(void)context;
}

static struct layer *make_stored(const struct layer_setting *setting)
{
	struct history_sink sink = { .settle = settle_entry };
	int status;

	stored = layer_create_stored(history_create(NULL, NULL, NULL, &sink, &status), setting);
	return stored;
}

static void settle_oldest(uint64_t seq)
{
	fake_history_settle(HISTORY_COMMITTED, seq);
}

static void is_out_already(uint64_t seq)
{
	(void)seq;
}

static const struct maker makers[] = {
	{ "local", layer_create_local, is_out_already },
	{ "stored", make_stored, settle_oldest },
};

static void deliver(void *context, const struct event *event, const struct author *author)
{
	struct setting *setting = context;

	buf_append_format(&setting->heard, "room %d %.*s|", (int)event->seq, STR_ARG(event->type));
	(void)author;
}

static void settle(
	void *context, const struct author *author, enum layer_result result, uint64_t seq)
{
	struct setting *setting = context;

	buf_append_format(
		&setting->heard, "settle %d %d|", (int)author->id, result == LAYER_REPEATED);
	(void)seq;
}

static bool has(void *context, uint64_t connection)
{
	(void)context;
	return connection == ANN;
}

static void deliver_to(
	void *context, const uint64_t *connections, size_t count, const struct event *event)
{
	struct setting *setting = context;

	assert_int_equal(count, 1);
	assert_int_equal(connections[0], ANN);
	buf_append_format(&setting->heard, "ann %.*s|", STR_ARG(event->type));
}

static void send_to(
	void *context, uint64_t connection, const struct event *event, struct layer_errand *errand)
{
	struct setting *setting = context;

	assert_int_equal(connection, ANN);
	assert_true(event->time_ms > 0);
	assert_int_equal(event->seq, 0);
	buf_append_format(&setting->heard, "ann alone %.*s|", STR_ARG(event->type));
	setting->errand = errand;
}

static int set_up(void **state)
{
	static struct setting setting;

	setting = (struct setting){ .maker = *state };
	if (!reactor_init(&setting.reactor))
		return -1;
	setting.layer = setting.maker->make(&(struct layer_setting){ .reactor = &setting.reactor,
		.stats = &setting.stats,
		.broker_id = BROKER,
		.capacity = CAPACITY,
		.expiry_ms = EXPIRY_MS,
		.group_expiry_ms = GROUP_EXPIRY_MS,
		.sink = { .deliver = deliver,
			.settle = settle,
			.deliver_to = deliver_to,
			.has = has,
			.send = send_to,
			.context = &setting } });
	*state = &setting;
	return 0;
}

static int take_down(void **state)
{
	struct setting *setting = *state;

	setting->layer->ops->destroy(setting->layer);
	assert_int_equal(setting->reactor.timers.armed, 0);
	reactor_finish(&setting->reactor);
	buf_finish(&setting->heard);
	return 0;
}

static void pass_ms(struct setting *setting, uint64_t ms)
{
	setting->reactor.now_ms += ms;
	timer_wheel_run(&setting->reactor.timers, setting->reactor.now_ms);
}

/* Borrowed until something else is heard. */
static const char *hear(struct setting *setting)
{
	static char heard[256];

	snprintf(heard, sizeof(heard), "%s", buf_text(&setting->heard));
	buf_clear(&setting->heard);
	return heard;
}

static enum layer_result send_as(struct setting *setting, const char *channel, const char *message,
	const struct author *author)
{
	const char *problem;
	struct json *object = json_parse(str_from(message), &problem);
	struct event event;
	enum layer_result result;

	if (event_read(object, &event) != EVENT_OK)
		event.fields = object;
	result = setting->layer->ops->send(setting->layer, str_from(channel), &event, author);
	json_destroy(object);
	return result;
}

static enum layer_result send_message(
	struct setting *setting, const char *channel, const char *message)
{
	return send_as(setting, channel, message, &(struct author){ .kind = AUTHOR_NOBODY });
}

/* What comes of group_send is out when it returns. */
static enum layer_result send_to_group(
	struct setting *setting, const char *group, const char *room, const char *message)
{
	const char *problem;
	struct json *object = json_parse(str_from(message), &problem);
	struct event event;
	enum layer_result result;

	assert_int_equal(event_read(object, &event), EVENT_OK);
	event.room = str_from(room);
	event.group = str_from(group);
	result = setting->layer->ops->group_send(
		setting->layer, &event, &(struct author){ .kind = AUTHOR_NOBODY });
	if (event.is_message && room != NULL)
		setting->maker->come_out(1);
	json_destroy(object);
	return result;
}

/* "" for none. Borrowed until the next one. */
static const char *get(struct setting *setting, const char *channel)
{
	static char got[256];
	struct buf message = { 0 };
	enum layer_result result = setting->layer->ops->receive(
		setting->layer, str_from(channel), NULL, &message);

	assert_int_equal(result, message.len > 0 ? LAYER_DONE : LAYER_EMPTY);
	snprintf(got, sizeof(got), "%s", buf_text(&message));
	buf_finish(&message);
	return got;
}

static enum layer_result add(struct setting *setting, const char *group, const char *channel)
{
	return setting->layer->ops->group_add(
		setting->layer, str_from(group), str_from(channel), &nobody);
}

static void what_is_sent_is_received(void **state)
{
	struct setting *setting = *state;

	assert_int_equal(send_message(setting, "a", "{\"n\": 1}"), LAYER_SENT);
	assert_int_equal(send_message(setting, "a", "{\"n\": 2}"), LAYER_SENT);
	assert_int_equal(send_message(setting, "a", "{\"n\": 3}"), LAYER_FULL);
	assert_string_equal(get(setting, "a"), "{\"n\": 1}");
	assert_string_equal(get(setting, "a"), "{\"n\": 2}");
	assert_string_equal(get(setting, "a"), "");
	assert_string_equal(hear(setting), "");
}

static void messages_expire_also_while_nobody_looks(void **state)
{
	struct setting *setting = *state;

	send_message(setting, "a", "{}");
	pass_ms(setting, EXPIRY_MS / 2);
	send_message(setting, "a", "{\"n\": 2}");
	assert_int_equal(setting->reactor.timers.armed, 1);
	pass_ms(setting, EXPIRY_MS / 2 + TIMER_TICK_MS);
	assert_int_equal(setting->layer->ops->count(setting->layer).messages, 1);
	pass_ms(setting, EXPIRY_MS / 2 + TIMER_TICK_MS);
	assert_int_equal(setting->layer->ops->count(setting->layer).channels, 0);
	assert_int_equal(setting->reactor.timers.armed, 0);
	/* Or it is looked for before the timer has had its turn. */
	send_message(setting, "a", "{}");
	setting->reactor.now_ms += EXPIRY_MS;
	assert_string_equal(get(setting, "a"), "");
}

static void new_channels_are_their_makers_alone(void **state)
{
	struct setting *setting = *state;
	struct buf names[2] = { 0 };

	for (int i = 0; i < 2; i++)
		assert_int_equal(setting->layer->ops->new_channel(
					 setting->layer, STR_OF("bot"), 0, &names[i]),
			LAYER_DONE);
	assert_string_not_equal(buf_text(&names[0]), buf_text(&names[1]));
	send_message(setting, buf_text(&names[0]), "{}");
	assert_string_equal(get(setting, buf_text(&names[1])), "");
	assert_string_equal(get(setting, buf_text(&names[0])), "{}");
	for (int i = 0; i < 2; i++)
		buf_finish(&names[i]);
}

static void bound_channel_goes_with_its_owner(void **state)
{
	struct setting *setting = *state;
	const struct layer_ops *ops = setting->layer->ops;
	struct buf name = { 0 };

	assert_int_equal(ops->new_channel(setting->layer, STR_OF("bot"), 5, &name), LAYER_DONE);
	assert_int_equal(send_message(setting, buf_text(&name), "{}"), LAYER_SENT);
	assert_int_equal(add(setting, "g", buf_text(&name)), LAYER_DONE);
	ops->end_owner(setting->layer, 4);
	assert_int_equal(ops->count(setting->layer).channels, 1);
	ops->end_owner(setting->layer, 5);
	assert_int_equal(ops->count(setting->layer).channels, 0);
	assert_int_equal(ops->count(setting->layer).messages, 0);
	assert_int_equal(ops->count(setting->layer).memberships, 0);
	assert_int_equal(send_message(setting, buf_text(&name), "{}"), LAYER_NO_CHANNEL);
	buf_finish(&name);
}

static void strange_channels_are_none(void **state)
{
	static const char *const names[] = { NOBODY_CHANNEL, GONE_CHANNEL,
		"specific.0123456789ac!100000001", "a!b" };
	struct setting *setting = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct buf message = { 0 };

		assert_int_equal(
			send_message(setting, names[i], "{\"type\": \"x\"}"), LAYER_NO_CHANNEL);
		assert_int_equal(add(setting, "g", names[i]), LAYER_NO_CHANNEL);
		assert_int_equal(setting->layer->ops->receive(
					 setting->layer, str_from(names[i]), NULL, &message),
			LAYER_NO_CHANNEL);
	}
	assert_string_equal(hear(setting), "");
}

static void group_has_the_members_that_were_added(void **state)
{
	struct setting *setting = *state;
	struct layer_names added;

	add(setting, "g", "b");
	add(setting, "g", "a");
	add(setting, "g", "a");
	add(setting, "g", ANN_CHANNEL);
	add(setting, "h", "c");
	assert_int_equal(setting->layer->ops->members(setting->layer, STR_OF("g"), &nobody, &added),
		LAYER_DONE);
	assert_int_equal(added.count, 3);
	assert_true(str_is(added.names[0], "a"));
	assert_true(str_is(added.names[1], "b"));
	assert_true(str_is(added.names[2], ANN_CHANNEL));
	mem_free(added.names);
	assert_int_equal(send_to_group(setting, "g", NULL, "{\"type\": \"x\"}"), LAYER_SENT);
	assert_string_equal(hear(setting), "ann x|");
	assert_string_equal(get(setting, "a"), "{\"type\": \"x\"}");
	assert_string_equal(get(setting, "a"), "");
	assert_string_equal(get(setting, "b"), "{\"type\": \"x\"}");
	assert_string_equal(get(setting, "c"), "");
	setting->layer->ops->group_discard(setting->layer, STR_OF("g"), STR_OF("a"), &nobody);
	send_to_group(setting, "g", NULL, "{\"type\": \"y\"}");
	assert_string_equal(get(setting, "a"), "");
	assert_string_equal(get(setting, "b"), "{\"type\": \"y\"}");
}

static void rooms_events_reach_its_connections_first(void **state)
{
	struct setting *setting = *state;
	const char *got;

	add(setting, "chat_lobby", "a");
	add(setting, "chat_lobby", ANN_CHANNEL);
	send_to_group(setting, NULL, "lobby",
		"{\"type\": \"chat.message\", \"message\": \"hi\", \"user\": \"bob\"}");
	send_to_group(setting, NULL, "lobby", "{\"type\": \"x\", \"n\": 1}");
	assert_string_equal(hear(setting), "room 1 chat.message|ann chat.message|room 0 x|ann x|");
	got = get(setting, "a");
	assert_true(str_starts_with(str_from(got), STR_OF("{\"type\": \"chat.message\", \"room\": "
							  "\"lobby\", \"seq\": 1, \"epoch\": ")));
	assert_non_null(strstr(got, "\"user\": \"bob\", \"message\": \"hi\", \"time\": "));
	assert_string_equal(get(setting, "a"), "{\"type\": \"x\", \"n\": 1, \"room\": \"lobby\"}");
	/* Another room's do not. */
	send_to_group(setting, NULL, "ops", "{\"type\": \"x\"}");
	assert_string_equal(get(setting, "a"), "");
}

static void full_member_misses_and_is_counted(void **state)
{
	struct setting *setting = *state;

	add(setting, "g", "slow");
	for (int i = 0; i < CAPACITY + 3; i++)
		assert_int_equal(
			send_to_group(setting, "g", NULL, "{\"type\": \"x\"}"), LAYER_SENT);
	assert_int_equal(setting->layer->ops->count(setting->layer).messages, CAPACITY);
	assert_int_equal(setting->stats.values[STAT_GROUP_MISSED], 3);
	assert_int_equal(setting->stats.values[STAT_CHANNEL_FULL], 0);
}

static void memberships_expire_but_those_of_connections(void **state)
{
	struct setting *setting = *state;
	const struct layer_ops *ops = setting->layer->ops;

	add(setting, "g", "idle");
	add(setting, "g", "reads");
	add(setting, "g", ANN_CHANNEL);
	pass_ms(setting, GROUP_EXPIRY_MS / 2);
	get(setting, "reads");
	pass_ms(setting, GROUP_EXPIRY_MS / 2 + TIMER_TICK_MS);
	assert_int_equal(ops->count(setting->layer).memberships, 2);
	pass_ms(setting, GROUP_EXPIRY_MS);
	assert_int_equal(ops->count(setting->layer).memberships, 1);
	ops->leave(setting->layer, 77);
	assert_int_equal(ops->count(setting->layer).memberships, 1);
	ops->leave(setting->layer, ANN);
	assert_int_equal(ops->count(setting->layer).memberships, 0);
}

static void flush_takes_what_waits_and_who_was_added(void **state)
{
	struct setting *setting = *state;
	const struct layer_ops *ops = setting->layer->ops;

	add(setting, "g", "a");
	add(setting, "g", ANN_CHANNEL);
	send_message(setting, "a", "{}");
	ops->flush(setting->layer, &nobody);
	assert_string_equal(get(setting, "a"), "");
	send_to_group(setting, "g", NULL, "{\"type\": \"x\"}");
	assert_string_equal(hear(setting), "");
	assert_int_equal(ops->count(setting->layer).memberships, 0);
}

struct reader {
	struct layer_receiver receiver;
	char taken[64];
};

static void take(struct layer_receiver *receiver, struct str message)
{
	struct reader *reader = list_entry(receiver, struct reader, receiver);

	snprintf(reader->taken, sizeof(reader->taken), "%.*s", STR_ARG(message));
}

static void receivers_wait_in_their_order(void **state)
{
	struct setting *setting = *state;
	const struct layer_ops *ops = setting->layer->ops;
	struct reader readers[3];
	struct buf message = { 0 };

	add(setting, "g", "a");
	for (int i = 0; i < 3; i++) {
		readers[i] = (struct reader){ .receiver.take = take };
		list_init(&readers[i].receiver.link);
		assert_int_equal(
			ops->receive(setting->layer, STR_OF("a"), &readers[i].receiver, &message),
			LAYER_EMPTY);
	}
	ops->cancel_receive(setting->layer, &readers[0].receiver);
	send_message(setting, "a", "{\"n\": 1}");
	send_to_group(setting, "g", NULL, "{\"type\": \"x\"}");
	assert_string_equal(readers[0].taken, "");
	assert_string_equal(readers[1].taken, "{\"n\": 1}");
	assert_string_equal(readers[2].taken, "{\"type\": \"x\"}");
	assert_string_equal(get(setting, "a"), "");
}

static const uint8_t sender[16] = { 1 };

static void ref_is_said_once(void **state)
{
	struct setting *setting = *state;
	struct author author = { AUTHOR_REQUEST, 1, STR("r"), sender };
	static const uint8_t other[16] = { 2 };

	assert_int_equal(send_as(setting, "a", "{}", &author), LAYER_SENT);
	assert_int_equal(send_as(setting, "a", "{}", &author), LAYER_REPEATED);
	assert_int_equal(setting->layer->ops->count(setting->layer).messages, 1);
	assert_int_equal(send_as(setting, "b", "{}", &author), LAYER_SENT);
	author.sender = other;
	assert_int_equal(send_as(setting, "a", "{}", &author), LAYER_SENT);
	/* What was refused may be sent again. */
	author.ref = STR_OF("s");
	assert_int_equal(send_as(setting, "a", "{}", &author), LAYER_FULL);
	get(setting, "a");
	assert_int_equal(send_as(setting, "a", "{}", &author), LAYER_SENT);
}

static void message_to_a_connection_is_under_way(void **state)
{
	struct setting *setting = *state;
	struct author author = { AUTHOR_REQUEST, 1, STR("r"), sender };

	assert_int_equal(
		send_as(setting, ANN_CHANNEL, "{\"type\": \"x\"}", &author), LAYER_UNDER_WAY);
	author.id = 2; /* the same, before anything is known */
	assert_int_equal(
		send_as(setting, ANN_CHANNEL, "{\"type\": \"x\"}", &author), LAYER_UNDER_WAY);
	assert_string_equal(hear(setting), "ann alone x|");
	layer_end_errand(setting->errand, LAYER_FULL);
	assert_string_equal(hear(setting), "settle 1 0|settle 2 0|");
	assert_int_equal(setting->stats.values[STAT_CHANNEL_FULL], 2);
	author.id = 3;
	assert_int_equal(
		send_as(setting, ANN_CHANNEL, "{\"type\": \"x\"}", &author), LAYER_UNDER_WAY);
	author.id = 4;
	assert_int_equal(
		send_as(setting, ANN_CHANNEL, "{\"type\": \"x\"}", &author), LAYER_UNDER_WAY);
	layer_end_errand(setting->errand, LAYER_SENT);
	assert_string_equal(hear(setting), "ann alone x|settle 3 0|settle 4 1|");
	assert_int_equal(
		send_as(setting, ANN_CHANNEL, "{\"type\": \"x\"}", &author), LAYER_REPEATED);
}

static const struct {
	const char *name;
	CMUnitTestFunction run;
} behaviours[] = {
#define BEHAVIOUR(name)     \
	{                   \
#name, name \
	}
	BEHAVIOUR(what_is_sent_is_received),
	BEHAVIOUR(messages_expire_also_while_nobody_looks),
	BEHAVIOUR(new_channels_are_their_makers_alone),
	BEHAVIOUR(bound_channel_goes_with_its_owner),
	BEHAVIOUR(strange_channels_are_none),
	BEHAVIOUR(group_has_the_members_that_were_added),
	BEHAVIOUR(rooms_events_reach_its_connections_first),
	BEHAVIOUR(full_member_misses_and_is_counted),
	BEHAVIOUR(memberships_expire_but_those_of_connections),
	BEHAVIOUR(flush_takes_what_waits_and_who_was_added),
	BEHAVIOUR(receivers_wait_in_their_order),
	BEHAVIOUR(ref_is_said_once),
	BEHAVIOUR(message_to_a_connection_is_under_way),
};

#define MAKER_COUNT (sizeof(makers) / sizeof(makers[0]))
#define BEHAVIOUR_COUNT (sizeof(behaviours) / sizeof(behaviours[0]))

int main(void)
{
	static char names[MAKER_COUNT * BEHAVIOUR_COUNT][96];
	struct CMUnitTest tests[MAKER_COUNT * BEHAVIOUR_COUNT];

	for (size_t i = 0; i < MAKER_COUNT * BEHAVIOUR_COUNT; i++) {
		const struct maker *maker = &makers[i / BEHAVIOUR_COUNT];
		size_t row = i % BEHAVIOUR_COUNT;

		snprintf(names[i], sizeof(names[i]), "%s: %s", maker->name, behaviours[row].name);
		tests[i] = (struct CMUnitTest){ names[i], behaviours[row].run, set_up, take_down,
			(void *)(uintptr_t)maker };
	}
	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
