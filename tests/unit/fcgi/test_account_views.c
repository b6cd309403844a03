/* SPDX-License-Identifier: MIT */
/* The pages of accounts, as a browser without scripts has them: forms with tokens, redirects,
 * cookies. Every test registers people of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "common/session.h"
#include "fcgi/views/form.h"
#include "fcgi/views/views.h"
#include "tests/support/browser.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PASSWORD "seven-green-tapirs"
#define FIREFOX "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
#define WRONG_LOGIN "The user name or the password is wrong."

/* The visitor's, but that tries cost nothing: all of them come from one address. */
static struct config config;

static int start(void **state)
{
	int result = visitor_start(state);

	if (result != 0)
		return result;
	config = *visitor_app()->config;
	config.limits_login_penalty_seconds = 0;
	visitor_app()->config = &config;
	return 0;
}

static bool says(const struct browser *browser, const char *text)
{
	return answer_says(&browser->answer, text);
}

static void assert_says(const struct browser *browser, const char *text)
{
	if (!says(browser, text))
		fail_msg("the page has no %s: %.*s", text, STR_ARG(browser->answer.body));
}

static void assert_leads_to(const struct browser *browser, const char *path)
{
	assert_int_equal(browser->answer.status, 303);
	if (!str_is(browser_location(browser), path))
		fail_msg("leads to %.*s, not %s", STR_ARG(browser_location(browser)), path);
}

/* Encoded, with the password of all tests. */
static int send_names(struct browser *browser, const char *uri, const char *username)
{
	struct buf fields = { 0 };
	int status;

	assert_int_equal(browser_get(browser, uri), 200);
	buf_append_format(&fields, "&username=%s&password=" PASSWORD, username);
	status = browser_post(browser, uri, buf_text(&fields));
	buf_finish(&fields);
	return status;
}

static void register_as(struct browser *browser, const char *username)
{
	assert_int_equal(send_names(browser, "/accounts/register/", username), 303);
}

static void log_in_as(struct browser *browser, const char *username)
{
	assert_int_equal(send_names(browser, "/accounts/login/", username), 303);
}

static void who_registers_is_logged_in_and_told_once(void **state)
{
	struct browser browser = { 0 };

	assert_int_equal(browser_get(&browser, "/accounts/register/?next=%2Fchat%2Fnew%2F"), 200);
	assert_says(&browser, "name=\"next\" value=\"/chat/new/\"");
	assert_says(&browser, "autocomplete=\"username\"");
	assert_says(&browser, "autocomplete=\"new-password\"");
	assert_int_equal(browser_post(&browser, "/accounts/register/",
				 "&username=rita&password=" PASSWORD "&next=%2Fchat%2Fnew%2F"),
		303);
	assert_leads_to(&browser, "/chat/new/");
	assert_non_null(browser_cookie(&browser, SESSION_COOKIE));
	assert_int_equal(browser_get(&browser, "/chat/new/"), 200);
	assert_says(&browser, "id=\"flash\"");
	assert_int_equal(browser_get(&browser, "/chat/new/"), 200);
	assert_false(says(&browser, "id=\"flash\""));
	browser_finish(&browser);
	(void)state;
}

static const struct {
	const char *fields;
	const char *says;
} bad_registrations[] = {
	{ "", "id=\"username-problem\" role=\"alert\">" },
	{ "&username=&password=" PASSWORD, "aria-invalid=\"true\">\n\t\t\t\t<p class=\"problem\" "
					   "id=\"username-problem\"" },
	{ "&username=guest-1234&password=" PASSWORD, "kept for guests" },
	{ "&username=a%2Fb&password=" PASSWORD, "must not have a slash" },
	{ "&username=taken&password=" PASSWORD, "Somebody has this name" },
	{ "&username=TAKEN&password=" PASSWORD, "value=\"TAKEN\"" },
	{ "&username=%3Cb%3E%22%27%26&password=a", "value=\"&lt;b&gt;&quot;&#39;&amp;\"" },
	{ "&username=%D7%A9%D7%9C%D7%95%D7%9D&password=a",
		"value=\"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d\"" },
	{ "&username=walter&password=short", "aria-invalid=\"true\">\n\t\t\t\t<p class=\"problem\" "
					     "id=\"password-problem\"" },
	{ "&username=walter&password=short&invite=%3Cb%3E", "name=\"invite\" value=\"&lt;b&gt;\"" },
	{ "&username=%FF&password=short", "name=\"username\" type=\"text\" value=\"\"" },
};

