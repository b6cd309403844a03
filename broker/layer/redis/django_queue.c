/* SPDX-License-Identifier: MIT */
/* The layer may settle an event inside the call that sends it, so the entry is looked up by its id
 * again after that call. When the layer takes nothing now, all entries wait, in order. When Redis
 * is up and refuses one room (its key has another type, or may not be written), only the entries of
 * that room wait, while its first entry is retried. */
#include "broker/layer/redis/django_queue.h"

#include <string.h>

#include "broker/layer/redis/channels_private.h"
#include "common/base/map.h"
#include "common/base/mem.h"

#define RETRY_MS 100

/* The sender of all of Django's refs. */
static const uint8_t sender[USER_ID_SIZE] = "Django";

struct entry {
	struct list link;
	uint64_t id;
	bool is_said; /* it was sent, and its result is not known yet */
	size_t room_len;
	size_t len;
	char data[]; /* the room's name, then the bytes */
};

enum refusal_state {
	REFUSAL_LASTS,
	REFUSAL_IS_FINAL, /* the room's entries are dropped */
	REFUSAL_IS_OVER, /* the room's entries are sent */
};

/* A room that Redis refuses. The next round acts on its state. */
struct refusal {
	enum refusal_state state;
	uint64_t since_ms;
	uint64_t round; /* that tried its first entry */
};

struct django_queue {
	struct django_queue_setting setting;
	struct reactor *reactor; /* borrowed */
	struct list entries; /* oldest first */
	size_t count;
	size_t bytes; /* of all entries */
	uint64_t last_id;
	struct map *refusals; /* owned, and its values, by room; while there are any the timer is
			       * armed */
	uint64_t round;
	bool is_waiting; /* all entries wait for the timer */
	struct timer retry_timer;
};

static struct str room_of(const struct entry *entry)
{
	return str_range(entry->data, entry->room_len);
}

static struct str bytes_of(const struct entry *entry)
{
	return str_range(entry->data + entry->room_len, entry->len);
}

/* Results come in order, so the entry is near the start; but when the entries of refused rooms wait
 * there, it is near the end. */
static struct entry *find(const struct django_queue *queue, uint64_t id)
{
	struct list *first = queue->entries.next, *last = queue->entries.previous;

	for (size_t seen = 0; seen < queue->count; seen += 2) {
		struct entry *early = list_entry(first, struct entry, link);
		struct entry *late = list_entry(last, struct entry, link);

		if (early->id == id || late->id == id)
			return early->id == id ? early : late;
		first = first->next;
		last = last->previous;
	}
	return NULL;
}

static void drop(struct django_queue *queue, struct entry *entry)
{
	list_remove(&entry->link);
	queue->count--;
	queue->bytes -= entry->len;
	mem_free(entry);
}

static void end(struct django_queue *queue, struct entry *entry)
{
	if (queue->setting.done != NULL)
		queue->setting.done(queue->setting.context, bytes_of(entry));
	drop(queue, entry);
}

static void refuse(struct django_queue *queue, struct entry *entry, const char *problem)
{
	redis_channels_refuse(queue->setting.channels, problem);
	end(queue, entry);
}

/* NULL, or a sentence that says why no room can take the event. */
static const char *read_event(
	const struct django_queue *queue, const struct json *document, struct event *event)
{
	enum event_problem problem = event_read(document, event);

	if (problem != EVENT_OK)
		return event_problem_sentence(problem);
	return event->message.len > queue->setting.channels->setting.message_bytes_max
		       ? "This message is too long."
		       : NULL;
}

static void retry_later(struct django_queue *queue)
{
	if (!timer_is_armed(&queue->retry_timer))
		reactor_arm(queue->reactor, &queue->retry_timer, RETRY_MS);
}

static struct refusal *find_or_create_refusal(struct django_queue *queue, struct str room)
{
	struct refusal *refusal = map_find(queue->refusals, room);

	if (refusal != NULL && refusal->state != REFUSAL_IS_OVER)
		return refusal;
	if (refusal == NULL) {
		refusal = mem_new(struct refusal);
		map_put(queue->refusals, room, refusal);
	}
	*refusal = (struct refusal){ .since_ms = queue->reactor->now_ms, .round = queue->round };
	return refusal;
}

static void note_refusal(struct django_queue *queue, struct entry *entry)
{
	struct refusal *refusal = find_or_create_refusal(queue, room_of(entry));

	if (queue->reactor->now_ms - refusal->since_ms >= DJANGO_QUEUE_REFUSED_MS ||
		!django_queue_has_room(queue))
		refusal->state = REFUSAL_IS_FINAL;
	entry->is_said = false;
	retry_later(queue);
}

/* The next round sends the room's entries. New ones wait for it, too, so none overtakes another. */
static void end_refusal(struct django_queue *queue, struct str room)
{
	struct refusal *refusal = map_find(queue->refusals, room);

	if (refusal != NULL)
		refusal->state = REFUSAL_IS_OVER;
}

/* The layer takes nothing now: all entries wait. */
static void put_off(struct django_queue *queue, struct entry *entry)
{
	entry->is_said = false;
	queue->is_waiting = true;
	retry_later(queue);
}

