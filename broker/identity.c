/* SPDX-License-Identifier: MIT */
#include "broker/identity.h"

#include "broker/broker.h"
#include "broker/closing.h"
#include "broker/tickets.h"
#include "common/base/clock.h"
#include "common/origin.h"
#include "common/room_name.h"

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

/* One that is not good is let in to be closed, so that scripts can get another. */
static int judge_ticket(struct broker *broker, struct scope *scope)
{
	struct buf room = { 0 };
	struct str token;
	struct ticket ticket;
	enum ticket_problem problem;

	if (!tickets_find(&scope->handshake, &token))
		return NOT_MINE;
	if (room_name_normalize(scope->path_room, &room) != NAME_OK)
		buf_clear(&room);
	problem = tickets_take(
		broker->tickets, token, buf_str(&room), clock_wall_ms() / 1000, &ticket);
	buf_finish(&room);
	if (problem == TICKET_OK)
		identity_vouch(&broker->secret, IDENTITY_TICKET, STR_OF("ticket:"),
			str_from(ticket.subject), str_from(ticket.name), &scope->who);
	else
		scope->closing = &closing_ticket;
	return 101;
}

/* Only who is trusted about a client's address is about its name. */
static int judge_remote_user(struct broker *broker, struct scope *scope)
{
	const char *header = broker->config->accounts_remote_user;
	struct str name;
	size_t count;

	if (header[0] == '\0' || !origin_peer_is_trusted(broker->config, str_from(scope->peer)))
		return NOT_MINE;
	count = handshake_find_header(buf_str(&scope->head), header, &name);
	if (count == 0 || (count == 1 && name.len == 0))
		return NOT_MINE;
	return count == 1 && identity_vouch_remote(&broker->secret, name, &scope->who) ? 101 : 400;
}

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
	if (result == IDENTITY_UNREADABLE)
		account_book_note(book, STORE_BUSY);
	scope->refused_as = verdicts[result].refused_as;
	return verdicts[result].status;
}

/* Each returns a status, or NOT_MINE where it has nothing to say and the next one is asked; the
 * last one always has. */
static int (*const sources[])(struct broker *broker, struct scope *scope) = {
	judge_ticket,
	judge_remote_user,
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
	if (status == 101 && scope->closing == NULL && !is_who_the_page_takes_it_for(broker, scope))
		scope->closing = &closing_other_user;
	return status;
}
