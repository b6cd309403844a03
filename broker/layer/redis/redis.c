/* SPDX-License-Identifier: MIT */
/* The layer's life: up and down, its tick, and the operations that only call another file. */
#include "broker/layer/redis/redis.h"

#include <assert.h>

#include "broker/layer/redis/redis_private.h"
#include "broker/layer/switchboard.h"
#include "common/base/crypto.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define TICK_MS 1000
#define HURRIED_TICK_MS 32

/* The links' callbacks. */

static void tell_link(struct redis *redis)
{
	if (redis->is_known_down == !redis->is_up)
		return;
	redis->is_known_down = !redis->is_up;
	redis->setting.sink.tell_link(redis->setting.sink.context, redis->is_up);
}

static void end_up(void *context, const struct link_reply *reply)
{
	struct redis *redis = context;

	(void)reply; /* NULL: the link broke, and comes back */
	redis->ups_due--;
	if (redis->ups_due == 0 && redis->is_up && !redis->is_ending)
		tell_link(redis);
}

/* Tells the sink that Redis is up, after all earlier questions are answered: replies come in order,
 * so a PING's reply is the last. By then the sink knows which rooms have a new epoch. */
static void tell_up(struct redis *redis)
{
	for (size_t i = 0; i < links_count(redis->links); i++) {
		if (link_command(links_at(redis->links, i), &(struct link_handler){ end_up, redis },
			    LINK_WORDS(STR_OF("PING"))))
			redis->ups_due++;
	}
	if (redis->ups_due == 0)
		tell_link(redis);
}

static void handle_up(void *context)
{
	struct redis *redis = context;

	redis->is_up = true;
	follower_ask_heads(redis->follower);
	tell_up(redis);
	redis_send_again(redis);
	redis_people_link_up(redis->people);
	redis_channels_up(redis->channels);
}

static void handle_down(void *context)
{
	struct redis *redis = context;

	redis->is_up = false;
	redis_people_link_down(redis->people);
	tell_link(redis);
	if (redis->says_alone)
		reactor_schedule(redis->setting.reactor, &redis->alone_task);
}

static void open_alone(struct reactor_task *task)
{
	struct redis *redis = list_entry(task, struct redis, alone_task);

	if (!redis->is_up)
		follower_finish_opening_alone(redis->follower);
}

static bool is_idle(const struct layer *layer)
{
	const struct redis *redis = redis_of(layer);

	return follower_items(redis->follower) == 0 && redis_channels_are_idle(redis->channels);
}

static void tell_idle(struct redis *redis)
{
	if (!redis->is_hurried || redis->is_idle_told || !is_idle(&redis->layer))
		return;
	redis->is_idle_told = true;
	redis->setting.sink.idle(redis->setting.sink.context);
}

static void look_up(struct redis *redis)
{
	if (redis->asks_heads) {
		redis->asks_heads = false;
		follower_ask_heads(redis->follower);
	}
	redis_send_again(redis);
	redis_probe(redis);
}

static void look_away(struct redis *redis)
{
	redis_give_up(redis, redis->is_hurried);
	if (!redis->says_alone)
		follower_fail_opening(redis->follower);
	tell_link(redis);
}

static void look_after(struct timer *timer)
{
	struct redis *redis = list_entry(timer, struct redis, tick);

	if (redis->is_up)
		look_up(redis);
	else
		look_away(redis);
	redis_past_look_after(redis->past, redis->is_up);
	tell_idle(redis);
	reactor_arm(redis->setting.reactor, &redis->tick,
		redis->is_hurried ? HURRIED_TICK_MS : TICK_MS);
}

/* The operations. */

static bool open_room(struct layer *layer, struct str room, struct layer_head *head_out)
{
	struct redis *redis = redis_of(layer);

	(void)head_out;
	follower_open(redis->follower, room);
	if (!redis->is_up && redis->says_alone)
		reactor_schedule(redis->setting.reactor, &redis->alone_task);
	return false;
}

static void close_room(struct layer *layer, struct str room)
{
	struct redis *redis = redis_of(layer);

	if (follower_is_open(redis->follower, room)) {
		redis_channels_close_room(redis->channels, room);
		redis_people_close_room(redis->people, room);
	}
	follower_close(redis->follower, room);
}

static enum layer_result group_send(
	struct layer *layer, struct event *event, const struct author *author)
{
	struct redis *redis = redis_of(layer);

