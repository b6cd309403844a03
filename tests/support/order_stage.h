/* SPDX-License-Identifier: MIT */
/* A stage (tests/support/stage.h) whose broker has an accounts.db and a wall clock that the test
 * moves. There are the accounts sam (a superuser), olga, max, mel and ulf, and the lobby: olga owns
 * it, max is its moderator, mel a member. Who is called guest… is a guest. */
#pragma once

#include "common/store/moderation.h"
#include "tests/support/folder.h"
#include "tests/support/stage.h"

/* An order in a room, in the lobby, for the whole site. */
#define ORDER_IN(room_, verb_, ...) \
	((struct order){ .verb = VERB_##verb_, .room = STR(room_), .via = "page", __VA_ARGS__ })
#define ORDER(verb_, ...) ORDER_IN("lobby", verb_, __VA_ARGS__)
#define SITE_ORDER(verb_, ...) ORDER_IN("", verb_, __VA_ARGS__)
#define OF(name_) .name = STR(name_)

/* How far the wall clock has gone since the stage started. */
extern int64_t order_stage_later_ms;

struct order_stage {
	struct stage stage;
	struct folder folder;
	struct accounts *accounts; /* the pages' */
};

/* For cmocka. */
int order_stage_set_up(void **state);
int order_stage_take_down(void **state);
/* What the pages order for somebody; actor NULL: for the site. It must be done. */
void order_stage_do(struct order_stage *scene, const char *actor, struct order order);
/* Comes into a room by roomwire.v1 from an address, as who is called so. */
void order_stage_enter(struct order_stage *scene, struct client *client, const char *name,
	const char *room, const char *address);
/* Until the broker has looked for changes, and followed them. */
void order_stage_look(struct order_stage *scene);
/* Whether a text is in what a client has heard since the last call. */
bool order_stage_hears(struct client *client, const char *text);
/* Says something, and whether it is refused with that code (NULL: with none). */
bool order_stage_says(struct order_stage *scene, struct client *client, const char *code);
