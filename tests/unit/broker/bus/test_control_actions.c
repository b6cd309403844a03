/* SPDX-License-Identifier: MIT */
/* What is said over control: under which name it is sent on, and how it is answered. The layer is
 * listened to on the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "broker/bus/control.h"
#include "broker/layer/local.h"
#include "common/base/crypto.h"
#include "tests/support/stage.h"

#define REQUEST_ID 77
#define EVENT "\"event\": {\"type\": \"chat.message\", \"message\": \"x\"}"

/* What was sent last. */
static struct {
	unsigned count;
	enum author_kind kind;
	uint64_t id;
	char ref[80];
	uint8_t sender[16];
	bool has_sender;
} sent;

enum layer_result __wrap_broker_group_send(
	struct broker *broker, struct event *event, const struct author *author);
enum layer_result __real_broker_group_send(
	struct broker *broker, struct event *event, const struct author *author);

enum layer_result __wrap_broker_group_send(
	struct broker *broker, struct event *event, const struct author *author)
{
	sent.count++;
	sent.kind = AUTHOR_NOBODY;
	if (author != NULL) {
		sent.kind = author->kind;
		sent.id = author->id;
		snprintf(sent.ref, sizeof(sent.ref), "%.*s", STR_ARG(author->ref));
		sent.has_sender = author->sender != NULL;
		if (sent.has_sender)
			memcpy(sent.sender, author->sender, sizeof(sent.sender));
	}
	return __real_broker_group_send(broker, event, author);
}

/* Borrowed until the next one. */
static const char *ask(struct stage *stage, const char *request, enum control_outcome outcome)
{
	static char text[512];
	struct buf answer = { 0 };

	assert_int_equal(control_answer(&stage->broker, str_from(request),
				 &(struct control_asker){ .id = REQUEST_ID }, &answer),
		outcome);
	snprintf(text, sizeof(text), "%s", buf_text(&answer));
	buf_finish(&answer);
	return text;
}

static void message_waits_for_its_number_under_the_request(void **state)
{
	ask(*state, "{\"op\": \"group_send\", \"room\": \"r\", " EVENT "}", CONTROL_WAITS);
	assert_int_equal(sent.kind, AUTHOR_REQUEST);
	assert_int_equal(sent.id, REQUEST_ID);
	assert_string_equal(sent.ref, "");
	assert_false(sent.has_sender);
}

static void other_events_are_answered_at_once(void **state)
{
	assert_string_equal(ask(*state,
				    "{\"op\": \"group_send\", \"room\": \"r\", \"ref\": \"1\", "
				    "\"event\": {\"type\": \"job.done\"}}",
				    CONTROL_ANSWERED),
		"{\"ok\": true}");
	assert_int_equal(sent.kind, AUTHOR_NOBODY);
}

static void ref_is_its_senders(void **state)
{
	uint8_t hash[CRYPTO_SHA256_SIZE];

	ask(*state, "{\"op\": \"group_send\", \"room\": \"r\", \"ref\": \"a\", " EVENT "}",
		CONTROL_WAITS);
	assert_string_equal(sent.ref, "a");
	assert_true(sent.has_sender);
	crypto_sha256(STR_OF("control:"), hash);
	assert_memory_equal(sent.sender, hash, sizeof(sent.sender));
	ask(*state,
		"{\"op\": \"group_send\", \"room\": \"r\", \"ref\": \"a\", \"sender\": "
		"\"cron\", " EVENT "}",
		CONTROL_WAITS);
	crypto_sha256(STR_OF("control:cron"), hash);
	assert_memory_equal(sent.sender, hash, sizeof(sent.sender));
}

static void assert_is_taken(struct stage *stage, const char *key, const char *value, bool is_taken)
{
	char request[256], code[32];
	const char *answer;

	snprintf(request, sizeof(request),
		"{\"op\": \"group_send\", \"room\": \"r\", \"%s\": %s, " EVENT "}", key, value);
	snprintf(code, sizeof(code), "\"error\": \"bad_%s\"", key);
	sent.count = 0;
	answer = ask(stage, request, is_taken ? CONTROL_WAITS : CONTROL_REFUSED);
	assert_int_equal(sent.count, is_taken);
	assert_int_equal(strstr(answer, code) == NULL, is_taken);
}

static void names_are_strings_of_1_to_64_bytes(void **state)
{
	static const char *const keys[] = { "ref", "sender" };
	static const struct {
		const char *value;
		bool is_taken;
	} rows[] = {
		{ "null", true },
		{ "\"a\"", true },
		{ "\"\"", false },
		{ "1", false },
		{ "[]", false },
	};
	char value[80];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		for (size_t j = 0; j < sizeof(rows) / sizeof(rows[0]); j++)
			assert_is_taken(*state, keys[i], rows[j].value, rows[j].is_taken);
		snprintf(value, sizeof(value), "\"%064d\"", 0);
		assert_is_taken(*state, keys[i], value, true);
		snprintf(value, sizeof(value), "\"%065d\"", 0);
		assert_is_taken(*state, keys[i], value, false);
	}
}

static void outcomes_complete_the_answer(void **state)
{
	static const struct {
		enum layer_result result;
		const char *answer;
	} rows[] = {
		{ LAYER_SENT, "{\"ok\": true, \"seq\": 7}" },
		{ LAYER_REPEATED, "{\"ok\": true, \"seq\": 7, \"repeated\": true}" },
		{ LAYER_BUSY, "{\"ok\": false, \"error\": \"busy\", \"message\": \"Too much is "
			      "being written at this moment. Send it again in a while.\"}" },
		{ LAYER_STORAGE, "{\"ok\": false, \"error\": \"storage\", \"message\": \"The "
				 "message cannot be kept at this moment, and was not sent.\"}" },
	};
	struct buf answer = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&answer);
		assert_int_equal(
			control_answer(&((struct stage *)*state)->broker,
				STR_OF("{\"op\": \"group_send\", \"room\": \"r\", " EVENT "}"),
				&(struct control_asker){ .id = REQUEST_ID }, &answer),
			CONTROL_WAITS);
		control_end_send(&answer, rows[i].result, 7);
		assert_string_equal(buf_text(&answer), rows[i].answer);
	}
	buf_finish(&answer);
}

static void senders_without_end_of_new_rooms_are_refused(void **state)
{
	char request[128];

	for (int i = 0; i <= LOCAL_IDLE_MAX; i++) {
		bool is_last = i == LOCAL_IDLE_MAX;
		const char *answer;

		snprintf(request, sizeof(request),
			"{\"op\": \"group_send\", \"room\": \"r%d\", " EVENT "}", i);
		answer = ask(*state, request, is_last ? CONTROL_REFUSED : CONTROL_WAITS);
		if (is_last)
			assert_non_null(strstr(answer, "\"error\": \"too_many_rooms\""));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(message_waits_for_its_number_under_the_request),
		TEST(other_events_are_answered_at_once),
		TEST(ref_is_its_senders),
		TEST(names_are_strings_of_1_to_64_bytes),
		TEST(outcomes_complete_the_answer),
		TEST(senders_without_end_of_new_rooms_are_refused),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