static void wrong_registration_is_shown_beside_its_field(void **state)
{
	struct browser owner = { 0 }, browser = { 0 };

	register_as(&owner, "taken");
	for (size_t i = 0; i < COUNT(bad_registrations); i++) {
		browser_get(&browser, "/accounts/register/");
		assert_int_equal(
			browser_post(&browser, "/accounts/register/", bad_registrations[i].fields),
			400);
		assert_says(&browser, bad_registrations[i].says);
		assert_false(says(&browser, PASSWORD));
		assert_false(says(&browser, "value=\"short\""));
		assert_null(browser_cookie(&browser, SESSION_COOKIE));
	}
	browser_finish(&browser);
	browser_finish(&owner);
	(void)state;
}

static void guest_is_told_what_an_account_keeps(void **state)
{
	struct browser browser = { 0 };

	browser_get(&browser, "/accounts/register/");
	assert_false(says(&browser, "id=\"guest-hint\""));
	assert_int_equal(browser_post(&browser, "/chat/name", "&name=%3Ci%3ERobert"), 303);
	browser_get(&browser, "/accounts/register/");
	assert_says(&browser, "What you have said here as &lt;i&gt;Robert stays yours.");
	browser_finish(&browser);
	(void)state;
}

static void every_wrong_login_gets_the_same_answer(void **state)
{
	static const char *const fields[] = { "&username=loga&password=wrong-wrong",
		"&username=nobody&password=wrong-wrong",
		"&username=&password=", "&username=%3Cb%3E%22%27%26&password=wrong-wrong" };
	struct browser owner = { 0 }, browser = { 0 };

	register_as(&owner, "loga");
	for (size_t i = 0; i < COUNT(fields); i++) {
		browser_get(&browser, "/accounts/login/");
		assert_int_equal(browser_post(&browser, "/accounts/login/", fields[i]), 400);
		assert_says(&browser, "role=\"alert\">" WRONG_LOGIN "</p>");
		assert_says(&browser, "aria-invalid=\"true\"");
		assert_false(says(&browser, "wrong-wrong"));
		assert_null(browser_cookie(&browser, SESSION_COOKIE));
	}
	assert_says(&browser, "value=\"&lt;b&gt;&quot;&#39;&amp;\"");
	browser_finish(&browser);
	browser_finish(&owner);
	(void)state;
}

static void login_leads_to_pages_of_this_site_only(void **state)
{
	static const struct {
		const char *next;
		const char *location;
	} rows[] = {
		{ "%2Fchat%2Flobby%2F%3Fa%3Db", "/chat/lobby/?a=b" },
		{ "", "/chat/" },
		{ "%2F%2Fevil.example", "/chat/" },
		{ "%2F%5Cevil.example", "/chat/" },
		{ "https%3A%2F%2Fevil.example", "/chat/" },
		{ "%2F%0D%0ASet-Cookie%3Aa", "/chat/" },
	};
	struct browser owner = { 0 };

	register_as(&owner, "lena");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct browser browser = { 0 };
		struct buf fields = { 0 };

		browser_get(&browser, "/accounts/login/");
		buf_append_format(
			&fields, "&username=LENA&password=" PASSWORD "&next=%s", rows[i].next);
		browser_post(&browser, "/accounts/login/", buf_text(&fields));
		assert_leads_to(&browser, rows[i].location);
		buf_finish(&fields);
		browser_finish(&browser);
	}
	browser_finish(&owner);
	(void)state;
}

