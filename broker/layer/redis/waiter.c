/* SPDX-License-Identifier: MIT */
/* For each new receiver of a plain channel, a look takes a message without blocking, from one host
 * after the other. Only when the channel is empty does the blocking command wait for it, and then
 * there are no looks: if both ran at once, their messages could overtake each other. */
#include "broker/layer/redis/waiter.h"

#include <stdio.h>
#include <string.h>

#include "broker/layer/redis/channel_scripts.h"
#include "broker/layer/redis/message.h"
#include "broker/layer/redis/names.h"
#include "common/base/log.h"
#include "common/base/map.h"
#include "common/base/mem.h"

#define PROCESSES_MAX 64
/* By default Django's layer stores at most 100 messages in a process' channel. */
#define TAKEN_AT_ONCE 100
#define RETRY_MS 1000

/* A plain channel that is waited for. */
struct wanted {
	struct list link;
	struct list receivers; /* the one that has waited longest is the first */
	size_t looks; /* under way */
	bool is_blocking; /* the channel is empty: the blocking command waits for it */
	uint64_t hosts; /* bits of the hosts whose blocking command waits for it */
	char key[];
};

/* The blocking command of one host. */
struct wait {
	struct redis_waiter *waiter;
	struct link *link;
	size_t turn; /* rotates the keys, see add_keys */
	size_t processes; /* how many it waits for */
	bool is_under_way; /* the command, or take_rest */
	bool is_blocking;
	struct timer retry_timer;
};

struct redis_waiter {
	struct redis_waiter_setting setting;
	struct wait *waits; /* owned, one for each host */
	size_t wait_count;
	size_t next; /* the host of the next receiver's first look */
	char *processes[PROCESSES_MAX]; /* the processes' keys; owned */
	size_t process_count;
	struct map *by_key; /* of struct wanted; owned, with its values */
	struct list wanted;
	struct reactor_task change_task; /* runs change */
};

/* Takes a message from a channel for one receiver. */
struct look {
	struct redis_waiter *waiter;
	struct wanted *wanted;
	size_t host;
	size_t hosts_left; /* after this one */
};

static void wait_again(struct wait *wait);

static void destroy_wanted(struct redis_waiter *waiter, struct wanted *wanted)
{
	map_remove(waiter->by_key, str_from(wanted->key));
	list_remove(&wanted->link);
	mem_free(wanted);
}

static bool is_idle(const struct wanted *wanted)
{
	return list_is_empty(&wanted->receivers) && wanted->looks == 0 && wanted->hosts == 0;
}

static bool is_to_be_waited_for(const struct wanted *wanted)
{
	return wanted->is_blocking && !list_is_empty(&wanted->receivers);
}

static uint64_t bit_of(const struct wait *wait)
{
	return UINT64_C(1) << (wait - wait->waiter->waits);
}

/* Whether the command's channels differ from those that it should wait for. */
static bool is_out_of_date(const struct wait *wait)
{
	const struct redis_waiter *waiter = wait->waiter;

	list_each (link, &waiter->wanted) {
		const struct wanted *wanted = list_entry(link, struct wanted, link);

		if (is_to_be_waited_for(wanted) != ((wanted->hosts & bit_of(wait)) != 0))
			return true;
	}
	return wait->processes < waiter->process_count;
}

/* Frees channels without receivers, and unblocks the commands whose channels have changed. */
static void change(struct reactor_task *task)
{
	struct redis_waiter *waiter = list_entry(task, struct redis_waiter, change_task);

	list_each_safe (link, &waiter->wanted) {
		struct wanted *wanted = list_entry(link, struct wanted, link);

		if (is_idle(wanted))
			destroy_wanted(waiter, wanted);
	}
	for (size_t i = 0; i < waiter->wait_count; i++) {
		if (waiter->waits[i].is_blocking && is_out_of_date(&waiter->waits[i]))
			link_unblock(waiter->waits[i].link);
	}
}

static void schedule_change(struct redis_waiter *waiter)
{
	reactor_schedule(waiter->setting.reactor, &waiter->change_task);
}

/* Puts a message back with its old score: before all messages that came later. */
static void put_back(struct redis_waiter *waiter, struct link *link, struct str key,
	const struct link_reply *message)
{
	struct buf expiry = { 0 };

	redis_write_seconds(waiter->setting.expiry_ms, &expiry);
	if (!script_eval(link, &redis_script_put_back, NULL, 1,
		    LINK_WORDS(key, message[1].text, message[0].text, buf_str(&expiry))))
		waiter->setting.refuse(waiter->setting.context, "it cannot be put back");
	buf_finish(&expiry);
}

