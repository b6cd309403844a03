/* SPDX-License-Identifier: MIT */
/* One entry for each subject, a session or a guest. The subject is its key, and a table says how
 * each kind is asked for and what its answer says. A waiter is woken and looks again, so that an
 * entry needs to keep no more than a list of waiters. */
#include "broker/remote_accounts.h"

#include <string.h>

#include "common/accounts_wire.h"
#include "common/base/map.h"
#include "common/base/mem.h"

enum subject_kind { SUBJECT_SESSION, SUBJECT_GUEST };

/* Unused bytes are zero, because the bytes are the key. */
struct subject {
	enum subject_kind kind;
	union {
		uint8_t key_hash[SESSION_HASH_SIZE];
		struct user guest;
	};
};

struct entry {
	struct list link; /* in asked or in known */
	struct remote_accounts *accounts;
	struct subject subject;
	struct inquiry inquiry;
	struct list waiters;
	bool is_asked;
	/* Ask again. is_outdated: it was revoked while it was asked about. is_early: the answer
	 * knows of revocations that are not known here yet. */
	bool is_outdated, is_early;
	uint64_t good_until_ms;
	bool is_judged; /* an answer came, and it can be read */
	enum session_state state;
	struct session session;
	bool id_is_taken, name_is_taken;
};

struct remote_accounts {
	struct asker *asker; /* borrowed, as reactor */
	struct reactor *reactor;
	struct remote_accounts_sink sink;
	struct map *entries; /* by subject; owned, with its values */
	struct list asked;
	struct list known; /* the oldest first */
	struct inquiry poll;
	int64_t last_revocation; /* negative: unknown */
	struct entry nobody; /* the answer when no more can be asked */
	bool is_ending;
};

static struct str key_of(const struct subject *subject)
{
	return str_range((const char *)subject, sizeof(*subject));
}

static void forget(struct entry *entry)
{
	map_remove(entry->accounts->entries, key_of(&entry->subject));
	list_remove(&entry->link);
	asker_withdraw(&entry->inquiry);
	mem_free(entry);
}

static void forget_old(struct remote_accounts *accounts)
{
	list_each_safe (link, &accounts->known) {
		struct entry *entry = list_entry(link, struct entry, link);

		if (entry->good_until_ms > accounts->reactor->now_ms)
			return;
		forget(entry);
	}
}

static void write_session(const struct subject *subject, struct buf *request)
{
	accounts_wire_ask_session(subject->key_hash, request);
}

static void read_session(struct entry *entry, const struct json *answer)
{
	entry->state = accounts_wire_read_session(answer, entry->subject.key_hash, &entry->session);
	entry->is_judged = entry->state != SESSION_UNREADABLE;
}

static void write_guest(const struct subject *subject, struct buf *request)
{
	accounts_wire_ask_guest(&subject->guest, request);
}

static void read_guest(struct entry *entry, const struct json *answer)
{
	entry->is_judged = accounts_wire_read_guest(
		answer, &entry->id_is_taken, &entry->name_is_taken);
}

