/* SPDX-License-Identifier: MIT */
#include "tests/support/order_stage.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "broker/order/registrar.h"
#include "broker/order/settle.h"
#include "broker/quota.h"
#include "common/base/mem.h"

#define START_MS INT64_C(1800000000000)

int64_t order_stage_later_ms;

int64_t __wrap_clock_wall_ms(void);

int64_t __wrap_clock_wall_ms(void)
{
	return START_MS + order_stage_later_ms;
}

static struct user person(const char *name)
{
	struct user user = { 0 };

	snprintf((char *)user.id, sizeof(user.id), "%s", name);
	snprintf(user.name, sizeof(user.name), "%s", name);
	return user;
}

static bool is_guest(const char *name)
{
	return strncmp(name, "guest", strlen("guest")) == 0;
}

static void join(struct accounts *accounts, const char *name)
{
	struct account account = { .user = person(name), .is_active = true };
	enum account_result result;

	snprintf(account.username, sizeof(account.username), "%s", name);
	account.is_superuser = strcmp(name, "sam") == 0;
	assert_int_equal(accounts_add(accounts, &account, NULL, &result), STORE_OK);
	assert_int_equal(result, ACCOUNT_DONE);
}

void order_stage_do(struct order_stage *scene, const char *actor, struct order order)
{
	struct user user = person(actor == NULL ? "" : actor);
	struct subject subject = { .user = user.id };
	enum moderation_result result;

	if (actor != NULL) {
		order.actor = &subject;
		order.actor_name = str_from(actor);
	}
	assert_int_equal(moderation_order(scene->accounts, &order, __wrap_clock_wall_ms(), &result),
		STORE_OK);
	assert_int_equal(result, MODERATION_DONE);
}

static void fill_lobby(struct order_stage *scene)
{
	static const char *const names[] = { "sam", "olga", "max", "mel", "ulf" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		join(scene->accounts, names[i]);
	order_stage_do(scene, NULL, ORDER(ROLE, OF("olga"), .role = ROLE_OWNER));
	order_stage_do(scene, NULL, ORDER(ROLE, OF("max"), .role = ROLE_MODERATOR));
	order_stage_do(scene, NULL, ORDER(ROLE, OF("mel"), .role = ROLE_MEMBER));
}

int order_stage_set_up(void **state)
{
	static struct order_stage scene;
	struct broker *broker = &scene.stage.broker;
	enum store_problem problem;

	order_stage_later_ms = 0;
	scene.folder = folder_create();
	stage_start(&scene.stage);
	revoker_finish(&broker->revoker);
	mem_free(scene.stage.config.paths_state);
	scene.stage.config.paths_state = mem_strdup(scene.folder.path);
	revoker_init(&broker->revoker, broker);
	registrar_destroy(broker->registrar);
	broker->registrar = registrar_create(
		&scene.stage.config, &broker->reactor, &broker->stats, order_settle, broker);
	scene.accounts = accounts_open(
		folder_path(&scene.folder, "accounts.db"), ACCOUNTS_WRITE, &problem);
	assert_non_null(scene.accounts);
	fill_lobby(&scene);
	*state = &scene;
	return 0;
}

int order_stage_take_down(void **state)
{
	struct order_stage *scene = *state;
	void *folder = &scene->folder;

	accounts_close(scene->accounts);
	stage_finish(&scene->stage);
	return folder_remove(&folder);
}

void order_stage_enter(struct order_stage *scene, struct client *client, const char *name,
	const char *room, const char *address)
{
	struct identity who = { .user = person(name),
		.kind = is_guest(name) ? IDENTITY_GUEST : IDENTITY_REMOTE };
	struct scope *scope;

	revoker_catch_up(&scene->stage.broker.revoker);
	scope = client_knock(&scene->stage, &consumer_chat, room, &who);
	scope->dialect = DIALECT_V1;
	scope->client = str_from(address);
	scope->quota = quota_take(scene->stage.broker.quotas, scope->client);
	client_open(&scene->stage, client, scope);
	stage_turn(&scene->stage);
}

void order_stage_look(struct order_stage *scene)
{
	stage_pass_ms(&scene->stage, 250);
	for (int i = 0; i < 4; i++)
		stage_turn(&scene->stage);
}

bool order_stage_hears(struct client *client, const char *text)
{
	return strstr(client_hear(client), text) != NULL;
}

bool order_stage_says(struct order_stage *scene, struct client *client, const char *code)
{
	static int count;
	struct buf said = { 0 }, expected = { 0 };
	bool is_answered_so;

	if (code == NULL)
		buf_append_text(&expected, "\"type\": \"ack\"");
	else
		buf_append_format(&expected, "\"code\": \"%s\"", code);
	buf_append_format(&said,
		"{\"type\": \"message\", \"message\": \"hello\", \"ref\": \"r%d\"}", ++count);
	(void)client_hear(client);
	client_send(client, FRAME_TEXT, buf_str(&said));
	stage_turn(&scene->stage);
	stage_turn(&scene->stage);
	is_answered_so = order_stage_hears(client, buf_text(&expected));
	buf_finish(&expected);
	buf_finish(&said);
	return is_answered_so;
}
