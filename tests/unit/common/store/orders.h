/* SPDX-License-Identifier: MIT */
/* A room where everybody has a part, and orders that are given there. Every failure is a failure of
 * the test. Who is named has an account of that name (people.h), or is a guest of that name when it
 * begins with "guest". */
#pragma once

#include "common/store/moderation.h"
#include "tests/unit/common/store/people.h"

/* An order in a room, in the lobby, for the whole site. */
#define ORDER_IN(room_, verb_, ...) \
	((struct order){ .verb = VERB_##verb_, .room = STR(room_), .via = "page", __VA_ARGS__ })
#define ORDER(verb_, ...) ORDER_IN("lobby", verb_, __VA_ARGS__)
#define SITE_ORDER(verb_, ...) ORDER_IN("", verb_, __VA_ARGS__)
#define OF(name_) .name = STR(name_)

/* The accounts sam (a superuser), olga, max, mia, mel and ulf, and the lobby: olga owns it, max and
 * mia are its moderators, mel is a member. sue is another superuser. */
struct accounts *orders_open(const struct folder *folder);
/* What becomes of it; actor NULL: the site gives it. Now is PEOPLE_NOW_MS + after_ms. */
enum moderation_result orders_give_after(
	struct accounts *accounts, int64_t after_ms, const char *actor, struct order order);
enum moderation_result orders_give(
	struct accounts *accounts, const char *actor, struct order order);
/* It must be done. */
void orders_do(struct accounts *accounts, const char *actor, struct order order);
/* The id of who is called so, borrowed until the next call but three. */
const uint8_t *orders_id(const char *name);
/* Of somebody without a session, who comes from nowhere known. */
struct standing orders_standing(struct accounts *accounts, const char *room, const char *name);
enum role orders_role(struct accounts *accounts, const char *name);
/* What was left for the broker since the last call, which *last_id remembers: room, user and notice
 * of each, a line each. Borrowed until the next call. */
const char *orders_changes(struct accounts *accounts, int64_t *last_id);
