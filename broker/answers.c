/* SPDX-License-Identifier: MIT */
/* One entry for each subject, and each is in one of three lists. A waiter is woken and looks again,
 * so that an entry needs to keep no more than a list of waiters. */
#include "broker/answers.h"

#include <string.h>

#include "common/base/map.h"
#include "common/base/mem.h"

struct entry {
	struct list link; /* in asked, early or known */
	struct answers *answers;
	char *subject; /* owned; the key */
	size_t subject_len;
	struct inquiry inquiry;
	struct list waiters;
	bool is_asked;
	bool is_outdated; /* it was dropped while it was asked about: ask again */
	uint64_t good_until_ms;
	void *value; /* owned */
};

struct answers {
	struct reactor *reactor; /* borrowed, as asker, ops and context */
	struct asker *asker;
	const struct answers_ops *ops;
	void *context;
	struct map *entries; /* by subject; owned, with its values */
	struct list asked;
	struct list early; /* their answers know of changes that are not known here yet */
	struct list known; /* the oldest first */
	struct inquiry poll;
	int64_t last_change; /* negative: unknown */
	bool is_ending;
};

void answer_wait(struct answer_waiter *waiter, struct list *waiters)
{
	if (waiter == NULL)
		return;
	list_remove(&waiter->link);
	list_append(waiters, &waiter->link);
}

void answer_wake_all(struct list *waiters)
{
	struct list *link;

	while ((link = list_first(waiters)) != NULL) {
		struct answer_waiter *waiter = list_entry(link, struct answer_waiter, link);

		list_remove(link);
		waiter->wake(waiter);
	}
}

static struct str subject_of(const struct entry *entry)
{
	return str_range(entry->subject, entry->subject_len);
}

static void move(struct entry *entry, struct list *list)
{
	list_remove(&entry->link);
	list_append(list, &entry->link);
}

static void forget(struct entry *entry)
{
	map_remove(entry->answers->entries, subject_of(entry));
	list_remove(&entry->link);
	asker_withdraw(&entry->inquiry);
	mem_free(entry->subject);
	mem_free(entry->value);
	mem_free(entry);
}

