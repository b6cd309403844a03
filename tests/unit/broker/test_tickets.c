/* SPDX-License-Identifier: MIT */
/* Tickets of handshakes, with a key in a folder of the test's own and a clock that the test
 * moves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "broker/tickets.h"
#include "common/base/crypto.h"
#include "tests/support/folder.h"

#define KEY "0123456789abcdef0123456789abcdef"
#define START_S INT64_C(1795000000)
/* The first second whose tickets are taken. */
#define OPEN_S (START_S + TICKET_LEEWAY_SECONDS + 1)

static struct tickets *tickets_on(const struct folder *folder)
{
	file_write(folder_path(folder, "ticket.key"), KEY, strlen(KEY));
	assert_int_equal(chmod(folder_path(folder, "ticket.key"), 0600), 0);
	return tickets_create(folder->path, "roomwire", START_S);
}

static void make_token(const char *number, const char *room, int64_t issued_s, struct buf *out)
{
	static const struct ticket_terms terms = { .keys = { STR(KEY) },
		.audience = STR("roomwire") };
	struct ticket ticket = {
		.subject = "42", .issued_s = issued_s, .expires_s = issued_s + 300
	};

	strcpy(ticket.number, number);
	strcpy(ticket.room, room);
	buf_clear(out);
	ticket_write(&ticket, &terms, out);
}

static enum ticket_problem take(
	struct tickets *tickets, const struct buf *token, const char *room, int64_t now_s)
{
	struct ticket ticket;

	return tickets_take(tickets, buf_str(token), str_from(room), now_s, &ticket);
}

static void ticket_is_used_once(void **state)
{
	struct tickets *tickets = tickets_on(*state);
	struct buf token = { 0 };

	make_token("n1", "", OPEN_S, &token);
	assert_int_equal(take(tickets, &token, "lobby", OPEN_S), TICKET_OK);
	for (int64_t age_s = 0; age_s < 300; age_s++)
		assert_int_equal(take(tickets, &token, "lobby", OPEN_S + age_s), TICKET_USED);
	assert_int_equal(take(tickets, &token, "lobby", OPEN_S + 300), TICKET_EXPIRED);
	make_token("n2", "", OPEN_S + 299, &token);
	assert_int_equal(take(tickets, &token, "lobby", OPEN_S + 300), TICKET_OK);
	tickets_destroy(tickets);
	buf_finish(&token);
}

static void ticket_that_another_broker_has_used_is_used(void **state)
{
	struct tickets *tickets = tickets_on(*state);
	struct buf token = { 0 };
	struct tickets_use use;
	struct ticket ticket;

	make_token("n1", "", OPEN_S, &token);
	assert_int_equal(tickets_read(tickets, buf_str(&token), STR_OF("lobby"), OPEN_S, &ticket),
		TICKET_OK);
	use = tickets_use_of(&ticket);
	assert_int_equal(tickets_use_up(tickets, &use, OPEN_S), TICKET_OK);
	assert_int_equal(tickets_use_up(tickets, &use, OPEN_S), TICKET_USED);
	assert_int_equal(take(tickets, &token, "lobby", OPEN_S), TICKET_USED);
	use = (struct tickets_use){ { 1 }, OPEN_S - 1 };
	assert_int_equal(tickets_use_up(tickets, &use, OPEN_S), TICKET_STALE);
	tickets_destroy(tickets);
	buf_finish(&token);
}

static void ticket_that_was_refused_is_not_used_up(void **state)
{
	struct tickets *tickets = tickets_on(*state);
	struct buf token = { 0 };

	make_token("n1", "lobby", OPEN_S, &token);
	assert_int_equal(take(tickets, &token, "garden", OPEN_S), TICKET_OTHER_ROOM);
	assert_int_equal(take(tickets, &token, "", OPEN_S), TICKET_OTHER_ROOM);
	assert_int_equal(take(tickets, &token, "lobby", OPEN_S), TICKET_OK);
	tickets_destroy(tickets);
	buf_finish(&token);
}

