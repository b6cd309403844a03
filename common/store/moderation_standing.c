/* SPDX-License-Identifier: MIT */
/* What somebody is in a room. Look-ups by key only, few where nobody is held by an address: of
 * blocks of addresses, only those of a length that the room has are looked for. */
#include "common/store/moderation_private.h"

#include <string.h>

/* Somebody's role, and where anybody is held at all: mostly nowhere. */
struct part {
	enum role role;
	bool has_sanctions, has_sanctions_on_site;
};

static enum role take_role(sqlite3_stmt *row)
{
	int role = sqlite3_column_int(row, 1);

	if (sqlite3_column_int(row, 0) != 0)
		return ROLE_SUPERUSER;
	return role >= ROLE_MEMBER && role <= ROLE_OWNER ? (enum role)role : ROLE_USER;
}

static struct part read_part(
	struct accounts *accounts, struct str room, const uint8_t *user, bool is_guest)
{
	sqlite3_stmt *row = accounts_find(
		accounts, ACCOUNTS_FIND_ROLE, VALUES(value_text(room), VALUE_ID(user)));
	struct part part = { 0 };

	if (row != NULL) {
		part.role = is_guest ? ROLE_GUEST : take_role(row);
		part.has_sanctions = sqlite3_column_int(row, 2) != 0;
		part.has_sanctions_on_site = sqlite3_column_int(row, 3) != 0;
	}
	accounts_leave(row);
	return part;
}

/* Also of one who is said to be a guest: nobody knows that of who is not there. */
enum role standing_read_role(
	struct accounts *accounts, struct str room, const struct person *person)
{
	return person->has_id ? read_part(accounts, room, person->id, false).role : ROLE_GUEST;
}

static void lengthen(int64_t *until_ms, int64_t other_ms)
{
	if (other_ms > *until_ms)
		*until_ms = other_ms;
}

/* What holds somebody in a room ("": on the whole site), and how. */
struct hold {
	struct accounts *accounts;
	struct str room;
	int64_t now_ms;
	struct standing *standing;
};

static void read_sanctions(const struct hold *hold, enum sanction_subject subject, const void *key,
	size_t size, unsigned prefix)
{
	sqlite3_stmt *row = accounts_find(hold->accounts, ACCOUNTS_FIND_SANCTIONS,
		VALUES(value_number(hold->now_ms), value_text(hold->room), value_number(subject),
			value_blob(key, size), value_number(prefix)));

	for (; row != NULL; row = accounts_next(hold->accounts, row))
		lengthen(sqlite3_column_int(row, 0) == SANCTION_BAN
				 ? &hold->standing->banned_until_ms
				 : &hold->standing->muted_until_ms,
			sqlite3_column_int64(row, 1));
}

/* The next length of a block that is in use; 0 behind the last. */
static unsigned next_prefix(const struct hold *hold, unsigned prefix)
{
	sqlite3_stmt *row = accounts_find(hold->accounts, ACCOUNTS_FIND_PREFIX,
		VALUES(value_text(hold->room), value_number(prefix)));
	int next = row == NULL ? 0 : sqlite3_column_int(row, 0);

	accounts_leave(row);
	return next > 0 ? (unsigned)next : 0;
}

static void read_address_sanctions(const struct hold *hold, struct str text)
{
	struct address address;

	if (!address_parse(text, &address))
		return;
	for (unsigned prefix = next_prefix(hold, 0); prefix > 0;
		prefix = next_prefix(hold, prefix)) {
		struct address base = address;

		address_mask(&base, prefix);
		read_sanctions(hold, SANCTION_ADDRESS, base.bytes, sizeof(base.bytes), prefix);
	}
}

static void read_holds(const struct hold *hold, const struct subject *subject)
{
	read_sanctions(hold, SANCTION_USER, subject->user, USER_ID_SIZE, 128);
	if (subject->session != NULL)
		read_sanctions(hold, SANCTION_SESSION, subject->session, SESSION_HASH_SIZE, 128);
	/* A block of addresses may hold more than it was meant for: in a room, not who keeps order
	 * there. */
	if (hold->room.len == 0 || hold->standing->role < ROLE_MODERATOR)
		read_address_sanctions(hold, subject->address);
}

void standing_read(struct accounts *accounts, struct str room, const struct subject *subject,
	int64_t now_ms, struct standing *standing_out, struct room_row *room_out)
{
	struct hold hold = { accounts, room, now_ms, standing_out };
	struct part part = read_part(accounts, room, subject->user, subject->is_guest);

	*standing_out = (struct standing){ .role = part.role };
	if (room_row_find(accounts, room, room_out))
		standing_out->rules = room_out->rules;
	if (part.role == ROLE_SUPERUSER)
		return;
	if (part.has_sanctions && room.len > 0)
		read_holds(&hold, subject);
	hold.room = STR_OF("");
	if (part.has_sanctions_on_site)
		read_holds(&hold, subject);
}

enum store_problem moderation_find_standing(struct accounts *accounts, struct str room,
	const struct subject *subject, int64_t now_ms, struct standing *standing_out,
	struct room_row *room_out)
{
	accounts_begin(accounts, ACCOUNTS_READ);
	standing_read(accounts, room, subject, now_ms, standing_out, room_out);
	return accounts_end(accounts, true);
}
