/* SPDX-License-Identifier: MIT */
/* A link remembers the names of its subscriptions and subscribes them all again on each new
 * connection. On that connection every reply is a push: a publication or a confirmation. */
#include "broker/redis/link_private.h"
#include "broker/stats.h"

#define SUBSCRIPTIONS_MAX 10000

static const struct str commands[] = {
	[LINK_CHANNEL] = STR("SUBSCRIBE"),
	[LINK_PATTERN] = STR("PSUBSCRIBE"),
};

/* A link that is coming waits for the confirmation before it is up. */
static void begin(struct link *link, enum link_subscription kind, struct str name)
{
	if (!pipe_is_open(&link->pipes[LINK_SUBSCRIPTION]))
		return;
	if (!pipe_tell(&link->pipes[LINK_SUBSCRIPTION], LINK_WORDS(commands[kind], name)))
		link_fail(link, "it does not read what is to be subscribed");
	if (link->state == LINK_COMING)
		link->due[LINK_SUBSCRIPTION]++;
}

bool link_subscribe(struct link *link, enum link_subscription kind, struct str name)
{
	struct map *names = link->subscriptions[kind];

	if (map_find(names, name) != NULL)
		return true;
	if (map_count(names) == SUBSCRIPTIONS_MAX)
		return false;
	map_put(names, name, link);
	begin(link, kind, name);
	return true;
}

void link_subscribe_all(struct link *link)
{
	for (int kind = LINK_CHANNEL; kind <= LINK_PATTERN; kind++) {
		size_t position = 0;
		struct str name;
		void *value;

		while (map_next(link->subscriptions[kind], &position, &name, &value))
			begin(link, (enum link_subscription)kind, name);
	}
}

static void take_message(struct link *link, struct str channel, struct str payload)
{
	if (link->state != LINK_UP || link->problem.len > 0)
		return;
	if (str_equals(channel, link_events(link)) && str_equals(payload, buf_str(&link->beat))) {
		link->beats_unseen = 0;
		link->attempts = 0;
		return;
	}
	stat_add(link->setting.stats, STAT_REDIS_EVENTS, 1);
	link->setting.pushed(link->setting.context, channel, payload);
}

static bool has_texts(const struct link_reply *reply, size_t count)
{
	if (reply->kind != LINK_ARRAY || reply->count < count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (reply->elements[i].kind != LINK_TEXT)
			return false;
	}
	return true;
}

void link_take_push(struct link *link, const struct link_reply *reply)
{
	const struct link_reply *part = reply->elements;

	if (reply->kind == LINK_ERROR)
		link_fail_reply(link, "SUBSCRIBE", reply);
	else if (has_texts(reply, 3) && str_is(part[0].text, "message"))
		take_message(link, part[1].text, part[2].text);
	else if (has_texts(reply, 4) && str_is(part[0].text, "pmessage"))
		take_message(link, part[2].text, part[3].text);
	else if (!has_texts(reply, 1) || !str_ends_with(part[0].text, STR_OF("subscribe")))
		link_fail(link, "it answers what nobody has asked");
	else if (link->state == LINK_COMING)
		link_note_greeted(link, LINK_SUBSCRIPTION);
}