/* False when bytes are not a message. */
static bool hand_over(struct redis_waiter *waiter, struct wanted *wanted, struct str bytes)
{
	struct layer_receiver *receiver = list_entry(
		wanted->receivers.next, struct layer_receiver, link);
	struct redis_message_read read;
	struct buf text = { 0 };
	const char *problem;

	if (!redis_message_read(bytes, true, &read, &problem)) {
		waiter->setting.refuse(waiter->setting.context, problem);
		return false;
	}
	json_print(&text, read.document);
	redis_message_read_finish(&read);
	list_remove(&receiver->link);
	schedule_change(waiter);
	receiver->take(receiver, buf_str(&text));
	buf_finish(&text);
	return true;
}

static bool look_into(struct look *look);

/* The channel is empty: lets the blocking command wait for it. */
static void begin_blocking(struct redis_waiter *waiter, struct wanted *wanted)
{
	if (wanted->looks > 0 || wanted->is_blocking || list_is_empty(&wanted->receivers))
		return;
	wanted->is_blocking = true;
	schedule_change(waiter);
}

static void start_look(struct redis_waiter *waiter, struct wanted *wanted)
{
	struct look *look = mem_new(struct look);

	*look = (struct look){ waiter, wanted, waiter->next++ % waiter->wait_count,
		waiter->wait_count - 1 };
	wanted->looks++;
	if (look_into(look))
		return;
	wanted->looks--;
	mem_free(look);
	begin_blocking(waiter, wanted);
}

/* message is the message found and its score. It goes to the first receiver, or back. */
static void take_found(struct redis_waiter *waiter, struct wanted *wanted, struct link *link,
	const struct link_reply *message)
{
	if (list_is_empty(&wanted->receivers))
		put_back(waiter, link, str_from(wanted->key), message);
	else if (!hand_over(waiter, wanted, message[0].text) && !wanted->is_blocking)
		start_look(waiter, wanted);
}

/* Whether reply is {how many had expired, message, score, …}. */
static bool is_taking(const struct link_reply *reply)
{
	return reply != NULL && reply->kind == LINK_ARRAY && reply->count % 2 == 1 &&
	       reply->elements[0].kind == LINK_INTEGER;
}

/* Looks into the next host. False when the look is over. */
static bool look_on(struct look *look, const struct link_reply *reply)
{
	if (!is_taking(reply) || reply->count > 1 || look->hosts_left == 0)
		return false;
	look->host = (look->host + 1) % look->waiter->wait_count;
	look->hosts_left--;
	return look_into(look);
}

static void end_look(void *context, const struct link_reply *reply)
{
	struct look *look = context;
	struct redis_waiter *waiter = look->waiter;
	struct wanted *wanted = look->wanted;

	if (is_taking(reply))
		stat_add(waiter->setting.stats, STAT_CHANNEL_EXPIRED,
			(uint64_t)reply->elements[0].integer);
	if (look_on(look, reply))
		return;
	wanted->looks--;
	if (is_taking(reply) && reply->count > 1)
		take_found(waiter, wanted, waiter->waits[look->host].link, &reply->elements[1]);
	if (reply != NULL) {
		begin_blocking(waiter, wanted);
		schedule_change(waiter);
	} else if (!list_is_empty(&wanted->receivers)) {
		wanted->is_blocking = true; /* waits when the link is up again */
	}
	mem_free(look);
}

static bool take_from(struct redis_waiter *waiter, struct link *link, struct str key,
	const char *count, const struct link_handler *handler)
{
	struct buf expiry = { 0 };
	bool is_sent;

	redis_write_seconds(waiter->setting.expiry_ms, &expiry);
	is_sent = script_eval(link, &redis_script_take, handler, 1,
		LINK_WORDS(key, str_from(count), buf_str(&expiry)));
	buf_finish(&expiry);
	return is_sent;
}

/* False when the link refuses the command. */
static bool look_into(struct look *look)
{
	struct redis_waiter *waiter = look->waiter;

	return take_from(waiter, waiter->waits[look->host].link, str_from(look->wanted->key), "1",
		&(struct link_handler){ end_look, look });
}

