/* SPDX-License-Identifier: MIT */
/* Properties: whatever a request is, its answer is one line, a JSON object with "ok"; a refusal has
 * a code and a sentence; and the broker that was asked, with somebody in it, can be taken down. */
#include "broker/bus/control.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/stage.h"

static void check_answer(struct str answer)
{
	const char *problem;
	struct json *object = json_parse(answer, &problem);
	struct str code, sentence;
	bool is_ok;

	FUZZ_REQUIRE(str_find(answer, '\n') == answer.len);
	FUZZ_REQUIRE(json_get_bool(json_find(object, "ok"), &is_ok));
	if (!is_ok) {
		FUZZ_REQUIRE(json_get_string(json_find(object, "error"), &code) && code.len > 0);
		FUZZ_REQUIRE(json_get_string(json_find(object, "message"), &sentence) &&
			     str_ends_with(sentence, STR_OF(".")));
	}
	json_destroy(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct stage stage;
	struct client client;
	struct buf answer = { 0 };

	stage_start(&stage);
	client_enter(&stage, &client, &consumer_chat, "lobby", DIALECT_V1);
	stage_turn(&stage);
	if (control_answer(&stage.broker, str_range((const char *)data, size),
		    &(struct control_asker){ 0 }, &answer) == CONTROL_WAITS)
		control_end_send(&answer, LAYER_SENT, 1); /* there is no history to ask */
	check_answer(buf_str(&answer));
	buf_finish(&answer);
	client_leave(&client);
	stage_finish(&stage);
	return 0;
}
