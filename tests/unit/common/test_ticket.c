/* SPDX-License-Identifier: MIT */
/* Tickets: what is believed, and everything that is not, at one fixed time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/base/crypto.h"
#include "common/base/mem.h"
#include "common/ticket.h"

#define NOW_S INT64_C(1795000000)
#define KEY "an-key-of-thirty-two-bytes-or-so"
#define OTHER_KEY "another-key-of-forty-bytes-and-no-more.."
#define HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define TIMES "\"iat\":1794999990,\"exp\":1795000050"
#define GOOD "{\"sub\":\"42\",\"name\":\"ann\",\"aud\":\"roomwire\",\"jti\":\"n1\"," TIMES "}"

static const struct ticket_terms terms = {
	.keys = { STR(KEY), STR("") },
	.audience = STR("roomwire"),
	.now_s = NOW_S,
};

static void make_token(const char *header, const char *claims, const char *key, struct buf *out)
{
	uint8_t signature[CRYPTO_MAC_SIZE];

	buf_clear(out);
	crypto_base64_encode(out, header, strlen(header));
	buf_append_char(out, '.');
	crypto_base64_encode(out, claims, strlen(claims));
	crypto_mac_any(str_from(key), buf_str(out), signature);
	buf_append_char(out, '.');
	crypto_base64_encode(out, signature, sizeof(signature));
}

static enum ticket_problem read_made(
	const char *header, const char *claims, const char *key, struct ticket *ticket)
{
	struct buf token = { 0 };
	enum ticket_problem problem;

	make_token(header, claims, key, &token);
	problem = ticket_read(buf_str(&token), &terms, ticket);
	buf_finish(&token);
	return problem;
}

static void good_ticket_says_who_it_is_for(void **state)
{
	struct ticket ticket;

	(void)state;
	assert_int_equal(read_made(HEADER, GOOD, KEY, &ticket), TICKET_OK);
	assert_string_equal(ticket.subject, "42");
	assert_string_equal(ticket.name, "ann");
	assert_string_equal(ticket.number, "n1");
	assert_string_equal(ticket.room, "");
	assert_int_equal(ticket.issued_s, NOW_S - 10);
	assert_int_equal(ticket.expires_s, NOW_S + 50);
}

/* As PyJWT 2.6 (python3-jwt) prints it, with this key. */
static void ticket_of_another_library_is_read(void **state)
{
	static const char token[] =
		"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI0MiIsIm5hbWUiOiJcdTVmMjBcdTR"
		"mMWYiLCJyb29tIjoibG9iYnkiLCJhdWQiOiJyb29td2lyZSIsImlhdCI6MTc5NDk5OTk5MCwiZXh"
		"wIjoxNzk1MDAwMDUwLCJqdGkiOiJiMyJ9.GhnbPBJKdJU0N24LwRU352rPJrfBe0MvvsrBSDHFf8"
		"4";
	struct ticket ticket;

	(void)state;
	assert_int_equal(ticket_read(str_from(token), &terms, &ticket), TICKET_OK);
	assert_string_equal(ticket.subject, "42");
	assert_string_equal(ticket.name, "\xe5\xbc\xa0\xe4\xbc\x9f");
	assert_string_equal(ticket.room, "lobby");
}

static void header_is_taken_only_with_our_algorithm(void **state)
{
	static const struct {
		const char *header;
		enum ticket_problem expected;
	} rows[] = {
		{ "{\"alg\":\"HS256\"}", TICKET_OK },
		{ "{\"alg\":\"HS256\",\"kid\":\"../../dev/null\"}", TICKET_OK },
		{ "{\"alg\":\"none\"}", TICKET_ALGORITHM },
		{ "{\"alg\":\"None\"}", TICKET_ALGORITHM },
		{ "{\"alg\":\"hs256\"}", TICKET_ALGORITHM },
		{ "{\"alg\":\"HS384\"}", TICKET_ALGORITHM },
		{ "{\"alg\":\"HS512\"}", TICKET_ALGORITHM },
		{ "{\"alg\":\"RS256\"}", TICKET_ALGORITHM },
		{ "{\"alg\":\"HS256\\u0000\"}", TICKET_ALGORITHM },
		{ "{\"alg\":\"\"}", TICKET_ALGORITHM },
		{ "{\"alg\":\"HS256\",\"crit\":[\"exp\"]}", TICKET_ALGORITHM },
		{ "{\"alg\":\"HS256\",\"alg\":\"none\"}", TICKET_MALFORMED },
		{ "{\"alg\":1}", TICKET_MALFORMED },
		{ "{\"typ\":\"JWT\"}", TICKET_MALFORMED },
		{ "[\"HS256\"]", TICKET_MALFORMED },
		{ "\"HS256\"", TICKET_MALFORMED },
		{ "", TICKET_MALFORMED },
	};
	struct ticket ticket;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (read_made(rows[i].header, GOOD, KEY, &ticket) != rows[i].expected)
			fail_msg("%s", rows[i].header);
	}
}

