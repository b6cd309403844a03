/* SPDX-License-Identifier: MIT */
/* What is written for the broker on a thread of its own: in which order, where to, and how much of
 * it when something is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

#include "broker/order/registrar.h"
#include "broker/stats.h"
#include "common/base/crypto.h"
#include "common/config.h"
#include "common/store/archive.h"
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

static void ban_by_several_keys_one_of_which_is_refused_is_not_done(void **state)
{
	static const char *const addresses[] = { "192.0.2.7", "nowhere", "192.0.2.8" };
	struct scene *scene = *state;
	struct registrar_job *job = order(0, VERB_BAN);
	struct list_query query = { .limit = 10 };
	enum store_problem problem;
	struct accounts *accounts;
	int count = 0;

	for (size_t i = 0; i < 3; i++)
		job->order.addresses[i] = str_from(addresses[i]);
	job->order.key_count = 3;
	assert_true(registrar_take(scene->registrar, job));
	assert_string_equal(told(scene), "0 bad_order|");
	accounts = accounts_open(accounts_path(scene), ACCOUNTS_READ, &problem);
	assert_non_null(accounts);
	assert_int_equal(sanctions_list(accounts, &query, 1, count_one, &count), STORE_OK);
	assert_int_equal(count, 0);
	accounts_close(accounts);
}

/* In the lobby, by somebody; enough of them that they have pages of their own. */
static void keep_messages(struct scene *scene)
{
	uint8_t sender[ARCHIVE_SENDER_SIZE] = "rob";
	struct archive_message message = {
		.user = STR("rob"), .text = STR("hello"), .sender = sender
	};
	struct archive_room room;
	enum store_problem problem;
	struct archive *archive = archive_open(
		folder_path(&scene->folder, "history.db"), ARCHIVE_WRITE_PROCESS, &problem);

	assert_non_null(archive);
	assert_int_equal(archive_begin(archive), STORE_OK);
	assert_int_equal(archive_add_room(archive, STR_OF("lobby"), &room), STORE_OK);
	for (message.seq = 1; message.seq <= 1000; message.seq++)
		assert_int_equal(archive_append(archive, room.id, &message), STORE_OK);
	assert_int_equal(archive_commit(archive), STORE_OK);
	archive_close(archive);
}

static void damage_the_end(const char *path)
{
	static const char nonsense[16 * 1024] = { 1 };
	FILE *file = fopen(path, "r+b");

	assert_non_null(file);
	assert_int_equal(fseek(file, -(long)sizeof(nonsense), SEEK_END), 0);
	assert_int_equal(fwrite(nonsense, sizeof(nonsense), 1, file), 1);
	assert_int_equal(fclose(file), 0);
}

static void author_who_cannot_be_read_is_not_called_nobody(void **state)
{
	struct scene *scene = *state;
	struct registrar_job *job = order(0, VERB_MUTE), *other = order(1, VERB_MUTE);

	keep_messages(scene);
	damage_the_end(folder_path(&scene->folder, "history.db"));
	job->target = 1000;
	assert_true(registrar_take(scene->registrar, job));
	other->order.room = STR_OF("tea");
	other->target = 1;
	assert_true(registrar_take(scene->registrar, other));
	assert_string_equal(told(scene), "0 corrupt|1 nobody|");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(orders_are_done_as_they_came_and_the_refused_ones_left_out),
		TEST(author_who_cannot_be_read_is_not_called_nobody),
		TEST(accounts_that_are_gone_are_not_made_anew),
		TEST(ban_by_several_keys_one_of_which_is_refused_is_not_done),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
