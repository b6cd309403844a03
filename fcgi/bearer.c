/* SPDX-License-Identifier: MIT */
/* A good key costs a read, and once a minute a write; a wrong one a write, until its address is
 * refused. Logs name keys by their ids. A channel is in no room: a key for some rooms never has its
 * scope (fcgi/manage/api_key.c), so that the names of both are looked at in one way. */
#include "fcgi/bearer.h"

#include <inttypes.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/room_name.h"
#include "common/store/api_keys.h"
#include "common/store/penalties.h"

/* What is shown, and what comes of it. */
struct showing {
	struct request *request;
	int64_t id; /* 0: no key at all */
	uint8_t secret[API_KEY_SECRET_SIZE];
	int64_t now_ms;
	int64_t cap_ms;
	int64_t wait_ms; /* after too many wrong ones */
	enum store_problem problem;
};

static bool read_token(struct str authorization, struct str *token_out)
{
	struct str scheme;

	if (!str_next(&authorization, ' ', &scheme) ||
		!str_equals_ignore_case(scheme, STR_OF("Bearer")))
		return false;
	*token_out = str_trim(authorization);
	return token_out->len > 0;
}

/* Whether it is the secret of a key that is good. */
static bool is_good(struct showing *showing, struct accounts *accounts)
{
	struct api_key *key = &showing->request->key;
	bool is_found;

	showing->problem = api_keys_find(accounts, showing->id, key, &is_found);
	return showing->problem == STORE_OK && is_found &&
	       api_key_has_secret(key, showing->secret) && !api_key_is_over(key, showing->now_ms);
}

/* Returns the code of its refusal. */
static const char *charge(struct showing *showing, struct accounts *accounts)
{
	struct penalty_try attempt = {
		.is_key = true,
		.source = showing->request->client,
		.now_ms = showing->now_ms,
		.cap_ms = showing->cap_ms,
	};
	struct log_quoted client;

	log_info("event=api_key result=wrong key=%" PRId64 " client=%s", showing->id,
		log_quote(&client, showing->request->client));
	showing->problem = penalties_charge(accounts, &attempt, &showing->wait_ms);
	if (showing->problem != STORE_OK)
		return "unreadable";
	return showing->wait_ms > 0 ? "too_many_tries" : "invalid_token";
}

/* NULL, or the code of its refusal. */
static const char *judge(struct showing *showing, struct accounts *accounts)
{
	if (accounts == NULL)
		return "unreadable";
	if (showing->id > 0 && is_good(showing, accounts)) {
		/* Nobody waits for it: what stands against it stands against more than this. */
		showing->problem = api_keys_touch(
			accounts, &showing->request->key, showing->now_ms);
		return NULL;
	}
	showing->request->key = (struct api_key){ 0 };
	return showing->problem == STORE_OK ? charge(showing, accounts) : "unreadable";
}

static const char *find_key(struct app *app, struct showing *showing, struct str token)
{
	struct accounts *accounts = pool_borrow(app->accounts, &showing->problem);
	const char *code;

	if (!api_key_read(token, &showing->id, showing->secret))
		showing->id = 0;
	code = judge(showing, accounts);
	pool_return(app->accounts, accounts, showing->problem);
	crypto_wipe(showing->secret, sizeof(showing->secret));
	return code;
}

/* A name that is none is for the view to refuse. */
static bool opens_room(const struct api_key *key, struct str typed)
{
	struct buf name = { 0 };
	bool is_open = room_name_normalize(typed, &name) != NAME_OK ||
		       api_key_opens_room(key, buf_str(&name));

	buf_finish(&name);
	return is_open;
}

/* NULL, or the code of its refusal. */
static const char *judge_use(struct app *app, struct showing *showing, const struct url *url)
{
	const struct api_key *key = &showing->request->key;

	showing->wait_ms = app_throttle_key(app, key->id, 1);
	if (showing->wait_ms > 0)
		return "too_fast";
	if (!api_key_has_scope(key, url->scope))
		return "insufficient_scope";
	return showing->request->room.len == 0 || opens_room(key, buf_str(&showing->request->room))
		       ? NULL
		       : "wrong_room";
}

bool bearer_admit(struct app *app, struct request *request, const struct url *url,
	struct refusal *refusal_out)
{
	struct showing showing = {
		.request = request,
		.now_ms = clock_wall_ms(),
		.cap_ms = app->config->limits_login_penalty_seconds * 1000,
	};
	const char *code = NULL;
	struct str token;

	if (read_token(request->variables.authorization, &token)) {
		code = find_key(app, &showing, token);
		if (code == NULL)
			code = judge_use(app, &showing, url);
	} else if ((url->flags & URL_KEY) != 0) {
		code = "key_required";
	}
	if (code == NULL)
		return true;
	*refusal_out = refusal_for(code, NULL);
	if (showing.wait_ms > 0)
		refusal_out->retry_after_seconds = (showing.wait_ms + 999) / 1000;
	return false;
}

void bearer_challenge(
	const struct refusal *refusal, const struct url *url, struct response *response)
{
	struct buf value = { 0 };

	buf_append_text(&value, "Bearer realm=\"roomwire\"");
	if (str_is(refusal->code, "invalid_token")) {
		buf_append_text(&value, ", error=\"invalid_token\"");
	} else if (str_is(refusal->code, "insufficient_scope")) {
		buf_append_text(&value, ", error=\"insufficient_scope\", scope=\"");
		api_scopes_write(url->scope, &value);
		buf_append_char(&value, '"');
	}
	if (refusal->status == 401 || str_is(refusal->code, "insufficient_scope"))
		response_add_header(response, "WWW-Authenticate", buf_str(&value));
	buf_finish(&value);
}