	if (event->room.len == 0)
		return redis_channels_group_send(redis->channels, event, author);
	return redis_send(redis, event, author);
}

static enum layer_result new_channel(
	struct layer *layer, struct str prefix, uint64_t owner, struct buf *name_out)
{
	return redis_channels_new_channel(redis_of(layer)->channels, prefix, owner, name_out);
}

static enum layer_result send(struct layer *layer, struct str channel, const struct event *event,
	const struct author *author)
{
	return redis_channels_send(redis_of(layer)->channels, channel, event, author);
}

static enum layer_result receive(struct layer *layer, struct str channel,
	struct layer_receiver *receiver, struct buf *message_out)
{
	return redis_channels_receive(redis_of(layer)->channels, channel, receiver, message_out);
}

static void cancel_receive(struct layer *layer, struct layer_receiver *receiver)
{
	redis_channels_cancel_receive(redis_of(layer)->channels, receiver);
}

static enum layer_result group_add(
	struct layer *layer, struct str group, struct str channel, const struct author *asker)
{
	return redis_channels_group_add(redis_of(layer)->channels, group, channel, asker);
}

static enum layer_result group_discard(
	struct layer *layer, struct str group, struct str channel, const struct author *asker)
{
	return redis_channels_group_discard(redis_of(layer)->channels, group, channel, asker);
}

static enum layer_result members(struct layer *layer, struct str group, const struct author *asker,
	struct layer_names *names_out)
{
	(void)names_out;
	return redis_channels_members(redis_of(layer)->channels, group, asker);
}

static enum layer_result flush(struct layer *layer, const struct author *asker)
{
	return redis_channels_flush(redis_of(layer)->channels, asker);
}

static void leave(struct layer *layer, uint64_t connection)
{
	redis_channels_leave(redis_of(layer)->channels, connection);
}

static void end_owner(struct layer *layer, uint64_t owner)
{
	redis_channels_end_owner(redis_of(layer)->channels, owner);
}

static struct layer_counts count(const struct layer *layer)
{
	return redis_channels_count(redis_of(layer)->channels);
}

static bool ask_rows(
	struct layer *layer, struct str room, uint64_t after, uint64_t until, size_t bytes_max)
{
	return redis_past_ask_rows(redis_of(layer)->past, room, after, until, bytes_max);
}

static bool ask_page(struct layer *layer, const struct page *page, uint64_t asker)
{
	return redis_past_ask_page(redis_of(layer)->past, page, asker);
}

static void person(struct layer *layer, struct str room, const struct user *user, bool is_here)
{
	redis_people_person(redis_of(layer)->people, room, user, is_here);
}

static void notify(struct layer *layer, const struct layer_notice *notice)
{
	redis_people_notify(redis_of(layer)->people, notice);
}

static const char *state(const struct layer *layer)
{
	const struct redis *redis = redis_of(layer);

	return redis->is_up ? store_problem_code(redis->problem) : "unavailable";
}

static void hurry(struct layer *layer)
{
	struct redis *redis = redis_of(layer);

	redis->is_hurried = true;
	redis_channels_hurry(redis->channels);
	redis_people_hurry(redis->people);
	reactor_arm(redis->setting.reactor, &redis->tick, HURRIED_TICK_MS);
}

/* links_destroy gives all waiting handlers their NULL, so their owners must still exist. */
static void destroy(struct layer *layer)
{
	struct redis *redis = redis_of(layer);

	redis->is_ending = true;
	redis_channels_end(redis->channels);
	redis_past_end(redis->past);
	reactor_disarm(redis->setting.reactor, &redis->tick);
	reactor_unschedule(&redis->alone_task);
	links_destroy(redis->links);
	redis_channels_destroy(redis->channels);
	redis_people_destroy(redis->people);
	redis_past_destroy(redis->past);
	redis_log_destroy(redis->log);
	follower_destroy(redis->follower);
	switchboard_destroy(layer->switchboard);
	redis_event_reader_finish(&redis->reader);
	redis_urls_finish(&redis->urls);
	buf_finish(&redis->rest);
	mem_free(redis);
}

