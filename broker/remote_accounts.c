/* SPDX-License-Identifier: MIT */
/* Sessions and guests lie in one cache of answers. A table says how each kind is asked about and
 * what its answer says. */
#include "broker/remote_accounts.h"

#include <string.h>

#include "common/accounts_wire.h"
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

struct verdict {
	bool is_judged; /* an answer came, and it can be read */
	enum session_state state;
	struct session session;
	bool id_is_taken, name_is_taken;
};

struct remote_accounts {
	struct answers *answers; /* owned */
	struct remote_accounts_sink sink;
};

static void ask_session(const struct subject *subject, struct buf *request)
{
	accounts_wire_ask_session(subject->key_hash, request);
}

static bool read_session(
	const struct subject *subject, const struct json *answer, struct verdict *verdict)
{
	verdict->state = accounts_wire_read_session(answer, subject->key_hash, &verdict->session);
	return verdict->state != SESSION_UNREADABLE;
}

static void ask_guest(const struct subject *subject, struct buf *request)
{
	accounts_wire_ask_guest(&subject->guest, request);
}

static bool read_guest(
	const struct subject *subject, const struct json *answer, struct verdict *verdict)
{
	(void)subject;
	return accounts_wire_read_guest(answer, &verdict->id_is_taken, &verdict->name_is_taken);
}

static const struct {
	void (*ask)(const struct subject *subject, struct buf *request);
	bool (*read)(
		const struct subject *subject, const struct json *answer, struct verdict *verdict);
} kinds[] = {
	[SUBJECT_SESSION] = { ask_session, read_session },
	[SUBJECT_GUEST] = { ask_guest, read_guest },
};

static struct str key_of(const struct subject *subject)
{
	return str_range((const char *)subject, sizeof(*subject));
}

static const struct subject *subject_of(struct str key)
{
	return (const void *)key.data;
}

static void ask(struct str key, struct buf *request)
{
	kinds[subject_of(key)->kind].ask(subject_of(key), request);
}

static bool read_verdict(struct str key, const struct json *answer, void *value)
{
	struct verdict *verdict = value;

	verdict->is_judged = kinds[subject_of(key)->kind].read(subject_of(key), answer, verdict);
	return verdict->is_judged;
}

static void subject_init(struct subject *subject, enum subject_kind kind)
{
	memset(subject, 0, sizeof(*subject));
	subject->kind = kind;
}

static void subject_init_session(struct subject *subject, const uint8_t *key_hash)
{
	subject_init(subject, SUBJECT_SESSION);
	memcpy(subject->key_hash, key_hash, sizeof(subject->key_hash));
}

bool remote_accounts_find_session(struct remote_accounts *accounts,
	const uint8_t key_hash[static SESSION_HASH_SIZE], struct answer_waiter *waiter,
	enum session_state *state_out, struct session *session_out)
{
	struct subject subject;
	struct verdict verdict;

	subject_init_session(&subject, key_hash);
	if (!answers_find(accounts->answers, key_of(&subject), waiter, &verdict))
		return false;
	*state_out = verdict.state;
	if (verdict.state == SESSION_VALID)
		*session_out = verdict.session;
	return true;
}

bool remote_accounts_judge_guest(struct remote_accounts *accounts, const struct user *guest,
	struct answer_waiter *waiter, bool *is_judged_out, bool *id_is_taken_out,
	bool *name_is_taken_out)
{
	struct subject subject;
	struct verdict verdict;

	subject_init(&subject, SUBJECT_GUEST);
	memcpy(subject.guest.id, guest->id, sizeof(guest->id));
	memcpy(subject.guest.name, guest->name, strlen(guest->name));
	if (!answers_find(accounts->answers, key_of(&subject), waiter, &verdict))
		return false;
	*is_judged_out = verdict.is_judged;
	*id_is_taken_out = verdict.id_is_taken;
	*name_is_taken_out = verdict.name_is_taken;
	return true;
}

static bool is_of_user(const void *id, struct str key, const void *value)
{
	const struct subject *subject = subject_of(key);
	const struct verdict *verdict = value;

	if (subject->kind == SUBJECT_GUEST)
		return memcmp(subject->guest.id, id, USER_ID_SIZE) == 0;
	/* The user of a session is unknown until the answer comes. */
	return verdict == NULL || memcmp(verdict->session.user.id, id, USER_ID_SIZE) == 0;
}

static bool is_guest(const void *context, struct str key, const void *value)
{
	(void)context, (void)value;
	return subject_of(key)->kind == SUBJECT_GUEST;
}

static void revoke(struct remote_accounts *accounts, const struct json *element)
{
	uint8_t key[SESSION_HASH_SIZE];
	struct revocation revocation;
	struct subject subject;
	bool has_account = false;

	if (!accounts_wire_read_revocation(element, key, &revocation, &has_account))
		return;
	if (revocation.kind == REVOKED_USER) {
		answers_drop(accounts->answers, is_of_user, key);
	} else {
		subject_init_session(&subject, key);
		answers_drop_one(accounts->answers, key_of(&subject));
	}
	if (has_account) /* a guest's name may be the account's now */
		answers_drop(accounts->answers, is_guest, NULL);
	accounts->sink.revoke(accounts->sink.context, &revocation, has_account);
}

static void take_revocations(
	void *context, const struct json *answer, bool is_first, bool is_complete)
{
	struct remote_accounts *accounts = context;
	const struct json *list = json_find(answer, "revocations");

	for (size_t i = 0; i < json_count(list); i++)
		revoke(accounts, json_at(list, i));
	is_complete |= is_first;
	if (!is_complete)
		answers_drop(accounts->answers, NULL, NULL);
	if (!is_complete || json_count(list) > 0)
		accounts->sink.end(accounts->sink.context, is_complete);
}

void remote_accounts_poll(struct remote_accounts *accounts)
{
	answers_poll(accounts->answers);
}

static const struct answers_ops ops = {
	.value_size = sizeof(struct verdict),
	.ask = ask,
	.read = read_verdict,
	.ask_changes = accounts_wire_ask_revocations,
	.take_changes = take_revocations,
};

struct remote_accounts *remote_accounts_create(
	struct reactor *reactor, struct asker *asker, const struct remote_accounts_sink *sink)
{
	struct remote_accounts *accounts = mem_new(struct remote_accounts);

	accounts->sink = *sink;
	accounts->answers = answers_create(reactor, asker, &ops, accounts);
	return accounts;
}

void remote_accounts_destroy(struct remote_accounts *accounts)
{
	if (accounts == NULL)
		return;
	answers_destroy(accounts->answers);
	mem_free(accounts);
}
