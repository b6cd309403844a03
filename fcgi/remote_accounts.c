/* SPDX-License-Identifier: MIT */
#include "fcgi/remote_accounts.h"

#include "common/accounts_wire.h"

#define WAIT_MS 1000 /* the answer comes by another host */

bool remote_accounts_are_asked(const struct app *app)
{
	return app->config->accounts_broker[0] != '\0';
}

static struct json *ask(struct app *app, struct buf *request)
{
	bool is_sent;
	struct json *answer = app_ask(app, buf_str(request), WAIT_MS, &is_sent);

	buf_finish(request);
	return answer;
}

static enum session_state find_session(void *context,
	const uint8_t key_hash[static SESSION_HASH_SIZE], struct session *session_out)
{
	struct buf request = { 0 };
	enum session_state state;
	struct json *answer;

	accounts_wire_ask_session(key_hash, &request);
	answer = ask(context, &request);
	state = accounts_wire_read_session(answer, key_hash, session_out);
	json_destroy(answer);
	return state;
}

static bool judge_guest(
	void *context, const struct user *guest, bool *id_is_taken_out, bool *name_is_taken_out)
{
	struct buf request = { 0 };
	struct json *answer;
	bool is_judged;

	accounts_wire_ask_guest(guest, &request);
	answer = ask(context, &request);
	is_judged = accounts_wire_read_guest(answer, id_is_taken_out, name_is_taken_out);
	json_destroy(answer);
	return is_judged;
}

struct identity_oracle remote_accounts_oracle(struct app *app)
{
	return (struct identity_oracle){ find_session, judge_guest, app };
}
