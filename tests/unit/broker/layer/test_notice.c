/* SPDX-License-Identifier: MIT */
/* A notice that is written can be read, and nothing else can. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/layer/notice.h"
#include "common/base/crypto.h"

#define LONG_KEY "AQID_wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static const uint8_t key[NOTICE_KEY_MAX] = { 1, 2, 3, 255 };

static void what_is_written_is_read_back(void **state)
{
	static const struct layer_notice notices[] = {
		{ NOTICE_ANNOUNCE, STR("\"soon\" \xe6\x88\xbf"), NULL, 0 },
		{ NOTICE_CLOSE, STR("specific.0123456789ab!100000001"), NULL, 0 },
		{ NOTICE_REVOKE, STR("banned"), key, 16 },
		{ NOTICE_REVOKE, STR("logged out"), key, 32 },
	};

	for (size_t i = 0; i < sizeof(notices) / sizeof(notices[0]); i++) {
		struct buf text = { 0 };
		struct json_writer writer = json_writer_to(&text);
		uint8_t key_out[NOTICE_KEY_MAX];
		struct layer_notice notice;
		const char *problem;
		struct json *json;

		notice_write(&notices[i], NULL, &writer);
		json = json_parse(buf_str(&text), &problem);
		assert_true(notice_read(json, key_out, &notice));
		assert_int_equal(notice.kind, notices[i].kind);
		assert_true(str_equals(notice.text, notices[i].text));
		assert_int_equal(notice.key_size, notices[i].key_size);
		assert_memory_equal(notice.key_size > 0 ? notice.key : key, key, notice.key_size);
		json_destroy(json);
		buf_finish(&text);
	}
	(void)state;
}

static void what_nobody_wrote_is_not_read(void **state)
{
	static const char *const texts[] = {
		"[]",
		"{\"text\": \"x\"}",
		"{\"kind\": \"close\"}",
		"{\"kind\": \"close\", \"text\": \"\"}",
		"{\"kind\": \"close\", \"text\": 7}",
		"{\"kind\": \"open\", \"text\": \"x\"}",
		"{\"kind\": 1, \"text\": \"x\"}",
		"{\"kind\": \"revoke\", \"text\": \"banned\"}",
		"{\"kind\": \"revoke\", \"text\": \"banned\", \"key\": \"\"}",
		"{\"kind\": \"revoke\", \"text\": \"banned\", \"key\": \"AQID\"}",
		/* One byte too long. */
		"{\"kind\": \"revoke\", \"text\": \"x\", \"key\": \"" LONG_KEY "\"}",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		uint8_t key_out[NOTICE_KEY_MAX];
		struct layer_notice notice;
		const char *problem;
		struct json *json = json_parse(str_from(texts[i]), &problem);

		assert_non_null(json);
		assert_false(notice_read(json, key_out, &notice));
		json_destroy(json);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(what_nobody_wrote_is_not_read),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
