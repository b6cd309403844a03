/* SPDX-License-Identifier: MIT */
/* One's own account: who one is here, and the password. */
#include "fcgi/account.h"

#include "fcgi/views/form.h"
#include "fcgi/views/views.h"
#include "templates/password.h"
#include "templates/profile.h"

static void show_profile(struct app *app, struct request *request, struct response *response,
	const struct account *account)
{
	struct buf name_url = { 0 }, password_url = { 0 }, sessions_url = { 0 };
	struct page_time joined = page_time(account->joined_ms);
	struct page_frame frame;

	page_begin(&frame, app, request, response);
	template_profile(&frame.render,
		&(struct template_profile){
			PAGE_COMMON(&frame),
			.title = page_translate(&frame, "Your account"),
			.username = str_from(account->username),
			.joined_time = str_from(joined.iso),
			.joined_minute = str_from(joined.minute),
			.name_url = page_url(app, request, "name", &name_url),
			.password_url = page_url(app, request, "password", &password_url),
			.sessions_url = page_url(app, request, "sessions", &sessions_url),
		});
	page_end(&frame);
	buf_finish(&sessions_url);
	buf_finish(&password_url);
	buf_finish(&name_url);
}

int view_profile(struct app *app, struct request *request, struct response *response)
{
	struct account account;
	struct verdict verdict = account_find_own(app, request, response, &account);

	if (verdict.kind != VERDICT_DONE)
		return view_error(app, request, response, verdict.status, verdict.sentence);
	show_profile(app, request, response, &account);
	return 200;
}

static int show_password(struct app *app, struct request *request, struct response *response,
	const struct account *account, const struct verdict *verdict)
{
	struct buf password_url = { 0 };
	struct page_frame frame;

	page_begin(&frame, app, request, response);
	template_password(&frame.render,
		&(struct template_password){
			PAGE_COMMON(&frame),
			FORM_PROBLEM(&frame, verdict),
			.title = page_translate(&frame, "Change your password"),
			.username = str_from(account->username),
			.old_problem = form_problem(&frame, verdict, FORM_OLD_PASSWORD),
			.new_problem = form_problem(&frame, verdict, FORM_NEW_PASSWORD),
			.password_url = page_url(app, request, "password", &password_url),
		});
	page_end(&frame);
	buf_finish(&password_url);
	return verdict->status;
}

static int show_password_form(struct app *app, struct request *request, struct response *response,
	const struct verdict *verdict)
{
	struct account account;
	struct verdict found = account_find_own(app, request, response, &account);

	if (found.kind != VERDICT_DONE)
		return view_error(app, request, response, found.status, found.sentence);
	return show_password(app, request, response, &account, verdict);
}

int view_password_form(struct app *app, struct request *request, struct response *response)
{
	return show_password_form(app, request, response, &form_is_new);
}

int view_password(struct app *app, struct request *request, struct response *response)
{
	struct buf old_password = { 0 }, new_password = { 0 }, url = { 0 };
	struct verdict verdict;
	int status;

	page_read_field(request->body, "old_password", &old_password);
	page_read_field(request->body, "new_password", &new_password);
	verdict = account_change_password(
		app, request, response, buf_str(&old_password), buf_str(&new_password));
	if (verdict.kind == VERDICT_DONE) {
		flash_add(app, request, FLASH_PASSWORD_CHANGED);
		status = response_redirect(response, 303, page_url(app, request, "profile", &url));
	} else if (verdict.kind == VERDICT_UNREADABLE) {
		status = view_error(app, request, response, verdict.status, verdict.sentence);
	} else {
		status = show_password_form(app, request, response, &verdict);
	}
	buf_finish(&url);
	buf_finish(&new_password);
	buf_finish(&old_password);
	return status;
}
