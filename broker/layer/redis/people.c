/* SPDX-License-Identifier: MIT */
/* Redis stores no people: each broker publishes its own, so nothing stale is left when a broker is
 * gone. When Redis did not take a change, the broker publishes all its people again within a
 * second. Notices wait until Redis has taken them. */
#include "broker/layer/redis/people.h"

#include <string.h>

#include "broker/channel.h"
#include "broker/layer/notice.h"
#include "broker/layer/people_list.h"
#include "broker/layer/roster.h"
#include "broker/redis/links.h"
#include "common/base/log.h"
#include "common/base/map.h"
#include "common/base/mem.h"

#define FLUSH_MS 50
#define WATCH_MS 1000
#define SILENT_MS 10000 /* ten beats */
#define ASK_AGAIN_MS 2000 /* for a broker that has not published all its people */
#define WATCH_LATE_MS 3000 /* after such a pause of our own, the others are not to blame */
#define LIST_BYTES 32768 /* of one object */
#define NOTICES_BYTES_MAX 65536 /* not taken by Redis yet; more are lost, and counted */

/* Another broker. */
struct other {
	uint64_t heard_ms;
	uint64_t asked_ms; /* when it was asked for all its people */
	bool is_listed; /* it has published them since */
	char id[];
};

struct redis_people {
	struct redis_people_setting setting;
	struct link *link;
	struct roster *roster;
	struct map *others;
	struct people_list changes; /* not published yet */
	struct buf notices; /* objects that Redis has not taken, one a line, oldest first */
	struct timer flush_timer;
	struct timer watch_timer; /* armed while the link is up */
	uint64_t watched_ms;
	bool is_up;
	bool is_behind; /* Redis did not take something: all people must be published again */
};

static uint64_t now_ms(const struct redis_people *people)
{
	return people->setting.reactor->now_ms;
}

static void count(const struct redis_people *people, enum stat_id stat)
{
	stat_add(people->setting.stats, stat, 1);
}

/* Takes the reply to a publication of people. */
static void note_reply(void *context, const struct link_reply *reply)
{
	struct redis_people *people = context;

	if (reply == NULL || reply->kind == LINK_ERROR)
		people->is_behind = true;
}

static bool publish(struct redis_people *people, struct str channel, struct str text,
	void (*take)(void *context, const struct link_reply *reply))
{
	struct link_handler handler = { take, people };

	return link_command(people->link, &handler, LINK_WORDS(STR_OF("PUBLISH"), channel, text));
}

static void tell_list(struct redis_people *people, struct str channel, struct people_list *list,
	const struct people_marks *marks)
{
	struct buf text = { 0 };

	people_list_write(list, marks, people->setting.broker_id, &text);
	if (!publish(people, channel, buf_str(&text), note_reply))
		people->is_behind = true;
	people_list_begin(list);
	buf_finish(&text);
}

static void flush_changes(struct redis_people *people)
{
	reactor_disarm(people->setting.reactor, &people->flush_timer);
	if (people->changes.text.len > 0)
		tell_list(people, link_events(people->link), &people->changes,
			&(struct people_marks){ 0 });
}

static void handle_flush(struct timer *timer)
{
	flush_changes(list_entry(timer, struct redis_people, flush_timer));
}

/* All people of this broker, while they are published on a channel. */
struct telling {
	struct redis_people *people;
	struct str channel;
	struct people_list list;
	struct people_marks marks;
};

static void tell_one(void *context, struct str room, const struct user *user)
{
	struct telling *telling = context;

	people_list_add(&telling->list, room, user, true);
	if (telling->list.text.len < LIST_BYTES)
		return;
	tell_list(telling->people, telling->channel, &telling->list, &telling->marks);
	telling->marks = (struct people_marks){ 0 };
}

/* Publishes the waiting changes first: a receiver takes all that follows the list as newer. */
static void tell_all(struct redis_people *people, struct str channel, bool asks)
{
	struct telling telling = {
		.people = people, .channel = channel, .marks = { .is_first = true, .asks = asks }
	};

	flush_changes(people);
	people_list_begin(&telling.list);
	roster_visit(people->roster, str_from(people->setting.broker_id), tell_one, &telling);
	telling.marks.is_last = true;
	tell_list(people, channel, &telling.list, &telling.marks);
	buf_finish(&telling.list.text);
}

static void tell_on_channel_of(struct redis_people *people, struct str broker, bool only_asks)
{
	struct buf channel = { 0 };
	struct people_list nobody = { 0 };

	buf_append_text(&channel, REDIS_PEOPLE_CHANNEL);
	buf_append_str(&channel, broker);
	people_list_begin(&nobody);
	if (only_asks)
		tell_list(
			people, buf_str(&channel), &nobody, &(struct people_marks){ .asks = true });
	else
		tell_all(people, buf_str(&channel), false);
	buf_finish(&nobody.text);
	buf_finish(&channel);
}