static void settle(struct django_queue *queue, struct entry *entry, enum layer_result result)
{
	if (result == LAYER_UNAVAILABLE && links_are_up(queue->setting.channels->setting.links)) {
		note_refusal(queue, entry);
		return;
	}
	if (result != LAYER_UNDER_WAY)
		end_refusal(queue, room_of(entry));
	switch (result) {
	case LAYER_SENT:
	case LAYER_REPEATED:
		end(queue, entry);
		break;
	case LAYER_UNDER_WAY:
		break;
	case LAYER_BUSY:
	case LAYER_STORAGE:
	case LAYER_UNAVAILABLE:
	case LAYER_TOO_MANY_ROOMS:
		put_off(queue, entry);
		break;
	case LAYER_FULL:
	case LAYER_CROWDED:
	case LAYER_NO_CHANNEL:
	case LAYER_TOO_MANY_GROUPS:
	case LAYER_EMPTY:
	case LAYER_NO_TARGET:
	case LAYER_NOT_YOURS:
	case LAYER_TOO_LATE:
	case LAYER_NO_HISTORY:
	case LAYER_NOT_SAID:
	case LAYER_RESULT_COUNT:
		refuse(queue, entry, "The layer has refused it.");
		break;
	}
}

/* event is valid and has a room. */
static void send(struct django_queue *queue, struct entry *entry, struct event *event)
{
	struct layer *layer = queue->setting.channels->setting.own;
	struct buf ref = { 0 };
	struct author author = { .kind = AUTHOR_DJANGO, .id = entry->id };
	bool is_message = event->is_message;
	enum layer_result result;

	if (queue->setting.has_salt) {
		buf_append_hex(&ref, bytes_of(entry).data, REDIS_MESSAGE_SALT_SIZE);
		author.ref = buf_str(&ref);
		author.sender = sender;
	}
	stat_add(queue->setting.channels->layer.stats, STAT_DJANGO_EVENTS, 1);
	entry->is_said = true;
	result = layer->ops->group_send(layer, event, &author);
	/* The result of a message comes later, when it is in the log. */
	if (result == LAYER_SENT && is_message)
		result = LAYER_UNDER_WAY;
	entry = find(queue, author.id);
	if (entry != NULL)
		settle(queue, entry, result);
	buf_finish(&ref);
}

static void say(struct django_queue *queue, struct entry *entry)
{
	struct redis_message_read read;
	struct event event;
	const char *problem;

	if (!redis_message_read(bytes_of(entry), queue->setting.has_salt, &read, &problem)) {
		refuse(queue, entry, problem);
		return;
	}
	problem = read_event(queue, read.document, &event);
	event.room = room_of(entry);
	if (read.has_tag)
		end(queue, entry);
	else if (problem != NULL)
		refuse(queue, entry, problem);
	else
		send(queue, entry, &event);
	redis_message_read_finish(&read);
}

/* Tries one entry of each refused room in a round. */
static void visit(struct django_queue *queue, struct entry *entry)
{
	struct refusal *refusal = map_find(queue->refusals, room_of(entry));

	if (refusal != NULL && refusal->state == REFUSAL_IS_FINAL) {
		refuse(queue, entry, "Redis refuses what is said in its room.");
		return;
	}
	if (refusal != NULL && refusal->state == REFUSAL_LASTS) {
		if (refusal->round == queue->round)
			return;
		refusal->round = queue->round;
	}
	say(queue, entry);
}

static void forget_refusals(struct django_queue *queue, bool is_all)
{
	size_t position = 0;
	struct str room;
	void *value;

	while (map_next(queue->refusals, &position, &room, &value)) {
		if (is_all || ((struct refusal *)value)->state != REFUSAL_LASTS)
			mem_free(map_remove(queue->refusals, room));
	}
}

/* Runs one round. */
static void say_all(struct django_queue *queue)
{
	queue->round++;
	list_each_safe (link, &queue->entries) {
		struct entry *entry = list_entry(link, struct entry, link);

		if (!entry->is_said)
			visit(queue, entry);
		if (queue->is_waiting)
			return;
	}
	forget_refusals(queue, false);
	if (map_count(queue->refusals) > 0)
		retry_later(queue);
}

static void retry(struct timer *timer)
{
	struct django_queue *queue = list_entry(timer, struct django_queue, retry_timer);

	queue->is_waiting = false;
	say_all(queue);
}

struct django_queue *django_queue_create(const struct django_queue_setting *setting)
{
	struct django_queue *queue = mem_new(struct django_queue);

	queue->setting = *setting;
	queue->reactor = setting->channels->layer.reactor;
	queue->refusals = map_create();
	list_init(&queue->entries);
	timer_init(&queue->retry_timer, retry);
	return queue;
}

void django_queue_destroy(struct django_queue *queue)
{
	if (queue == NULL)
		return;
	reactor_disarm(queue->reactor, &queue->retry_timer);
	list_each_safe (link, &queue->entries)
		drop(queue, list_entry(link, struct entry, link));
	forget_refusals(queue, true);
	map_destroy(queue->refusals);
	mem_free(queue);
}

bool django_queue_has_room(const struct django_queue *queue)
{
	return queue->count < queue->setting.messages_max && queue->bytes < DJANGO_QUEUE_BYTES_MAX;
}

bool django_queue_has(const struct django_queue *queue, struct str bytes)
{
	list_each (link, &queue->entries) {
		if (str_equals(bytes_of(list_entry(link, struct entry, link)), bytes))
			return true;
	}
	return false;
}

void django_queue_put(struct django_queue *queue, struct str room, struct str bytes)
{
	struct entry *entry = mem_alloc(sizeof(*entry) + room.len + bytes.len);

	memcpy(entry->data, room.data, room.len);
	memcpy(entry->data + room.len, bytes.data, bytes.len);
	entry->room_len = room.len;
	entry->len = bytes.len;
	entry->id = ++queue->last_id;
	list_append(&queue->entries, &entry->link);
	queue->count++;
	queue->bytes += entry->len;
	if (!queue->is_waiting && map_find(queue->refusals, room) == NULL)
		say(queue, entry);
}

void django_queue_settle(struct django_queue *queue, uint64_t author_id, enum layer_result result)
{
	struct entry *entry = find(queue, author_id);

	if (entry != NULL)
		settle(queue, entry, result);
}
