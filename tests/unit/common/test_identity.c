/* SPDX-License-Identifier: MIT */
/* Who makes a request, by what cookies and accounts.db say together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/guest.h"
#include "common/identity.h"
#include "tests/unit/common/store/people.h"
#include "tests/unit/common/store/sql.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct secret secret = { "an example key of thirty-two byt" };
static const struct secret other_secret = { "another example of a key of 32 b" };

static const struct config config = {
	.site_guests = true,
	.sessions_idle_minutes = 60,
	.sessions_lifetime_minutes = 600,
};

static const struct config no_guests = {
	.site_guests = false,
	.sessions_idle_minutes = 60,
	.sessions_lifetime_minutes = 600,
};

static struct identity_sources sources_of(struct accounts *accounts)
{
	return (struct identity_sources){
		.config = &config,
		.secret = &secret,
		.accounts = accounts,
		.now_ms = PEOPLE_NOW_MS,
	};
}

/* Behind what is there already. */
static void add_pair(struct buf *header, const struct buf *set_cookie)
{
	if (header->len > 0)
		buf_append_text(header, "; ");
	buf_append_str(header, str_range(set_cookie->data, str_find(buf_str(set_cookie), ';')));
}

static void add_guest(struct buf *header, const char *id, const char *name)
{
	struct user guest = { 0 };
	struct buf set_cookie = { 0 };

	snprintf((char *)guest.id, sizeof(guest.id), "%s", id);
	if (name == NULL)
		guest_name_by_id(&guest);
	else
		snprintf(guest.name, sizeof(guest.name), "%s", name);
	guest_write_cookie(&guest, &secret, false, &set_cookie);
	add_pair(header, &set_cookie);
	buf_finish(&set_cookie);
}

/* A login now, whose cookie is added. */
static struct session_row add_session(
	struct accounts *accounts, const struct account *account, struct buf *header)
{
	struct session_row row = { 0 };
	struct buf set_cookie = { 0 };
	enum account_result result;

	session_create(&config, account->user.id, false, PEOPLE_NOW_MS, &row, &set_cookie);
	assert_int_equal(sessions_add(accounts, &row, NULL, NULL, &result), STORE_OK);
	assert_int_equal(result, ACCOUNT_DONE);
	add_pair(header, &set_cookie);
	buf_finish(&set_cookie);
	return row;
}

static struct identity find(const struct identity_sources *sources, const struct buf *header)
{
	struct identity identity;

	assert_int_equal(identity_find(sources, buf_str(header), false, &identity), IDENTITY_FOUND);
	return identity;
}

static enum identity_result judge(const struct identity_sources *sources, const struct buf *header)
{
	struct identity identity;

	return identity_find(sources, buf_str(header), false, &identity);
}

static void assert_named_by_id(const struct user *user)
{
	struct user expected = *user;

	guest_name_by_id(&expected);
	assert_string_equal(user->name, expected.name);
}

static void assert_new_guest(const struct identity *identity)
{
	assert_int_equal(identity->kind, IDENTITY_GUEST);
	assert_true(identity->guest_is_new);
	assert_named_by_id(&identity->user);
}

static void assert_guest(const struct identity *identity, const char *id, const char *name)
{
	assert_int_equal(identity->kind, IDENTITY_GUEST);
	assert_false(identity->guest_is_new);
	assert_string_equal((const char *)identity->user.id, id);
	if (name == NULL)
		assert_named_by_id(&identity->user);
	else
		assert_string_equal(identity->user.name, name);
}

static void stranger_is_a_new_guest(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct identity_sources sources = sources_of(accounts);
	struct buf header = { 0 };
	struct identity one = find(&sources, &header), two = find(&sources, &header);

	assert_new_guest(&one);
	assert_new_guest(&two);
	assert_memory_not_equal(one.user.id, two.user.id, USER_ID_SIZE);
	accounts_close(accounts);
}

