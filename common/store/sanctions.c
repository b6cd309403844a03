/* SPDX-License-Identifier: MIT */
/* Who is muted or banned. A row for each whom one holds, kind and room: another one for the same
 * replaces it. Those that are over go with the next that is added, so many at a time. */
#include "common/store/moderation_private.h"

#include <stdio.h>
#include <string.h>

#define PURGED_EACH_MAX 100 /* more than an order adds, and a bounded part of its time */

/* Shorter ones would hold half the world by mistake. */
#define IPV4_PREFIX_MIN 8
#define IPV6_PREFIX_MIN 16
/* Who has one address of such a network has all of them, and what connects is known by it. */
#define IPV6_NETWORK_BITS 64

static const struct address_block ipv4 = { { { [10] = 0xff, [11] = 0xff } }, 96 };

/* All of IPv4 is in some blocks of IPv6, too. */
static bool reaches_ipv4(const struct address_block *block)
{
	return address_block_contains(block, &ipv4.base) ||
	       address_block_contains(&ipv4, &block->base);
}

bool sanction_key_of_address(struct str text, struct sanction_key *key_out)
{
	struct address_block block, network;
	unsigned least;

	if (!address_block_parse(text, &block))
		return false;
	network = (struct address_block){ block.base, IPV6_NETWORK_BITS };
	if (block.prefix > network.prefix && !reaches_ipv4(&network))
		block = network;
	address_mask(&block.base, block.prefix);
	least = reaches_ipv4(&block) ? ipv4.prefix + IPV4_PREFIX_MIN : IPV6_PREFIX_MIN;
	*key_out = (struct sanction_key){
		.subject = SANCTION_ADDRESS,
		.size = sizeof(block.base.bytes),
		.prefix = block.prefix,
	};
	memcpy(key_out->bytes, block.base.bytes, sizeof(block.base.bytes));
	return block.prefix >= least;
}

void sanction_key_find(const struct ordering *ordering, struct sanction_key *key_out)
{
	const struct order *order = ordering->order;

	*key_out = (struct sanction_key){ .prefix = 128 };
	if (order->address.len > 0) {
		sanction_key_of_address(order->address, key_out);
	} else if (order->session != NULL) {
		key_out->subject = SANCTION_SESSION;
		key_out->size = SESSION_HASH_SIZE;
		memcpy(key_out->bytes, order->session, SESSION_HASH_SIZE);
	} else if (ordering->person.has_id) {
		key_out->subject = SANCTION_USER;
		key_out->size = USER_ID_SIZE;
		memcpy(key_out->bytes, ordering->person.id, USER_ID_SIZE);
	}
}

/* Whom a sanction holds, for people: "Ann", "192.0.2.0/24", "Ann (192.0.2.7)". */
static void write_label(const struct sanction_key *key, struct str name, char *out, size_t size)
{
	struct address_block block = { .prefix = key->prefix };
	struct buf text = { 0 };

	buf_append_str(&text, name);
	if (key->subject == SANCTION_ADDRESS) {
		memcpy(block.base.bytes, key->bytes, sizeof(block.base.bytes));
		buf_append_text(&text, name.len > 0 ? " (" : "");
		address_block_write(&block, &text);
		buf_append_text(&text, name.len > 0 ? ")" : "");
	}
	snprintf(out, size, "%s", buf_text(&text));
	buf_finish(&text);
}

static bool is_full(struct accounts *accounts, struct str room, int64_t now_ms)
{
	bool is_site = room.len == 0;
	sqlite3_stmt *row = accounts_find(
		accounts, ACCOUNTS_COUNT_SANCTIONS, VALUES(value_number(now_ms), value_text(room)));
	bool is_full = row != NULL && sqlite3_column_int64(row, 0) >=
					      (is_site ? SANCTIONS_MAX : ROOM_SANCTIONS_MAX);

	accounts_leave(row);
	if (is_full || is_site)
		return is_full;
	row = accounts_find(accounts, ACCOUNTS_COUNT_ALL_SANCTIONS, NULL);
	is_full = row != NULL && sqlite3_column_int64(row, 0) >= SANCTIONS_MAX;
	accounts_leave(row);
	return is_full;
}

static int64_t until_of(const struct ordering *ordering)
{
	int64_t seconds = ordering->order->seconds;

	return seconds == 0 ? 0 : ordering->now_ms + seconds * 1000;
}

/* For good, and for that reason. */
static bool is_held(
	const struct ordering *ordering, enum sanction_kind kind, const struct sanction_key *key)
{
	const struct order *order = ordering->order;
	sqlite3_stmt *row = accounts_find(ordering->accounts, ACCOUNTS_FIND_SAME_SANCTION,
		VALUES(value_text(order->room), value_number(kind), value_number(key->subject),
			value_blob(key->bytes, key->size), value_number(key->prefix),
			value_text(order->text), value_number(order->seconds)));

	accounts_leave(row);
	return row != NULL;
}

/* Behind those of the order's other keys. */
static void add_label(struct ordering *ordering, const struct sanction_key *key)
{
	char label[SANCTION_NAME_SIZE];
	size_t len = strlen(ordering->label);

	write_label(key, str_from(ordering->person.name), label, sizeof(label));
	if (strcmp(label, ordering->label) != 0)
		snprintf(ordering->label + len, sizeof(ordering->label) - len, "%s%s",
			len > 0 ? ", " : "", label);
}

