/* SPDX-License-Identifier: MIT */
/* One line about one thing, for people and for scripts. stdout is caught in a temporary file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fcgi/manage/options.h"
#include "fcgi/manage/record.h"

#define MOMENT_MS INT64_C(1795232100123) /* 2026-11-21T03:35:00.123Z */

struct manage_options manage_options;

static void fill(struct record *record)
{
	record_begin(record);
	record_add_text(record, "name", "Zo\xc3\xab");
	record_add_text(record, "backup", NULL);
	record_add_foreign_text(record, "agent", "a\x1b[2J\t\"b\"");
	record_add_foreign_text(record, "broken", "\xff");
	record_add_number(record, "uses", INT64_C(1) << 40);
	record_add_flag(record, "superuser", true);
	record_add_flag(record, "banned", false);
	record_add_time(record, "joined", MOMENT_MS);
	record_add_time(record, "last_login", 0);
}

/* What is printed of it; good until the next call. */
static const char *print(bool is_json)
{
	static char text[1024];
	struct record record;
	FILE *file = tmpfile();
	int saved = dup(STDOUT_FILENO);

	assert_non_null(file);
	fflush(stdout);
	dup2(fileno(file), STDOUT_FILENO);
	manage_options.json = is_json ? "" : NULL;
	fill(&record);
	record_print(&record);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	rewind(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

static void json_has_all_of_it_by_its_name(void **state)
{
	assert_string_equal(print(true),
		"{\"name\": \"Zo\xc3\xab\", \"backup\": null, "
		"\"agent\": \"a\\u001b[2J\\t\\\"b\\\"\", \"broken\": \"\\\"\\\\xff\\\"\", "
		"\"uses\": 1099511627776, \"superuser\": true, \"banned\": false, "
		"\"joined\": \"2026-11-21T03:35:00.123Z\", \"last_login\": null}\n");
	(void)state;
}

static void text_has_the_same_between_tabs_and_nothing_that_moves_a_cursor(void **state)
{
	assert_string_equal(print(false),
		"Zo\xc3\xab\t-\t\"a\\u{1b}[2J\\u{9}\\\"b\\\"\"\t\"\\xff\"\t"
		"1099511627776\tsuperuser\t-\t2026-11-21 03:35:00\tnever\n");
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_has_all_of_it_by_its_name),
		cmocka_unit_test(text_has_the_same_between_tabs_and_nothing_that_moves_a_cursor),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