static void guest_comes_back(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct identity_sources sources = sources_of(accounts);
	struct buf header = { 0 };
	struct identity identity;

	people_join(accounts, "ann");
	add_guest(&header, "a guest", "bob");
	identity = find(&sources, &header);
	assert_guest(&identity, "a guest", "bob");
	buf_finish(&header);
	accounts_close(accounts);
}

static void session_is_its_account_whatever_the_guest(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct identity_sources sources = sources_of(accounts);
	struct account ann = people_join(accounts, "ann");
	struct buf header = { 0 };
	struct session_row row;
	struct identity identity;

	add_guest(&header, "a guest", "bob");
	row = add_session(accounts, &ann, &header);
	sources.config = &no_guests;
	identity = find(&sources, &header);
	assert_int_equal(identity.kind, IDENTITY_ACCOUNT);
	assert_memory_equal(&identity.user, &ann.user, sizeof(ann.user));
	assert_memory_equal(identity.session.key_hash, row.key_hash, sizeof(row.key_hash));
	assert_false(identity.guest_is_new);
	buf_finish(&header);
	accounts_close(accounts);
}

static void plain_session_over_https_is_no_session(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct identity_sources sources = sources_of(accounts);
	struct account ann = people_join(accounts, "ann");
	struct buf header = { 0 };
	struct identity identity;

	add_session(accounts, &ann, &header);
	assert_int_equal(
		identity_find(&sources, buf_str(&header), true, &identity), IDENTITY_FOUND);
	assert_new_guest(&identity);
	buf_finish(&header);
	accounts_close(accounts);
}

/* Each row ends ann's session in its own way. */
static void session_that_is_over_leaves_the_guest(void **state)
{
	static const char *const ends[] = { "DELETE FROM session", "UPDATE session SET seen = 0",
		"UPDATE session SET created = 0", "DELETE FROM account" };

	for (size_t i = 0; i < COUNT(ends); i++) {
		struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
		struct identity_sources sources = sources_of(accounts);
		struct account ann = people_join(accounts, "ann");
		struct buf header = { 0 };
		struct identity identity;

		add_guest(&header, "a guest", "bob");
		add_session(accounts, &ann, &header);
		sql_run(*state, "accounts.db", ends[i]);
		identity = find(&sources, &header);
		assert_guest(&identity, "a guest", "bob");
		sources.config = &no_guests;
		assert_int_equal(judge(&sources, &header), IDENTITY_MUST_LOG_IN);
		buf_finish(&header);
		accounts_close(accounts);
		folder_empty(*state);
	}
}

static void id_of_nobodys_session_is_not_adopted(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct identity_sources sources = sources_of(accounts);
	struct account ann = people_join(accounts, "ann");
	struct buf header = { 0 };
	struct identity identity;

	add_session(accounts, &ann, &header);
	/* Another first character: another key. */
	header.data[strlen("roomwire_session=")] ^= 1;
	identity = find(&sources, &header);
	assert_new_guest(&identity);
	assert_int_equal(sql_ask(*state, "accounts.db", "SELECT count(*) FROM session"), 1);
	buf_finish(&header);
	accounts_close(accounts);
}

static void site_without_guests_asks_to_log_in(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct identity_sources sources = sources_of(accounts);
	struct buf header = { 0 };

	sources.config = &no_guests;
	assert_int_equal(judge(&sources, &header), IDENTITY_MUST_LOG_IN);
	add_guest(&header, "a guest", "bob");
	assert_int_equal(judge(&sources, &header), IDENTITY_MUST_LOG_IN);
	sources.accounts = NULL;
	assert_int_equal(judge(&sources, &header), IDENTITY_MUST_LOG_IN);
	buf_finish(&header);
	accounts_close(accounts);
}