static void end_rest(void *context, const struct link_reply *reply)
{
	struct wait *wait = context;
	const struct redis_waiter_setting *setting = &wait->waiter->setting;

	for (size_t i = 1; is_taking(reply) && i < reply->count; i += 2)
		setting->take(setting->context, reply->elements[i].text);
	wait->is_under_way = false;
	wait_again(wait);
}

/* Takes all messages that wait for a process: a full channel refuses senders, and these messages
 * have no receiver to wait for. */
static void take_rest(struct wait *wait, struct str key)
{
	char count[8];

	snprintf(count, sizeof(count), "%d", TAKEN_AT_ONCE);
	wait->is_under_way = take_from(
		wait->waiter, wait->link, key, count, &(struct link_handler){ end_rest, wait });
}

/* message is a key, the message and its score. */
static void take_message(struct wait *wait, const struct link_reply *message)
{
	struct redis_waiter *waiter = wait->waiter;
	struct str key = message[0].text;
	struct wanted *wanted;

	if (str_ends_with(key, STR_OF("!"))) {
		waiter->setting.take(waiter->setting.context, message[1].text);
		take_rest(wait, key);
		return;
	}
	wanted = map_find(waiter->by_key, key);
	if (wanted != NULL)
		take_found(waiter, wanted, wait->link, &message[1]);
	else
		put_back(waiter, wait->link, key, &message[1]);
}

/* The command has ended. A channel without receivers may hold messages now, so that its next
 * receiver must look first. */
static void forget_hosts(struct wait *wait)
{
	list_each (link, &wait->waiter->wanted) {
		struct wanted *wanted = list_entry(link, struct wanted, link);

		wanted->hosts &= ~bit_of(wait);
		if (wanted->hosts == 0 && list_is_empty(&wanted->receivers))
			wanted->is_blocking = false;
	}
}

static void end_wait(void *context, const struct link_reply *reply)
{
	struct wait *wait = context;

	wait->is_blocking = wait->is_under_way = false;
	if (reply == NULL) { /* redis_waiter_up starts it again */
		forget_hosts(wait);
		return;
	}
	schedule_change(wait->waiter);
	if (reply->kind == LINK_ARRAY && reply->count == 3)
		take_message(wait, reply->elements);
	forget_hosts(wait);
	if (reply->kind == LINK_ERROR) {
		log_warning("event=redis_wait problem=%.*s", STR_ARG(reply->code));
		reactor_arm(wait->waiter->setting.reactor, &wait->retry_timer, RETRY_MS);
	} else if (!wait->is_under_way) {
		wait_again(wait);
	}
}

/* Rotates the keys: Redis serves the first key that has a message. */
static size_t add_keys(struct wait *wait, struct str *words, struct buf *keys, size_t *ends)
{
	struct redis_waiter *waiter = wait->waiter;
	size_t count = 0;

	for (size_t i = 0; i < waiter->process_count; i++) {
		buf_append_text(keys, waiter->processes[i]);
		ends[count++] = keys->len;
	}
	list_each (link, &waiter->wanted) {
		struct wanted *wanted = list_entry(link, struct wanted, link);

		if (!is_to_be_waited_for(wanted))
			continue;
		wanted->hosts |= bit_of(wait);
		buf_append_text(keys, wanted->key);
		ends[count++] = keys->len;
	}
	for (size_t i = 0, begin = 0; i < count; begin = ends[i++])
		words[(i + wait->turn) % count] = str_range(keys->data + begin, ends[i] - begin);
	return count;
}

static void wait_again(struct wait *wait)
{
	struct redis_waiter *waiter = wait->waiter;
	size_t max = waiter->process_count + map_count(waiter->by_key);
	struct str *words = mem_alloc_array(max + 2, sizeof(*words));
	size_t *ends = mem_alloc_array(max, sizeof(*ends));
	struct buf keys = { 0 };
	size_t count = add_keys(wait, words + 1, &keys, ends);
	char seconds[8];

	wait->turn++;
	snprintf(seconds, sizeof(seconds), "%d", LINK_BLOCKING_SECONDS_MAX);
	words[0] = STR_OF("BZPOPMIN");
	words[1 + count] = str_from(seconds);
	wait->processes = waiter->process_count;
	wait->is_blocking = wait->is_under_way = link_blocking(
		wait->link, &(struct link_handler){ end_wait, wait }, count + 2, words);
	buf_finish(&keys);
	mem_free(ends);
	mem_free(words);
	if (!wait->is_blocking)
		forget_hosts(wait);
}

