/* SPDX-License-Identifier: MIT */
/* What a broker tells another about order is read as it was meant, and anything else is no answer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "broker/order/registrar.h"
#include "broker/order/wire.h"
#include "common/base/buf.h"
#include "common/standing_wire.h"

#define LATER_MS INT64_C(4102444800000) /* in 2100 */

static const uint8_t user[USER_ID_SIZE] = "0123456789abcdef";
static const uint8_t session[SESSION_HASH_SIZE] = "0123456789abcdef0123456789abcdef";

static struct json *parse(struct buf *text)
{
	const char *problem;
	struct json *json = json_parse(buf_str(text), &problem);

	assert_non_null(json);
	return json;
}

static void assert_is_read_back(const struct order_answer *answer)
{
	struct buf text = { 0 };
	struct json_writer writer = json_writer_to(&text);
	struct order_answer read;
	struct json *json;

	json_begin_object(&writer, NULL);
	order_wire_tell_standing(answer, &writer);
	json_end_object(&writer);
	json = parse(&text);
	assert_true(order_wire_read_standing(json, &read));
	assert_true(read.is_known);
	assert_int_equal(read.is_banned_everywhere, answer->is_banned_everywhere);
	assert_int_equal(read.standing.role, answer->standing.role);
	assert_int_equal(read.standing.muted_until_ms, answer->standing.muted_until_ms);
	assert_int_equal(read.standing.banned_until_ms, answer->standing.banned_until_ms);
	assert_int_equal(read.standing.rules.is_locked, answer->standing.rules.is_locked);
	assert_int_equal(
		read.standing.rules.is_members_only, answer->standing.rules.is_members_only);
	assert_int_equal(read.standing.rules.slow_seconds, answer->standing.rules.slow_seconds);
	assert_string_equal(read.room.topic, answer->room.topic);
	json_destroy(json);
	buf_finish(&text);
}

static void standings_are_read_back(void **state)
{
	struct order_answer answer = { .standing.role = ROLE_GUEST };

	(void)state;
	assert_is_read_back(&answer);
	answer.standing = (struct standing){ .role = ROLE_OWNER, .muted_until_ms = LATER_MS };
	answer.standing.rules = (struct room_rules){ true, false, false, 30 };
	answer.room.rules = answer.standing.rules;
	snprintf(answer.room.topic, sizeof(answer.room.topic), "Tea \"and\" 茶");
	assert_is_read_back(&answer);
	answer.standing = (struct standing){ .role = ROLE_USER, .banned_until_ms = FOR_GOOD };
	answer.room.rules = answer.standing.rules = (struct room_rules){ .is_locked = true };
	answer.is_banned_everywhere = true;
	assert_is_read_back(&answer);
}

static void subjects_are_read_back(void **state)
{
	struct subject subject = { user, true, session, STR("192.0.2.7") };
	struct order_wire_subject read;
	struct buf text = { 0 };
	struct json *json;

	(void)state;
	standing_wire_ask(STR_OF("lobby"), &subject, &text);
	json = parse(&text);
	assert_true(order_wire_read_subject(json, &read));
	assert_memory_equal(read.subject.user, user, sizeof(user));
	assert_memory_equal(read.subject.session, session, sizeof(session));
	assert_true(read.subject.is_guest);
	assert_true(str_is(read.subject.address, "192.0.2.7"));
	json_destroy(json);
	buf_finish(&text);
}

static void changes_are_read_back(void **state)
{
	struct room_change change = { STR("lobby"), user, STR("{\"type\": \"moderation\"}") }, read;
	struct buf text = { 0 };
	struct json_writer writer = json_writer_to(&text);
	uint8_t id[USER_ID_SIZE];
	struct json *json;

	(void)state;
	json_begin_array(&writer, NULL);
	order_wire_tell_change(&change, &writer);
	change.user = NULL;
	order_wire_tell_change(&change, &writer);
	json_end_array(&writer);
	json = parse(&text);
	assert_true(order_wire_read_change(json_at(json, 0), id, &read));
	assert_memory_equal(read.user, user, sizeof(user));
	assert_true(str_equals(read.room, change.room));
	assert_true(str_equals(read.notice, change.notice));
	assert_true(order_wire_read_change(json_at(json, 1), id, &read));
	assert_null(read.user);
	json_destroy(json);
	buf_finish(&text);
}

static void keys_of_an_order_are_read_back(void **state)
{
	struct registrar_job *job = registrar_job_create(REGISTRAR_ORDER);
	struct registrar_job *read = registrar_job_create(REGISTRAR_ORDER);
	struct buf text = { 0 };
	struct json *json;

	(void)state;
	job->order = (struct order){
		.verb = VERB_BAN, .room = STR("lobby"), .via = "socket", .name = STR("ann")
	};
	job->order.sessions[0] = session;
	job->order.key_count = 1;
	order_wire_ask_job(job, &text);
	json = parse(&text);
	assert_true(order_wire_read_keys(json, read));
	assert_int_equal(read->order.key_count, 1);
	assert_memory_equal(read->order.sessions[0], session, sizeof(session));
	assert_true(str_is(read->order.name, "ann"));
	json_destroy(json);
	buf_finish(&text);
	registrar_job_destroy(job);
	registrar_job_destroy(read);
}

static void malformed_keys_are_not_read(void **state)
{
	static const char *const requests[] = {
		"{\"sessions\": [\"x\"], \"user\": \"ann\"}",
		"{\"sessions\": []}",
		"{\"sessions\": \"x\"}",
		"{\"addresses\": [\"192.0.2.7\", 7]}",
		"{\"addresses\": [\"192.0.2.7\"], \"sessions\": []}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct registrar_job *read = registrar_job_create(REGISTRAR_ORDER);
		const char *problem;
		struct json *json = json_parse(str_from(requests[i]), &problem);

		assert_non_null(json);
		assert_false(order_wire_read_keys(json, read));
		json_destroy(json);
		registrar_job_destroy(read);
	}
}

static void order_without_keys_is_read_otherwise(void **state)
{
	struct registrar_job *read = registrar_job_create(REGISTRAR_ORDER);
	const char *problem;
	struct json *json = json_parse(STR_OF("{\"user\": \"ann\"}"), &problem);

	(void)state;
	assert_true(order_wire_read_keys(json, read));
	assert_int_equal(read->order.key_count, 0);
	json_destroy(json);
	registrar_job_destroy(read);
}

static void order_of_the_site_keeps_the_name_it_is_given_by(void **state)
{
	struct registrar_job *job = registrar_job_create(REGISTRAR_ORDER);
	struct buf text = { 0 };
	struct json *json, *actor;
	struct str name = STR("");
	bool is_site = false;

	(void)state;
	job->order = (struct order){
		.verb = VERB_LOCK, .room = STR("lobby"), .via = "api", .actor_name = STR("watch")
	};
	order_wire_ask_job(job, &text);
	json = parse(&text);
	actor = json_find(json, "actor");
	assert_true(json_get_string(json_find(actor, "user"), &name) && str_is(name, "watch"));
	assert_true(json_get_bool(json_find(actor, "site"), &is_site) && is_site);
	json_destroy(json);
	buf_finish(&text);
	registrar_job_destroy(job);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(standings_are_read_back),
		cmocka_unit_test(subjects_are_read_back),
		cmocka_unit_test(changes_are_read_back),
		cmocka_unit_test(keys_of_an_order_are_read_back),
		cmocka_unit_test(malformed_keys_are_not_read),
		cmocka_unit_test(order_without_keys_is_read_otherwise),
		cmocka_unit_test(order_of_the_site_keeps_the_name_it_is_given_by),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
