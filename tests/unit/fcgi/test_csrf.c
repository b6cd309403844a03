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

static struct identity guest(void)
{
	return (struct identity){ .user = { .id = "0123456789abcde", .name = "J\xc3\xbcrgen" } };
}

static void assert_token_is_of(
	const struct identity *of, const struct identity *given, bool is_expected)
{
	struct buf token = { 0 };

	csrf_write_token(of, &secret, &token);
	assert_int_equal(csrf_matches(given, &secret, buf_str(&token)), is_expected);
	buf_finish(&token);
}

static void token_of_a_guest_belongs_to_one_id_and_secret(void **state)
{
	struct identity user = guest(), renamed = guest(), other = guest();
	struct buf token = { 0 };

	other.user.id[0] ^= 1;
	renamed.user.name[0] = 'j';
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

static void token_of_an_account_belongs_to_one_session(void **state)
{
	struct identity here = guest(), there, before = guest(), remote = guest();

	here.kind = IDENTITY_ACCOUNT;
	there = here;
	there.session.key_hash[SESSION_HASH_SIZE - 1] = 1;
	remote.kind = IDENTITY_REMOTE;
	assert_token_is_of(&here, &here, true);
	assert_token_is_of(&here, &there, false);
	assert_token_is_of(&before, &here, false);
	assert_token_is_of(&here, &before, false);
	assert_token_is_of(&before, &remote, false);
	(void)state;
}

/* What is the same on two pages can be guessed from the length of what they compress to. */
static void no_two_tokens_are_alike(void **state)
{
	struct identity user = guest();
	struct buf one = { 0 }, other = { 0 };

	csrf_write_token(&user, &secret, &one);
	csrf_write_token(&user, &secret, &other);
	assert_false(str_equals(buf_str(&one), buf_str(&other)));
	assert_memory_not_equal(one.data + one.len / 2, other.data + one.len / 2, one.len / 2);
	assert_true(csrf_matches(&user, &secret, buf_str(&one)));
	assert_true(csrf_matches(&user, &secret, buf_str(&other)));
	buf_finish(&other);
	buf_finish(&one);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(token_of_a_guest_belongs_to_one_id_and_secret),
		cmocka_unit_test(token_of_an_account_belongs_to_one_session),
		cmocka_unit_test(no_two_tokens_are_alike),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
