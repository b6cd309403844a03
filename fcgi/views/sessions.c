/* SPDX-License-Identifier: MIT */
/* Where one is logged in, and the way out of each of those places. */
#include "templates/sessions.h"
#include "common/base/mem.h"
#include "fcgi/account.h"
#include "fcgi/url_code.h"
#include "fcgi/views/agent.h"
#include "fcgi/views/page.h"
#include "fcgi/views/views.h"

#define SESSIONS_SHOWN_MAX 100

struct times {
	struct page_time created, seen;
};

/* The texts stay in session and times. */
static struct template_sessions_sessions row_of(
	const struct account_session *session, struct times *times)
{
	struct agent_words agent = agent_describe(str_from(session->agent));

	times->created = page_time(session->created_ms);
	times->seen = page_time(session->seen_ms);
	return (struct template_sessions_sessions){
		.id = str_from(session->id.text),
		.is_current = session->is_current,
		.browser = str_from(agent.browser),
		.system = str_from(agent.system),
		.address = str_from(session->address),
		.created_time = str_from(times->created.iso),
		.created_minute = str_from(times->created.minute),
		.seen_time = str_from(times->seen.iso),
		.seen_minute = str_from(times->seen.minute),
	};
}

static void show(struct app *app, struct request *request, struct response *response,
	const struct account_session *sessions, size_t count)
{
	struct template_sessions_sessions rows[SESSIONS_SHOWN_MAX];
	struct times times[SESSIONS_SHOWN_MAX];
	struct buf url = { 0 };
	struct page_frame frame;

	for (size_t i = 0; i < count; i++)
		rows[i] = row_of(&sessions[i], &times[i]);
	page_begin(&frame, app, request, response);
	template_sessions(
		&frame.render, &(struct template_sessions){
				       PAGE_COMMON(&frame),
				       .title = page_translate(&frame, "Where you are logged in"),
				       .sessions_url = page_url(app, request, "sessions", &url),
				       .has_others = count > 1,
				       .sessions = rows,
				       .sessions_count = count,
			       });
	page_end(&frame);
	buf_finish(&url);
}

int view_sessions(struct app *app, struct request *request, struct response *response)
{
	struct account_session *sessions = mem_alloc_array(SESSIONS_SHOWN_MAX, sizeof(*sessions));
	size_t count = 0;
	struct verdict verdict = account_list_sessions(
		app, request, response, sessions, SESSIONS_SHOWN_MAX, &count);
	int status = 200;

	if (verdict.kind == VERDICT_DONE)
		show(app, request, response, sessions, count);
	else
		status = view_error(app, request, response, verdict.status, verdict.sentence);
	mem_free(sessions);
	return status;
}

static struct verdict end(struct app *app, struct request *request, struct response *response)
{
	struct buf id = { 0 };
	struct verdict verdict;
	size_t count;

	if (url_find_field(request->body, "session", &id)) {
		verdict = account_end_session(app, request, response, buf_str(&id));
		if (verdict.kind == VERDICT_DONE)
			flash_add(app, request, FLASH_SESSION_ENDED);
	} else {
		verdict = account_end_other_sessions(app, request, response, &count);
		if (verdict.kind == VERDICT_DONE)
			flash_add(app, request, FLASH_SESSIONS_ENDED);
	}
	buf_finish(&id);
	return verdict;
}

int view_sessions_end(struct app *app, struct request *request, struct response *response)
{
	struct verdict verdict = end(app, request, response);
	struct buf url = { 0 };
	int status;

	if (verdict.kind != VERDICT_DONE)
		return view_error(app, request, response, verdict.status, verdict.sentence);
	status = response_redirect(response, 303, page_url(app, request, "sessions", &url));
	buf_finish(&url);
	return status;
}
