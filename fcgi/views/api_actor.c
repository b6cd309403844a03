/* SPDX-License-Identifier: MIT */
#include "fcgi/views/api_actor.h"

#include <stdio.h>

#include "common/base/crypto.h"
#include "common/name.h"
#include "fcgi/views/page.h"

static void be_site(const struct request *request, struct api_actor *actor)
{
	actor->is_site = true;
	snprintf(actor->user.name, sizeof(actor->user.name), "%s", request->key.name);
}

static void be_guest(struct api_actor *actor)
{
	actor->is_guest = true;
	crypto_random(actor->user.id, sizeof(actor->user.id));
	snprintf(actor->user.name, sizeof(actor->user.name), "%s", API_GUEST);
}

/* NULL, or the code of the refusal. */
static const char *be_account(struct app *app, struct str username, struct api_actor *actor)
{
	enum store_problem problem;
	struct accounts *accounts = pool_borrow(app->accounts, &problem);
	struct account account;
	bool is_found = false;

	if (accounts != NULL)
		problem = accounts_find_username(accounts, username, &account, &is_found);
	pool_return(app->accounts, accounts, problem);
	if (accounts == NULL || problem != STORE_OK)
		return "unreadable";
	if (!is_found)
		return "nobody";
	actor->user = account.user;
	actor->is_superuser = account.is_superuser;
	return account.is_active ? NULL : "banned";
}

static const char *be_somebody(
	struct app *app, const struct request *request, struct str typed, struct api_actor *actor)
{
	struct buf name = { 0 };
	const char *code = NULL;

	if (!api_key_has_scope(&request->key, API_ADMIN))
		code = "insufficient_scope";
	else if (str_is(typed, API_GUEST))
		be_guest(actor);
	else if (name_normalize(typed, NAME_PERSON_MAX, &name) != NAME_OK)
		code = "nobody";
	else
		code = be_account(app, buf_str(&name), actor);
	buf_finish(&name);
	return code;
}

bool api_actor_read(struct app *app, const struct request *request, struct str fields,
	struct api_actor *actor_out, struct refusal *refusal_out)
{
	struct buf typed = { 0 };
	const char *code = NULL;

	*actor_out = (struct api_actor){ 0 };
	page_read_field(fields, "as", &typed);
	if (typed.len == 0)
		be_site(request, actor_out);
	else
		code = be_somebody(app, request, buf_str(&typed), actor_out);
	buf_finish(&typed);
	if (code != NULL)
		*refusal_out = refusal_for(code, NULL);
	return code == NULL;
}
