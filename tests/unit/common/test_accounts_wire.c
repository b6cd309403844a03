/* SPDX-License-Identifier: MIT */
/* What one side writes about accounts is what the other reads; nothing else can be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/accounts_wire.h"

static const uint8_t key_hash[SESSION_HASH_SIZE] = "0123456789abcdef0123456789abcde";
static const struct user ann = { "aaaaaaaaaaaaaaa", "Ann \xe5\xae\x89" };

/* The caller owns it. */
static struct json *parse(struct str text)
{
	const char *problem = NULL;
	struct json *json = json_parse(text, &problem);

	if (json == NULL)
		fail_msg("%.*s: %s", STR_ARG(text), problem);
	return json;
}

static struct json_writer begin_answer(struct buf *text)
{
	struct json_writer writer = json_writer_to(text);

	buf_clear(text);
	json_begin_object(&writer, NULL);
	json_add_bool(&writer, "ok", true);
	return writer;
}

static struct json *end_answer(struct json_writer *writer)
{
	json_end_object(writer);
	return parse(buf_str(writer->out));
}

static void session_is_read_as_it_is_told(void **state)
{
	struct session told = { .user = ann,
		.is_superuser = true,
		.created_ms = INT64_C(1795232100123),
		.seen_ms = INT64_C(1795232200000) };
	struct session heard;
	struct buf text = { 0 };
	struct json_writer writer = begin_answer(&text);
	struct json *answer;

	accounts_wire_tell_session(SESSION_VALID, &told, &writer);
	answer = end_answer(&writer);
	assert_int_equal(accounts_wire_read_session(answer, key_hash, &heard), SESSION_VALID);
	assert_memory_equal(heard.key_hash, key_hash, sizeof(key_hash));
	assert_memory_equal(heard.user.id, ann.id, sizeof(ann.id));
	assert_string_equal(heard.user.name, ann.name);
	assert_true(heard.is_superuser);
	assert_int_equal(heard.created_ms, told.created_ms);
	assert_int_equal(heard.seen_ms, told.seen_ms);
	json_destroy(answer);
	buf_finish(&text);
	(void)state;
}

static void state_is_read_as_it_is_told(void **state)
{
	static const enum session_state states[] = { SESSION_OVER, SESSION_BANNED };
	struct buf text = { 0 };

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		struct json_writer writer = begin_answer(&text);
		struct session session;
		struct json *answer;

		accounts_wire_tell_session(states[i], NULL, &writer);
		answer = end_answer(&writer);
		assert_int_equal(accounts_wire_read_session(answer, key_hash, &session), states[i]);
		json_destroy(answer);
	}
	buf_finish(&text);
	(void)state;
}

static void answer_that_does_not_say_whose_a_session_is_is_unreadable(void **state)
{
	static const char *const texts[] = {
		"{}",
		"[]",
		"{\"ok\": true}",
		"{\"ok\": false, \"state\": \"over\"}",
		"{\"ok\": true, \"state\": 1}",
		"{\"ok\": true, \"state\": \"unreadable\"}",
		"{\"ok\": true, \"state\": \"valid\"}",
		"{\"ok\": true, \"state\": \"valid\", \"user_id\": \"AAAA\", \"user\": \"ann\", "
		"\"is_superuser\": false, \"created_ms\": 1, \"seen_ms\": 1}",
		"{\"ok\": true, \"state\": \"valid\", \"user_id\": \"AAAAAAAAAAAAAAAAAAAAAA\", "
		"\"user\": \"\", \"is_superuser\": false, \"created_ms\": 1, \"seen_ms\": 1}",
		"{\"ok\": true, \"state\": \"valid\", \"user_id\": \"AAAAAAAAAAAAAAAAAAAAAA\", "
		"\"user\": \"a\\u0000b\", \"is_superuser\": false, \"created_ms\": 1, "
		"\"seen_ms\": 1}",
		"{\"ok\": true, \"state\": \"valid\", \"user_id\": \"AAAAAAAAAAAAAAAAAAAAAA\", "
		"\"user\": \"ann\", \"created_ms\": 1, \"seen_ms\": 1}",
	};
	struct session session;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct json *answer = parse(str_from(texts[i]));

		print_message("%s\n", texts[i]);
		assert_int_equal(
			accounts_wire_read_session(answer, key_hash, &session), SESSION_UNREADABLE);
		json_destroy(answer);
	}
	assert_int_equal(accounts_wire_read_session(NULL, key_hash, &session), SESSION_UNREADABLE);
	(void)state;
}

static void name_that_is_too_long_is_no_users(void **state)
{
	struct buf text = { 0 };
	struct user user;
	struct json *object;

	buf_append_text(&text, "{\"user_id\": \"AAAAAAAAAAAAAAAAAAAAAA\", \"user\": \"");
	for (size_t i = 0; i < USER_NAME_SIZE; i++)
		buf_append_char(&text, 'x');
	buf_append_text(&text, "\"}");
	object = parse(buf_str(&text));
	assert_false(accounts_wire_read_user(object, &user));
	json_destroy(object);
	buf_finish(&text);
	(void)state;
}

static void guest_is_asked_about_and_told_of(void **state)
{
	struct buf text = { 0 };
	struct json_writer writer;
	struct json *json;
	struct user heard;
	bool id_is_taken = false, name_is_taken = true;

	accounts_wire_ask_guest(&ann, &text);
	json = parse(buf_str(&text));
	assert_true(accounts_wire_read_user(json, &heard));
	assert_memory_equal(&heard, &ann, sizeof(ann));
	json_destroy(json);
	writer = begin_answer(&text);
	accounts_wire_tell_guest(true, false, &writer);
	json = end_answer(&writer);
	assert_true(accounts_wire_read_guest(json, &id_is_taken, &name_is_taken));
	assert_true(id_is_taken);
	assert_false(name_is_taken);
	assert_false(accounts_wire_read_guest(NULL, &id_is_taken, &name_is_taken));
	json_destroy(json);
	buf_finish(&text);
	(void)state;
}

static void revocation_is_read_as_it_is_told(void **state)
{
	static const struct revocation told[] = {
		{ REVOKED_SESSION, false, key_hash },
		{ REVOKED_USER, true, key_hash },
	};
	struct buf text = { 0 };

	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		struct json_writer writer = json_writer_to(&text);
		uint8_t key[SESSION_HASH_SIZE];
		struct revocation heard;
		bool has_account = false;
		struct json *element;

		buf_clear(&text);
		accounts_wire_tell_revocation(&told[i], told[i].is_ban, &writer);
		element = parse(buf_str(&text));
		assert_true(accounts_wire_read_revocation(element, key, &heard, &has_account));
		assert_int_equal(heard.kind, told[i].kind);
		assert_int_equal(heard.is_ban, told[i].is_ban);
		assert_int_equal(has_account, told[i].is_ban);
		assert_memory_equal(heard.key, key_hash,
			heard.kind == REVOKED_USER ? USER_ID_SIZE : SESSION_HASH_SIZE);
		json_destroy(element);
	}
	buf_finish(&text);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(session_is_read_as_it_is_told),
		cmocka_unit_test(state_is_read_as_it_is_told),
		cmocka_unit_test(answer_that_does_not_say_whose_a_session_is_is_unreadable),
		cmocka_unit_test(name_that_is_too_long_is_no_users),
		cmocka_unit_test(guest_is_asked_about_and_told_of),
		cmocka_unit_test(revocation_is_read_as_it_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
