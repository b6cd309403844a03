/* SPDX-License-Identifier: MIT */
/* A broker counts its lease from the time of its request, not of Redis' reply: so a broker that was
 * stopped in between does not believe that it still holds the lease. A mark, which is published
 * too, shows all brokers the same place in the sequence of publications: the old holder sends the
 * events before the mark, the new holder those behind it. */
#include "broker/layer/redis/django_pubsub.h"

#include <assert.h>

#include "broker/layer/redis/channel_scripts.h"
#include "broker/layer/redis/channels_private.h"
#include "broker/layer/redis/django_queue.h"
#include "broker/layer/redis/names.h"
#include "common/base/mem.h"

/* Publications wait nowhere but here: some seconds of a busy site. */
#define MESSAGES_MAX 16384
#define LEASE_KEY "roomwire:bridge"
#define MARKS ":bridge" /* appended to link_events: one channel for a site, whatever its prefix */
#define LEASE_MS 3000
#define TEXT_OF_NUMBER(number) #number
#define TEXT_OF(number) TEXT_OF_NUMBER(number)
#define RENEW_MS 1000
#define ASK_MS 250
/* The time that another broker has to take the lease at a stop. */
#define HAND_OVER_MS 1500

struct django_pubsub {
	struct redis_channels *channels; /* borrowed */
	struct django_queue *queue; /* owned */
	struct timer lease_timer; /* at the stop: ends the wait for another broker's mark */
	uint64_t asked_ms;
	uint64_t until_ms; /* until then this broker has the lease */
	struct buf marks; /* the marks' channel; owned */
	bool *has_mark; /* owned, by host: whether the last mark was this broker's */
	bool is_asking;
	bool is_hurried;
	bool is_leaving; /* has given the lease back, and sends until another broker does */
};

static uint64_t now_ms(const struct django_pubsub *pubsub)
{
	return pubsub->channels->layer.reactor->now_ms;
}

static struct link *lease_link(const struct django_pubsub *pubsub)
{
	return links_at(pubsub->channels->setting.links, 0);
}

static struct str own_id(const struct django_pubsub *pubsub)
{
	return str_from(pubsub->channels->layer.broker_id);
}

static bool has_lease(const struct django_pubsub *pubsub)
{
	return pubsub->is_leaving || pubsub->until_ms > now_ms(pubsub);
}

/* Publishes the mark on hosts that have not shown it yet: the lease's script publishes it on its
 * own host only. */
static void publish_marks(const struct django_pubsub *pubsub)
{
	struct links *links = pubsub->channels->setting.links;

	for (size_t i = 0; i < links_count(links); i++) {
		if (!pubsub->has_mark[i])
			redis_tell(links_at(links, i),
				LINK_WORDS(STR_OF("PUBLISH"), buf_str(&pubsub->marks),
					own_id(pubsub)));
	}
}

static void end_asking(void *context, const struct link_reply *reply)
{
	struct django_pubsub *pubsub = context;

	pubsub->is_asking = false;
	if (!redis_channels_is_good(pubsub->channels, reply) || reply->kind != LINK_INTEGER)
		return;
	pubsub->until_ms = reply->integer == 1 ? pubsub->asked_ms + LEASE_MS : 0;
}

static void ask_for_lease(struct django_pubsub *pubsub)
{
	pubsub->asked_ms = now_ms(pubsub);
	pubsub->is_asking = script_eval(lease_link(pubsub), &redis_script_lease,
		&(struct link_handler){ end_asking, pubsub }, 1,
		LINK_WORDS(STR_OF(LEASE_KEY), own_id(pubsub), STR_OF(TEXT_OF(LEASE_MS)),
			buf_str(&pubsub->marks)));
}

static void ask(struct django_pubsub *pubsub)
{
	bool has_it = has_lease(pubsub);

	if (has_it)
		publish_marks(pubsub);
	if (!pubsub->is_asking)
		ask_for_lease(pubsub);
	reactor_arm(
		pubsub->channels->layer.reactor, &pubsub->lease_timer, has_it ? RENEW_MS : ASK_MS);
}

/* The stop: stops sending; another broker has the lease, or there is no other. */
static void leave(struct django_pubsub *pubsub)
{
	if (!pubsub->is_leaving)
		return;
	pubsub->is_leaving = false;
	pubsub->channels->under_way--;
	reactor_disarm(pubsub->channels->layer.reactor, &pubsub->lease_timer);
}

static void tick(struct timer *timer)
{
	struct django_pubsub *pubsub = list_entry(timer, struct django_pubsub, lease_timer);

	if (pubsub->is_leaving)
		leave(pubsub);
	else
		ask(pubsub);
}