static const struct {
	void (*write)(const struct subject *subject, struct buf *request);
	void (*read)(struct entry *entry, const struct json *answer);
} kinds[] = {
	[SUBJECT_SESSION] = { write_session, read_session },
	[SUBJECT_GUEST] = { write_guest, read_guest },
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

static void learn(struct entry *entry, const struct json *answer)
{
	struct remote_accounts *accounts = entry->accounts;

	kinds[entry->subject.kind].read(entry, answer);
	entry->is_asked = false;
	entry->good_until_ms = accounts->reactor->now_ms +
			       (entry->is_judged ? REMOTE_ACCOUNTS_GOOD_MS
						 : REMOTE_ACCOUNTS_BAD_MS);
	list_remove(&entry->link);
	list_append(&accounts->known, &entry->link);
}

static void release(struct entry *entry)
{
	struct list waiters;

	list_init(&waiters);
	list_splice(&waiters, &entry->waiters);
	answer_wake_all(&waiters);
}

/* True when the answer knows of revocations that are not known here. They come first: an older
 * revocation must not close a connection that this answer lets in. */
static bool is_ahead(const struct remote_accounts *accounts, const struct json *answer)
{
	int64_t last;

	return json_get_integer(json_find(answer, "last"), &last) &&
	       last > accounts->last_revocation;
}

static void ask(struct entry *entry);

static void take_answer(struct inquiry *inquiry, const struct json *answer)
{
	struct entry *entry = list_entry(inquiry, struct entry, inquiry);

	if (is_ahead(entry->accounts, answer)) {
		entry->is_early = true;
		remote_accounts_poll(entry->accounts);
		return;
	}
	if (entry->is_outdated)
		ask(entry);
	else
		learn(entry, answer);
	if (!entry->is_asked)
		release(entry);
}

/* Ends the wait of early entries: the revocations are known now, or nobody can tell them. */
static void end_early(struct remote_accounts *accounts, bool is_caught_up)
{
	list_each_safe (link, &accounts->asked) {
		struct entry *entry = list_entry(link, struct entry, link);

		if (!entry->is_early)
			continue;
		entry->is_early = false;
		if (is_caught_up)
			ask(entry);
		else
			learn(entry, NULL);
		if (!entry->is_asked)
			release(entry);
	}
}

static void ask(struct entry *entry)
{
	struct buf request = { 0 };

	entry->is_outdated = false;
	entry->inquiry = (struct inquiry){ .tell = take_answer };
	kinds[entry->subject.kind].write(&entry->subject, &request);
	entry->is_asked = asker_ask(entry->accounts->asker, &entry->inquiry, buf_str(&request));
	buf_finish(&request);
	if (!entry->is_asked) {
		learn(entry, NULL);
		return;
	}
	list_remove(&entry->link);
	list_append(&entry->accounts->asked, &entry->link);
}

/* NULL when there are too many. */
static struct entry *add(struct remote_accounts *accounts, const struct subject *subject)
{
	struct list *oldest = list_first(&accounts->known);
	struct entry *entry;

	if (map_count(accounts->entries) >= REMOTE_ACCOUNTS_ENTRIES_MAX) {
		if (oldest == NULL)
			return NULL;
		forget(list_entry(oldest, struct entry, link));
	}
	entry = mem_new(struct entry);
	entry->accounts = accounts;
	memcpy(&entry->subject, subject, sizeof(*subject)); /* with its padding */
	list_init(&entry->link);
	list_init(&entry->waiters);
	map_put(accounts->entries, key_of(&entry->subject), entry);
	return entry;
}

/* NULL while it is being asked for. */
static const struct entry *look_up(struct remote_accounts *accounts, const struct subject *subject,
	struct answer_waiter *waiter)
{
	struct entry *entry;

	forget_old(accounts);
	entry = accounts->is_ending ? NULL : map_find(accounts->entries, key_of(subject));
	if (entry == NULL && !accounts->is_ending)
		entry = add(accounts, subject);
	if (entry == NULL)
		return &accounts->nobody;
	if (!entry->is_asked && entry->good_until_ms <= accounts->reactor->now_ms)
		ask(entry);
	if (!entry->is_asked)
		return entry;
	answer_wait(waiter, &entry->waiters);
	return NULL;
}

static void subject_init(struct subject *subject, enum subject_kind kind)
{
	memset(subject, 0, sizeof(*subject));
	subject->kind = kind;
}

bool remote_accounts_find_session(struct remote_accounts *accounts,
	const uint8_t key_hash[static SESSION_HASH_SIZE], struct answer_waiter *waiter,
	enum session_state *state_out, struct session *session_out)
{
	struct subject subject;
	const struct entry *entry;

	subject_init(&subject, SUBJECT_SESSION);
	memcpy(subject.key_hash, key_hash, sizeof(subject.key_hash));
	entry = look_up(accounts, &subject, waiter);
	if (entry == NULL)
		return false;
	*state_out = entry->state;
	if (entry->state == SESSION_VALID)
		*session_out = entry->session;
	return true;
}

bool remote_accounts_judge_guest(struct remote_accounts *accounts, const struct user *guest,
	struct answer_waiter *waiter, bool *is_judged_out, bool *id_is_taken_out,
	bool *name_is_taken_out)
{
	struct subject subject;
	const struct entry *entry;

	subject_init(&subject, SUBJECT_GUEST);
	memcpy(subject.guest.id, guest->id, sizeof(guest->id));
	memcpy(subject.guest.name, guest->name, strlen(guest->name));
	entry = look_up(accounts, &subject, waiter);
	if (entry == NULL)
		return false;
	*is_judged_out = entry->is_judged;
	*id_is_taken_out = entry->id_is_taken;
	*name_is_taken_out = entry->name_is_taken;
	return true;
}

/* Forgets an entry. One that is asked for is asked for again, and its waiters go on waiting. */
static void drop(struct entry *entry)
{
	if (entry->is_asked)
		entry->is_outdated = true;
	else
		forget(entry);
}

static void forget_user(struct list *entries, const uint8_t *id)
{
	list_each_safe (link, entries) {
		struct entry *entry = list_entry(link, struct entry, link);
		const uint8_t *user = entry->subject.kind == SUBJECT_GUEST ? entry->subject.guest.id
									   : entry->session.user.id;

		/* The user of a session is unknown until the answer comes. */
		if (entry->is_asked || memcmp(user, id, USER_ID_SIZE) == 0)
			drop(entry);
	}
}

static void forget_session(struct remote_accounts *accounts, const uint8_t *key_hash)
{
	struct subject subject;
	struct entry *entry;

	subject_init(&subject, SUBJECT_SESSION);
	memcpy(subject.key_hash, key_hash, sizeof(subject.key_hash));
	entry = map_find(accounts->entries, key_of(&subject));
	if (entry != NULL)
		drop(entry);
}

static void drop_in(struct list *entries, enum subject_kind kind)
{
	list_each_safe (link, entries) {
		struct entry *entry = list_entry(link, struct entry, link);

		if (entry->subject.kind == kind)
			drop(entry);
	}
}

static void drop_all(struct remote_accounts *accounts, enum subject_kind kind)
{
	drop_in(&accounts->known, kind);
	drop_in(&accounts->asked, kind);
}

static void revoke(struct remote_accounts *accounts, const struct json *element)
{
	uint8_t key[SESSION_HASH_SIZE];
	struct revocation revocation;
	bool has_account = false;

	if (!accounts_wire_read_revocation(element, key, &revocation, &has_account))
		return;
	if (revocation.kind == REVOKED_USER) {
		forget_user(&accounts->known, key);
		forget_user(&accounts->asked, key);
	} else {
		forget_session(accounts, key);
	}
	if (has_account)
		drop_all(accounts, SUBJECT_GUEST); /* a guest's name may be the account's now */
	accounts->sink.revoke(accounts->sink.context, &revocation, has_account);
}

/* A missing answer costs nothing: the next one has it all. */
static void take_revocations(struct inquiry *inquiry, const struct json *answer)
{
	struct remote_accounts *accounts = list_entry(inquiry, struct remote_accounts, poll);
	const struct json *list = json_find(answer, "revocations");
	bool is_complete = false, is_first = accounts->last_revocation < 0;
	int64_t last;

	if (!json_get_bool(json_find(answer, "complete"), &is_complete) ||
		!json_get_integer(json_find(answer, "last"), &last)) {
		end_early(accounts, false);
		return;
	}
	accounts->last_revocation = last;
	for (size_t i = 0; i < json_count(list); i++)
		revoke(accounts, json_at(list, i));
	is_complete |= is_first;
	if (!is_complete) {
		drop_all(accounts, SUBJECT_SESSION);
		drop_all(accounts, SUBJECT_GUEST);
	}
	if (!is_complete || json_count(list) > 0)
		accounts->sink.end(accounts->sink.context, is_complete);
	end_early(accounts, true);
}

void remote_accounts_poll(struct remote_accounts *accounts)
{
	struct buf request = { 0 };

	if (accounts->poll.asker != NULL)
		return;
	accounts->poll = (struct inquiry){ .tell = take_revocations };
	accounts_wire_ask_revocations(accounts->last_revocation, &request);
	if (!asker_ask(accounts->asker, &accounts->poll, buf_str(&request)))
		end_early(accounts, false);
	buf_finish(&request);
}

struct remote_accounts *remote_accounts_create(
	struct reactor *reactor, struct asker *asker, const struct remote_accounts_sink *sink)
{
	struct remote_accounts *accounts = mem_new(struct remote_accounts);

	accounts->asker = asker;
	accounts->reactor = reactor;
	accounts->sink = *sink;
	accounts->last_revocation = -1;
	accounts->nobody.state = SESSION_UNREADABLE;
	accounts->entries = map_create();
	list_init(&accounts->asked);
	list_init(&accounts->known);
	return accounts;
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

void remote_accounts_destroy(struct remote_accounts *accounts)
{
	if (accounts == NULL)
		return;
	accounts->is_ending = true;
	end_all(&accounts->asked);
	end_all(&accounts->known);
	asker_withdraw(&accounts->poll);
	map_destroy(accounts->entries);
	mem_free(accounts);
}