static void ask(struct redis_people *people, struct other *other)
{
	other->asked_ms = now_ms(people);
	tell_on_channel_of(people, str_from(other->id), true);
}

static void forget(struct redis_people *people, struct other *other)
{
	log_info("event=broker_gone broker=%s", other->id);
	roster_forget(people->roster, str_from(other->id));
	map_remove(people->others, str_from(other->id));
	mem_free(other);
}

static void renew_others(struct redis_people *people)
{
	size_t position = 0;
	void *other;

	while (map_next(people->others, &position, NULL, &other))
		((struct other *)other)->heard_ms = now_ms(people);
}

static void watch_others(struct redis_people *people)
{
	size_t position = 0;
	void *entry;

	while (map_next(people->others, &position, NULL, &entry)) {
		struct other *other = entry;

		if (now_ms(people) - other->heard_ms > SILENT_MS)
			forget(people, other);
		else if (!other->is_listed && now_ms(people) - other->asked_ms > ASK_AGAIN_MS)
			ask(people, other);
	}
}

static void handle_watch(struct timer *timer)
{
	struct redis_people *people = list_entry(timer, struct redis_people, watch_timer);

	if (now_ms(people) - people->watched_ms > WATCH_LATE_MS)
		renew_others(people);
	people->watched_ms = now_ms(people);
	watch_others(people);
	if (people->is_behind) {
		people->is_behind = false;
		tell_all(people, link_events(people->link), false);
	}
	reactor_arm(people->setting.reactor, timer, WATCH_MS);
}

/* Takes the reply to the oldest notice. */
static void note_notice_reply(void *context, const struct link_reply *reply)
{
	struct redis_people *people = context;
	struct str rest = buf_str(&people->notices), line;

	if (reply == NULL) /* tell_notices sends it again */
		return;
	if (reply->kind == LINK_ERROR)
		count(people, STAT_NOTICES_LOST);
	if (str_next(&rest, '\n', &line))
		buf_drop(&people->notices, people->notices.len - rest.len);
}

static void tell_notices(struct redis_people *people)
{
	struct str rest = buf_str(&people->notices), line;

	while (str_next(&rest, '\n', &line)) {
		if (!publish(people, link_events(people->link), line, note_notice_reply)) {
			count(people, STAT_NOTICES_LOST);
			people->notices.len = (size_t)(line.data - people->notices.data);
			return;
		}
	}
}

void redis_people_notify(struct redis_people *people, const struct layer_notice *notice)
{
	size_t before = people->notices.len;
	struct json_writer writer = json_writer_to(&people->notices);
	struct str line;

	if (before > NOTICES_BYTES_MAX) {
		count(people, STAT_NOTICES_LOST);
		return;
	}
	json_begin_object(&writer, NULL);
	notice_write(notice, "notice", &writer);
	json_add_string(&writer, "broker", str_from(people->setting.broker_id));
	json_end_object(&writer);
	line = str_skip(buf_str(&people->notices), before);
	if (people->is_up && !publish(people, link_events(people->link), line, note_notice_reply)) {
		count(people, STAT_NOTICES_LOST);
		people->notices.len = before;
		return;
	}
	buf_append_char(&people->notices, '\n');
}

void redis_people_person(
	struct redis_people *people, struct str room, const struct user *user, bool is_here)
{
	if (!roster_note(
		    people->roster, str_from(people->setting.broker_id), room, user, is_here)) {
		count(people, STAT_PEOPLE_REFUSED);
		return;
	}
	if (!people->is_up) /* link_up publishes all people */
		return;
	people_list_add(&people->changes, room, user, is_here);
	if (people->changes.text.len >= LIST_BYTES)
		flush_changes(people);
	else if (!timer_is_armed(&people->flush_timer))
		reactor_arm(people->setting.reactor, &people->flush_timer, FLUSH_MS);
}

void redis_people_open_room(struct redis_people *people, struct str room)
{
	roster_open_room(people->roster, room);
}

void redis_people_close_room(struct redis_people *people, struct str room)
{
	roster_close_room(people->roster, room);
}

void redis_people_link_up(struct redis_people *people)
{
	size_t position = 0;
	void *other;

	people->is_up = true;
	people->is_behind = false;
	people->watched_ms = now_ms(people);
	renew_others(people);
	while (map_next(people->others, &position, NULL, &other)) {
		((struct other *)other)->is_listed = false;
		((struct other *)other)->asked_ms = now_ms(people);
	}
	people_list_begin(&people->changes);
	tell_all(people, link_events(people->link), true);
	tell_notices(people);
	reactor_arm(people->setting.reactor, &people->watch_timer, WATCH_MS);
}

