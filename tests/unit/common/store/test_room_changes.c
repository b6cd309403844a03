/* SPDX-License-Identifier: MIT */
/* The outbox of the broker: in order, from where it was read last, and with its gaps told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tests/unit/common/store/orders.h"
#include "tests/unit/common/store/sql.h"

#define KEPT_MS (10 * 60 * 1000)
#define KICKED \
	"|ulf|{\"type\": \"moderation\", \"action\": \"kick\", \"user\": \"ulf\", \"by\": \"\"}\n"

static void changes_are_read_in_order_and_once(void **state)
{
	struct accounts *accounts = orders_open(*state);
	int64_t last_id = -1;

	assert_string_equal(orders_changes(accounts, &last_id), "");
	orders_do(accounts, NULL, ORDER(KICK, OF("ulf")));
	orders_do(accounts, NULL, ORDER_IN("cellar", KICK, OF("ulf")));
	assert_string_equal(orders_changes(accounts, &last_id), "lobby" KICKED "cellar" KICKED);
	assert_string_equal(orders_changes(accounts, &last_id), "");
	accounts_close(accounts);
}

static void who_reads_late_knows_what_was_forgotten(void **state)
{
	struct accounts *accounts = orders_open(*state);
	int64_t last_id = -1, early_id;

	orders_changes(accounts, &last_id);
	early_id = last_id;
	orders_do(accounts, NULL, ORDER(KICK, OF("ulf")));
	orders_changes(accounts, &last_id);
	assert_int_equal(
		orders_give_after(accounts, KEPT_MS, NULL, ORDER_IN("cellar", KICK, OF("ulf"))),
		MODERATION_DONE);
	assert_int_equal(
		orders_give_after(accounts, KEPT_MS + 1, NULL, ORDER_IN("attic", KICK, OF("ulf"))),
		MODERATION_DONE);
	assert_string_equal(orders_changes(accounts, &last_id), "cellar" KICKED "attic" KICKED);
	assert_string_equal(
		orders_changes(accounts, &early_id), "cellar" KICKED "attic" KICKED "gap");
	assert_string_equal(orders_changes(accounts, &early_id), "");
	accounts_close(accounts);
}

static void an_order_that_fails_leaves_no_gap(void **state)
{
	struct accounts *accounts = orders_open(*state);
	struct order order = ORDER(KICK, OF("ulf"));
	enum moderation_result result;
	int64_t last_id = -1;

	orders_changes(accounts, &last_id);
	sql_run(*state, "accounts.db",
		"CREATE TRIGGER refuse BEFORE INSERT ON audit "
		"BEGIN SELECT raise(ABORT, 'no'); END");
	assert_int_equal(moderation_order(accounts, &order, PEOPLE_NOW_MS, &result), STORE_REFUSED);
	sql_run(*state, "accounts.db", "DROP TRIGGER refuse");
	orders_do(accounts, NULL, order);
	assert_string_equal(orders_changes(accounts, &last_id), "lobby" KICKED);
	accounts_close(accounts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(changes_are_read_in_order_and_once),
		FOLDER_TEST(who_reads_late_knows_what_was_forgotten),
		FOLDER_TEST(an_order_that_fails_leaves_no_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