static void site_without_guests_keeps_accounts_ids_from_who_must_log_in(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct identity_sources sources = sources_of(accounts);
	struct account ann = people_join(accounts, "ann");
	struct buf header = { 0 }, set_cookie = { 0 };
	struct identity identity;

	sources.config = &no_guests;
	add_guest(&header, "a guest", "bob");
	assert_int_equal(
		identity_find(&sources, buf_str(&header), false, &identity), IDENTITY_MUST_LOG_IN);
	assert_guest(&identity, "a guest", "bob");
	buf_clear(&header);
	guest_write_cookie(&ann.user, &secret, false, &set_cookie);
	add_pair(&header, &set_cookie);
	assert_int_equal(
		identity_find(&sources, buf_str(&header), false, &identity), IDENTITY_MUST_LOG_IN);
	assert_new_guest(&identity);
	assert_memory_not_equal(identity.user.id, ann.user.id, USER_ID_SIZE);
	buf_finish(&set_cookie);
	buf_finish(&header);
	accounts_close(accounts);
}

static void banned_account_is_no_guest(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct identity_sources sources = sources_of(accounts);
	struct account ann = people_join(accounts, "ann");
	struct buf header = { 0 };

	add_guest(&header, "a guest", "bob");
	add_session(accounts, &ann, &header);
	sql_run(*state, "accounts.db", "UPDATE account SET is_active = 0");
	assert_int_equal(judge(&sources, &header), IDENTITY_BANNED);
	buf_finish(&header);
	accounts_close(accounts);
}

static void session_that_cannot_be_read_is_nobody(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct identity_sources sources = sources_of(accounts);
	struct account ann = people_join(accounts, "ann");
	struct buf header = { 0 };

	add_guest(&header, "a guest", "bob");
	add_session(accounts, &ann, &header);
	sources.accounts = NULL;
	sources.accounts_problem = STORE_IO;
	assert_int_equal(judge(&sources, &header), IDENTITY_UNREADABLE);
	sources = sources_of(accounts);
	sql_run(*state, "accounts.db", "DROP TABLE session");
	assert_int_equal(judge(&sources, &header), IDENTITY_UNREADABLE);
	sources.config = &no_guests;
	assert_int_equal(judge(&sources, &header), IDENTITY_UNREADABLE);
	buf_finish(&header);
	accounts_close(accounts);
}

static void session_of_a_site_without_accounts_is_over(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct identity_sources sources = sources_of(NULL);
	struct account ann = people_join(accounts, "ann");
	struct buf header = { 0 };
	struct identity identity;

	add_guest(&header, "a guest", "bob");
	add_session(accounts, &ann, &header);
	identity = find(&sources, &header);
	assert_guest(&identity, "a guest", "bob");
	buf_finish(&header);
	accounts_close(accounts);
}

static void guest_with_the_id_of_an_account_is_somebody_new(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct identity_sources sources = sources_of(accounts);
	struct account ann = people_join(accounts, "ann");
	struct buf header = { 0 };
	struct identity identity;

	add_guest(&header, (const char *)ann.user.id, "bob");
	identity = find(&sources, &header);
	assert_new_guest(&identity);
	assert_memory_not_equal(identity.user.id, ann.user.id, USER_ID_SIZE);
	buf_finish(&header);
	accounts_close(accounts);
}

static void guest_with_the_name_of_an_account_loses_it(void **state)
{
	static const char *const names[] = { "admin", "ADMIN", "\u0430dmin", "adm1n", "a.d.m.i.n" };
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct identity_sources sources = sources_of(accounts);
	struct buf header = { 0 };
	struct identity identity;

	people_join(accounts, "admin");
	for (size_t i = 0; i < COUNT(names); i++) {
		buf_clear(&header);
		add_guest(&header, "a guest", names[i]);
		identity = find(&sources, &header);
		assert_guest(&identity, "a guest", NULL);
	}
	buf_clear(&header);
	add_guest(&header, "a guest", "admina");
	identity = find(&sources, &header);
	assert_guest(&identity, "a guest", "admina");
	buf_finish(&header);
	accounts_close(accounts);
}

static void guest_keeps_its_default_name(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct identity_sources sources = sources_of(accounts);
	struct buf header = { 0 };
	struct identity identity;

	add_guest(&header, "a guest", NULL);
	identity = find(&sources, &header);
	assert_guest(&identity, "a guest", NULL);
	sources.accounts = NULL;
	sources.accounts_problem = STORE_IO;
	identity = find(&sources, &header);
	assert_guest(&identity, "a guest", NULL);
	buf_finish(&header);
	accounts_close(accounts);
}

