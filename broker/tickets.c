/* SPDX-License-Identifier: MIT */
/* Used tickets stand in the order in which they came: none is good for longer than
 * TICKET_LIFETIME_SECONDS_MAX, so that the first are forgotten first. */
#include "broker/tickets.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/list.h"
#include "common/base/log.h"
#include "common/base/map.h"
#include "common/base/mem.h"
#include "common/ticket_keys.h"

#define SUBPROTOCOL_PREFIX "ticket."

struct used_ticket {
	struct list link;
	uint8_t number_hash[TICKETS_HASH_SIZE];
	int64_t forgotten_s; /* when it has expired */
};

struct tickets {
	const char *state_directory;
	struct str audience;
	struct ticket_keys keys;
	struct map *used; /* struct used_ticket, by number_hash */
	struct list order; /* the oldest first */
	struct log_rate log_rate; /* of refusals */
	int64_t start_s;
	int64_t now_s; /* the latest time seen: a clock that is set back makes no ticket good again
			*/
};

struct tickets *tickets_create(const char *state_directory, const char *audience, int64_t now_s)
{
	struct tickets *tickets = mem_new(struct tickets);

	tickets->state_directory = state_directory;
	tickets->audience = str_from(audience);
	tickets->used = map_create();
	list_init(&tickets->order);
	tickets->start_s = now_s;
	return tickets;
}

static struct str key_of(const struct used_ticket *used)
{
	return str_range((const char *)used->number_hash, sizeof(used->number_hash));
}

static void forget(struct tickets *tickets, struct used_ticket *used)
{
	map_remove(tickets->used, key_of(used));
	list_remove(&used->link);
	mem_free(used);
}

void tickets_destroy(struct tickets *tickets)
{
	if (tickets == NULL)
		return;
	list_each_safe (link, &tickets->order)
		forget(tickets, list_entry(link, struct used_ticket, link));
	map_destroy(tickets->used);
	ticket_keys_finish(&tickets->keys);
	mem_free(tickets);
}

bool tickets_find(const struct handshake *handshake, struct str *token_out)
{
	struct str prefix = STR(SUBPROTOCOL_PREFIX);

	for (size_t i = 0; i < handshake->protocol_count; i++) {
		struct str list = handshake->protocols[i], item;

		while (str_next(&list, ',', &item)) {
			item = str_trim(item);
			if (!str_starts_with(item, prefix))
				continue;
			*token_out = str_skip(item, prefix.len);
			return true;
		}
	}
	return handshake_query_find(handshake->query, "ticket", token_out);
}

static void forget_old(struct tickets *tickets)
{
	list_each_safe (link, &tickets->order) {
		struct used_ticket *used = list_entry(link, struct used_ticket, link);

		if (used->forgotten_s >= tickets->now_s)
			break;
		forget(tickets, used);
	}
}

struct tickets_use tickets_use_of(const struct ticket *ticket)
{
	struct tickets_use use = { .issued_s = ticket->issued_s };
	uint8_t hash[CRYPTO_SHA256_SIZE];

	crypto_sha256(str_from(ticket->number), hash);
	memcpy(use.number_hash, hash, sizeof(use.number_hash));
	return use;
}

/* True when the ticket may have been used before the start: it was issued before that, by a clock
 * that is ahead by the most that is allowed. */
static bool is_stale(const struct tickets *tickets, int64_t issued_s)
{
	return issued_s <= tickets->start_s + TICKET_LEEWAY_SECONDS;
}

static enum ticket_problem use_up(struct tickets *tickets, const struct tickets_use *use)
{
	struct used_ticket *used;

	if (map_find(tickets->used, str_range((const char *)use->number_hash, TICKETS_HASH_SIZE)) !=
		NULL)
		return TICKET_USED;
	if (map_count(tickets->used) >= TICKETS_USED_MAX)
		return TICKET_TOO_MANY;
	used = mem_new(struct used_ticket);
	memcpy(used->number_hash, use->number_hash, sizeof(used->number_hash));
	used->forgotten_s = tickets->now_s + TICKET_LIFETIME_SECONDS_MAX + TICKET_LEEWAY_SECONDS;
	list_append(&tickets->order, &used->link);
	map_put(tickets->used, key_of(used), used);
	return TICKET_OK;
}

static void refresh_keys(struct tickets *tickets)
{
	struct buf problem = { 0 };
	struct log_quoted quoted;

	ticket_keys_refresh(&tickets->keys, tickets->state_directory, &problem);
	if (problem.len > 0)
		log_error("event=ticket_keys problem=%s", log_quote(&quoted, buf_str(&problem)));
	buf_finish(&problem);
}

static enum ticket_problem judge(
	struct tickets *tickets, struct str token, struct str room, struct ticket *ticket)
{
	struct ticket_terms terms = {
		.keys = { ticket_keys_text(&tickets->keys, 0),
			ticket_keys_text(&tickets->keys, 1) },
		.audience = tickets->audience,
		.now_s = tickets->now_s,
	};
	enum ticket_problem problem = ticket_read(token, &terms, ticket);

	if (problem != TICKET_OK)
		return problem;
	if (is_stale(tickets, ticket->issued_s))
		return TICKET_STALE;
	if (ticket->room[0] != '\0' && !str_is(room, ticket->room))
		return TICKET_OTHER_ROOM;
	return TICKET_OK;
}

static void tell(struct tickets *tickets, enum ticket_problem problem)
{
	uint64_t suppressed;

	if (log_rate_admits(&tickets->log_rate, clock_monotonic_ms(), &suppressed))
		log_warning("event=ticket_refused problem=%s suppressed=%" PRIu64,
			ticket_problem_code(problem), suppressed);
}

static void advance(struct tickets *tickets, int64_t now_s)
{
	if (now_s > tickets->now_s)
		tickets->now_s = now_s;
	forget_old(tickets);
}

enum ticket_problem tickets_use_up(
	struct tickets *tickets, const struct tickets_use *use, int64_t now_s)
{
	enum ticket_problem problem = TICKET_STALE;

	advance(tickets, now_s);
	if (!is_stale(tickets, use->issued_s))
		problem = use_up(tickets, use);
	if (problem != TICKET_OK)
		tell(tickets, problem);
	return problem;
}

enum ticket_problem tickets_read(struct tickets *tickets, struct str token, struct str room,
	int64_t now_s, struct ticket *ticket)
{
	enum ticket_problem problem;

	advance(tickets, now_s);
	refresh_keys(tickets);
	problem = judge(tickets, token, room, ticket);
	if (problem != TICKET_OK)
		tell(tickets, problem);
	return problem;
}

enum ticket_problem tickets_take(struct tickets *tickets, struct str token, struct str room,
	int64_t now_s, struct ticket *ticket)
{
	enum ticket_problem problem = tickets_read(tickets, token, room, now_s, ticket);
	struct tickets_use use;

	if (problem != TICKET_OK)
		return problem;
	use = tickets_use_of(ticket);
	problem = use_up(tickets, &use);
	if (problem != TICKET_OK)
		tell(tickets, problem);
	return problem;
}
