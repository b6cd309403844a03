/* SPDX-License-Identifier: MIT */
/* Rooms with rules, roles and sanctions, in accounts.db (accounts.h says what goes for all calls).
 * An order is judged by the table of common/moderation.h, done, written into the audit log and left
 * for the broker in one transaction, whoever gave it and from where. */
#pragma once

#include "common/moderation.h"
#include "common/store/accounts.h"
#include "common/store/sessions.h"

#define TOPIC_SIZE (TOPIC_CHARACTERS_MAX * 4 + 1)
#define REASON_SIZE (REASON_CHARACTERS_MAX * 4 + 1)
#define ROOM_NAME_SIZE 257
#define SANCTION_NAME_SIZE (USER_NAME_SIZE + 64)
#define AUDIT_WORD_SIZE 64
#define AUDIT_TEXT_SIZE 1024

/* Of one room, and of the whole site. */
#define ROOM_ROLES_MAX 1000
#define ROOM_SANCTIONS_MAX 1000
#define SANCTIONS_MAX 100000

/* So many sessions or addresses of one person are muted or banned by one order. */
#define ORDER_KEYS_MAX 8

/* Somebody whose standing is asked for. */
struct subject {
	const uint8_t *user; /* USER_ID_SIZE bytes */
	bool is_guest; /* without an account here or elsewhere */
	const uint8_t *session; /* SESSION_HASH_SIZE bytes; NULL: none */
	struct str address; /* of the client, in text; "" where it is not known */
};

/* A room as accounts.db has it; all zero where it has none. */
struct room_row {
	char name[ROOM_NAME_SIZE];
	char topic[TOPIC_SIZE];
	struct room_rules rules;
	int64_t created_ms; /* 0: it has no row */
};

/* What somebody is in a room, and the room with it. An account's superuser rights are looked up;
 * nobody bans or mutes a superuser. Three look-ups by key, so that the broker may ask for each
 * newcomer. */
enum store_problem moderation_find_standing(struct accounts *accounts, struct str room,
	const struct subject *subject, int64_t now_ms, struct standing *standing_out,
	struct room_row *room_out) __attribute__((warn_unused_result));

enum moderation_result {
	MODERATION_DONE,
	MODERATION_FORBIDDEN, /* the actor's role is too low for it */
	MODERATION_ABOVE, /* the other's role is not lower than the actor's */
	MODERATION_NOBODY, /* nobody is called that, or there is nothing to lift */
	MODERATION_BAD_ORDER, /* a value is missing, too long or out of its range */
	MODERATION_FULL, /* too many roles or sanctions */
};

/* The word of an error and a sentence for people. */
const char *moderation_result_code(enum moderation_result result);
const char *moderation_result_sentence(enum moderation_result result);

/* An order. Everything is borrowed for the call. */
struct order {
	enum verb verb;
	struct str room; /* "": the whole site, for mute and ban only */
	const struct subject *actor; /* NULL: the site itself, which may do everything */
	struct str actor_name;
	const char *via; /* "socket", "page", "admin", "api", "shell" */
	/* Nothing was said in the room as long as it is remembered: a user, not a guest, who orders
	 * something owns it. */
	bool room_is_new;
	/* The person, where the verb needs one: one of user (with name), session, address or
	 * sanction (to lift it). Without user, name alone is looked for: among accounts, and those
	 * with a role or a sanction in the room. */
	const uint8_t *user;
	bool user_is_guest; /* who is given no role */
	struct str name;
	const uint8_t *session;
	struct str address; /* "192.0.2.7", "2001:db8::/48"; only superusers name one */
	/* Of a mute or a ban: instead of one so many of either; all of them are done or none. */
	const uint8_t *sessions[ORDER_KEYS_MAX]; /* NULL where the key is an address */
	struct str addresses[ORDER_KEYS_MAX];
	size_t key_count;
	int64_t sanction; /* 0: none */
	bool is_on; /* VERB_VALUE_SWITCH */
	int64_t seconds; /* VERB_VALUE_SECONDS; of a sanction 0: for good */
	struct str text; /* the topic, or the reason */
	enum role role; /* VERB_ROLE; ROLE_USER: none any more */
};

