/* SPDX-License-Identifier: MIT */
/* What the load says is what the broker's own parser takes for a client's message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/bench/message.h"

#define PLAIN "{\"message\": \""
#define TYPED "{\"type\": \"message\", \"message\": \""
#define REFERRED "{\"type\": \"message\", \"ref\": \""
#define END "\"}"

static const struct marker marker = { 3, 2, 1, 77 };

/* The one frame in out, unmasked in place. */
static struct str read_payload(struct buf *out)
{
	struct frame_header header;
	uint8_t *data = (uint8_t *)out->data;

	assert_int_equal(frame_parse_header(data, out->len, false, &header), FRAME_OK);
	assert_int_equal(header.opcode, FRAME_TEXT);
	assert_true(header.is_final);
	assert_int_equal(header.header_len + header.payload_len, out->len);
	frame_unmask(data + header.header_len, (size_t)header.payload_len, header.mask, 0);
	return str_range(out->data + header.header_len, (size_t)header.payload_len);
}

static void check_message(size_t text_bytes, enum message_form form, struct str beginning)
{
	struct message message;
	struct buf out = { 0 };
	struct marker found;
	struct str payload;

	message_init(&message, text_bytes, form, 7);
	message_append(&message, &marker, &out);
	payload = read_payload(&out);
	assert_int_equal(payload.len, beginning.len + text_bytes + strlen(END));
	assert_true(str_starts_with(payload, beginning));
	assert_true(str_ends_with(payload, STR_OF(END)));
	assert_int_equal(payload.data[beginning.len], '@');
	assert_true(marker_find(payload, &found));
	assert_int_equal(found.room, marker.room);
	assert_int_equal(found.number, marker.number);
	buf_finish(&out);
	message_finish(&message);
}

static void ref_is_the_marker_too(void **state)
{
	struct message message;
	struct marker in_ref, in_text;
	struct buf out = { 0 };
	struct str payload, text;

	message_init(&message, 64, MESSAGE_WITH_REF, 7);
	message_append(&message, &marker, &out);
	payload = read_payload(&out);
	assert_true(str_starts_with(payload, STR_OF(REFERRED)));
	assert_true(marker_find(str_range(payload.data, strlen(REFERRED) + MARKER_SIZE), &in_ref));
	text = str_skip(payload, strlen(REFERRED) + MARKER_SIZE);
	assert_true(str_starts_with(text, STR_OF("\", \"message\": \"")));
	assert_true(marker_find(text, &in_text));
	assert_int_equal(in_ref.number, marker.number);
	assert_int_equal(in_ref.time_ns, marker.time_ns);
	assert_int_equal(in_text.number, marker.number);
	buf_finish(&out);
	message_finish(&message);
	(void)state;
}

static void message_is_a_masked_text_of_the_size_asked_for(void **state)
{
	static const size_t sizes[] = { MARKER_SIZE, 48, 64, 125, 1000, 65535, 70000 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		check_message(sizes[i], MESSAGE_PLAIN, STR_OF(PLAIN));
		check_message(sizes[i], MESSAGE_TYPED, STR_OF(TYPED));
	}
	(void)state;
}

static void message_differs_in_its_marker_only(void **state)
{
	struct message message;
	struct buf first = { 0 };
	struct buf second = { 0 };
	size_t differing = 0;

	message_init(&message, 64, MESSAGE_PLAIN, 7);
	message_append(&message, &(struct marker){ 1, 1, 1, 1 }, &first);
	message_append(&message, &(struct marker){ 1, 1, 2, 1 }, &second);
	assert_int_equal(first.len, second.len);
	for (size_t i = 0; i < first.len; i++)
		differing += first.data[i] != second.data[i];
	assert_int_equal(differing, 1);
	buf_finish(&first);
	buf_finish(&second);
	message_finish(&message);
	(void)state;
}

static void message_seeds_make_different_frames(void **state)
{
	struct buf out[3] = { { 0 } };

	for (uint32_t seed = 0; seed < 3; seed++) {
		struct message message;

		message_init(&message, 100, MESSAGE_PLAIN, seed);
		message_append(&message, &marker, &out[seed]);
		message_finish(&message);
	}
	assert_memory_not_equal(out[0].data, out[1].data, out[0].len);
	assert_memory_not_equal(out[1].data, out[2].data, out[1].len);
	for (size_t i = 0; i < 3; i++)
		buf_finish(&out[i]);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ref_is_the_marker_too),
		cmocka_unit_test(message_is_a_masked_text_of_the_size_asked_for),
		cmocka_unit_test(message_differs_in_its_marker_only),
		cmocka_unit_test(message_seeds_make_different_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