static void name_that_nobody_can_judge_is_not_shown(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct identity_sources sources = sources_of(NULL);
	struct buf header = { 0 };
	struct identity identity;

	add_guest(&header, "a guest", "bob");
	sources.accounts_problem = STORE_BUSY;
	identity = find(&sources, &header);
	assert_guest(&identity, "a guest", NULL);
	sources.accounts_problem = STORE_OK; /* none yet: nothing is taken */
	identity = find(&sources, &header);
	assert_guest(&identity, "a guest", "bob");
	sources.accounts = accounts;
	sql_run(*state, "accounts.db", "DROP TABLE taken_name");
	identity = find(&sources, &header);
	assert_guest(&identity, "a guest", NULL);
	buf_finish(&header);
	accounts_close(accounts);
}

/* A session's and a guest's, at every place. */
static void header_cut_anywhere_is_the_users_or_nobodys(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct identity_sources sources = sources_of(accounts);
	struct account ann = people_join(accounts, "ann");
	struct buf header = { 0 };
	size_t session_len;

	add_session(accounts, &ann, &header);
	session_len = header.len;
	add_guest(&header, "a guest", "bob");
	for (size_t len = 0; len <= header.len; len++) {
		struct identity identity;
		char *cut = mem_strndup(header.data, len);

		assert_int_equal(identity_find(&sources, str_range(cut, len), false, &identity),
			IDENTITY_FOUND);
		if (len >= session_len)
			assert_int_equal(identity.kind, IDENTITY_ACCOUNT);
		else
			assert_new_guest(&identity);
		mem_free(cut);
	}
	buf_finish(&header);
	accounts_close(accounts);
}

static void no_flipped_bit_leads_to_the_same_user(void **state)
{
	struct accounts *accounts = people_open(*state, ACCOUNTS_WRITE);
	struct identity_sources sources = sources_of(accounts);
	struct account ann = people_join(accounts, "ann");
	struct buf header = { 0 };

	add_session(accounts, &ann, &header);
	for (size_t bit = 0; bit < header.len * 8; bit++) {
		struct identity identity;

		header.data[bit / 8] ^= (char)(1 << bit % 8);
		identity = find(&sources, &header);
		assert_new_guest(&identity);
		header.data[bit / 8] ^= (char)(1 << bit % 8);
	}
	buf_finish(&header);
	accounts_close(accounts);
}

static void vouched_user_is_the_same_for_ever(void **state)
{
	struct identity one, again;

	identity_vouch(&secret, IDENTITY_REMOTE, STR_OF("remote user:"), STR_OF("ann"),
		STR_OF("Ann"), &one);
	identity_vouch(&secret, IDENTITY_REMOTE, STR_OF("remote user:"), STR_OF("ann"),
		STR_OF("Ann Lee"), &again);
	assert_memory_equal(one.user.id, again.user.id, USER_ID_SIZE);
	assert_string_equal(one.user.name, "Ann");
	assert_string_equal(again.user.name, "Ann Lee");
	assert_int_equal(one.kind, IDENTITY_REMOTE);
	assert_false(one.guest_is_new);
	(void)state;
}

static void realm_subject_and_secret_make_the_id(void **state)
{
	struct identity ann, bob, other_realm, other_site;

	identity_vouch(
		&secret, IDENTITY_TICKET, STR_OF("ticket:"), STR_OF("ann"), STR_OF("x"), &ann);
	identity_vouch(
		&secret, IDENTITY_TICKET, STR_OF("ticket:"), STR_OF("bob"), STR_OF("x"), &bob);
	identity_vouch(&secret, IDENTITY_REMOTE, STR_OF("remote user:"), STR_OF("ann"), STR_OF("x"),
		&other_realm);
	identity_vouch(&other_secret, IDENTITY_TICKET, STR_OF("ticket:"), STR_OF("ann"),
		STR_OF("x"), &other_site);
	assert_memory_not_equal(ann.user.id, bob.user.id, USER_ID_SIZE);
	assert_memory_not_equal(ann.user.id, other_realm.user.id, USER_ID_SIZE);
	assert_memory_not_equal(ann.user.id, other_site.user.id, USER_ID_SIZE);
	(void)state;
}