void redis_people_link_down(struct redis_people *people)
{
	people->is_up = false;
	people_list_begin(&people->changes);
	reactor_disarm(people->setting.reactor, &people->flush_timer);
	reactor_disarm(people->setting.reactor, &people->watch_timer);
}

/* NULL when id is our own or invalid, or when there are too many brokers. */
static struct other *note_other(struct redis_people *people, struct str id)
{
	struct other *other = map_find(people->others, id);

	if (!channel_broker_id_is_valid(id) || str_is(id, people->setting.broker_id))
		return NULL;
	if (other == NULL && map_count(people->others) + 1 >= ROSTER_BROKERS_MAX) {
		count(people, STAT_PEOPLE_REFUSED);
		return NULL;
	}
	if (other == NULL) {
		other = mem_alloc(sizeof(*other) + id.len + 1);
		memcpy(other->id, id.data, id.len);
		map_put(people->others, id, other);
		/* Do not ask yet: a new broker publishes its people by itself. */
		other->asked_ms = now_ms(people);
	}
	other->heard_ms = now_ms(people);
	return other;
}

static bool take_entry(
	struct redis_people *people, const struct other *other, const struct json *entry)
{
	struct str room;
	struct user user;
	bool is_here;

	return people_list_read_entry(entry, &room, &user, &is_here) &&
	       roster_note(people->roster, str_from(other->id), room, &user, is_here);
}

static void hear_list(struct redis_people *people, struct other *other, const struct json *object)
{
	const struct json *list = json_find(object, "list");
	size_t entries = json_is_array(list) ? json_count(list) : 0;
	struct people_marks marks = people_list_read_marks(object);

	if (marks.is_first)
		roster_begin(people->roster, str_from(other->id));
	for (size_t i = 0; i < entries; i++) {
		if (!take_entry(people, other, json_at(list, i)))
			count(people, STAT_PEOPLE_REFUSED);
	}
	if (marks.is_last) {
		roster_end(people->roster, str_from(other->id));
		other->is_listed = true;
	}
	if (marks.asks)
		tell_on_channel_of(people, str_from(other->id), false);
}

static void hear_notice(struct redis_people *people, const struct json *object)
{
	uint8_t key[NOTICE_KEY_MAX];
	struct layer_notice notice;

	if (notice_read(object, key, &notice))
		people->setting.sink.take_notice(people->setting.sink.context, &notice);
}

bool redis_people_hear(struct redis_people *people, const struct json *object)
{
	const struct json *list = json_find(object, "people"),
			  *notice = json_find(object, "notice");
	struct other *other;
	struct str broker;

	if (json_get_string(json_find(object, "beat"), &broker)) {
		(void)note_other(people, broker);
		return true;
	}
	if (list == NULL && notice == NULL)
		return false;
	other = json_get_string(json_find(object, "broker"), &broker) ? note_other(people, broker)
								      : NULL;
	if (other == NULL)
		return true;
	if (list != NULL)
		hear_list(people, other, list);
	else
		hear_notice(people, notice);
	return true;
}

struct redis_people *redis_people_create(const struct redis_people_setting *setting)
{
	struct redis_people *people = mem_new(struct redis_people);
	struct roster_sink sink = { setting->sink.tell_person, setting->sink.context };
	struct buf channel = { 0 };

	people->setting = *setting;
	people->link = links_at(setting->links, 0);
	people->roster = roster_create(setting->broker_id, &sink);
	people->others = map_create();
	people_list_begin(&people->changes);
	timer_init(&people->flush_timer, handle_flush);
	timer_init(&people->watch_timer, handle_watch);
	buf_append_format(&channel, REDIS_PEOPLE_CHANNEL "%s", setting->broker_id);
	if (!link_subscribe(people->link, LINK_CHANNEL, buf_str(&channel)))
		log_error("event=people_not_subscribed hint=\"too many channels are\"");
	buf_finish(&channel);
	return people;
}

void redis_people_hurry(struct redis_people *people)
{
	if (!people->is_up)
		return;
	flush_changes(people);
	tell_list(people, link_events(people->link), &people->changes,
		&(struct people_marks){ .is_first = true, .is_last = true });
	redis_people_link_down(people);
}

void redis_people_destroy(struct redis_people *people)
{
	size_t position = 0;
	void *other;

	if (people == NULL)
		return;
	redis_people_link_down(people);
	while (map_next(people->others, &position, NULL, &other))
		mem_free(other);
	map_destroy(people->others);
	roster_destroy(people->roster);
	buf_finish(&people->changes.text);
	buf_finish(&people->notices);
	mem_free(people);
}
