/* SPDX-License-Identifier: MIT */
/* What is written for the broker on a thread of its own: in which order, where to, and how much of
 * it when something is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "broker/order/registrar.h"
#include "broker/stats.h"
#include "common/base/crypto.h"
#include "common/config.h"
#include "tests/support/folder.h"

struct scene {
	struct folder folder;
	struct config config;
	struct reactor reactor;
	struct stats stats;
	struct registrar *registrar;
	struct buf told;
};

static void note(void *context, const struct registrar_job *job)
{
	struct scene *scene = context;

	buf_append_format(&scene->told, "%llu %s|", (unsigned long long)job->asker_id,
		job->problem == STORE_OK ? moderation_result_code(job->result)
					 : store_problem_code(job->problem));
}

static int set_up(void **state)
{
	static struct scene scene;

	scene = (struct scene){ .folder = folder_create() };
	scene.config.paths_state = scene.folder.path;
	assert_true(reactor_init(&scene.reactor));
	scene.registrar = registrar_create(
		&scene.config, &scene.reactor, &scene.stats, note, &scene);
	*state = &scene;
	return 0;
}

static int take_down(void **state)
{
	struct scene *scene = *state;
	void *folder = &scene->folder;

	registrar_destroy(scene->registrar);
	reactor_finish(&scene->reactor);
	buf_finish(&scene->told);
	return folder_remove(&folder);
}

static struct registrar_job *order(uint64_t number, enum verb verb)
{
	struct registrar_job *job = registrar_job_create(REGISTRAR_ORDER);

	job->order.verb = verb;
	job->order.room = STR_OF("lobby");
	job->order.via = "shell";
	job->asker_id = number;
	return job;
}

/* What has been told when all of it is done. */
static const char *told(struct scene *scene)
{
	registrar_stop(scene->registrar);
	(void)mailbox_drain(&scene->reactor.mailbox);
	return buf_text(&scene->told);
}

static const char *accounts_path(struct scene *scene)
{
	return folder_path(&scene->folder, "accounts.db");
}

static void orders_are_done_as_they_came_and_the_refused_ones_left_out(void **state)
{
	static const char *const topics[] = { "tea", "cake" };
	struct scene *scene = *state;
	enum store_problem problem;
	struct accounts *accounts;
	struct room_row row;
	struct standing standing;
	struct subject nobody = {
		.user = (const uint8_t[USER_ID_SIZE]){ 0 }, .is_guest = true, .address = STR("")
	};

	for (uint64_t i = 0; i < 2; i++) {
		struct registrar_job *job = order(i, VERB_TOPIC);

		job->order.text = str_from(topics[i]);
		assert_true(registrar_take(scene->registrar, job));
	}
	assert_true(registrar_take(scene->registrar, order(2, VERB_MUTE)));
	assert_string_equal(told(scene), "0 done|1 done|2 bad_order|");
	accounts = accounts_open(accounts_path(scene), ACCOUNTS_READ, &problem);
	assert_non_null(accounts);
	assert_int_equal(
		moderation_find_standing(accounts, STR_OF("lobby"), &nobody, 1, &standing, &row),
		STORE_OK);
	assert_string_equal(row.topic, "cake");
	accounts_close(accounts);
}

static void accounts_that_are_gone_are_not_made_anew(void **state)
{
	struct scene *scene = *state;
	struct registrar_job *job = order(0, VERB_LOCK);

	job->has_accounts = true;
	assert_true(registrar_take(scene->registrar, job));
	assert_string_equal(told(scene), "0 gone|");
	assert_int_not_equal(access(accounts_path(scene), F_OK), 0);
}

static bool count_one(void *context, const struct sanction_row *row)
{
	(void)row;
	(*(int *)context)++;
	return true;
}

static void ban_by_several_keys_ends_at_the_first_that_is_refused(void **state)
{
	static const char *const addresses[] = { "192.0.2.7", "nowhere", "192.0.2.8" };
	struct scene *scene = *state;
	struct registrar_job *job = order(0, VERB_BAN);
	struct list_query query = { .limit = 10 };
	enum store_problem problem;
	struct accounts *accounts;
	int count = 0;

	for (; job->key_count < 3; job->key_count++)
		job->addresses[job->key_count] = str_from(addresses[job->key_count]);
	assert_true(registrar_take(scene->registrar, job));
	assert_string_equal(told(scene), "0 bad_order|");
	accounts = accounts_open(accounts_path(scene), ACCOUNTS_READ, &problem);
	assert_non_null(accounts);
	assert_int_equal(sanctions_list(accounts, &query, 1, count_one, &count), STORE_OK);
	assert_int_equal(count, 1);
	accounts_close(accounts);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(orders_are_done_as_they_came_and_the_refused_ones_left_out),
		TEST(accounts_that_are_gone_are_not_made_anew),
		TEST(ban_by_several_keys_ends_at_the_first_that_is_refused),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
