/* SPDX-License-Identifier: MIT */
/* Markers are found again in whatever stands around them, and nowhere else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "tests/bench/marker.h"

#define EXAMPLE "@00000001.0000000a.deadbeef.0123456789abcdef@"

static const struct marker example = { 1, 10, 0xdeadbeef, 0x0123456789abcdef };

static void assert_is_example(const struct marker *marker)
{
	assert_int_equal(marker->room, example.room);
	assert_int_equal(marker->speaker, example.speaker);
	assert_int_equal(marker->number, example.number);
	assert_true(marker->time_ns == example.time_ns);
}

static void marker_is_written_in_its_fixed_form(void **state)
{
	char text[MARKER_SIZE];

	marker_write(&example, text);
	assert_memory_equal(text, EXAMPLE, MARKER_SIZE);
	(void)state;
}

static void marker_reads_what_it_has_written(void **state)
{
	static const uint64_t values[] = { 0, 1, 0x7fffffff, 0x80000000, UINT32_MAX, UINT64_MAX };
	char text[MARKER_SIZE];
	struct marker found;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		uint32_t value = (uint32_t)values[i];
		const struct marker marker = { value, value, value, values[i] };

		marker_write(&marker, text);
		assert_true(marker_find(str_range(text, sizeof(text)), &found));
		assert_int_equal(found.room, value);
		assert_int_equal(found.speaker, value);
		assert_int_equal(found.number, value);
		assert_true(found.time_ns == values[i]);
	}
	(void)state;
}

static void marker_is_found_in_any_surroundings(void **state)
{
	static const char *const texts[] = {
		EXAMPLE,
		"{\"message\": \"" EXAMPLE "abc\", \"user\": \"a@b\"}",
		"{\"user\": \"ann@example.org\", \"message\": \"" EXAMPLE "\"}",
		"@" EXAMPLE,
		"@0000@@00000001.0000000a.deadbeef.0123456789abcdeX@" EXAMPLE "@",
	};
	struct marker found;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_true(marker_find(str_from(texts[i]), &found));
		assert_is_example(&found);
	}
	(void)state;
}

static void marker_is_not_found_where_there_is_none(void **state)
{
	static const char *const texts[] = {
		"",
		"@",
		"@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@",
		"@00000001.0000000a.deadbeef.0123456789abcdef",
		"00000001.0000000a.deadbeef.0123456789abcdef@",
		"@0000001g.0000000a.deadbeef.0123456789abcdef@",
		"@00000001.0000000A.deadbeef.0123456789abcdef@",
		"@00000001.0000000a.deadbeef.0123456789abcde/@",
		"@00000001-0000000a.deadbeef.0123456789abcdef@",
		"@00000001.0000000a-deadbeef.0123456789abcdef@",
		"@00000001.0000000a.deadbeef-0123456789abcdef@",
	};
	struct marker found;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (marker_find(str_from(texts[i]), &found))
			fail_msg("%s", texts[i]);
	}
	(void)state;
}

/* On the heap and no longer than that, so that reading on is seen by a sanitizer. */
static void marker_needs_all_of_its_bytes(void **state)
{
	for (size_t len = 0; len <= MARKER_SIZE; len++) {
		char *text = mem_strndup(EXAMPLE, len);
		struct marker found;

		assert_int_equal(marker_find(str_range(text, len), &found), len == MARKER_SIZE);
		mem_free(text);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marker_is_written_in_its_fixed_form),
		cmocka_unit_test(marker_reads_what_it_has_written),
		cmocka_unit_test(marker_is_found_in_any_surroundings),
		cmocka_unit_test(marker_is_not_found_where_there_is_none),
		cmocka_unit_test(marker_needs_all_of_its_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