static void clock_that_is_set_back_makes_no_used_ticket_good(void **state)
{
	struct tickets *tickets = tickets_on(*state);
	struct buf token = { 0 }, other = { 0 };

	make_token("n1", "", OPEN_S, &token);
	assert_int_equal(take(tickets, &token, "", OPEN_S), TICKET_OK);
	make_token("n2", "", OPEN_S + 400, &other);
	assert_int_equal(take(tickets, &other, "", OPEN_S + 400), TICKET_OK);
	assert_int_equal(take(tickets, &token, "", OPEN_S + 1), TICKET_EXPIRED);
	tickets_destroy(tickets);
	buf_finish(&token);
	buf_finish(&other);
}

static void ticket_from_before_the_start_is_refused(void **state)
{
	struct tickets *tickets = tickets_on(*state);
	struct buf token = { 0 };

	for (int64_t issued_s = START_S - 10; issued_s < OPEN_S; issued_s++) {
		make_token("n1", "", issued_s, &token);
		assert_int_equal(take(tickets, &token, "", OPEN_S), TICKET_STALE);
	}
	make_token("n1", "", OPEN_S, &token);
	assert_int_equal(take(tickets, &token, "", OPEN_S), TICKET_OK);
	tickets_destroy(tickets);
	buf_finish(&token);
}

static void without_a_key_no_ticket_is_good(void **state)
{
	const struct folder *folder = *state;
	struct tickets *tickets = tickets_on(folder);
	struct buf token = { 0 };

	make_token("n1", "", OPEN_S, &token);
	assert_int_equal(remove(folder_path(folder, "ticket.key")), 0);
	assert_int_equal(take(tickets, &token, "", OPEN_S), TICKET_SIGNATURE);
	tickets_destroy(tickets);
	buf_finish(&token);
}

static void so_many_are_remembered_and_then_forgotten(void **state)
{
	struct tickets *tickets = tickets_on(*state);
	struct buf token = { 0 };
	char number[16];

	for (int i = 0; i < TICKETS_USED_MAX; i++) {
		snprintf(number, sizeof(number), "n%d", i);
		make_token(number, "", OPEN_S, &token);
		assert_int_equal(take(tickets, &token, "", OPEN_S), TICKET_OK);
	}
	make_token("another", "", OPEN_S, &token);
	assert_int_equal(take(tickets, &token, "", OPEN_S), TICKET_TOO_MANY);
	make_token("another", "", OPEN_S + 303, &token);
	assert_int_equal(take(tickets, &token, "", OPEN_S + 303), TICKET_OK);
	tickets_destroy(tickets);
	buf_finish(&token);
}

static void ticket_is_found_in_the_protocols_or_the_query(void **state)
{
	static const struct {
		const char *protocols[2];
		const char *query;
		const char *expected; /* NULL: none */
	} rows[] = {
		{ { "roomwire.v1, ticket.a.b.c", "" }, "", "a.b.c" },
		{ { "roomwire.v1", "ticket.a.b.c" }, "ticket=d.e.f", "a.b.c" },
		{ { "roomwire.v1", "chat" }, "after=3&ticket=d.e.f", "d.e.f" },
		{ { "ticket.", "" }, "", "" },
		{ { "tickets, Ticket.a, xticket.a", "" }, "tickets=a", NULL },
	};
	struct str token;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct handshake handshake = {
			.protocols = { str_from(rows[i].protocols[0]),
				str_from(rows[i].protocols[1]) },
			.protocol_count = 2,
			.query = str_from(rows[i].query),
		};

		assert_int_equal(tickets_find(&handshake, &token), rows[i].expected != NULL);
		if (rows[i].expected != NULL)
			assert_true(str_is(token, rows[i].expected));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(ticket_is_used_once),
		FOLDER_TEST(ticket_that_another_broker_has_used_is_used),
		FOLDER_TEST(ticket_that_was_refused_is_not_used_up),
		FOLDER_TEST(clock_that_is_set_back_makes_no_used_ticket_good),
		FOLDER_TEST(ticket_from_before_the_start_is_refused),
		FOLDER_TEST(without_a_key_no_ticket_is_good),
		FOLDER_TEST(so_many_are_remembered_and_then_forgotten),
		cmocka_unit_test(ticket_is_found_in_the_protocols_or_the_query),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