/* Subscribes all of Django's rooms. The prefix is escaped, so that it holds no pattern. */
static void subscribe(struct django_pubsub *pubsub)
{
	struct links *links = pubsub->channels->setting.links;
	struct buf pattern = { 0 };
	bool is_subscribed;

	redis_write_pattern(pubsub->channels->setting.prefix, &pattern);
	redis_room_channel("", STR_OF("*"), &pattern);
	is_subscribed = links_subscribe(links, LINK_CHANNEL, buf_str(&pubsub->marks)) &&
			links_subscribe(links, LINK_PATTERN, buf_str(&pattern));
	assert(is_subscribed); /* two are never too many */
	(void)is_subscribed;
	buf_finish(&pattern);
}

struct django_pubsub *django_pubsub_create(struct redis_channels *channels)
{
	struct django_pubsub *pubsub = mem_new(struct django_pubsub);

	pubsub->channels = channels;
	pubsub->queue = django_queue_create(&(struct django_queue_setting){
		.channels = channels, .messages_max = MESSAGES_MAX });
	pubsub->has_mark = mem_alloc_array(links_count(channels->setting.links), sizeof(bool));
	buf_append_str(&pubsub->marks, link_events(lease_link(pubsub)));
	buf_append_text(&pubsub->marks, MARKS);
	timer_init(&pubsub->lease_timer, tick);
	subscribe(pubsub);
	return pubsub;
}

void django_pubsub_destroy(struct django_pubsub *pubsub)
{
	if (pubsub == NULL)
		return;
	reactor_disarm(pubsub->channels->layer.reactor, &pubsub->lease_timer);
	django_queue_destroy(pubsub->queue);
	buf_finish(&pubsub->marks);
	mem_free(pubsub->has_mark);
	mem_free(pubsub);
}

void django_pubsub_up(struct django_pubsub *pubsub)
{
	if (!pubsub->is_hurried)
		ask(pubsub);
}

static bool has_any_mark(const struct django_pubsub *pubsub)
{
	size_t count = links_count(pubsub->channels->setting.links), i = 0;

	while (i < count && !pubsub->has_mark[i])
		i++;
	return i < count;
}

/* id is "" when the lease is free. */
static void take_mark(struct django_pubsub *pubsub, size_t host, struct str id)
{
	bool is_own = str_equals(id, own_id(pubsub));

	if (id.len == 0) {
		if (!pubsub->is_hurried)
			ask(pubsub);
		return;
	}
	pubsub->has_mark[host] = is_own;
	/* The reply to the lease's script comes on the other connection, perhaps later. */
	if (is_own && pubsub->is_asking)
		pubsub->until_ms = pubsub->asked_ms + LEASE_MS;
	if (is_own && host == 0)
		publish_marks(pubsub);
	if (!has_any_mark(pubsub))
		leave(pubsub);
}

static void put(struct django_pubsub *pubsub, struct str room, struct str payload)
{
	if (django_queue_has_room(pubsub->queue))
		django_queue_put(pubsub->queue, room, payload);
	else
		redis_channels_refuse(pubsub->channels, "too much waits to be said");
}

void django_pubsub_pushed(
	struct django_pubsub *pubsub, struct link *link, struct str channel, struct str payload)
{
	struct links *links = pubsub->channels->setting.links;
	struct buf room = { 0 };
	size_t host = 0;

	while (links_at(links, host) != link)
		host++;
	if (str_equals(channel, buf_str(&pubsub->marks)))
		take_mark(pubsub, host, payload);
	else if (pubsub->has_mark[host] && has_lease(pubsub) &&
		 redis_room_of_channel(pubsub->channels->setting.prefix, channel, &room))
		put(pubsub, buf_str(&room), payload);
	buf_finish(&room);
}

void django_pubsub_settle(
	struct django_pubsub *pubsub, uint64_t author_id, enum layer_result result)
{
	django_queue_settle(pubsub->queue, author_id, result);
}

/* Leaves at once when no other broker has got the publication. */
static void end_leaving(void *context, const struct link_reply *reply)
{
	if (reply == NULL || reply->kind != LINK_INTEGER || reply->integer <= 1)
		leave(context);
}

void django_pubsub_hurry(struct django_pubsub *pubsub)
{
	bool has_it = has_lease(pubsub);

	pubsub->is_hurried = true;
	reactor_disarm(pubsub->channels->layer.reactor, &pubsub->lease_timer);
	if (!has_it)
		return;
	pubsub->is_leaving = script_eval(lease_link(pubsub), &redis_script_give_back,
		&(struct link_handler){ end_leaving, pubsub }, 1,
		LINK_WORDS(STR_OF(LEASE_KEY), own_id(pubsub), buf_str(&pubsub->marks)));
	pubsub->until_ms = 0;
	if (pubsub->is_leaving) {
		pubsub->channels->under_way++;
		reactor_arm(pubsub->channels->layer.reactor, &pubsub->lease_timer, HAND_OVER_MS);
	}
}