static void longest_name_can_be_vouched_for(void **state)
{
	char name[USER_NAME_SIZE];
	struct identity identity;

	memset(name, 'x', sizeof(name));
	identity_vouch(&secret, IDENTITY_TICKET, STR_OF("ticket:"), STR_OF(""),
		str_range(name, sizeof(name) - 1), &identity);
	assert_int_equal(strlen(identity.user.name), sizeof(name) - 1);
	(void)state;
}

static void tag_is_a_users_own(void **state)
{
	struct user ann = { .id = "ann", .name = "ann" }, bob = { .id = "bob", .name = "ann" };
	struct buf tag = { 0 };

	identity_write_tag(&ann, &secret, &tag);
	assert_int_equal(tag.len, 16);
	assert_true(identity_tag_matches(&ann, &secret, buf_str(&tag)));
	strcpy(ann.name, "Ann Lee");
	assert_true(identity_tag_matches(&ann, &secret, buf_str(&tag)));
	assert_false(identity_tag_matches(&bob, &secret, buf_str(&tag)));
	assert_false(identity_tag_matches(&ann, &other_secret, buf_str(&tag)));
	buf_finish(&tag);
	(void)state;
}

static void tag_changed_or_cut_anywhere_is_another(void **state)
{
	struct user ann = { .id = "ann" };
	struct buf tag = { 0 };

	identity_write_tag(&ann, &secret, &tag);
	for (size_t len = 0; len < tag.len; len++)
		assert_false(identity_tag_matches(&ann, &secret, str_range(tag.data, len)));
	for (size_t bit = 0; bit < tag.len * 8; bit++) {
		tag.data[bit / 8] ^= (char)(1 << bit % 8);
		assert_false(identity_tag_matches(&ann, &secret, buf_str(&tag)));
		tag.data[bit / 8] ^= (char)(1 << bit % 8);
	}
	assert_false(identity_tag_matches(&ann, &secret, (struct str){ 0 }));
	buf_append_char(&tag, 'A');
	assert_false(identity_tag_matches(&ann, &secret, buf_str(&tag)));
	buf_finish(&tag);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(stranger_is_a_new_guest),
		FOLDER_TEST(guest_comes_back),
		FOLDER_TEST(session_is_its_account_whatever_the_guest),
		FOLDER_TEST(plain_session_over_https_is_no_session),
		FOLDER_TEST(session_that_is_over_leaves_the_guest),
		FOLDER_TEST(id_of_nobodys_session_is_not_adopted),
		FOLDER_TEST(site_without_guests_asks_to_log_in),
		FOLDER_TEST(site_without_guests_keeps_accounts_ids_from_who_must_log_in),
		FOLDER_TEST(banned_account_is_no_guest),
		FOLDER_TEST(session_that_cannot_be_read_is_nobody),
		FOLDER_TEST(session_of_a_site_without_accounts_is_over),
		FOLDER_TEST(guest_with_the_id_of_an_account_is_somebody_new),
		FOLDER_TEST(guest_with_the_name_of_an_account_loses_it),
		FOLDER_TEST(guest_keeps_its_default_name),
		FOLDER_TEST(name_that_nobody_can_judge_is_not_shown),
		FOLDER_TEST(header_cut_anywhere_is_the_users_or_nobodys),
		FOLDER_TEST(no_flipped_bit_leads_to_the_same_user),
		cmocka_unit_test(vouched_user_is_the_same_for_ever),
		cmocka_unit_test(realm_subject_and_secret_make_the_id),
		cmocka_unit_test(longest_name_can_be_vouched_for),
		cmocka_unit_test(tag_is_a_users_own),
		cmocka_unit_test(tag_changed_or_cut_anywhere_is_another),
	};

	return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
