/* SPDX-License-Identifier: MIT */
/* A token belongs to whom its form was shown to, and to this site. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fcgi/csrf.h"

static const struct secret secret = { "an example key of thirty-two byt" };
static const struct secret other_secret = { "another example of a key of 32 b" };

static struct user example(void)
{
	return (struct user){ .id = "0123456789abcde", .name = "J\xc3\xbcrgen" };
}

static void form_token_belongs_to_one_id_and_secret(void **state)
{
	struct user user = example(), renamed = example(), other = example();
	struct buf token = { 0 };

	other.id[0] ^= 1;
	renamed.name[0] = 'j';
	csrf_write_token(&user, &secret, &token);
	assert_true(csrf_matches(&user, &secret, buf_str(&token)));
	assert_true(csrf_matches(&renamed, &secret, buf_str(&token)));
	assert_false(csrf_matches(&other, &secret, buf_str(&token)));
	assert_false(csrf_matches(&user, &other_secret, buf_str(&token)));
	assert_false(csrf_matches(&user, &secret, (struct str){ 0 }));
	for (size_t len = 0; len < token.len; len++)
		assert_false(csrf_matches(&user, &secret, str_range(token.data, len)));
	buf_finish(&token);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(form_token_belongs_to_one_id_and_secret),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
