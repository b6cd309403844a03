/* SPDX-License-Identifier: MIT */
/* Questions of this broker to the hub's broker. The layer does not read their bytes. */
#include "broker/layer/nng/edge_private.h"

bool edge_ask_above(struct layer *layer, uint64_t asker, struct str question)
{
	struct edge *edge = edge_of(layer);
	const struct wire_record record = { .kind = WIRE_ASK_BROKER, .text = question };

	if (!edge_can_ask(edge) || question.len > LAYER_QUESTION_BYTES_MAX)
		return false;
	edge_add_question(edge, EDGE_REPLY, &record)->asker = asker;
	return true;
}

void edge_tell_reply(
	struct edge *edge, const struct edge_question *question, const struct wire_record *reply)
{
	bool is_one = reply->kind == WIRE_REPLY && reply->text.len <= LAYER_ANSWER_BYTES_MAX;

	edge->sink.tell_above(
		edge->sink.context, question->asker, is_one ? reply->text : STR_OF(""));
}
