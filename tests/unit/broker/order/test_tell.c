/* SPDX-License-Identifier: MIT */
/* How a standing is written: what one may do, and until when one may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "broker/order/tell.h"
#include "common/base/clock.h"

#define HOUR_MS (3600 * INT64_C(1000))

/* Borrowed until the next one. */
static const char *written(const struct standing *standing)
{
	static struct buf json;
	struct json_writer writer = json_writer_to(&json);

	buf_finish(&json);
	order_write_standing(standing, &writer);
	return buf_text(&json);
}

static int take_down(void **state)
{
	(void)state;
	(void)written(&(struct standing){ 0 });
	return 0;
}

static bool has(const struct standing *standing, const char *text)
{
	return strstr(written(standing), text) != NULL;
}

static void words_are_of_what_is_done_in_the_room(void **state)
{
	struct standing guest = { 0 }, banned = { .banned_until_ms = FOR_GOOD };

	(void)state;
	assert_true(has(&guest, "\"role\": \"guest\", \"can\": [\"say\", "));
	assert_false(has(&guest, "\"enter\""));
	assert_true(has(&banned, "\"can\": []"));
}

static void sanction_that_is_over_is_none_and_one_for_good_has_no_end(void **state)
{
	struct standing over = { .muted_until_ms = clock_wall_ms() - HOUR_MS,
		.banned_until_ms = clock_wall_ms() - HOUR_MS };
	struct standing for_good = { .muted_until_ms = FOR_GOOD };
	struct standing for_an_hour = { .banned_until_ms = clock_wall_ms() + HOUR_MS };

	(void)state;
	assert_false(has(&over, "_until"));
	assert_true(has(&for_good, "\"muted_until\": null"));
	assert_true(has(&for_an_hour, "\"banned_until\": \"2"));
	assert_false(has(&for_an_hour, "muted_until"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_of_what_is_done_in_the_room),
		cmocka_unit_test(sanction_that_is_over_is_none_and_one_for_good_has_no_end),
	};

	return cmocka_run_group_tests(tests, NULL, take_down);
}