static void who_is_logged_in_is_not_asked_again(void **state)
{
	struct browser browser = { 0 };

	register_as(&browser, "ida");
	browser_get(&browser, "/accounts/login/?next=%2Fchat%2Fa%2F");
	assert_leads_to(&browser, "/chat/a/");
	browser_get(&browser, "/accounts/register/?next=%2F%2Fevil.example");
	assert_leads_to(&browser, "/chat/");
	browser_finish(&browser);
	(void)state;
}

static void too_many_tries_are_told_how_long_to_wait(void **state)
{
	struct browser browser = { 0 };
	struct str wait;

	config.limits_login_penalty_seconds = 600;
	for (int i = 0; i < 20 && browser.answer.status != 429; i++) {
		browser_get(&browser, "/accounts/login/");
		browser_post(&browser, "/accounts/login/", "&username=petra&password=wrong-wrong");
	}
	assert_int_equal(browser.answer.status, 429);
	assert_int_equal(answer_header(&browser.answer, "Retry-After", &wait), 1);
	assert_says(&browser, " to go.</p>");
	assert_says(&browser, "value=\"petra\"");
	assert_false(says(&browser, WRONG_LOGIN));
	config.limits_login_penalty_seconds = 0;
	browser_finish(&browser);
	(void)state;
}

static const char *const pages[] = { "/chat/", "/chat/lobby/", "/chat/lobby/search", "/chat/name",
	"/chat/a%2Fb/", "/nothing/", "/accounts/profile/", "/accounts/password/",
	"/accounts/sessions/", "/accounts/logout/" };

static void every_page_of_an_account_can_log_out(void **state)
{
	struct browser browser = { 0 };
	struct str header;

	register_as(&browser, "%3Cb%3E%22%27%26");
	for (size_t i = 0; i < COUNT(pages); i++) {
		browser_get(&browser, pages[i]);
		assert_says(&browser, "action=\"/accounts/logout/\" method=\"post\"");
		assert_says(&browser, "&lt;b&gt;&quot;&#39;&amp;");
		assert_false(says(&browser, "<b>\""));
		assert_int_equal(answer_header(&browser.answer, "Cache-Control", &header), 1);
		assert_true(str_is(header, "no-store"));
	}
	assert_int_equal(browser_post(&browser, "/accounts/logout/", ""), 303);
	assert_leads_to(&browser, "/chat/");
	assert_null(browser_cookie(&browser, SESSION_COOKIE));
	browser_get(&browser, "/chat/");
	assert_says(&browser, "id=\"flash\"");
	assert_says(&browser, ">Log in</a>");
	browser_finish(&browser);
	(void)state;
}