static void claims_are_all_checked(void **state)
{
#define WHO "\"sub\":\"42\",\"aud\":\"roomwire\",\"jti\":\"n1\""
	static const struct {
		const char *claims;
		enum ticket_problem expected;
	} rows[] = {
		{ "{" WHO "," TIMES "}", TICKET_OK },
		{ "{" WHO ",\"iat\":1795000002,\"exp\":1795000302}", TICKET_OK },
		{ "{" WHO ",\"iat\":1795000003,\"exp\":1795000050}", TICKET_EARLY },
		{ "{" WHO ",\"iat\":1794999990,\"exp\":1795000290}", TICKET_OK },
		{ "{" WHO ",\"iat\":1794999990,\"exp\":1795000291}", TICKET_LIFETIME },
		{ "{" WHO ",\"iat\":1,\"exp\":1795000291}", TICKET_LIFETIME },
		{ "{" WHO ",\"iat\":1,\"exp\":9223372036854775807}", TICKET_LIFETIME },
		{ "{" WHO ",\"iat\":1794999990,\"exp\":1795000000}", TICKET_EXPIRED },
		{ "{" WHO ",\"iat\":1794999990,\"exp\":1795000001}", TICKET_OK },
		{ "{" WHO ",\"iat\":1794999990,\"exp\":-1}", TICKET_EXPIRED },
		{ "{" WHO ",\"iat\":-5,\"exp\":1795000001}", TICKET_CLAIMS },
		{ "{" WHO ",\"iat\":\"1794999990\",\"exp\":1795000050}", TICKET_CLAIMS },
		{ "{" WHO ",\"iat\":1794999990}", TICKET_CLAIMS },
		{ "{" WHO ",\"exp\":1795000050}", TICKET_CLAIMS },
		{ "{" WHO ",\"iat\":1794999990,\"exp\":1795000050.5}", TICKET_CLAIMS },
		{ "{" WHO "," TIMES ",\"nbf\":1795000002}", TICKET_OK },
		{ "{" WHO "," TIMES ",\"nbf\":1795000003}", TICKET_EARLY },
		{ "{" WHO "," TIMES ",\"nbf\":\"soon\"}", TICKET_CLAIMS },
		{ "{\"sub\":\"42\",\"aud\":[\"shop\",\"roomwire\"],\"jti\":\"n1\"," TIMES "}",
			TICKET_OK },
		{ "{\"sub\":\"42\",\"aud\":[\"shop\"],\"jti\":\"n1\"," TIMES "}", TICKET_AUDIENCE },
		{ "{\"sub\":\"42\",\"aud\":\"shop\",\"jti\":\"n1\"," TIMES "}", TICKET_AUDIENCE },
		{ "{\"sub\":\"42\",\"aud\":\"Roomwire\",\"jti\":\"n1\"," TIMES "}",
			TICKET_AUDIENCE },
		{ "{\"sub\":\"42\",\"aud\":7,\"jti\":\"n1\"," TIMES "}", TICKET_AUDIENCE },
		{ "{\"sub\":\"42\",\"jti\":\"n1\"," TIMES "}", TICKET_AUDIENCE },
		{ "{\"sub\":42,\"aud\":\"roomwire\",\"jti\":\"n1\"," TIMES "}", TICKET_CLAIMS },
		{ "{\"sub\":\"\",\"aud\":\"roomwire\",\"jti\":\"n1\"," TIMES "}", TICKET_CLAIMS },
		{ "{\"sub\":\"4\\u00002\",\"aud\":\"roomwire\",\"jti\":\"n1\"," TIMES "}",
			TICKET_CLAIMS },
		{ "{\"sub\":\"42\",\"aud\":\"roomwire\"," TIMES "}", TICKET_CLAIMS },
		{ "{\"sub\":\"42\",\"aud\":\"roomwire\",\"jti\":\"\"," TIMES "}", TICKET_CLAIMS },
		{ "{" WHO "," TIMES ",\"name\":\"a/b\"}", TICKET_CLAIMS },
		{ "{" WHO "," TIMES ",\"name\":7}", TICKET_CLAIMS },
		{ "{" WHO "," TIMES ",\"room\":\"lobby\"}", TICKET_OK },
		{ "{" WHO "," TIMES ",\"room\":\"a/b\"}", TICKET_CLAIMS },
		{ "{" WHO "," TIMES ",\"room\":[]}", TICKET_CLAIMS },
		{ "[]", TICKET_MALFORMED },
		{ "{" WHO "," TIMES, TICKET_MALFORMED },
	};
	struct ticket ticket;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum ticket_problem problem = read_made(HEADER, rows[i].claims, KEY, &ticket);

		if (problem != rows[i].expected)
			fail_msg("%s: %s", rows[i].claims, ticket_problem_code(problem));
	}
}

