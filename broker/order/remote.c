/* SPDX-License-Identifier: MIT */
/* One entry for each question: the request's text is the key. A change drops what is known of its
 * room, or of its user, and asks again what is being asked for. */
#include "broker/order/remote.h"

#include <string.h>

#include "broker/broker.h"
#include "broker/bus/asker.h"
#include "broker/order/wire.h"
#include "common/base/map.h"
#include "common/base/mem.h"

struct entry {
	struct list link; /* in asked or in known */
	struct order_remote *remote;
	char *request; /* owned; the key */
	size_t request_len;
	char *room; /* owned */
	uint8_t user[USER_ID_SIZE];
	struct inquiry inquiry;
	struct list waiters;
	bool is_asked;
	bool is_outdated; /* it was changed while it was asked about: ask again */
	uint64_t good_until_ms;
	struct order_answer answer;
};

struct order_remote {
	struct order_follower *follower; /* borrowed, as asker and reactor */
	struct asker *asker;
	struct reactor *reactor;
	struct map *entries; /* by request; owned, with its values */
	struct list asked;
	struct list known; /* the oldest first */
	struct inquiry poll;
	int64_t last_change; /* negative: unknown */
	bool is_ending;
};

static struct str key_of(const struct entry *entry)
{
	return str_range(entry->request, entry->request_len);
}

static void forget(struct entry *entry)
{
	map_remove(entry->remote->entries, key_of(entry));
	list_remove(&entry->link);
	asker_withdraw(&entry->inquiry);
	mem_free(entry->request);
	mem_free(entry->room);
	mem_free(entry);
}

static void forget_old(struct order_remote *remote)
{
	list_each_safe (link, &remote->known) {
		struct entry *entry = list_entry(link, struct entry, link);

		if (entry->good_until_ms > remote->reactor->now_ms)
			return;
		forget(entry);
	}
}

static void release(struct entry *entry)
{
	struct list waiters;

	list_init(&waiters);
	list_splice(&waiters, &entry->waiters);
	answer_wake_all(&waiters);
}

static void learn(struct entry *entry, const struct json *answer)
{
	struct order_remote *remote = entry->remote;

	if (!order_wire_read_standing(answer, &entry->answer))
		entry->answer = (struct order_answer){ 0 };
	entry->is_asked = false;
	entry->good_until_ms = remote->reactor->now_ms + (entry->answer.is_known
									 ? REMOTE_ACCOUNTS_GOOD_MS
									 : REMOTE_ACCOUNTS_BAD_MS);
	list_remove(&entry->link);
	list_append(&remote->known, &entry->link);
}

static void ask(struct entry *entry);

static void take_answer(struct inquiry *inquiry, const struct json *answer)
{
	struct entry *entry = list_entry(inquiry, struct entry, inquiry);

	if (entry->is_outdated)
		ask(entry);
	else
		learn(entry, answer);
	if (!entry->is_asked)
		release(entry);
}

/* The first question goes behind the one for the changes: what changes after its answer is told. */
static void ask(struct entry *entry)
{
	struct order_remote *remote = entry->remote;

	if (remote->last_change < 0)
		order_remote_poll(remote);
	entry->is_outdated = false;
	entry->inquiry = (struct inquiry){ .tell = take_answer };
	entry->is_asked = asker_ask(remote->asker, &entry->inquiry, key_of(entry));
	if (!entry->is_asked) {
		learn(entry, NULL);
		return;
	}
	list_remove(&entry->link);
	list_append(&remote->asked, &entry->link);
}

/* Takes request. NULL when there are too many. */
static struct entry *add(struct order_remote *remote, struct buf *request, struct str room,
	const uint8_t user[static USER_ID_SIZE])
{
	struct list *oldest = list_first(&remote->known);
	struct entry *entry;

	if (map_count(remote->entries) >= ORDER_REMOTE_ENTRIES_MAX) {
		if (oldest == NULL)
			return NULL;
		forget(list_entry(oldest, struct entry, link));
	}
	entry = mem_new(struct entry);
	entry->remote = remote;
	entry->request_len = request->len;
	entry->request = buf_take(request);
	entry->room = str_dup(room);
	memcpy(entry->user, user, sizeof(entry->user));
	list_init(&entry->link);
	list_init(&entry->waiters);
	map_put(remote->entries, key_of(entry), entry);
	return entry;
}

