/* SPDX-License-Identifier: MIT */
/* A message is taken only if its writer has the key, and only in its own direction. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/stat.h>

#include "broker/layer/nng/wire_key.h"
#include "common/base/crypto.h"
#include "tests/support/folder.h"

#define KEY "0123456789abcdef0123456789abcdef"

static enum wire_problem unseal(struct str key, enum wire_direction direction, struct buf *message)
{
	struct str records;

	return wire_unseal(key, direction, buf_str(message), &records);
}

static void message_is_what_was_sealed(void **state)
{
	static const struct str keys[] = { STR(""), STR(KEY) };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct buf message = { 0 };
		struct str records;

		wire_seal(keys[i], WIRE_ASKS, STR_OF("hello"), &message);
		assert_true(message.len <= WIRE_HEAD_BYTES_MAX + 5);
		assert_int_equal(
			wire_unseal(keys[i], WIRE_ASKS, buf_str(&message), &records), WIRE_OK);
		assert_true(str_is(records, "hello"));
		buf_finish(&message);
	}
	(void)state;
}

static void message_is_of_one_key_and_one_direction(void **state)
{
	struct buf message = { 0 }, plain = { 0 };

	wire_seal(STR_OF(KEY), WIRE_ASKS, STR_OF("hello"), &message);
	wire_seal(STR_OF(""), WIRE_ASKS, STR_OF("hello"), &plain);
	assert_int_equal(unseal(STR_OF(KEY "!"), WIRE_ASKS, &message), WIRE_WRONG_KEY);
	assert_int_equal(unseal(STR_OF(KEY), WIRE_ANSWERS, &message), WIRE_WRONG_KEY);
	assert_int_equal(unseal(STR_OF(KEY), WIRE_STREAM, &message), WIRE_WRONG_KEY);
	assert_int_equal(unseal(STR_OF(""), WIRE_ASKS, &message), WIRE_NO_KEY);
	assert_int_equal(unseal(STR_OF(KEY), WIRE_ASKS, &plain), WIRE_NO_KEY);
	buf_finish(&message);
	buf_finish(&plain);
	(void)state;
}

static void no_bit_of_it_can_be_another(void **state)
{
	struct buf message = { 0 };

	wire_seal(STR_OF(KEY), WIRE_STREAM, STR_OF("hello"), &message);
	for (size_t bit = 0; bit < message.len * 8; bit++) {
		message.data[bit / 8] ^= (char)(1 << bit % 8);
		assert_int_not_equal(unseal(STR_OF(KEY), WIRE_STREAM, &message), WIRE_OK);
		message.data[bit / 8] ^= (char)(1 << bit % 8);
	}
	assert_int_equal(unseal(STR_OF(KEY), WIRE_STREAM, &message), WIRE_OK);
	for (; message.len > 0; message.len--) {
		struct str records, cut = str_range(message.data, message.len - 1);

		assert_int_not_equal(wire_unseal(STR_OF(KEY), WIRE_STREAM, cut, &records), WIRE_OK);
	}
	buf_finish(&message);
	(void)state;
}

static void check_file(const char *path, struct str content, mode_t mode, const char *key,
	const char *expected_problem)
{
	struct buf read = { 0 }, problem = { 0 };

	file_write(path, content.data, content.len);
	assert_int_equal(chmod(path, mode), 0);
	assert_int_equal(wire_key_read(path, &read, &problem), key != NULL);
	if (key != NULL)
		assert_string_equal(buf_text(&read), key);
	else
		assert_non_null(strstr(buf_text(&problem), expected_problem));
	buf_finish(&read);
	buf_finish(&problem);
}

static void key_file_is_long_enough_and_ours_alone(void **state)
{
	const char *path = folder_path(*state, "key");

	check_file(path, STR_OF(KEY "\n"), 0600, KEY, NULL);
	check_file(path, STR_OF("  " KEY KEY "\r\n"), 0600, KEY KEY, NULL);
	check_file(path, STR_OF("0123456789abcdef0123456789abcde\n"), 0600, NULL, "32 bytes");
	check_file(path, STR_OF(KEY), 0640, NULL, "chmod 600");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_is_what_was_sealed),
		cmocka_unit_test(message_is_of_one_key_and_one_direction),
		cmocka_unit_test(no_bit_of_it_can_be_another),
		FOLDER_TEST(key_file_is_long_enough_and_ours_alone),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