static void pages_of_guests_offer_the_ways_in_and_back(void **state)
{
	static const struct {
		const char *uri;
		const char *next;
	} rows[] = {
		{ "/chat/", "%2Fchat%2F" },
		{ "/chat/a%20b/?before=7", "%2Fchat%2Fa%2520b%2F%3Fbefore%3D7" },
		{ "/accounts/login/?next=%2Fchat%2Fa%2F", "%2Fchat%2Fa%2F" },
		{ "//evil.example", "%2Fchat%2F" },
		{ "/chat/?room=%0D%0A", "%2Fchat%2F%3Froom%3D%250D%250A" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct browser browser = { 0 };
		struct buf link = { 0 };

		browser_get(&browser, rows[i].uri);
		buf_append_format(
			&link, "<a href=\"/accounts/login/?next=%s\">Log in</a>", rows[i].next);
		assert_says(&browser, buf_text(&link));
		buf_clear(&link);
		buf_append_format(&link, "<a href=\"/accounts/register/?next=%s\">Register</a>",
			rows[i].next);
		assert_says(&browser, buf_text(&link));
		assert_false(says(&browser, "/accounts/logout/"));
		buf_finish(&link);
		browser_finish(&browser);
	}
	(void)state;
}

static void closed_site_offers_no_registration(void **state)
{
	char *registration = config.site_registration;
	struct browser browser = { 0 };

	config.site_registration = "closed";
	browser_get(&browser, "/accounts/login/");
	assert_says(&browser, "<form");
	assert_false(says(&browser, "/accounts/register/"));
	assert_int_equal(browser_get(&browser, "/accounts/register/"), 403);
	assert_false(says(&browser, "<form"));
	config.site_registration = registration;
	browser_finish(&browser);
	(void)state;
}

static void profile_says_who_one_is(void **state)
{
	struct browser browser = { 0 };

	register_as(&browser, "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d");
	assert_int_equal(browser_get(&browser, "/accounts/profile/"), 200);
	assert_says(&browser, "<bdi>\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d</bdi></dd>");
	assert_says(&browser, "<time datetime=\"20");
	assert_int_equal(browser_post(&browser, "/chat/name",
				 "&name=Wilhelmine+Charlotte+of+Hannover&next="
				 "%2Faccounts%2Fprofile%2F"),
		303);
	assert_leads_to(&browser, "/accounts/profile/");
	browser_get(&browser, "/accounts/profile/");
	assert_says(&browser, "value=\"Wilhelmine Charlotte of Hannover\"");
	assert_says(&browser, "<bdi>\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d</bdi></dd>");
	assert_says(&browser, "id=\"flash\"");
	browser_finish(&browser);
	(void)state;
}

static void name_of_somebody_else_is_refused(void **state)
{
	struct browser owner = { 0 }, account = { 0 }, guest = { 0 };

	register_as(&owner, "nora");
	register_as(&account, "nick");
	browser_get(&account, "/accounts/profile/");
	assert_int_equal(browser_post(&account, "/chat/name", "&name=Nora"), 400);
	assert_says(&account, "Somebody has this name");
	assert_says(&account, "value=\"Nora\"");
	browser_get(&guest, "/chat/name");
	assert_int_equal(browser_post(&guest, "/chat/name", "&name=NORA"), 400);
	assert_says(&guest, "Somebody has this name");
	browser_finish(&guest);
	browser_finish(&account);
	browser_finish(&owner);
	(void)state;
}

static void new_password_ends_all_other_sessions(void **state)
{
	struct browser here = { 0 }, there = { 0 };

	register_as(&here, "paula");
	log_in_as(&there, "paula");
	browser_get(&here, "/accounts/password/");
	assert_says(&here, "autocomplete=\"current-password\"");
	assert_says(&here, "you will be logged out");
	assert_int_equal(browser_post(&here, "/accounts/password/",
				 "&old_password=wrong-wrong&new_password=six-red-tapirs"),
		400);
	assert_says(&here, "id=\"old-password-problem\" role=\"alert\">The old password is wrong.");
	assert_int_equal(browser_post(&here, "/accounts/password/",
				 "&old_password=" PASSWORD "&new_password=short"),
		400);
	assert_false(says(&here, "id=\"new-password-problem\" role=\"alert\"></p>"));
	assert_false(says(&here, PASSWORD));
	assert_int_equal(browser_post(&here, "/accounts/password/",
				 "&old_password=" PASSWORD "&new_password=six-red-tapirs"),
		303);
	assert_leads_to(&here, "/accounts/profile/");
	assert_int_equal(browser_get(&here, "/accounts/profile/"), 200);
	assert_says(&here, "id=\"flash\"");
	assert_int_equal(browser_get(&there, "/accounts/profile/"), 303);
	browser_finish(&there);
	browser_finish(&here);
	(void)state;
}

/* The value of the button's field "session"; one is on the page. */
static char *other_session(const struct browser *browser)
{
	struct str field = STR("name=\"session\" value=\"");
	const char *found = memmem(
		browser->answer.body.data, browser->answer.body.len, field.data, field.len);
	struct str rest;

	assert_non_null(found);
	rest = str_skip(
		browser->answer.body, (size_t)(found - browser->answer.body.data) + field.len);
	return str_dup(str_range(rest.data, str_find(rest, '"')));
}

static void session_is_ended_from_another_one(void **state)
{
	struct browser here = { .agent = "<script>" }, there = { .agent = FIREFOX };
	struct buf fields = { 0 };
	char *id;

	register_as(&here, "sara");
	browser_get(&here, "/accounts/sessions/");
	assert_says(&here, "This one");
	assert_says(&here, "Unknown browser");
	assert_false(says(&here, "name=\"session\""));
	assert_false(says(&here, "name=\"others\""));
	log_in_as(&there, "sara");
	browser_get(&here, "/accounts/sessions/");
	assert_says(&here, "Firefox \xc2\xb7 Linux");
	assert_says(&here, "192.0.2.1");
	assert_says(&here, "name=\"others\"");
	id = other_session(&here);
	buf_append_format(&fields, "&session=%s", id);
	browser_post(&here, "/accounts/sessions/", buf_text(&fields));
	assert_leads_to(&here, "/accounts/sessions/");
	browser_get(&here, "/accounts/sessions/");
	assert_false(says(&here, "Firefox"));
	assert_says(&here, "id=\"flash\"");
	assert_int_equal(browser_get(&there, "/accounts/profile/"), 303);
	mem_free(id);
	buf_finish(&fields);
	browser_finish(&there);
	browser_finish(&here);
	(void)state;
}

static void all_other_sessions_are_ended_at_once(void **state)
{
	struct browser here = { 0 }, there = { .agent = FIREFOX };

	register_as(&here, "otto");
	log_in_as(&there, "otto");
	browser_get(&here, "/accounts/sessions/");
	browser_post(&here, "/accounts/sessions/", "&others=1");
	assert_leads_to(&here, "/accounts/sessions/");
	assert_int_equal(browser_get(&here, "/accounts/profile/"), 200);
	assert_int_equal(browser_get(&there, "/accounts/profile/"), 303);
	browser_finish(&there);
	browser_finish(&here);
	(void)state;
}

static void room_page_says_whose_it_is(void **state)
{
	struct browser browser = { 0 };
	char tag[64];
	const char *found;

	browser_get(&browser, "/chat/lobby/");
	assert_says(&browser, "\"isGuest\": true");
	assert_says(&browser, "id=\"guest-part\"");
	register_as(&browser, "rosa");
	browser_get(&browser, "/chat/lobby/");
	assert_says(&browser, "\"isGuest\": false");
	assert_says(&browser, "id=\"account-part\"");
	found = memmem(browser.answer.body.data, browser.answer.body.len, "\"identity\": \"", 13);
	assert_non_null(found);
	assert_int_equal(sscanf(found, "\"identity\": \"%63[^\"]", tag), 1);
	assert_true(strlen(tag) > 8);
	browser_get(&browser, "/chat/other/");
	assert_says(&browser, tag);
	browser_finish(&browser);
	(void)state;
}

/* The file that is opened next is none. */
static void accounts_that_cannot_be_read_are_asked_for_later(void **state)
{
	static const char *const uris[] = { "/accounts/profile/", "/accounts/password/",
		"/accounts/sessions/", "/accounts/register/" };
	struct buf path = { 0 }, away = { 0 };
	struct browser browser = { 0 };
	struct str wait;

	register_as(&browser, "ulla");
	config_path(&config, &path, "accounts.db");
	config_path(&config, &away, "accounts.away");
	assert_int_equal(rename(buf_text(&path), buf_text(&away)), 0);
	assert_int_equal(mkdir(buf_text(&path), 0700), 0);
	for (size_t i = 0; i < COUNT(uris); i++) {
		assert_int_equal(browser_get(&browser, uris[i]), 503);
		assert_int_equal(answer_header(&browser.answer, "Retry-After", &wait), 1);
		assert_says(&browser, "Try again");
	}
	assert_int_equal(rmdir(buf_text(&path)), 0);
	assert_int_equal(rename(buf_text(&away), buf_text(&path)), 0);
	assert_int_equal(browser_get(&browser, "/accounts/profile/"), 200);
	buf_finish(&away);
	buf_finish(&path);
	browser_finish(&browser);
	(void)state;
}

/* Of somebody whom the web server has logged in. */
static void name_that_is_given_is_not_changed(void **state)
{
	static view_fn *const views[] = { view_name_form, view_name_change };

	for (size_t i = 0; i < COUNT(views); i++) {
		struct request request = { .language = translations[0],
			.identity = { .kind = IDENTITY_REMOTE, .user = { .name = "ann" } } };
		struct response response = { 0 };

		assert_int_equal(views[i](visitor_app(), &request, &response), 403);
		assert_non_null(memmem(response.body.data, response.body.len, "<bdi>ann</bdi></p>",
			strlen("<bdi>ann</bdi></p>")));
		response_finish(&response);
	}
	(void)state;
}

static void logout_page_asks_first(void **state)
{
	struct browser browser = { 0 };

	assert_int_equal(browser_get(&browser, "/accounts/logout/"), 200);
	assert_says(&browser, "You are not logged in.");
	register_as(&browser, "olga");
	assert_int_equal(browser_get(&browser, "/accounts/logout/"), 200);
	assert_says(&browser, "You are logged in as olga.");
	assert_int_equal(browser_get(&browser, "/accounts/profile/"), 200);
	browser_finish(&browser);
	(void)state;
}

static void wait_is_told_in_one_unit(void **state)
{
	static const struct {
		enum verdict_kind kind;
		int64_t retry_after_seconds, minutes, seconds;
	} rows[] = {
		{ VERDICT_PENALTY, 1, 0, 1 },
		{ VERDICT_PENALTY, 119, 0, 119 },
		{ VERDICT_PENALTY, 120, 2, 0 },
		{ VERDICT_PENALTY, 121, 3, 0 },
		{ VERDICT_BUSY, 5, 0, 0 },
		{ VERDICT_DONE, 0, 0, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct verdict verdict = { rows[i].kind, 429, "", rows[i].retry_after_seconds };

		assert_int_equal(form_wait_minutes(&verdict), rows[i].minutes);
		assert_int_equal(form_wait_seconds(&verdict), rows[i].seconds);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_registers_is_logged_in_and_told_once),
		cmocka_unit_test(wrong_registration_is_shown_beside_its_field),
		cmocka_unit_test(guest_is_told_what_an_account_keeps),
		cmocka_unit_test(every_wrong_login_gets_the_same_answer),
		cmocka_unit_test(login_leads_to_pages_of_this_site_only),
		cmocka_unit_test(who_is_logged_in_is_not_asked_again),
		cmocka_unit_test(every_page_of_an_account_can_log_out),
		cmocka_unit_test(pages_of_guests_offer_the_ways_in_and_back),
		cmocka_unit_test(closed_site_offers_no_registration),
		cmocka_unit_test(profile_says_who_one_is),
		cmocka_unit_test(name_of_somebody_else_is_refused),
		cmocka_unit_test(new_password_ends_all_other_sessions),
		cmocka_unit_test(session_is_ended_from_another_one),
		cmocka_unit_test(all_other_sessions_are_ended_at_once),
		cmocka_unit_test(room_page_says_whose_it_is),
		cmocka_unit_test(accounts_that_cannot_be_read_are_asked_for_later),
		cmocka_unit_test(name_that_is_given_is_not_changed),
		cmocka_unit_test(logout_page_asks_first),
		cmocka_unit_test(wait_is_told_in_one_unit),
		cmocka_unit_test(too_many_tries_are_told_how_long_to_wait),
	};

	return cmocka_run_group_tests(tests, start, visitor_stop);
}
