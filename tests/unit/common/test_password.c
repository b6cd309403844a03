/* SPDX-License-Identifier: MIT */
/* What a password may be, and that none is stored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <time.h>

#include "common/base/crypto.h"
#include "common/password.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct config config = {
	.accounts_password_kibibytes = 8,
	.accounts_password_passes = 1,
};

static void new_password_is_judged(void **state)
{
	static const struct {
		const char *password;
		const char *says; /* NULL: it is fine */
	} rows[] = {
		{ "", "at least 8 characters" },
		{ "1234567", "at least 8 characters" },
		{ "\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc", "at least 8 characters" },
		{ "tr0ub4dor", NULL },
		{ "qz7!vB2k", NULL },
		{ "        ", NULL },
		{ "\u5bc6\u7801\u5bc6\u7801\u5f88\u597d\u5427\u554a", NULL },
		{ "correct horse battery staple", NULL },
		{ "password", "everybody tries first" },
		{ "PassWord1", "everybody tries first" },
		{ "\uff50assword", "everybody tries first" },
		{ "12345678", "everybody tries first" },
		{ "zxcvbnm123", "everybody tries first" },
		{ "password-", NULL },
		{ "j\u00fcrgen-lee", "must not be the user name" },
		{ "J\u00dcRGEN-LEE", "must not be the user name" },
		{ "j\u00fcrgen-lee1", NULL },
		{ "abcdefg\xff", "not valid UTF-8" },
		{ "\xc0\xaf"
		  "abcdefgh",
			"not valid UTF-8" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *problem = password_problem(
			str_from(rows[i].password), STR_OF("J\u00fcrgen-Lee"));

		if ((problem == NULL) != (rows[i].says == NULL) ||
			(problem != NULL && strstr(problem, rows[i].says) == NULL))
			fail_msg("%s: %s", rows[i].password, problem == NULL ? "fine" : problem);
	}
	(void)state;
}

static void user_name_may_be_anything(void **state)
{
	assert_null(password_problem(STR_OF("tr0ub4dor"), (struct str){ 0 }));
	assert_null(password_problem(STR_OF("tr0ub4dor"), STR_OF("\xff")));
	assert_non_null(password_problem((struct str){ 0 }, (struct str){ 0 }));
	(void)state;
}

static void length_ends_at_its_limit(void **state)
{
	static char password[PASSWORD_BYTES_MAX + 1];
	struct str longest = str_range(password, PASSWORD_BYTES_MAX);
	struct str longer = str_range(password, PASSWORD_BYTES_MAX + 1);
	char hash[PASSWORD_HASH_SIZE];

	memset(password, 'x', sizeof(password));
	assert_null(password_problem(longest, STR_OF("ann")));
	assert_true(password_hash(longest, &config, hash));
	assert_true(password_matches(longest, hash, &config));
	assert_non_null(password_problem(longer, STR_OF("ann")));
	assert_false(password_hash(longer, &config, hash));
	assert_false(password_matches(longer, hash, &config));
	assert_false(password_matches(longer, "", &config));
	(void)state;
}

static void form_of_the_keyboard_does_not_count(void **state)
{
	static const struct str composed = STR("caf\u00e9 \uac00 \u00c5");
	static const struct str decomposed = STR("cafe\u0301 \u1100\u1161 A\u030a");
	char hash[PASSWORD_HASH_SIZE];

	assert_true(password_hash(composed, &config, hash));
	assert_true(password_matches(decomposed, hash, &config));
	assert_true(password_hash(decomposed, &config, hash));
	assert_true(password_matches(composed, hash, &config));
	(void)state;
}

static void every_byte_and_case_counts(void **state)
{
	static const char *const others[] = { "", "tr0ub4do", "tr0ub4dor ", " tr0ub4dor",
		"Tr0ub4dor", "tr0ub4dos", "\uff54r0ub4dor", "\xff" };
	char hash[PASSWORD_HASH_SIZE];

	assert_true(password_hash(STR_OF("tr0ub4dor"), &config, hash));
	assert_null(strstr(hash, "tr0ub4dor"));
	for (size_t i = 0; i < COUNT(others); i++)
		assert_false(password_matches(str_from(others[i]), hash, &config));
	assert_true(password_matches(STR_OF("tr0ub4dor"), hash, &config));
	(void)state;
}

/* Of this thread. */
static double cpu_seconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* What is left out of the work of a wrong password shows; the scheduler's share does not. */
static void hash_of_nobody_takes_the_work_and_never_matches(void **state)
{
	static const struct config costly = {
		.accounts_password_kibibytes = 8192,
		.accounts_password_passes = 2,
	};
	char hash[PASSWORD_HASH_SIZE];
	double wrong, nobodys;

	assert_true(password_hash(STR_OF("tr0ub4dor"), &costly, hash));
	wrong = cpu_seconds();
	for (int i = 0; i < 3; i++)
		assert_false(password_matches(STR_OF("tr0ub4dos"), hash, &costly));
	wrong = cpu_seconds() - wrong;
	nobodys = cpu_seconds();
	for (int i = 0; i < 3; i++)
		assert_false(password_matches(STR_OF("tr0ub4dor"), "", &costly));
	nobodys = cpu_seconds() - nobodys;
	if (nobodys < wrong / 2 || nobodys > wrong * 2)
		fail_msg("%.3f s for nobody's, %.3f s for somebody's", nobodys, wrong);
	(void)state;
}

static void hash_of_another_cost_is_outdated(void **state)
{
	struct config raised = config;
	char hash[PASSWORD_HASH_SIZE];

	assert_true(password_hash(STR_OF("tr0ub4dor"), &config, hash));
	assert_false(password_is_outdated(hash, &config));
	raised.accounts_password_passes++;
	assert_true(password_is_outdated(hash, &raised));
	raised = config;
	raised.accounts_password_kibibytes *= 2;
	assert_true(password_is_outdated(hash, &raised));
	assert_true(password_matches(STR_OF("tr0ub4dor"), hash, &raised));
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_password_is_judged),
		cmocka_unit_test(user_name_may_be_anything),
		cmocka_unit_test(length_ends_at_its_limit),
		cmocka_unit_test(form_of_the_keyboard_does_not_count),
		cmocka_unit_test(every_byte_and_case_counts),
		cmocka_unit_test(hash_of_nobody_takes_the_work_and_never_matches),
		cmocka_unit_test(hash_of_another_cost_is_outdated),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
