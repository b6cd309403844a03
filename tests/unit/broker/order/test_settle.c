/* SPDX-License-Identifier: MIT */
/* Who has done something to a message, by what way it came, and what an order has come to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "broker/bus/bus.h"
#include "broker/order/edges.h"
#include "broker/order/settle.h"
#include "tests/support/order_stage.h"

/* What the request says that an author waits for: who speaks, "" for the site; and its way. */
static const char *speaker;
static const char *way;

bool __wrap_bus_find_speaker(struct bus *bus, uint64_t request_id, struct user *user_out);
const char *__wrap_bus_find_via(struct bus *bus, uint64_t request_id);

bool __wrap_bus_find_speaker(struct bus *bus, uint64_t request_id, struct user *user_out)
{
	(void)bus, (void)request_id;
	*user_out = (struct user){ 0 };
	snprintf((char *)user_out->id, sizeof(user_out->id), "%s", speaker);
	snprintf(user_out->name, sizeof(user_out->name), "%s", speaker);
	return speaker[0] != '\0';
}

const char *__wrap_bus_find_via(struct bus *bus, uint64_t request_id)
{
	(void)bus, (void)request_id;
	return way;
}

/* Until the registrar has done what it was given. */
static void settle(struct order_stage *scene)
{
	registrar_stop(scene->stage.broker.registrar);
	stage_turn(&scene->stage);
}

static bool write_row(void *context, const struct audit_row *row)
{
	if (str_is(row->action, "delete"))
		buf_append_format(context, "%.*s %s %.*s|", STR_ARG(row->via),
			row->actor == NULL ? "site" : (const char *)row->actor,
			STR_ARG(row->subject));
	return true;
}

static void deletion_is_logged_by_the_way_it_came(void **state)
{
	static const struct {
		enum author_kind kind;
		const char *speaker;
		const char *via;
	} rows[] = {
		{ AUTHOR_CHANNEL, "", NULL },
		{ AUTHOR_REQUEST, "max", NULL },
		{ AUTHOR_REQUEST, "", NULL },
		{ AUTHOR_REQUEST, "sam", "admin" },
		{ AUTHOR_REQUEST, "", "api" },
	};
	static const uint8_t max[USER_ID_SIZE] = "max";
	struct order_stage *scene = *state;
	struct list_query query = { .limit = 10 };
	struct buf log = { 0 };

	order_refresh(&scene->stage.broker);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct author author = { .kind = rows[i].kind, .sender = max };
		struct event event = { .room = STR("lobby"),
			.user = STR("whoever"),
			.kind = MESSAGE_DELETES,
			.target = i + 1 };

		speaker = rows[i].speaker;
		way = rows[i].via;
		order_note_deletion(&scene->stage.broker, &event, &author);
	}
	settle(scene);
	assert_int_equal(audit_list(scene->accounts, &query, write_row, &log), STORE_OK);
	assert_string_equal(buf_text(&log),
		"api site message 5|admin sam message 4|shell site message 3|"
		"page max message 2|socket max message 1|");
	buf_finish(&log);
}

static enum role role_in(struct order_stage *scene, const char *room, const char *name)
{
	uint8_t id[USER_ID_SIZE] = { 0 };
	struct subject subject = { .user = id, .address = STR("") };
	struct standing standing;
	struct room_row row;

	snprintf((char *)id, sizeof(id), "%s", name);
	assert_int_equal(moderation_find_standing(
				 scene->accounts, str_from(room), &subject, 1, &standing, &row),
		STORE_OK);
	return standing.role;
}

static void room_is_owned_by_the_first_with_an_account(void **state)
{
	struct order_stage *scene = *state;
	struct broker *broker = &scene->stage.broker;
	struct author page = { .kind = AUTHOR_REQUEST };

	order_refresh(broker);
	speaker = "ulf";
	order_note_first(broker, STR_OF("tea"), &page);
	speaker = "mel";
	order_note_first(broker, STR_OF("tea"), &page);
	speaker = "guest1";
	order_note_first(broker, STR_OF("milk"), &page);
	speaker = "";
	order_note_first(broker, STR_OF("water"), &page);
	settle(scene);
	assert_int_equal(role_in(scene, "tea", "ulf"), ROLE_OWNER);
	assert_int_equal(role_in(scene, "tea", "mel"), ROLE_USER);
	assert_int_equal(role_in(scene, "milk", "guest1"), ROLE_USER);
}

static void guest_on_a_socket_owns_nothing(void **state)
{
	struct order_stage *scene = *state;
	struct broker *broker = &scene->stage.broker;
	static const char *const names[] = { "guest1", "ulf" };
	struct client clients[2];

	for (size_t i = 0; i < 2; i++) {
		order_stage_enter(scene, &clients[i], names[i], "tea", "");
		order_note_first(broker, str_from(i == 0 ? "milk" : "tea"),
			&(struct author){ .kind = AUTHOR_CHANNEL,
				.id = broker_channel_id(broker, &clients[i].conn->channel) });
	}
	settle(scene);
	assert_int_equal(role_in(scene, "milk", "guest1"), ROLE_USER);
	assert_int_equal(role_in(scene, "tea", "ulf"), ROLE_OWNER);
	for (size_t i = 0; i < 2; i++)
		client_leave(&clients[i]);
	stage_turn(&scene->stage);
	stage_turn(&scene->stage);
}

/* The code, or "" when it is done. */
static const char *outcome(struct order_stage *scene, struct registrar_job job)
{
	struct order_outcomes *outcomes = scene->stage.broker.order_outcomes;
	static struct order_refusal refusal;

	job.asker = REGISTRAR_LATER;
	job.asker_id = order_outcomes_add(outcomes);
	order_settle(&scene->stage.broker, &job);
	return order_outcomes_find(outcomes, job.asker_id, &refusal) == ORDER_DONE ? ""
										   : refusal.code;
}

static void what_was_not_done_is_told_with_its_cause(void **state)
{
	struct order_stage *scene = *state;

	assert_string_equal(outcome(scene, (struct registrar_job){ .problem = STORE_OK }), "");
	assert_string_equal(
		outcome(scene, (struct registrar_job){ .result = MODERATION_ABOVE }), "above");
	assert_string_equal(
		outcome(scene, (struct registrar_job){ .problem = STORE_BUSY }), "busy");
	assert_string_equal(
		outcome(scene, (struct registrar_job){ .problem = STORE_FULL }), "storage");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, order_stage_set_up, order_stage_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(deletion_is_logged_by_the_way_it_came),
		TEST(room_is_owned_by_the_first_with_an_account),
		TEST(guest_on_a_socket_owns_nothing),
		TEST(what_was_not_done_is_told_with_its_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
