/* SPDX-License-Identifier: MIT */
/* There may be no accounts.db yet; once there was one, a file that is missing is a fault. Nobody
 * waits twice between two looks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

#include "broker/account_book.h"
#include "common/base/crypto.h"
#include "common/base/log.h"
#include "tests/support/folder.h"

#define DATABASE "accounts.db"

static int last_patience_ms = -1;

void __wrap_accounts_set_patience(struct accounts *accounts, int wait_ms);

void __wrap_accounts_set_patience(struct accounts *accounts, int wait_ms)
{
	assert_non_null(accounts);
	last_patience_ms = wait_ms;
}

static void make(const struct folder *folder)
{
	enum store_problem problem;

	accounts_close(accounts_open(folder_path(folder, DATABASE), ACCOUNTS_WRITE, &problem));
	assert_int_equal(problem, STORE_OK);
}

static void first_file_is_open_at_the_next_look(void **state)
{
	struct account_book book;

	account_book_init(&book, folder_path(*state, DATABASE));
	assert_false(account_book_look(&book, 1000));
	assert_null(book.accounts);
	assert_int_equal(book.problem, STORE_OK);
	make(*state);
	assert_true(account_book_look(&book, 1000));
	assert_non_null(book.accounts);
	assert_false(account_book_look(&book, 1000 + ACCOUNT_BOOK_LOOK_MS));
	account_book_finish(&book);
}

/* As it is for a moment, when somebody is the first to register. */
static void file_that_nobody_has_written_to_is_looked_at_each_time(void **state)
{
	struct account_book book;
	enum store_problem problem;
	struct accounts *writer;

	make(*state);
	unlink(folder_path(*state, DATABASE "-wal"));
	account_book_init(&book, folder_path(*state, DATABASE));
	assert_true(account_book_look(&book, 1000));
	assert_false(account_book_look(&book, 1000));
	writer = accounts_open(folder_path(*state, DATABASE), ACCOUNTS_WRITE, &problem);
	assert_int_equal(problem, STORE_OK);
	assert_true(account_book_look(&book, 1000));
	assert_int_equal(book.problem, STORE_OK);
	assert_false(account_book_look(&book, 1000));
	accounts_close(writer);
	account_book_finish(&book);
}

static void file_that_is_gone_is_a_fault_until_it_is_back(void **state)
{
	struct account_book book;
	uint64_t now_ms = 1000;

	make(*state);
	account_book_init(&book, folder_path(*state, DATABASE));
	assert_true(account_book_look(&book, now_ms));
	folder_empty(*state);
	assert_false(account_book_look(&book, now_ms)); /* it is not looked at so often */
	assert_non_null(book.accounts);
	now_ms += ACCOUNT_BOOK_LOOK_MS;
	assert_false(account_book_look(&book, now_ms));
	assert_null(book.accounts);
	assert_int_equal(book.problem, STORE_GONE);
	make(*state);
	assert_false(account_book_look(&book, now_ms));
	assert_true(account_book_look(&book, now_ms + ACCOUNT_BOOK_LOOK_MS));
	assert_int_equal(book.problem, STORE_OK);
	account_book_finish(&book);
}

static void another_file_is_opened_in_its_place(void **state)
{
	struct account_book book;

	make(*state);
	account_book_init(&book, folder_path(*state, DATABASE));
	assert_true(account_book_look(&book, 0));
	folder_empty(*state);
	make(*state);
	assert_true(account_book_look(&book, ACCOUNT_BOOK_LOOK_MS));
	account_book_finish(&book);
}

static void fault_closes_it_until_the_next_look(void **state)
{
	struct account_book book;

	make(*state);
	account_book_init(&book, folder_path(*state, DATABASE));
	assert_true(account_book_look(&book, 0));
	account_book_note(&book, STORE_OK);
	assert_non_null(book.accounts);
	account_book_note(&book, STORE_IO);
	assert_null(book.accounts);
	assert_int_equal(book.problem, STORE_IO);
	assert_true(account_book_look(&book, ACCOUNT_BOOK_LOOK_MS));
	assert_int_equal(book.problem, STORE_OK);
	account_book_finish(&book);
}

static void who_waited_in_vain_does_not_wait_again_before_the_next_look(void **state)
{
	struct account_book book;

	make(*state);
	account_book_init(&book, folder_path(*state, DATABASE));
	assert_true(account_book_look(&book, 0));
	account_book_note(&book, STORE_BUSY);
	assert_non_null(book.accounts);
	assert_int_equal(last_patience_ms, 0);
	assert_false(account_book_look(&book, ACCOUNT_BOOK_LOOK_MS - 1));
	assert_int_equal(last_patience_ms, 0);
	assert_false(account_book_look(&book, ACCOUNT_BOOK_LOOK_MS));
	assert_in_range(last_patience_ms, 1, 50);
	account_book_finish(&book);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(first_file_is_open_at_the_next_look),
		FOLDER_TEST(file_that_nobody_has_written_to_is_looked_at_each_time),
		FOLDER_TEST(file_that_is_gone_is_a_fault_until_it_is_back),
		FOLDER_TEST(another_file_is_opened_in_its_place),
		FOLDER_TEST(fault_closes_it_until_the_next_look),
		FOLDER_TEST(who_waited_in_vain_does_not_wait_again_before_the_next_look),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