/* Fills *result_out when STORE_OK. What is so already is done, and neither told nor audited. */
enum store_problem moderation_order(struct accounts *accounts, const struct order *order,
	int64_t now_ms, enum moderation_result *result_out) __attribute__((warn_unused_result));
/* Call it when the first message of a room was that of a user with an account: who owns it from now
 * on, unless the room is known already. */
enum store_problem moderation_make_room(struct accounts *accounts, struct str room,
	const struct user *owner, int64_t now_ms) __attribute__((warn_unused_result));

/* A change that the broker has to follow (table room_change). Borrowed for the call. */
struct room_change {
	struct str room; /* "": all rooms */
	const uint8_t *user; /* NULL: the rules, or anybody's standing */
	struct str
		notice; /* a JSON object for the people in the room; its "type" is "moderation" */
};

/* As revocations_read (common/store/sessions.h). */
enum store_problem room_changes_read(struct accounts *accounts, int64_t *last_id,
	void (*visit)(void *context, const struct room_change *change), void *context,
	bool *is_complete_out) __attribute__((warn_unused_result));

/* What lists are asked for. */
struct list_query {
	struct str search; /* a part of a name, in any case; "": all */
	struct str room; /* the only room; "": all */
	int64_t before_id; /* of what is listed newest first: only those before it; 0: from the
			      newest */
	struct str after; /* of what is listed by name: only those behind it; of the roles of all
			     rooms "ROOM/NAME" */
	size_t limit;
};

/* By name; the topic is searched, too. All lists end when visit returns false. */
enum store_problem rooms_list(struct accounts *accounts, const struct list_query *query,
	bool (*visit)(void *context, const struct room_row *room), void *context)
	__attribute__((warn_unused_result));

struct role_row {
	char room[ROOM_NAME_SIZE];
	struct user user;
	enum role role;
	int64_t given_ms;
};

/* By room, then name. */
enum store_problem roles_list(struct accounts *accounts, const struct list_query *query,
	bool (*visit)(void *context, const struct role_row *row), void *context)
	__attribute__((warn_unused_result));

enum sanction_kind { SANCTION_MUTE = 1, SANCTION_BAN = 2 };
enum sanction_subject { SANCTION_USER = 1, SANCTION_SESSION = 2, SANCTION_ADDRESS = 3 };

struct sanction_row {
	int64_t id;
	char room[ROOM_NAME_SIZE]; /* "": the whole site */
	enum sanction_kind kind;
	enum sanction_subject subject;
	char name[SANCTION_NAME_SIZE]; /* "Ann", "192.0.2.0/24", "Ann (192.0.2.7)": for superusers
					*/
	char person[USER_NAME_SIZE]; /* "Ann", for everybody else; "": an address alone */
	char reason[REASON_SIZE];
	char by_name[USER_NAME_SIZE];
	int64_t created_ms;
	int64_t until_ms; /* FOR_GOOD */
};

/* Those that are not over, newest first; the reason and by whom are searched, too. */
enum store_problem sanctions_list(struct accounts *accounts, const struct list_query *query,
	int64_t now_ms, bool (*visit)(void *context, const struct sanction_row *row), void *context)
	__attribute__((warn_unused_result));

struct audit_row {
	int64_t id; /* 0 when it is to be added */
	int64_t time_ms;
	const uint8_t *actor; /* USER_ID_SIZE bytes; NULL: the site itself */
	struct str actor_name;
	struct str via;
	struct str action;
	struct str room;
	struct str subject;
	struct str detail;
};

/* Of what is done elsewhere than in accounts.db; texts that are too long are cut. */
enum store_problem audit_add(struct accounts *accounts, const struct audit_row *row)
	__attribute__((warn_unused_result));
/* Newest first; search is looked for in all texts. */
enum store_problem audit_list(struct accounts *accounts, const struct list_query *query,
	bool (*visit)(void *context, const struct audit_row *row), void *context)
	__attribute__((warn_unused_result));
