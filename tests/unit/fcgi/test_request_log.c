/* SPDX-License-Identifier: MIT */
/* Lines of the log say who and what, and nothing that opens a door: no cookie, no query, no word
 * that was typed into a form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/base/log.h"
#include "fcgi/account.h"
#include "fcgi/login.h"
#include "tests/support/visitor.h"

#define LOG_BYTES_MAX 8192

/* Standard error goes into a file of memory meanwhile. */
struct listener {
	int before;
	int file;
	char text[LOG_BYTES_MAX];
};

static void listen_begin(struct listener *listener)
{
	fflush(stderr);
	listener->before = dup(STDERR_FILENO);
	listener->file = memfd_create("log", MFD_CLOEXEC);
	assert_true(listener->before >= 0 && listener->file >= 0);
	assert_int_equal(dup2(listener->file, STDERR_FILENO), STDERR_FILENO);
	log_set_level(LOG_LEVEL_INFO);
}

static void listen_end(struct listener *listener)
{
	ssize_t len;

	log_set_level(LOG_LEVEL_ERROR);
	fflush(stderr);
	dup2(listener->before, STDERR_FILENO);
	len = pread(listener->file, listener->text, sizeof(listener->text) - 1, 0);
	assert_true(len > 0);
	listener->text[len] = '\0';
	close(listener->file);
	close(listener->before);
}

static bool heard(const struct listener *listener, const char *text)
{
	return strstr(listener->text, text) != NULL;
}

static void request_is_logged_with_who_and_without_what_opens_doors(void **state)
{
	struct listener listener;
	struct answer answer = { 0 };
	struct buf cookie = { 0 };
	struct account_log_name name;
	struct identity identity;
	struct account ann;

	visitor_account(&ann, '1', "Ann");
	visitor_session_cookie(&ann, &identity, &cookie);
	listen_begin(&listener);
	visitor_visit(&(struct visit){ .uri = "/chat/?room=x&invite=s3cr3t",
			      .cookie = buf_text(&cookie) },
		&answer);
	listen_end(&listener);
	account_log_name(&name, &visitor_app()->secret, &identity);
	assert_true(heard(&listener, "event=request "));
	assert_true(heard(&listener, name.text));
	assert_false(heard(&listener, "s3cr3t"));
	assert_false(heard(&listener, strchr(cookie.data, '=') + 1));
	buf_finish(&cookie);
	answer_finish(&answer);
	(void)state;
}

static void log_in(const char *username, const char *password, struct identity *identity_out)
{
	const struct identity guest = { .user = { .name = "guest-0000" }, .guest_is_new = true };
	struct request request = visitor_request(&guest, "192.0.2.7");
	struct response response = { 0 };
	struct verdict verdict = login_attempt(visitor_app(), &request, &response,
		&(struct login_form){ str_from(username), str_from(password) });

	(void)verdict;
	*identity_out = request.identity;
	response_finish(&response);
}

static void login_is_logged_without_what_was_typed(void **state)
{
	struct listener listener;
	struct account_log_name name;
	struct identity identity;
	struct account bob;

	visitor_account(&bob, '2', "Bob");
	listen_begin(&listener);
	log_in("my passw0rd", "another s3cr3t", &identity);
	listen_end(&listener);
	assert_true(heard(&listener, "event=hash result=done "));
	assert_true(heard(&listener, "event=login result=wrong_login client=\"192.0.2.7\"\n"));
	assert_false(heard(&listener, "passw0rd"));
	assert_false(heard(&listener, "s3cr3t"));
	listen_begin(&listener);
	log_in("Bob", VISITOR_PASSWORD, &identity);
	listen_end(&listener);
	account_log_name(&name, &visitor_app()->secret, &identity);
	assert_true(heard(&listener, "event=login result=done client=\"192.0.2.7\" user="));
	assert_true(heard(&listener, name.text));
	assert_false(heard(&listener, VISITOR_PASSWORD));
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_is_logged_with_who_and_without_what_opens_doors),
		cmocka_unit_test(login_is_logged_without_what_was_typed),
	};

	return cmocka_run_group_tests(tests, visitor_start, visitor_stop);
}
