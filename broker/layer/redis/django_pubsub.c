/* SPDX-License-Identifier: MIT */
/* The lease is held from when it was asked for, not from when Redis granted it: a broker that was
 * stopped in between does not take itself for its holder. */
#include "broker/layer/redis/django_pubsub.h"

#include <assert.h>

#include "broker/layer/redis/channel_scripts.h"
#include "broker/layer/redis/channels_private.h"
#include "broker/layer/redis/django_desk.h"
#include "broker/layer/redis/names.h"
#include "common/base/mem.h"

/* What is published waits nowhere else: some seconds of what a busy site says. */
#define MESSAGES_MAX 16384
#define LEASE_KEY "roomwire:bridge"
#define LEASE_MS 3000
#define TEXT_OF_NUMBER(number) #number
#define TEXT_OF(number) TEXT_OF_NUMBER(number)
#define RENEW_MS 1000
/* Who has it asks in time, so that the others may ask as soon as it is given back. */
#define ASK_MS 250

struct django_pubsub {
	struct redis_channels *channels; /* borrowed */
	struct django_desk *desk; /* owned */
	struct timer lease_timer;
	uint64_t asked_ms;
	uint64_t until_ms; /* this broker has the lease */
	bool is_asking;
	bool is_hurried;
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

static void end_asking(void *context, const struct link_reply *reply)
{
	struct django_pubsub *pubsub = context;

	pubsub->is_asking = false;
	if (redis_channels_is_good(pubsub->channels, reply) && reply->kind == LINK_INTEGER &&
		reply->integer == 1)
		pubsub->until_ms = pubsub->asked_ms + LEASE_MS;
}

static void ask(struct timer *timer)
{
	struct django_pubsub *pubsub = list_entry(timer, struct django_pubsub, lease_timer);
	bool has_it = pubsub->until_ms > now_ms(pubsub);

	if (!pubsub->is_asking) {
		pubsub->asked_ms = now_ms(pubsub);
		pubsub->is_asking = script_eval(lease_link(pubsub), &redis_script_lease,
			&(struct link_handler){ end_asking, pubsub }, 1,
			LINK_WORDS(STR_OF(LEASE_KEY), own_id(pubsub), STR_OF(TEXT_OF(LEASE_MS))));
	}
	reactor_arm(pubsub->channels->layer.reactor, timer, has_it ? RENEW_MS : ASK_MS);
}

/* All rooms of Django's, and none of the prefix' own characters means anything. */
static void subscribe(struct django_pubsub *pubsub)
{
	struct buf pattern = { 0 };
	bool is_subscribed;

	redis_write_pattern(pubsub->channels->setting.prefix, &pattern);
	redis_room_channel("", STR_OF("*"), &pattern);
	is_subscribed = links_subscribe(
		pubsub->channels->setting.links, LINK_PATTERN, buf_str(&pattern));
	assert(is_subscribed); /* one pattern is never too many */
	(void)is_subscribed;
	buf_finish(&pattern);
}

struct django_pubsub *django_pubsub_create(struct redis_channels *channels)
{
	struct django_pubsub *pubsub = mem_new(struct django_pubsub);

	pubsub->channels = channels;
	pubsub->desk = django_desk_create(&(struct django_desk_setting){
		.channels = channels, .messages_max = MESSAGES_MAX });
	timer_init(&pubsub->lease_timer, ask);
	subscribe(pubsub);
	return pubsub;
}

void django_pubsub_destroy(struct django_pubsub *pubsub)
{
	if (pubsub == NULL)
		return;
	reactor_disarm(pubsub->channels->layer.reactor, &pubsub->lease_timer);
	django_desk_destroy(pubsub->desk);
	mem_free(pubsub);
}

void django_pubsub_up(struct django_pubsub *pubsub)
{
	if (!pubsub->is_hurried)
		ask(&pubsub->lease_timer);
}

void django_pubsub_pushed(struct django_pubsub *pubsub, struct str channel, struct str payload)
{
	struct buf room = { 0 };

	if (pubsub->until_ms > now_ms(pubsub) &&
		redis_room_of_channel(pubsub->channels->setting.prefix, channel, &room)) {
		if (django_desk_has_room(pubsub->desk))
			django_desk_put(pubsub->desk, buf_str(&room), payload);
		else
			redis_channels_refuse(pubsub->channels, "too much waits to be said");
	}
	buf_finish(&room);
}

void django_pubsub_settle(
	struct django_pubsub *pubsub, uint64_t author_id, enum layer_result result)
{
	django_desk_settle(pubsub->desk, author_id, result);
}

void django_pubsub_hurry(struct django_pubsub *pubsub)
{
	pubsub->is_hurried = true;
	pubsub->until_ms = 0;
	reactor_disarm(pubsub->channels->layer.reactor, &pubsub->lease_timer);
	redis_tell_script(lease_link(pubsub), &redis_script_give_back, NULL, 1,
		LINK_WORDS(STR_OF(LEASE_KEY), own_id(pubsub)));
}