static void forget_old(struct answers *answers)
{
	list_each_safe (link, &answers->known) {
		struct entry *entry = list_entry(link, struct entry, link);

		if (entry->good_until_ms > answers->reactor->now_ms)
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

static bool read_answer(const struct answers *answers, struct str subject,
	const struct json *answer, void *value_out)
{
	memset(value_out, 0, answers->ops->value_size);
	return answers->ops->read(subject, answer, value_out);
}

static void learn(struct entry *entry, const struct json *answer)
{
	struct answers *answers = entry->answers;
	bool is_good = read_answer(answers, subject_of(entry), answer, entry->value);

	entry->is_asked = false;
	entry->good_until_ms = answers->reactor->now_ms +
			       (is_good ? ANSWERS_GOOD_MS : ANSWERS_BAD_MS);
	move(entry, &answers->known);
}

static void ask(struct entry *entry);

static void ask_again(struct entry *entry)
{
	ask(entry);
	if (!entry->is_asked)
		release(entry);
}

static void settle(struct entry *entry, const struct json *answer)
{
	learn(entry, answer);
	release(entry);
}

/* True when the answer knows of changes that are not known here. They come first: an older change
 * must not close a connection that this answer lets in. */
static bool is_ahead(const struct answers *answers, const struct json *answer)
{
	int64_t last;

	return json_get_integer(json_find(answer, "last"), &last) && last > answers->last_change;
}

static void take_answer(struct inquiry *inquiry, const struct json *answer)
{
	struct entry *entry = list_entry(inquiry, struct entry, inquiry);

	if (is_ahead(entry->answers, answer)) {
		move(entry, &entry->answers->early);
		answers_poll(entry->answers);
	} else if (entry->is_outdated) {
		ask_again(entry);
	} else {
		settle(entry, answer);
	}
}

/* The first question goes behind the one for the changes: what changes after its answer is told. */
static void ask(struct entry *entry)
{
	struct answers *answers = entry->answers;
	struct buf request = { 0 };

	if (answers->last_change < 0)
		answers_poll(answers);
	entry->is_outdated = false;
	entry->inquiry = (struct inquiry){ .tell = take_answer };
	answers->ops->ask(subject_of(entry), &request);
	entry->is_asked = asker_ask(answers->asker, &entry->inquiry, buf_str(&request));
	buf_finish(&request);
	if (entry->is_asked)
		move(entry, &answers->asked);
	else
		learn(entry, NULL);
}

/* NULL when there are too many. */
static struct entry *add(struct answers *answers, struct str subject)
{
	struct list *oldest = list_first(&answers->known);
	struct entry *entry;

	if (map_count(answers->entries) >= ANSWERS_MAX) {
		if (oldest == NULL)
			return NULL;
		forget(list_entry(oldest, struct entry, link));
	}
	entry = mem_new(struct entry);
	entry->answers = answers;
	entry->subject = mem_strndup(subject.data, subject.len);
	entry->subject_len = subject.len;
	entry->value = mem_alloc(answers->ops->value_size);
	list_init(&entry->link);
	list_init(&entry->waiters);
	map_put(answers->entries, subject, entry);
	return entry;
}

static struct entry *find(struct answers *answers, struct str subject)
{
	struct entry *entry;

	if (answers->is_ending)
		return NULL;
	entry = map_find(answers->entries, subject);
	return entry != NULL ? entry : add(answers, subject);
}

bool answers_find(
	struct answers *answers, struct str subject, struct answer_waiter *waiter, void *value_out)
{
	struct entry *entry;

	forget_old(answers);
	entry = find(answers, subject);
	if (entry == NULL) {
		(void)!read_answer(answers, subject, NULL, value_out);
		return true;
	}
	if (!entry->is_asked && entry->good_until_ms <= answers->reactor->now_ms)
		ask(entry);
	if (entry->is_asked) {
		answer_wait(waiter, &entry->waiters);
		return false;
	}
	memcpy(value_out, entry->value, answers->ops->value_size);
	return true;
}

static void drop(struct entry *entry)
{
	if (entry->is_asked)
		entry->is_outdated = true;
	else
		forget(entry);
}

void answers_drop_one(struct answers *answers, struct str subject)
{
	struct entry *entry = map_find(answers->entries, subject);

	if (entry != NULL)
		drop(entry);
}

/* Those that are early are asked about again in any case. */
void answers_drop(struct answers *answers,
	bool (*is_meant)(const void *context, struct str subject, const void *value),
	const void *context)
{
	list_each (link, &answers->asked) {
		struct entry *entry = list_entry(link, struct entry, link);

		if (is_meant == NULL || is_meant(context, subject_of(entry), NULL))
			drop(entry);
	}
	list_each_safe (link, &answers->known) {
		struct entry *entry = list_entry(link, struct entry, link);

		if (is_meant == NULL || is_meant(context, subject_of(entry), entry->value))
			drop(entry);
	}
}

/* Ends the wait of early entries: the changes are known now, or nobody can tell them. */
static void end_early(struct answers *answers, bool is_caught_up)
{
	struct list *link;

	while ((link = list_first(&answers->early)) != NULL) {
		struct entry *entry = list_entry(link, struct entry, link);

		if (is_caught_up)
			ask_again(entry);
		else
			settle(entry, NULL);
	}
}

/* A missing answer costs nothing: the next one has it all. */
static void take_changes(struct inquiry *inquiry, const struct json *answer)
{
	struct answers *answers = list_entry(inquiry, struct answers, poll);
	bool is_complete = false, is_first = answers->last_change < 0;
	int64_t last;

	if (!json_get_bool(json_find(answer, "complete"), &is_complete) ||
		!json_get_integer(json_find(answer, "last"), &last)) {
		end_early(answers, false);
		return;
	}
	answers->last_change = last;
	answers->ops->take_changes(answers->context, answer, is_first, is_complete);
	end_early(answers, true);
}

void answers_poll(struct answers *answers)
{
	struct buf request = { 0 };

	if (answers->poll.asker != NULL)
		return;
	answers->poll = (struct inquiry){ .tell = take_changes };
	answers->ops->ask_changes(answers->last_change, &request);
	if (!asker_ask(answers->asker, &answers->poll, buf_str(&request)))
		end_early(answers, false);
	buf_finish(&request);
}

struct answers *answers_create(
	struct reactor *reactor, struct asker *asker, const struct answers_ops *ops, void *context)
{
	struct answers *answers = mem_new(struct answers);

	answers->reactor = reactor;
	answers->asker = asker;
	answers->ops = ops;
	answers->context = context;
	answers->entries = map_create();
	list_init(&answers->asked);
	list_init(&answers->early);
	list_init(&answers->known);
	answers->last_change = -1;
	return answers;
}

static void end_all(struct list *entries)
{
	struct list *link;

	while ((link = list_first(entries)) != NULL) {
		struct entry *entry = list_entry(link, struct entry, link);

		release(entry);
		forget(entry);
	}
}

void answers_destroy(struct answers *answers)
{
	if (answers == NULL)
		return;
	answers->is_ending = true;
	end_all(&answers->asked);
	end_all(&answers->early);
	end_all(&answers->known);
	asker_withdraw(&answers->poll);
	map_destroy(answers->entries);
	mem_free(answers);
}
