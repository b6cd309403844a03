/* SPDX-License-Identifier: MIT */
/* New accounts. An invitation's link carries its word in the query; the form carries it on. */
#include "fcgi/register.h"

#include "fcgi/views/form.h"
#include "fcgi/views/views.h"
#include "templates/register.h"

/* What the form has been filled with so far. */
struct filled {
	struct str username;
	struct str invite;
};

static int show(struct app *app, struct request *request, struct response *response,
	const struct filled *filled, const struct verdict *verdict)
{
	const struct identity *identity = &request->identity;
	struct page_frame frame;

	page_begin(&frame, app, request, response);
	page_read_next(app, request,
		request->method == METHOD_POST ? request->body : request->query, &frame.back);
	template_register(&frame.render,
		&(struct template_register){
			PAGE_COMMON(&frame),
			FORM_PROBLEM(&frame, verdict),
			.title = page_translate(&frame, "Register"),
			.username = filled->username,
			.username_problem = form_problem(&frame, verdict, FORM_USERNAME),
			.password_problem = form_problem(&frame, verdict, FORM_NEW_PASSWORD),
			.invite = filled->invite,
			.guest_name = str_from(identity->guest_is_new ? "" : identity->user.name),
		});
	page_end(&frame);
	return verdict->status;
}

int view_register_form(struct app *app, struct request *request, struct response *response)
{
	struct buf invite = { 0 };
	struct verdict verdict;
	int status;

	if (request->identity.kind != IDENTITY_GUEST)
		return page_go_back(app, request, response, request->query);
	page_read_field(request->query, "invite", &invite);
	verdict = register_judge(app, response, buf_str(&invite));
	if (verdict.kind == VERDICT_DONE)
		status = show(app, request, response,
			&(struct filled){ .invite = buf_str(&invite) }, &form_is_new);
	else
		status = view_error(app, request, response, verdict.status, verdict.sentence);
	buf_finish(&invite);
	return status;
}

static bool is_final(enum verdict_kind kind)
{
	return kind == VERDICT_CLOSED || kind == VERDICT_NO_INVITE;
}

static int take(struct app *app, struct request *request, struct response *response,
	const struct register_form *form)
{
	struct verdict verdict = register_attempt(app, request, response, form);

	if (verdict.kind == VERDICT_DONE) {
		flash_add(app, request, FLASH_REGISTERED);
		return page_go_back(app, request, response, request->body);
	}
	if (is_final(verdict.kind))
		return view_error(app, request, response, verdict.status, verdict.sentence);
	return show(
		app, request, response, &(struct filled){ form->username, form->invite }, &verdict);
}

int view_register(struct app *app, struct request *request, struct response *response)
{
	struct buf username = { 0 }, password = { 0 }, invite = { 0 };
	int status;

	page_read_field(request->body, "username", &username);
	page_read_field(request->body, "password", &password);
	page_read_field(request->body, "invite", &invite);
	status = take(app, request, response,
		&(struct register_form){
			buf_str(&username), buf_str(&password), buf_str(&invite) });
	buf_finish(&invite);
	buf_finish(&password);
	buf_finish(&username);
	return status;
}