static const struct layer_ops redis_ops = {
	.name = "redis",
	.destroy = destroy,
	.open_room = open_room,
	.close_room = close_room,
	.group_send = group_send,
	.new_channel = new_channel,
	.send = send,
	.receive = receive,
	.cancel_receive = cancel_receive,
	.group_add = group_add,
	.group_discard = group_discard,
	.members = members,
	.flush = flush,
	.leave = leave,
	.end_owner = end_owner,
	.count = count,
	.ask_rows = ask_rows,
	.ask_page = ask_page,
	.person = person,
	.notify = notify,
	.state = state,
	.hurry = hurry,
	.is_idle = is_idle,
};

struct links *layer_redis_links(struct layer *layer)
{
	return layer->ops == &redis_ops ? redis_of(layer)->links : NULL;
}

/* Creation. */

static struct links *create_links(struct redis *redis)
{
	size_t count = 0;

	assert(redis_log_script_count + redis_channels_script_count <= REDIS_SCRIPTS_MAX);
	for (size_t i = 0; i < redis_log_script_count; i++)
		redis->scripts[count++] = redis_log_scripts[i];
	for (size_t i = 0; i < redis_channels_script_count; i++)
		redis->scripts[count++] = redis_channels_scripts[i];
	return links_create(&(struct links_setting){ .reactor = redis->setting.reactor,
		.stats = redis->setting.stats,
		.urls = &redis->urls,
		.broker_id = str_from(redis->setting.broker_id),
		.scripts = redis->scripts,
		.script_count = count,
		.up = handle_up,
		.down = handle_down,
		.pushed = redis_take_pushed,
		.context = redis });
}

static enum django_layout layout_of(const struct config *config)
{
	static const struct {
		const char *name;
		enum django_layout layout;
	} rows[] = {
		{ "none", DJANGO_NONE },
		{ "core", DJANGO_CORE },
		{ "pubsub", DJANGO_PUBSUB },
	};
	size_t i = 0;

	while (!str_is(str_from(config->redis_layout), rows[i].name)) {
		i++;
		assert(i < sizeof(rows) / sizeof(rows[0])); /* the configuration was checked */
	}
	return rows[i].layout;
}

static struct redis_channels *create_channels(struct redis *redis, const struct config *config)
{
	return redis_channels_create(&(struct redis_channels_setting){ .layer = &redis->setting,
		.own = &redis->layer,
		.links = redis->links,
		.prefix = config->redis_prefix,
		.django = layout_of(config),
		.django_types = &config->redis_django_types,
		.message_bytes_max = (size_t)config->limits_message_bytes });
}

static struct redis_people *create_people(struct redis *redis)
{
	return redis_people_create(
		&(struct redis_people_setting){ .reactor = redis->setting.reactor,
			.stats = redis->setting.stats,
			.links = redis->links,
			.broker_id = redis->setting.broker_id,
			.sink = redis->setting.sink });
}

static uint64_t room_messages(const struct config *config)
{
	int64_t kept = config->history_keep_messages;

	return (uint64_t)(kept > 0 ? kept : config->redis_room_messages);
}

static void build(struct redis *redis, const struct config *config)
{
	struct follower_sink sink = redis_follower_sink;

	sink.context = redis;
	redis->layer.switchboard = switchboard_create(&redis->setting);
	redis->follower = follower_create(&sink);
	redis->links = create_links(redis);
	redis->log = redis_log_create(redis->links, room_messages(config));
	redis->past = redis_past_create(
		redis->log, &redis->setting.sink, (size_t)config->limits_message_bytes);
	redis->channels = create_channels(redis, config);
	redis->people = create_people(redis);
	reactor_arm(redis->setting.reactor, &redis->tick, TICK_MS);
}

struct layer *layer_create_redis(const struct config *config, const struct layer_setting *setting)
{
	struct redis *redis = mem_new(struct redis);
	struct buf problem = { 0 };

	redis->layer = (struct layer){
		.ops = &redis_ops,
		.keeps_past = true,
		.is_shared = true,
		.receives_late = true,
	};
	redis->setting = *setting;
	redis->says_alone = config->redis_when_away_local;
	crypto_random(redis->ref_base, sizeof(redis->ref_base));
	timer_init(&redis->tick, look_after);
	reactor_task_init(&redis->alone_task, open_alone);
	if (redis_urls_read(config, &redis->urls, &problem)) {
		build(redis, config);
		buf_finish(&problem);
		return &redis->layer;
	}
	log_error("event=redis problem=\"%s\"", buf_text(&problem));
	buf_finish(&problem);
	redis_urls_finish(&redis->urls);
	mem_free(redis);
	return NULL;
}
