/* SPDX-License-Identifier: MIT */
#include "fcgi/views/admin/desk.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/name_key.h"
#include "fcgi/refusal.h"
#include "fcgi/views/admin/page.h"
#include "fcgi/views/refused.h"

/* What only an admin can bring about. */
static const struct {
	const char *code;
	const char *sentence;
} refusals[] = {
	{ "unknown_op", MESSAGE("The broker cannot do that yet: it is older than these pages.") },
	{ "no_channel", MESSAGE("This connection is gone already.") },
};

bool desk_open_for(struct admin_desk *desk, struct app *app, struct request *request,
	struct response *response, const struct audit_author *author)
{
	*desk = (struct admin_desk){
		.app = app,
		.request = request,
		.response = response,
		.author = *author,
		.now_ms = clock_wall_ms(),
	};
	desk->accounts = pool_borrow(app->accounts, &desk->problem);
	if (desk->accounts != NULL)
		accounts_set_author(desk->accounts, &desk->author);
	return desk->accounts != NULL;
}

bool desk_open(struct admin_desk *desk, struct app *app, struct request *request,
	struct response *response)
{
	const struct user *admin = &request->identity.user;
	const struct audit_author author = { admin->id, str_from(admin->name), "admin" };

	return desk_open_for(desk, app, request, response, &author);
}

void desk_close(struct admin_desk *desk)
{
	accounts_set_author(desk->accounts, NULL);
	pool_return(desk->app->accounts, desk->accounts, desk->problem);
}

const char *desk_judge(struct admin_desk *desk, enum store_problem problem)
{
	if (problem == STORE_OK)
		return NULL;
	desk->problem = problem;
	desk->code = store_problem_code(problem);
	return store_problem_sentence(problem);
}

const char *desk_judge_history(
	struct admin_desk *desk, enum store_problem problem, const char *sentence)
{
	if (problem == STORE_OK)
		return NULL;
	desk->code = store_problem_code(problem);
	return sentence;
}

bool desk_is_own(const struct admin_desk *desk, const uint8_t user[static USER_ID_SIZE])
{
	return desk->author.user != NULL && memcmp(desk->author.user, user, USER_ID_SIZE) == 0;
}

const char *desk_note(struct admin_desk *desk, const char *action, struct str room,
	struct str subject, struct str detail)
{
	const struct audit_row row = {
		.time_ms = desk->now_ms,
		.actor = desk->author.user,
		.actor_name = desk->author.name,
		.via = str_from(desk->author.via),
		.action = str_from(action),
		.room = room,
		.subject = subject,
		.detail = detail,
	};

	if (desk_judge(desk, audit_add(desk->accounts, &row)) == NULL)
		return NULL;
	return MESSAGE("It is done, but could not be written into the audit log.");
}

/* The session counts only where it is the admin's own that asks. */
static struct subject subject_of(const struct admin_desk *desk)
{
	const struct identity *identity = &desk->request->identity;
	bool is_own = desk->request->key.id == 0 && identity->kind == IDENTITY_ACCOUNT;

	return (struct subject){ .user = desk->author.user,
		.session = is_own ? identity->session.key_hash : NULL,
		.address = desk->request->client };
}

const char *desk_order(struct admin_desk *desk, const struct order *order)
{
	const struct subject actor = subject_of(desk);
	struct order whole = *order;
	enum moderation_result result = MODERATION_FORBIDDEN;
	const char *problem;

	whole.actor = desk->author.user == NULL ? NULL : &actor;
	whole.actor_name = desk->author.name;
	whole.via = desk->author.via;
	problem = desk_judge(desk, moderation_order(desk->accounts, &whole, desk->now_ms, &result));
	if (problem != NULL || result == MODERATION_DONE)
		return problem;
	desk->code = moderation_result_code(result);
	return moderation_result_sentence(result);
}

void desk_add_author(const struct admin_desk *desk, struct json_writer *writer)
{
	json_add_string(writer, "via", str_from(desk->author.via));
	json_add_string(writer, "user", desk->author.name);
	if (desk->author.user != NULL)
		json_add_bytes(writer, "user_id", desk->author.user, USER_ID_SIZE);
}

static const char *sentence_of(const struct json *answer)
{
	struct str code = desk_text_of(answer, "error");

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (str_is(code, refusals[i].code))
			return refusals[i].sentence;
	}
	return refused_sentence(code);
}

struct json *desk_ask(struct admin_desk *desk, const struct buf *request, int timeout_ms,
	const char **sentence_out)
{
	bool is_sent, is_ok = false;
	struct json *answer = app_ask(desk->app, buf_str(request), timeout_ms, &is_sent);
	struct refusal refusal = refusal_of(answer, is_sent);

	if (answer != NULL && json_get_bool(json_find(answer, "ok"), &is_ok) && is_ok)
		return answer;
	desk->code = refusal_keep(&refusal).code.data;
	*sentence_out = answer != NULL ? sentence_of(answer)
			: is_sent      ? MESSAGE("The broker has not answered in time.")
				       : MESSAGE("The broker is away at the moment.");
	json_destroy(answer);
	return NULL;
}

const char *desk_tell(struct admin_desk *desk, const struct buf *request)
{
	const char *sentence = NULL;

	json_destroy(desk_ask(desk, request, APP_COMMIT_MS, &sentence));
	return sentence;
}

bool desk_has_part(struct str text, struct str part)
{
	struct buf text_key = { 0 }, part_key = { 0 };
	bool has_part = part.len == 0;

	if (!has_part && text.len > 0) {
		name_write_key(text, &text_key);
		name_write_key(part, &part_key);
		has_part = memmem(text_key.data, text_key.len, part_key.data, part_key.len) != NULL;
	}
	buf_finish(&part_key);
	buf_finish(&text_key);
	return has_part;
}

struct str desk_text_of(const struct json *object, const char *key)
{
	struct str text = STR("");

	json_get_string(json_find(object, key), &text);
	return text;
}

int64_t desk_number_of(const struct json *object, const char *key)
{
	int64_t number = 0;

	json_get_integer(json_find(object, key), &number);
	return number;
}
