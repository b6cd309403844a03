/* SPDX-License-Identifier: MIT */
#include "broker/identity.h"

#include "broker/broker.h"
#include "broker/closing.h"
#include "broker/remote_accounts.h"
#include "broker/ticket_uses.h"
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

static int refuse_unreadable(struct scope *scope)
{
	scope->refused_as = verdicts[IDENTITY_UNREADABLE].refused_as;
	return verdicts[IDENTITY_UNREADABLE].status;
}

static struct answer_waiter *waiter_of(struct scope *scope)
{
	return scope->patience == NULL ? NULL : &scope->patience->waiter;
}

/* Uses the ticket here, once. IDENTITY_LATER while another broker is asked whether it was used
 * before. */
static int ask_about_ticket(struct broker *broker, struct scope *scope, const struct ticket *ticket,
	enum ticket_problem *problem_out)
{
	struct tickets_use use = tickets_use_of(ticket);
	bool is_judged;

	if (scope->patience != NULL)
		scope->patience->has_used_ticket = true;
	if (!ticket_uses_take(broker->ticket_uses, &use, waiter_of(scope), &is_judged, problem_out))
		return IDENTITY_LATER;
	return is_judged ? 101 : refuse_unreadable(scope);
}

static int take_ticket(struct broker *broker, struct scope *scope, struct str token,
	struct ticket *ticket, enum ticket_problem *problem_out)
{
	bool is_used = scope->patience != NULL && scope->patience->has_used_ticket;
	int64_t now_s = clock_wall_ms() / 1000;
	struct buf room = { 0 };

	if (room_name_normalize(scope->path_room, &room) != NAME_OK)
		buf_clear(&room);
	*problem_out = (is_used ? tickets_read : tickets_take)(
		broker->tickets, token, buf_str(&room), now_s, ticket);
	buf_finish(&room);
	return *problem_out == TICKET_OK && broker->ticket_uses != NULL
		       ? ask_about_ticket(broker, scope, ticket, problem_out)
		       : 101;
}

/* A socket with an invalid ticket is let in and then closed, so that scripts can see why and get
 * another. */
static int judge_ticket(struct broker *broker, struct scope *scope)
{
	struct str token;
	struct ticket ticket;
	enum ticket_problem problem;
	int status;

	if (!tickets_find(&scope->handshake, &token))
		return NOT_MINE;
	status = take_ticket(broker, scope, token, &ticket, &problem);
	if (status != 101)
		return status;
	if (problem == TICKET_OK)
		identity_vouch(&broker->secret, IDENTITY_TICKET, STR_OF("ticket:"),
			str_from(ticket.subject), str_from(ticket.name), &scope->who);
	else
		scope->closing = &closing_ticket;
	return 101;
}

/* A peer is trusted about a client's name only if it is trusted about its address. */
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

/* A question to another broker about a newcomer. */
struct asking {
	struct broker *broker;
	struct scope *scope;
	bool is_under_way;
};

static enum session_state find_session(void *context,
	const uint8_t key_hash[static SESSION_HASH_SIZE], struct session *session_out)
{
	struct asking *asking = context;
	enum session_state state = SESSION_UNREADABLE;

	asking->is_under_way = !remote_accounts_find_session(asking->broker->revoker.remote,
		key_hash, waiter_of(asking->scope), &state, session_out);
	return state;
}

static bool judge_guest(
	void *context, const struct user *guest, bool *id_is_taken_out, bool *name_is_taken_out)
{
	struct asking *asking = context;
	bool is_judged = false;

	asking->is_under_way = !remote_accounts_judge_guest(asking->broker->revoker.remote, guest,
		waiter_of(asking->scope), &is_judged, id_is_taken_out, name_is_taken_out);
	return is_judged;
}

/* For a client without a ticket and without a name from the web server: a session, or a guest. */
static int judge_cookies(struct broker *broker, struct scope *scope)
{
	struct account_book *book = &broker->revoker.book;
	struct asking asking = { broker, scope, false };
	struct identity_oracle oracle = { find_session, judge_guest, &asking };
	struct identity_sources sources = {
		.config = broker->config,
		.secret = &broker->secret,
		.accounts = book->accounts,
		.accounts_problem = book->problem,
		.oracle = broker->revoker.remote == NULL ? NULL : &oracle,
		.now_ms = clock_wall_ms(),
	};
	enum identity_result result;

	result = identity_find(&sources, scope->handshake.cookie, scope->is_https, &scope->who);
	if (asking.is_under_way)
		return IDENTITY_LATER;
	if (result == IDENTITY_UNREADABLE)
		account_book_note(book, STORE_BUSY);
	scope->refused_as = verdicts[result].refused_as;
	return verdicts[result].status;
}

/* Each returns a status, or NOT_MINE, and then the next one is asked; the last one always returns a
 * status. */
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