bool sanctions_add(struct ordering *ordering, enum sanction_kind kind)
{
	struct accounts *accounts = ordering->accounts;
	const struct order *order = ordering->order;
	struct str name = str_from(ordering->person.name);
	struct sanction_key key;

	sanction_key_find(ordering, &key);
	if (is_held(ordering, kind, &key))
		return true;
	ordering->has_changed = true;
	add_label(ordering, &key);
	accounts_run(accounts, ACCOUNTS_PURGE_SANCTIONS,
		VALUES(value_number(ordering->now_ms), value_number(PURGED_EACH_MAX)));
	accounts_run(accounts, ACCOUNTS_REMOVE_SANCTION,
		VALUES(value_text(order->room), value_number(kind), value_number(key.subject),
			value_blob(key.bytes, key.size), value_number(key.prefix)));
	if (is_full(accounts, order->room, ordering->now_ms))
		return false;
	accounts_run(accounts, ACCOUNTS_ADD_SANCTION,
		VALUES(value_text(order->room), value_number(kind), value_number(key.subject),
			value_blob(key.bytes, key.size), value_number(key.prefix), value_text(name),
			value_text(order->text), value_text(order->actor_name),
			value_number(ordering->now_ms), value_number(until_of(ordering))));
	return true;
}

static bool take_key(sqlite3_stmt *row, struct sanction_key *key_out)
{
	size_t size = (size_t)sqlite3_column_bytes(row, 1);

	*key_out = (struct sanction_key){
		.subject = (enum sanction_subject)sqlite3_column_int(row, 0),
		.size = size,
		.prefix = (unsigned)sqlite3_column_int(row, 2),
	};
	if (size > sizeof(key_out->bytes))
		return false;
	memcpy(key_out->bytes, sqlite3_column_blob(row, 1), size);
	return true;
}

/* What the order lifts, one by one. Returns how many; *is_above_out: one is not to be lifted. */
static int judge_lifted(struct ordering *ordering, const struct value *values, bool *is_above_out)
{
	struct accounts *accounts = ordering->accounts;
	sqlite3_stmt *row = accounts_find(accounts, ACCOUNTS_FIND_LIFTED, values);
	struct person held = { 0 };
	struct sanction_key key;
	int count = 0;

	*is_above_out = false;
	for (; row != NULL; row = accounts_next(accounts, row)) {
		if (!take_key(row, &key))
			continue;
		held = (struct person){ .has_id = key.subject == SANCTION_USER };
		memcpy(held.id, key.bytes, sizeof(held.id));
		accounts_take_text(accounts, row, 3, held.name, sizeof(held.name));
		write_label(&key, str_from(held.name), ordering->label, sizeof(ordering->label));
		count++;
		if (accounts->problem != STORE_OK || !ordering_outranks(ordering, &held)) {
			*is_above_out = true;
			break;
		}
	}
	accounts_leave(row);
	ordering->person = held;
	ordering->person.has_id = held.has_id && count == 1;
	return count;
}

enum moderation_result sanctions_lift(struct ordering *ordering, enum sanction_kind kind)
{
	const struct order *order = ordering->order;
	bool is_by_name = order->user == NULL && order->session == NULL && order->address.len == 0;
	bool is_above;
	struct sanction_key key;
	int count;

	if (order->sanction == 0)
		person_find(ordering);
	sanction_key_find(ordering, &key);
	struct value values[] = { value_text(order->room), value_number(kind),
		value_number(order->sanction), value_number(key.subject),
		value_blob(key.bytes, key.size), value_number(key.prefix),
		value_text(is_by_name ? order->name : STR_OF("")) };
	count = judge_lifted(ordering, values, &is_above);
	if (is_above)
		return MODERATION_ABOVE;
	ordering->has_changed = true;
	accounts_run(ordering->accounts, ACCOUNTS_LIFT, values);
	return count > 0 ? MODERATION_DONE : MODERATION_NOBODY;
}

static void take_sanction(
	struct accounts *accounts, sqlite3_stmt *row, struct sanction_row *sanction_out)
{
	struct sanction_row *sanction = sanction_out;
	struct sanction_key key = { 0 };

	if (!take_key(row, &key))
		accounts->problem = database_refuse(
			&accounts->database, STORE_CORRUPT, "a key that is too long");
	sanction->subject = key.subject;
	write_label(&key, database_column_text(row, 3), sanction->name, sizeof(sanction->name));
	accounts_take_text(accounts, row, 3, sanction->person, sizeof(sanction->person));
	sanction->id = sqlite3_column_int64(row, 4);
	accounts_take_text(accounts, row, 5, sanction->room, sizeof(sanction->room));
	sanction->kind = sqlite3_column_int(row, 6) == SANCTION_BAN ? SANCTION_BAN : SANCTION_MUTE;
	accounts_take_text(accounts, row, 7, sanction->reason, sizeof(sanction->reason));
	accounts_take_text(accounts, row, 8, sanction->by_name, sizeof(sanction->by_name));
	sanction->created_ms = sqlite3_column_int64(row, 9);
	sanction->until_ms = sqlite3_column_int64(row, 10);
}

enum store_problem sanctions_list(struct accounts *accounts, const struct list_query *query,
	int64_t now_ms, bool (*visit)(void *context, const struct sanction_row *row), void *context)
{
	struct list_walk walk;
	struct sanction_row sanction;

	list_walk_start(&walk, accounts, query);
	walk.row = accounts_find(accounts, ACCOUNTS_LIST_SANCTIONS,
		VALUES(value_number(now_ms), value_number(list_before(query)),
			value_text(query->room)));
	for (; list_walk_goes_on(&walk); list_walk_next(&walk)) {
		take_sanction(accounts, walk.row, &sanction);
		buf_append_format(
			&walk.text, "%s\n%s\n%s", sanction.name, sanction.reason, sanction.by_name);
		if (list_walk_shows(&walk) && !visit(context, &sanction))
			break;
	}
	return list_walk_end(&walk);
}
