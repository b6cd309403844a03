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

#define REQUESTS 16

static void take(struct layer_receiver *receiver, struct str message)
{
	const char *problem;
	struct json *object = json_parse(message, &problem);

	FUZZ_REQUIRE(list_is_empty(&receiver->link) && json_is_object(object));
	json_destroy(object);
}

/* What waits is completed by hand, as there is no bus. */
static void ask(struct stage *stage, struct str request, struct control_asker *asker)
{
	struct buf answer = { 0 };
	enum control_outcome outcome;

	*asker = (struct control_asker){ .connection = 1, .may_wait = true, .receiver.take = take };
	list_init(&asker->receiver.link);
	outcome = control_answer(&stage->broker, request, asker, &answer);
	FUZZ_REQUIRE(list_is_empty(&asker->receiver.link) == (outcome != CONTROL_RECEIVES));
	if (outcome == CONTROL_WAITS)
		control_end_send(&answer, LAYER_SENT, 1); /* there is no history to ask */
	if (outcome == CONTROL_RECEIVES)
		control_end_receive(&answer, STR_OF("{}"));
	check_answer(buf_str(&answer));
	buf_finish(&answer);
}

/* Several requests, a line each: what one leaves behind another finds. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct stage stage;
	static struct control_asker askers[REQUESTS];
	struct str rest = str_range((const char *)data, size);
	struct client client;
	struct str line;
	size_t count = 0;

	stage_start(&stage);
	client_enter(&stage, &client, &consumer_chat, "lobby", DIALECT_V1);
	stage_turn(&stage);
	while (count < REQUESTS && str_next(&rest, '\n', &line)) {
		ask(&stage, line, &askers[count++]);
		stage_turn(&stage);
	}
	while (count > 0)
		stage.broker.layer->ops->cancel_receive(
			stage.broker.layer, &askers[--count].receiver);
	client_leave(&client);
	stage_finish(&stage);
	return 0;
}
