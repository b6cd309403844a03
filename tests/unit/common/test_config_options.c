/* SPDX-License-Identifier: MIT */
/* The table itself: every row sound, every row described. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/config.h"

static void every_row_is_a_key_with_help_once(void **state)
{
	for (size_t i = 0; i < config_option_count; i++) {
		const struct config_option *option = &config_options[i];

		assert_true(strlen(option->help) > 0);
		assert_true(option->offset < sizeof(struct config));
		assert_true(option->type != CONFIG_INTEGER || option->min < option->max);
		assert_true((option->type == CONFIG_CHOICE) == (option->choices != NULL));
		for (size_t j = 0; j < i; j++)
			assert_false(strcmp(config_options[j].section, option->section) == 0 &&
				     strcmp(config_options[j].key, option->key) == 0);
	}
	(void)state;
}

static void every_default_is_a_value_that_may_be_set(void **state)
{
	for (size_t i = 0; i < config_option_count; i++) {
		const struct config_option *option = &config_options[i];
		struct buf setting = { 0 }, problem = { 0 };
		struct config_arguments arguments = { .setting_count = 1 };
		struct config config;
		const char *text;

		if (option->default_value == NULL)
			continue;
		buf_append_format(
			&setting, "%s.%s=%s", option->section, option->key, option->default_value);
		text = buf_text(&setting);
		arguments.settings = &text;
		if (!config_load(&config, &arguments, &problem))
			fail_msg("%s", buf_text(&problem));
		config_finish(&config);
		buf_finish(&setting);
		buf_finish(&problem);
	}
	(void)state;
}

static void description_has_every_key_below_its_section(void **state)
{
	struct buf out = { 0 }, wanted = { 0 };
	const char *position;

	config_describe(&out);
	position = buf_text(&out);
	for (size_t i = 0; i < config_option_count; i++) {
		buf_clear(&wanted);
		buf_append_format(&wanted, "\n    %s = ", config_options[i].key);
		position = strstr(position, buf_text(&wanted));
		assert_non_null(position);
	}
	assert_non_null(strstr(out.data, "1 to 1048576 bytes (default 16384)"));
	buf_finish(&out);
	buf_finish(&wanted);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_a_key_with_help_once),
		cmocka_unit_test(every_default_is_a_value_that_may_be_set),
		cmocka_unit_test(description_has_every_key_below_its_section),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
