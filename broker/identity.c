/* SPDX-License-Identifier: MIT */
#include "broker/identity.h"

#include "broker/broker.h"
#include "broker/closing.h"
#include "common/base/clock.h"

#define TAG_FIELD "as"
#define NOT_MINE 0

static const struct {
	int status;
	enum stat_id refused_as;
} verdicts[] = {
	[IDENTITY_FOUND] = { 101, 0 },
	[IDENTITY_MUST_LOG_IN] = { 401, STAT_REFUSED_LOGIN },
	[IDENTITY_BANNED] = { 403, STAT_REFUSED_BANNED },
	[IDENTITY_UNREADABLE] = { 503, STAT_REFUSED_ACCOUNTS },
};

/* Whoever has neither a ticket nor a web server that knows him: a session, or a guest. */
static int judge_cookies(struct broker *broker, struct scope *scope)
{
	struct account_book *book = &broker->revoker.book;
	struct identity_sources sources = {
		.config = broker->config,
		.secret = &broker->secret,
		.accounts = book->accounts,
		.accounts_problem = book->problem,
		.now_ms = clock_wall_ms(),
	};
	enum identity_result result;

	result = identity_find(&sources, scope->handshake.cookie, scope->is_https, &scope->who);
	scope->refused_as = verdicts[result].refused_as;
	return verdicts[result].status;
}

/* Each returns a status, or NOT_MINE where it has nothing to say and the next one is asked; the
 * last one always has. */
static int (*const sources[])(struct broker *broker, struct scope *scope) = {
	judge_cookies,
};

static bool is_who_the_page_takes_it_for(const struct broker *broker, const struct scope *scope)
{
	struct str tag;

	return !handshake_query_find(scope->handshake.query, TAG_FIELD, &tag) ||
	       identity_tag_matches(&scope->who.user, &broker->secret, tag);
}

int identity_judge(struct broker *broker, struct scope *scope)
{
	int status = NOT_MINE;

	revoker_catch_up(&broker->revoker);
	for (size_t i = 0; status == NOT_MINE && i < sizeof(sources) / sizeof(sources[0]); i++)
		status = sources[i](broker, scope);
	if (status == 101 && !is_who_the_page_takes_it_for(broker, scope))
		scope->closing = &closing_other_user;
	return status;
}