bool order_remote_find(struct order_remote *remote, struct str room, const struct subject *subject,
	struct answer_waiter *waiter, struct order_answer *answer_out)
{
	struct buf request = { 0 };
	struct entry *entry = NULL;

	*answer_out = (struct order_answer){ 0 };
	forget_old(remote);
	order_wire_ask_standing(room, subject, &request);
	if (!remote->is_ending)
		entry = map_find(remote->entries, buf_str(&request));
	if (entry == NULL && !remote->is_ending)
		entry = add(remote, &request, room, subject->user);
	buf_finish(&request);
	if (entry == NULL)
		return true;
	if (!entry->is_asked && entry->good_until_ms <= remote->reactor->now_ms)
		ask(entry);
	if (entry->is_asked) {
		answer_wait(waiter, &entry->waiters);
		return false;
	}
	*answer_out = entry->answer;
	return true;
}

static bool is_meant(const struct entry *entry, const struct room_change *change)
{
	return (change->room.len == 0 || str_is(change->room, entry->room)) &&
	       (change->user == NULL || memcmp(change->user, entry->user, USER_ID_SIZE) == 0);
}

/* change NULL: all of them. */
static void drop_in(struct list *entries, const struct room_change *change)
{
	list_each_safe (link, entries) {
		struct entry *entry = list_entry(link, struct entry, link);

		if (change != NULL && !is_meant(entry, change))
			continue;
		if (entry->is_asked)
			entry->is_outdated = true;
		else
			forget(entry);
	}
}

static void drop(struct order_remote *remote, const struct room_change *change)
{
	drop_in(&remote->known, change);
	drop_in(&remote->asked, change);
}

static void take_change(struct order_remote *remote, const struct json *element)
{
	uint8_t user[USER_ID_SIZE];
	struct room_change change;

	if (!order_wire_read_change(element, user, &change))
		return;
	drop(remote, &change);
	order_note_change(remote->follower, &change);
}

/* A missing answer costs nothing: the next one has it all. */
static void take_changes(struct inquiry *inquiry, const struct json *answer)
{
	struct order_remote *remote = list_entry(inquiry, struct order_remote, poll);
	const struct json *list = json_find(answer, "changes");
	bool is_complete = false, is_first = remote->last_change < 0;
	int64_t last;

	if (!json_get_bool(json_find(answer, "complete"), &is_complete) ||
		!json_get_integer(json_find(answer, "last"), &last))
		return;
	remote->last_change = last;
	for (size_t i = 0; i < json_count(list); i++)
		take_change(remote, json_at(list, i));
	if (is_complete && !is_first) /* before the first, nobody told what has changed */
		return;
	drop(remote, NULL);
	order_begin_anew(remote->follower);
}

void order_remote_poll(struct order_remote *remote)
{
	struct buf request = { 0 };

	if (remote->poll.asker != NULL)
		return;
	remote->poll = (struct inquiry){ .tell = take_changes };
	order_wire_ask_changes(remote->last_change, &request);
	(void)!asker_ask(remote->asker, &remote->poll, buf_str(&request));
	buf_finish(&request);
}

struct order_remote *order_remote_create(struct order_follower *follower, struct asker *asker)
{
	struct order_remote *remote = mem_new(struct order_remote);

	remote->follower = follower;
	remote->asker = asker;
	remote->reactor = &follower->broker->reactor;
	remote->last_change = -1;
	remote->entries = map_create();
	list_init(&remote->asked);
	list_init(&remote->known);
	return remote;
}

static void end_all(struct list *entries)
{
	struct list *link;

	while ((link = list_first(entries)) != NULL) {
		struct entry *entry = list_entry(link, struct entry, link);
		struct list waiters;

		list_init(&waiters);
		list_splice(&waiters, &entry->waiters);
		forget(entry);
		answer_wake_all(&waiters);
	}
}

void order_remote_destroy(struct order_remote *remote)
{
	if (remote == NULL)
		return;
	remote->is_ending = true;
	end_all(&remote->asked);
	end_all(&remote->known);
	asker_withdraw(&remote->poll);
	map_destroy(remote->entries);
	mem_free(remote);
}
