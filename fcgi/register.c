/* SPDX-License-Identifier: MIT */
/* What is wrong with a form is said before anything is hashed. The hash costs what one for a wrong
 * password does, and here it is not given back: who registers by the hundred is slowed down. */
#include "fcgi/register.h"

#include <string.h>

#include "common/guest.h"
#include "common/password.h"
#include "common/store/invites.h"
#include "fcgi/attempt.h"

#define INVITE_SIZE 32 /* the random bytes of a link */

/* False for what no link of ours carries. */
static bool hash_invite(struct str text, uint8_t hash_out[static INVITE_HASH_SIZE])
{
	uint8_t token[INVITE_SIZE];
	size_t len;

	if (!crypto_base64_decode(text, token, sizeof(token), &len) || len != sizeof(token))
		return false;
	crypto_sha256(str_range((const char *)token, len), hash_out);
	return true;
}

static bool is_by_invite(const struct config *config)
{
	return strcmp(config->site_registration, "invite") == 0;
}

/* Whether anybody, or who has this invite, may register. */
static enum verdict_kind admit(
	struct attempt *attempt, struct str invite_text, uint8_t hash_out[static INVITE_HASH_SIZE])
{
	const struct config *config = attempt->app->config;
	struct invite invite;
	bool is_found = false;
	enum verdict_kind kind = VERDICT_DONE;

	if (strcmp(config->site_registration, "closed") == 0)
		return VERDICT_CLOSED;
	if (attempt->accounts == NULL)
		return VERDICT_UNREADABLE;
	if (!is_by_invite(config))
		return VERDICT_DONE;
	if (hash_invite(invite_text, hash_out))
		kind = attempt_judge(attempt, invites_find(attempt->accounts, hash_out,
						      attempt->now_ms, &invite, &is_found));
	return kind == VERDICT_DONE && !is_found ? VERDICT_NO_INVITE : kind;
}

struct verdict register_judge(struct app *app, struct response *response, struct str invite)
{
	uint8_t invite_hash[INVITE_HASH_SIZE];
	struct attempt attempt;

	attempt_begin(&attempt, NULL, app, NULL, response);
	return attempt_end(&attempt, admit(&attempt, invite, invite_hash));
}

static enum verdict_kind check_name_is_free(struct attempt *attempt, struct str name)
{
	uint8_t owner[USER_ID_SIZE];
	bool is_taken = false;
	enum verdict_kind kind = attempt_judge(
		attempt, accounts_find_owner(attempt->accounts, name, owner, &is_taken));

	return kind == VERDICT_DONE && is_taken ? VERDICT_NAME_TAKEN : kind;
}

static enum verdict_kind check_password(
	struct attempt *attempt, struct str password, struct str username)
{
	attempt->sentence = password_problem(password, username);
	return attempt->sentence == NULL ? VERDICT_DONE : VERDICT_BAD_PASSWORD;
}

static enum verdict_kind check(
	struct attempt *attempt, const struct register_form *form, struct buf *username)
{
	enum verdict_kind kind = attempt_read_name(attempt, form->username, username);

	if (kind == VERDICT_DONE)
		kind = check_password(attempt, form->password, buf_str(username));
	return kind == VERDICT_DONE ? check_name_is_free(attempt, buf_str(username)) : kind;
}

/* A guest who has been here keeps the id; all others get one of nobody's. */
static void choose_id(const struct identity *identity, uint8_t id_out[static USER_ID_SIZE])
{
	struct user nobody;

	guest_create(&nobody);
	memcpy(id_out,
		identity->kind == IDENTITY_GUEST && !identity->guest_is_new ? identity->user.id
									    : nobody.id,
		USER_ID_SIZE);
}

/* username fits: NAME_PERSON_MAX code points do by definition. */
static void fill_account(
	const struct attempt *attempt, const char *username, struct account *account_out)
{
	*account_out = (struct account){ .is_active = true, .joined_ms = attempt->now_ms };
	choose_id(&attempt->request->identity, account_out->user.id);
	strcpy(account_out->username, username);
	strcpy(account_out->user.name, username);
}

static enum verdict_kind add(struct attempt *attempt, const struct register_form *form,
	const char *username, const uint8_t *invite_hash)
{
	enum account_result result = ACCOUNT_CHANGED;
	struct account account;
	enum verdict_kind kind = attempt_charge(attempt, str_from(username));

	fill_account(attempt, username, &account);
	if (kind == VERDICT_DONE)
		kind = attempt_hash(attempt, form->password, account.password);
	if (kind == VERDICT_DONE)
		kind = attempt_judge_change(attempt,
			accounts_add(attempt->accounts, &account, invite_hash, &result), &result);
	return kind == VERDICT_DONE ? attempt_log_in(attempt, &account, account.password) : kind;
}

struct verdict register_attempt(struct app *app, struct request *request, struct response *response,
	const struct register_form *form)
{
	uint8_t invite_hash[INVITE_HASH_SIZE];
	struct buf username = { 0 };
	struct attempt attempt;
	struct verdict verdict;
	enum verdict_kind kind;

	attempt_begin(&attempt, "register", app, request, response);
	kind = admit(&attempt, form->invite, invite_hash);
	if (kind == VERDICT_DONE)
		kind = check(&attempt, form, &username);
	if (kind == VERDICT_DONE)
		kind = add(&attempt, form, buf_text(&username),
			is_by_invite(app->config) ? invite_hash : NULL);
	verdict = attempt_end(&attempt, kind);
	buf_finish(&username);
	return verdict;
}
