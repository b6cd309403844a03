/* SPDX-License-Identifier: MIT */
#include "tests/unit/common/store/orders.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

static bool is_guest(const char *name)
{
	return strncmp(name, "guest", strlen("guest")) == 0;
}

const uint8_t *orders_id(const char *name)
{
	static struct account people[4];
	static size_t next;
	struct account *person = &people[next++ % 4];

	*person = people_person(name);
	return person->user.id;
}

static void join_superuser(struct accounts *accounts, const char *name)
{
	struct account account = people_person(name);

	account.is_superuser = true;
	assert_int_equal(people_add(accounts, &account), ACCOUNT_DONE);
}

struct accounts *orders_open(const struct folder *folder)
{
	static const char *const users[] = { "olga", "max", "mia", "mel", "ulf" };
	struct accounts *accounts = people_open(folder, ACCOUNTS_WRITE);

	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++)
		people_join(accounts, users[i]);
	join_superuser(accounts, "sam");
	join_superuser(accounts, "sue");
	orders_do(accounts, NULL, ORDER(ROLE, OF("olga"), .role = ROLE_OWNER));
	orders_do(accounts, NULL, ORDER(ROLE, OF("max"), .role = ROLE_MODERATOR));
	orders_do(accounts, NULL, ORDER(ROLE, OF("mia"), .role = ROLE_MODERATOR));
	orders_do(accounts, NULL, ORDER(ROLE, OF("mel"), .role = ROLE_MEMBER));
	return accounts;
}

enum moderation_result orders_give_after(
	struct accounts *accounts, int64_t after_ms, const char *actor, struct order order)
{
	struct subject subject = { 0 };
	enum moderation_result result;

	if (actor != NULL) {
		subject.user = orders_id(actor);
		subject.is_guest = is_guest(actor);
		order.actor = &subject;
		order.actor_name = str_from(actor);
	}
	assert_int_equal(
		moderation_order(accounts, &order, PEOPLE_NOW_MS + after_ms, &result), STORE_OK);
	return result;
}

enum moderation_result orders_give(struct accounts *accounts, const char *actor, struct order order)
{
	return orders_give_after(accounts, 0, actor, order);
}

void orders_do(struct accounts *accounts, const char *actor, struct order order)
{
	enum moderation_result result = orders_give(accounts, actor, order);

	if (result != MODERATION_DONE)
		fail_msg("%s %.*s: %s", verb_row(order.verb)->word, STR_ARG(order.name),
			moderation_result_code(result));
}

struct standing orders_standing(struct accounts *accounts, const char *room, const char *name)
{
	struct subject subject = { .user = orders_id(name), .is_guest = is_guest(name) };
	struct standing standing;
	struct room_row row;

	assert_int_equal(moderation_find_standing(accounts, str_from(room), &subject, PEOPLE_NOW_MS,
				 &standing, &row),
		STORE_OK);
	return standing;
}

enum role orders_role(struct accounts *accounts, const char *name)
{
	return orders_standing(accounts, "lobby", name).role;
}

static void write_change(void *context, const struct room_change *change)
{
	buf_append_format(context, "%.*s|%s|%.*s\n", STR_ARG(change->room),
		change->user == NULL ? "" : (const char *)change->user, STR_ARG(change->notice));
}

const char *orders_changes(struct accounts *accounts, int64_t *last_id)
{
	static char text[2048];
	struct buf lines = { 0 };
	bool is_complete;

	assert_int_equal(
		room_changes_read(accounts, last_id, write_change, &lines, &is_complete), STORE_OK);
	snprintf(text, sizeof(text), "%s%s", buf_text(&lines), is_complete ? "" : "gap");
	buf_finish(&lines);
	return text;
}
