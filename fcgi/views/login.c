/* SPDX-License-Identifier: MIT */
/* The ways in and out. A wrong login comes back with the user name, never with the password. */
#include "fcgi/login.h"

#include "fcgi/views/form.h"
#include "fcgi/views/views.h"
#include "templates/login.h"
#include "templates/logout.h"

static int show(struct app *app, struct request *request, struct response *response,
	struct str username, const struct verdict *verdict)
{
	bool is_retry = verdict->kind == VERDICT_WRONG_LOGIN;
	struct page_frame frame;

	page_begin(&frame, app, request, response);
	page_read_next(app, request,
		request->method == METHOD_POST ? request->body : request->query, &frame.back);
	template_login(&frame.render, &(struct template_login){
					      PAGE_COMMON(&frame),
					      FORM_PROBLEM(&frame, verdict),
					      .title = page_translate(&frame, "Log in"),
					      .username = username,
					      .is_retry = is_retry,
				      });
	page_end(&frame);
	return verdict->status;
}

int view_login_form(struct app *app, struct request *request, struct response *response)
{
	if (request->identity.kind != IDENTITY_GUEST)
		return page_go_back(app, request, response, request->query);
	return show(app, request, response, STR_OF(""), &form_is_new);
}

int view_login(struct app *app, struct request *request, struct response *response)
{
	struct buf username = { 0 }, password = { 0 };
	struct verdict verdict;
	int status;

	page_read_field(request->body, "username", &username);
	page_read_field(request->body, "password", &password);
	verdict = login_attempt(app, request, response,
		&(struct login_form){ buf_str(&username), buf_str(&password) });
	if (verdict.kind == VERDICT_DONE) {
		flash_add(app, request, FLASH_LOGGED_IN);
		status = page_go_back(app, request, response, request->body);
	} else {
		status = show(app, request, response, buf_str(&username), &verdict);
	}
	buf_finish(&password);
	buf_finish(&username);
	return status;
}

int view_logout_form(struct app *app, struct request *request, struct response *response)
{
	struct page_frame frame;

	page_begin(&frame, app, request, response);
	template_logout(&frame.render, &(struct template_logout){
					       PAGE_COMMON(&frame),
					       .title = page_translate(&frame, "Log out"),
				       });
	page_end(&frame);
	return 200;
}

int view_logout(struct app *app, struct request *request, struct response *response)
{
	struct verdict verdict = login_end(app, request, response);

	if (verdict.kind != VERDICT_DONE)
		return view_error(app, request, response, verdict.status, verdict.sentence);
	flash_add(app, request, FLASH_LOGGED_OUT);
	return page_go_back(app, request, response, STR_OF(""));
}
