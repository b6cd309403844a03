/* SPDX-License-Identifier: MIT */
/* A payload keeps what it was given until its last reference goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/payload.h"

static struct payload *payload_of(const char *plain, const char *v1)
{
	struct buf both = { 0 };
	struct str frames[DIALECT_COUNT] = { 0 };
	struct payload *payload;

	buf_append_text(&both, plain);
	buf_append_text(&both, v1);
	frames[DIALECT_PLAIN] = str_range(both.data, strlen(plain));
	frames[DIALECT_V1] = str_range(both.data + strlen(plain), strlen(v1));
	payload = payload_create(frames);
	/* What was copied does not change with its origin. */
	for (size_t at = 0; at < both.len; at++)
		both.data[at] = '#';
	buf_finish(&both);
	return payload;
}

static void payload_has_the_frames_of_each_dialect(void **state)
{
	static const struct {
		const char *plain;
		const char *v1;
	} cases[] = {
		{ "plain frames", "v1" },
		{ "", "only v1" },
		{ "only plain", "" },
		{ "", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct payload *payload = payload_of(cases[i].plain, cases[i].v1);

		struct str frames[DIALECT_COUNT];

		payload_frames(payload, frames);
		assert_true(str_is(frames[DIALECT_PLAIN], cases[i].plain));
		assert_true(str_is(frames[DIALECT_V1], cases[i].v1));
		assert_int_equal(frames[DIALECT_V1_DEFLATE].len, 0);
		payload_unref(payload);
	}
	(void)state;
}

static void payload_lives_as_long_as_its_last_reference(void **state)
{
	struct payload *payload = payload_of("plain", "v1");
	struct payload *again = payload_ref(payload);
	struct str frames[DIALECT_COUNT];

	assert_ptr_equal(again, payload);
	payload_unref(payload);
	payload_frames(again, frames);
	assert_true(str_is(frames[DIALECT_V1], "v1"));
	payload_unref(again);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(payload_has_the_frames_of_each_dialect),
		cmocka_unit_test(payload_lives_as_long_as_its_last_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