static void both_keys_are_believed_and_no_other(void **state)
{
	struct ticket_terms both = terms;
	struct buf token = { 0 };
	struct ticket ticket;

	(void)state;
	make_token(HEADER, GOOD, OTHER_KEY, &token);
	assert_int_equal(ticket_read(buf_str(&token), &terms, &ticket), TICKET_SIGNATURE);
	both.keys[1] = STR_OF(OTHER_KEY);
	assert_int_equal(ticket_read(buf_str(&token), &both, &ticket), TICKET_OK);
	both.keys[0] = STR_OF("");
	both.keys[1] = STR_OF("");
	make_token(HEADER, GOOD, "", &token);
	assert_int_equal(ticket_read(buf_str(&token), &both, &ticket), TICKET_SIGNATURE);
	both.keys[0] = STR_OF("short");
	make_token(HEADER, GOOD, "short", &token);
	assert_int_equal(ticket_read(buf_str(&token), &both, &ticket), TICKET_SIGNATURE);
	buf_finish(&token);
}

static void every_flipped_bit_is_noticed(void **state)
{
	struct buf token = { 0 };
	struct ticket ticket;

	(void)state;
	make_token(HEADER, GOOD, KEY, &token);
	for (size_t bit = 0; bit < token.len * 8; bit++) {
		token.data[bit / 8] = (char)(token.data[bit / 8] ^ 1 << bit % 8);
		if (ticket_read(buf_str(&token), &terms, &ticket) == TICKET_OK)
			fail_msg("bit %zu", bit);
		token.data[bit / 8] = (char)(token.data[bit / 8] ^ 1 << bit % 8);
	}
	assert_int_equal(ticket_read(buf_str(&token), &terms, &ticket), TICKET_OK);
	buf_finish(&token);
}

/* In a block of its own size, so that a byte too far is found. */
static void every_cut_is_noticed(void **state)
{
	struct buf token = { 0 };
	struct ticket ticket;

	(void)state;
	make_token(HEADER, GOOD, KEY, &token);
	for (size_t len = 0; len < token.len; len++) {
		char *cut = str_dup(str_range(token.data, len));

		assert_int_not_equal(ticket_read(str_range(cut, len), &terms, &ticket), TICKET_OK);
		mem_free(cut);
	}
	buf_append_char(&token, '.');
	assert_int_equal(ticket_read(buf_str(&token), &terms, &ticket), TICKET_MALFORMED);
	buf_finish(&token);
}

static void token_over_the_limit_is_not_looked_at(void **state)
{
	char claims[TICKET_BYTES_MAX];
	struct ticket ticket;

	(void)state;
	snprintf(claims, sizeof(claims), "{\"x\":\"%01500d\",%s", 0, &GOOD[1]);
	assert_int_equal(read_made(HEADER, claims, KEY, &ticket), TICKET_MALFORMED);
	snprintf(claims, sizeof(claims), "{\"x\":\"%0900d\",%s", 0, &GOOD[1]);
	assert_int_equal(read_made(HEADER, claims, KEY, &ticket), TICKET_OK);
}

static void what_is_written_is_read_back(void **state)
{
	static const struct ticket written = {
		.subject = "7",
		.name = "\"ann\"",
		.number = "n2",
		.room = "lobby",
		.issued_s = NOW_S,
		.expires_s = NOW_S + 60,
	};
	struct buf token = { 0 };
	struct ticket ticket;

	(void)state;
	ticket_write(&written, &terms, &token);
	assert_int_equal(ticket_read(buf_str(&token), &terms, &ticket), TICKET_OK);
	assert_string_equal(ticket.subject, written.subject);
	assert_string_equal(ticket.name, written.name);
	assert_string_equal(ticket.room, written.room);
	assert_int_equal(ticket.expires_s, written.expires_s);
	buf_finish(&token);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_ticket_says_who_it_is_for),
		cmocka_unit_test(ticket_of_another_library_is_read),
		cmocka_unit_test(header_is_taken_only_with_our_algorithm),
		cmocka_unit_test(claims_are_all_checked),
		cmocka_unit_test(both_keys_are_believed_and_no_other),
		cmocka_unit_test(every_flipped_bit_is_noticed),
		cmocka_unit_test(every_cut_is_noticed),
		cmocka_unit_test(token_over_the_limit_is_not_looked_at),
		cmocka_unit_test(what_is_written_is_read_back),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