static void retry(struct timer *timer)
{
	struct wait *wait = list_entry(timer, struct wait, retry_timer);

	if (!wait->is_under_way)
		wait_again(wait);
}

struct redis_waiter *redis_waiter_create(const struct redis_waiter_setting *setting)
{
	struct redis_waiter *waiter = mem_new(struct redis_waiter);

	waiter->setting = *setting;
	waiter->wait_count = links_count(setting->links);
	waiter->waits = mem_alloc_array(waiter->wait_count, sizeof(*waiter->waits));
	for (size_t i = 0; i < waiter->wait_count; i++) {
		waiter->waits[i] = (struct wait){ .waiter = waiter,
			.link = links_at(setting->links, i) };
		timer_init(&waiter->waits[i].retry_timer, retry);
	}
	waiter->by_key = map_create();
	list_init(&waiter->wanted);
	reactor_task_init(&waiter->change_task, change);
	return waiter;
}

void redis_waiter_destroy(struct redis_waiter *waiter)
{
	if (waiter == NULL)
		return;
	reactor_unschedule(&waiter->change_task);
	for (size_t i = 0; i < waiter->wait_count; i++)
		reactor_disarm(waiter->setting.reactor, &waiter->waits[i].retry_timer);
	list_each_safe (link, &waiter->wanted)
		destroy_wanted(waiter, list_entry(link, struct wanted, link));
	for (size_t i = 0; i < waiter->process_count; i++)
		mem_free(waiter->processes[i]);
	map_destroy(waiter->by_key);
	mem_free(waiter->waits);
	mem_free(waiter);
}

void redis_waiter_up(struct redis_waiter *waiter)
{
	schedule_change(waiter);
	for (size_t i = 0; i < waiter->wait_count; i++) {
		if (!waiter->waits[i].is_under_way)
			wait_again(&waiter->waits[i]);
	}
}

bool redis_waiter_add_process(struct redis_waiter *waiter, struct str process)
{
	struct buf key = { 0 };
	bool is_there = false;

	redis_channel_key(waiter->setting.prefix, process, &key);
	for (size_t i = 0; i < waiter->process_count; i++)
		is_there |= str_is(buf_str(&key), waiter->processes[i]);
	if (!is_there && waiter->process_count < PROCESSES_MAX) {
		waiter->processes[waiter->process_count++] = buf_take(&key);
		schedule_change(waiter);
		is_there = true;
	}
	buf_finish(&key);
	return is_there;
}

static struct wanted *find_or_create(struct redis_waiter *waiter, struct str channel)
{
	struct buf key = { 0 };
	struct wanted *wanted;

	redis_channel_key(waiter->setting.prefix, channel, &key);
	wanted = map_find(waiter->by_key, buf_str(&key));
	if (wanted == NULL && map_count(waiter->by_key) < REDIS_WAITER_CHANNELS_MAX) {
		wanted = mem_alloc(sizeof(*wanted) + key.len + 1);
		memcpy(wanted->key, key.data, key.len);
		list_init(&wanted->receivers);
		list_append(&waiter->wanted, &wanted->link);
		map_put(waiter->by_key, buf_str(&key), wanted);
	}
	buf_finish(&key);
	return wanted;
}

enum layer_result redis_waiter_receive(
	struct redis_waiter *waiter, struct str channel, struct layer_receiver *receiver)
{
	struct wanted *wanted;

	if (!links_are_up(waiter->setting.links))
		return LAYER_UNAVAILABLE;
	wanted = find_or_create(waiter, channel);
	if (wanted == NULL)
		return LAYER_CROWDED;
	receiver->inbox = NULL;
	list_append(&wanted->receivers, &receiver->link);
	if (wanted->is_blocking)
		schedule_change(waiter);
	else
		start_look(waiter, wanted);
	return LAYER_EMPTY;
}

void redis_waiter_cancel(struct redis_waiter *waiter, struct layer_receiver *receiver)
{
	if (list_is_empty(&receiver->link))
		return;
	list_remove(&receiver->link);
	schedule_change(waiter);
}

size_t redis_waiter_count(const struct redis_waiter *waiter)
{
	return map_count(waiter->by_key);
}
