/* SPDX-License-Identifier: MIT */
/* The SQL over accounts.db in one table, and how a statement of it is run. */
#include "common/store/accounts_private.h"

#include <assert.h>
#include <string.h>

#include "common/base/utf8.h"

#define ACCOUNT_COLUMNS                                                          \
	"account.id, account.display_name, account.username, account.password, " \
	"account.is_superuser, account.is_active, account.joined, account.last_login"
#define SESSION_COLUMNS                                                      \
	"session.key_hash, session.account, session.created, session.seen, " \
	"session.address, session.agent"
#define API_KEY_COLUMNS "id, name, secret_hash, scopes, rooms, created, expires, used"
#define ROOM_COLUMNS "name, topic, is_members_only, is_locked, is_hidden, slow_seconds, created"
#define IS_NOT_OVER "(until IS NULL OR until > ?1)"
/* Of ?1 room, ?2 kind: that of ?3 id; of ?4 subject, ?5 key and ?6 prefix; of ?7 name. */
#define IS_LIFTED                                                           \
	"room = ?1 AND kind = ?2 AND (id = ?3 OR (name = ?7 AND ?7 <> '') " \
	"OR (subject = ?4 AND key = ?5 AND prefix = ?6))"
#define SELECT_ROLES                                                                   \
	"SELECT * FROM (SELECT room, user, role, given, ifnull(account.display_name, " \
	"room_role.name) AS called FROM room_role LEFT JOIN account ON account.id = user "
#define INVITE_COLUMNS "token_hash, created, expires, uses_left, note"

static const char *const statements[ACCOUNTS_STATEMENT_COUNT] = {
	[ACCOUNTS_BEGIN_READING] = "BEGIN",
	[ACCOUNTS_BEGIN_WRITING] = "BEGIN IMMEDIATE",
	[ACCOUNTS_COMMIT] = "COMMIT",
	[ACCOUNTS_READ_VERSION] = "PRAGMA data_version",
	[ACCOUNTS_FIND_ID] = "SELECT " ACCOUNT_COLUMNS " FROM account WHERE id = ?1",
	[ACCOUNTS_FIND_OWNER] = "SELECT account FROM taken_name WHERE skeleton = ?1",
	[ACCOUNTS_JUDGE_GUEST] = "SELECT EXISTS (SELECT 1 FROM account WHERE id = ?1) "
				 "OR EXISTS (SELECT 1 FROM former_account WHERE id = ?1), "
				 "EXISTS (SELECT 1 FROM taken_name WHERE skeleton = ?2)",
	[ACCOUNTS_FIND_SESSION] = "SELECT " SESSION_COLUMNS ", " ACCOUNT_COLUMNS " FROM session "
				  "JOIN account ON account.id = session.account "
				  "WHERE session.key_hash = ?1",
	[ACCOUNTS_READ_REVOCATIONS] = "SELECT id, kind, is_ban, key FROM revocation "
				      "WHERE id > ?1 ORDER BY id",
	[ACCOUNTS_FIND_USERNAME] = "SELECT " ACCOUNT_COLUMNS " FROM account "
				   "WHERE username_key = ?1",
	[ACCOUNTS_LIST] = "SELECT " ACCOUNT_COLUMNS " FROM account WHERE username_key > ?1 "
			  "ORDER BY username_key LIMIT ?2",
	[ACCOUNTS_JUDGE_ID] = "SELECT 1 FROM account WHERE id = ?1 "
			      "UNION ALL SELECT 1 FROM former_account WHERE id = ?1",
	[ACCOUNTS_JUDGE_PASSWORD] = "SELECT is_active, password FROM account WHERE id = ?1",
	[ACCOUNTS_ADD] = "INSERT INTO account (id, display_name, username, password, "
			 "is_superuser, is_active, joined, last_login, username_key) "
			 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, nullif(?8, 0), ?9) "
			 "ON CONFLICT (username_key) DO NOTHING",
	[ACCOUNTS_TAKE_NAME] = "INSERT INTO taken_name (skeleton, account) VALUES (?1, ?2) "
			       "ON CONFLICT (skeleton) DO NOTHING",
	[ACCOUNTS_FREE_NAMES] = "DELETE FROM taken_name WHERE account = ?1",
	[ACCOUNTS_SET_DISPLAY_NAME] = "UPDATE account SET display_name = ?2 WHERE id = ?1",
	[ACCOUNTS_SET_PASSWORD] = "UPDATE account SET password = ?2 WHERE id = ?1",
	[ACCOUNTS_SET_RIGHTS] = "UPDATE account SET is_superuser = ?2, is_active = ?3 "
				"WHERE id = ?1",
	[ACCOUNTS_SET_LAST_LOGIN] = "UPDATE account SET last_login = ?2 WHERE id = ?1",
	[ACCOUNTS_DELETE] = "DELETE FROM account WHERE id = ?1",
	[ACCOUNTS_ADD_FORMER] = "INSERT INTO former_account (id) VALUES (?1)",
	[ACCOUNTS_ADD_SESSION] = "INSERT INTO session (key_hash, account, created, seen, address, "
				 "agent) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[ACCOUNTS_LIST_SESSIONS] = "SELECT " SESSION_COLUMNS " FROM session WHERE account = ?1 "
				   "ORDER BY created DESC, key_hash LIMIT ?2",
	[ACCOUNTS_LIST_ALL_SESSIONS] = "SELECT " SESSION_COLUMNS " FROM session "
				       "ORDER BY created DESC, key_hash LIMIT ?1",
	[ACCOUNTS_TOUCH_SESSION] = "UPDATE session SET seen = ?2 WHERE key_hash = ?1 "
				   "AND seen < ?2",
	[ACCOUNTS_END_SESSION] = "DELETE FROM session WHERE key_hash = ?1 "
				 "AND account = ifnull(?2, account) RETURNING key_hash",
	[ACCOUNTS_END_OTHER_SESSIONS] = "DELETE FROM session WHERE account = ?1 "
					"AND key_hash IS NOT ?2 RETURNING key_hash",
	[ACCOUNTS_END_OLD_SESSIONS] = "DELETE FROM session WHERE created < ?1 OR seen < ?2 "
				      "RETURNING key_hash",
	[ACCOUNTS_END_TOO_MANY_SESSIONS] = "DELETE FROM session WHERE key_hash IN "
					   "(SELECT key_hash FROM session WHERE account = ?1 "
					   "ORDER BY seen DESC LIMIT -1 OFFSET ?2) "
					   "RETURNING key_hash",
	[ACCOUNTS_DELETE_SESSIONS] = "DELETE FROM session WHERE account = ?1",
	[ACCOUNTS_READ_NEWEST] = "SELECT seq FROM sqlite_sequence WHERE name = ?1",
	[ACCOUNTS_REVOKE] = "INSERT INTO revocation (kind, is_ban, key, time) "
			    "VALUES (?1, ?2, ?3, ?4)",
	[ACCOUNTS_FORGET_REVOCATIONS] = "DELETE FROM revocation WHERE time < ?1",
	[ACCOUNTS_ADD_INVITE] = "INSERT INTO invite (" INVITE_COLUMNS ") "
				"VALUES (?1, ?2, ?3, ?4, ?5)",
	[ACCOUNTS_FIND_INVITE] = "SELECT " INVITE_COLUMNS " FROM invite WHERE token_hash = ?1 "
				 "AND uses_left > 0 AND expires > ?2",
	[ACCOUNTS_LIST_INVITES] = "SELECT " INVITE_COLUMNS " FROM invite "
				  "ORDER BY created DESC, token_hash LIMIT ?1",
	[ACCOUNTS_USE_INVITE] = "UPDATE invite SET uses_left = uses_left - 1 WHERE token_hash = ?1 "
				"AND uses_left > 0 AND expires > ?2",
	[ACCOUNTS_REMOVE_INVITE] = "DELETE FROM invite WHERE token_hash = ?1",
	[ACCOUNTS_PURGE_INVITES] = "DELETE FROM invite WHERE expires < ?1",
	[ACCOUNTS_FIND_PENALTY] = "SELECT tries, until FROM penalty WHERE key = ?1 "
				  "AND forgotten > ?2",
	[ACCOUNTS_SET_PENALTY] = "INSERT OR REPLACE INTO penalty (key, tries, until, forgotten) "
				 "VALUES (?1, ?2, ?3, ?4)",
	[ACCOUNTS_REFUND_PENALTY] = "UPDATE penalty SET tries = max(tries - 1, 0), "
				    "until = min(until, ?2) WHERE key = ?1",
	[ACCOUNTS_REMOVE_PENALTY] = "DELETE FROM penalty WHERE key = ?1",
	[ACCOUNTS_FORGET_PENALTIES] = "DELETE FROM penalty WHERE key IN (SELECT key FROM penalty "
				      "WHERE forgotten <= ?1 ORDER BY forgotten LIMIT ?2)",
	[ACCOUNTS_BOUND_PENALTIES] = "DELETE FROM penalty WHERE key IN (SELECT key FROM penalty "
				     "ORDER BY forgotten "
				     "LIMIT max(0, (SELECT count(*) FROM penalty) - ?1))",
	[ACCOUNTS_FIND_KNOWN_SOURCE] = "SELECT 1 FROM known_source WHERE key = ?1 AND seen > ?2",
	[ACCOUNTS_KNOW_SOURCE] = "INSERT INTO known_source (key, account, seen) "
				 "SELECT ?1, id, ?3 FROM account WHERE username_key = ?2 "
				 "ON CONFLICT (key) DO UPDATE SET seen = excluded.seen",
	[ACCOUNTS_BOUND_KNOWN_SOURCES] =
		"DELETE FROM known_source WHERE key IN (SELECT known_source.key "
		"FROM known_source JOIN account ON account.id = known_source.account "
		"WHERE account.username_key = ?1 "
		"ORDER BY known_source.seen DESC LIMIT -1 OFFSET ?2)",
	[ACCOUNTS_ADD_API_KEY] = "INSERT INTO api_key (name, secret_hash, scopes, rooms, created, "
				 "expires) VALUES (?1, ?2, ?3, ?4, ?5, nullif(?6, 0))",
	[ACCOUNTS_FIND_API_KEY] = "SELECT " API_KEY_COLUMNS " FROM api_key WHERE id = ?1",
	[ACCOUNTS_LIST_API_KEYS] = "SELECT " API_KEY_COLUMNS " FROM api_key ORDER BY id LIMIT ?1",
	[ACCOUNTS_REMOVE_API_KEY] = "DELETE FROM api_key WHERE id = ?1",
	[ACCOUNTS_TOUCH_API_KEY] = "UPDATE api_key SET used = ?2 WHERE id = ?1 "
				   "AND ifnull(used, 0) < ?2",
	[ACCOUNTS_PURGE_API_KEYS] = "DELETE FROM api_key WHERE expires < ?1",
	[ACCOUNTS_FIND_ROOM] = "SELECT " ROOM_COLUMNS " FROM room WHERE name = ?1",
	[ACCOUNTS_FIND_ROLE] =
		"SELECT (SELECT is_superuser AND is_active FROM account WHERE id = ?2), "
		"(SELECT role FROM room_role WHERE room = ?1 AND user = ?2), "
		"EXISTS (SELECT 1 FROM sanction WHERE room = ?1), "
		"EXISTS (SELECT 1 FROM sanction WHERE room = '')",
	[ACCOUNTS_FIND_SANCTIONS] = "SELECT kind, ifnull(until, 9223372036854775807) FROM sanction "
				    "WHERE subject = ?3 AND key = ?4 AND room = ?2 AND prefix = ?5 "
				    "AND " IS_NOT_OVER,
	[ACCOUNTS_FIND_PREFIX] = "SELECT min(prefix) FROM sanction WHERE subject = 3 AND room = ?1 "
				 "AND prefix > ?2",
	[ACCOUNTS_READ_ROOM_CHANGES] = "SELECT room, user, notice FROM room_change WHERE id > ?1 "
				       "ORDER BY id",
	[ACCOUNTS_SET_ROOM] = "INSERT INTO room (" ROOM_COLUMNS
			      ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
			      "ON CONFLICT (name) DO UPDATE SET topic = excluded.topic, "
			      "is_members_only = excluded.is_members_only, "
			      "is_locked = excluded.is_locked, is_hidden = excluded.is_hidden, "
			      "slow_seconds = excluded.slow_seconds",
	[ACCOUNTS_SET_ROLE] = "INSERT OR REPLACE INTO room_role (room, user, role, name, given) "
			      "VALUES (?1, ?2, ?3, ?4, ?5)",
	[ACCOUNTS_REMOVE_ROLE] = "DELETE FROM room_role WHERE room = ?1 AND user = ?2",
	[ACCOUNTS_COUNT_ROLES] = "SELECT count(*) FROM room_role WHERE room = ?1",
	[ACCOUNTS_COUNT_OWNED] = "SELECT count(*) FROM room_role WHERE user = ?1 AND role = 4",
	[ACCOUNTS_FIND_NAMED_ROLE] = "SELECT user FROM room_role WHERE room = ?1 AND name = ?2",
	[ACCOUNTS_FIND_ROOM_OWNER] =
		"SELECT user, name FROM room_role WHERE room = ?1 AND role = 4",
	[ACCOUNTS_FORGET_ROLES] = "DELETE FROM room_role WHERE user = ?1",
	[ACCOUNTS_ADD_SANCTION] = "INSERT INTO sanction (room, kind, subject, key, prefix, "
				  "name, reason, by_name, created, until) "
				  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, nullif(?10, 0))",
	[ACCOUNTS_REMOVE_SANCTION] = "DELETE FROM sanction WHERE room = ?1 AND kind = ?2 "
				     "AND subject = ?3 AND key = ?4 AND prefix = ?5",
	[ACCOUNTS_FIND_SAME_SANCTION] = "SELECT 1 FROM sanction WHERE room = ?1 AND kind = ?2 "
					"AND subject = ?3 AND key = ?4 AND prefix = ?5 "
					"AND reason = ?6 AND until IS NULL AND ?7 = 0",
	[ACCOUNTS_FIND_LIFTED] = "SELECT subject, key, prefix, name FROM sanction WHERE " IS_LIFTED,
	[ACCOUNTS_LIFT] = "DELETE FROM sanction WHERE " IS_LIFTED,
	[ACCOUNTS_FIND_NAMED_SANCTION] = "SELECT key FROM sanction WHERE subject = 1 AND room = ?1 "
					 "AND name = ?2",
	[ACCOUNTS_COUNT_SANCTIONS] =
		"SELECT count(*) FROM sanction WHERE room = ?2 AND " IS_NOT_OVER,
	[ACCOUNTS_COUNT_ALL_SANCTIONS] = "SELECT count(*) FROM sanction",
	[ACCOUNTS_PURGE_SANCTIONS] = "DELETE FROM sanction WHERE id IN (SELECT id FROM sanction "
				     "WHERE until <= ?1 ORDER BY until LIMIT ?2)",
	[ACCOUNTS_FORGET_SANCTIONS] = "DELETE FROM sanction WHERE subject = 1 AND key = ?1",
	[ACCOUNTS_ADD_ROOM_CHANGE] = "INSERT INTO room_change (room, user, notice, time) "
				     "VALUES (?1, ?2, ?3, ?4)",
	[ACCOUNTS_FORGET_ROOM_CHANGES] = "DELETE FROM room_change WHERE time < ?1",
	[ACCOUNTS_LIST_ROOMS] = "SELECT " ROOM_COLUMNS " FROM room WHERE name > ?1 ORDER BY name",
	[ACCOUNTS_LIST_ROLES] = SELECT_ROLES
	"WHERE room = ?1) WHERE called > ?2 ORDER BY called, user",
	[ACCOUNTS_LIST_ALL_ROLES] = SELECT_ROLES ") WHERE (room, called) > (?1, ?2) "
						 "ORDER BY room, called, user",
	[ACCOUNTS_LIST_SANCTIONS] =
		"SELECT subject, key, prefix, name, id, room, kind, reason, by_name, "
		"created, ifnull(until, 9223372036854775807) FROM sanction "
		"WHERE " IS_NOT_OVER " AND id < ?2 AND (?3 = '' OR room = ?3) "
		"ORDER BY id DESC",
	[ACCOUNTS_LIST_AUDIT] =
		"SELECT id, time, via, actor, actor_name, action, room, subject, detail "
		"FROM audit WHERE id < ?1 AND (?2 = '' OR room = ?2) ORDER BY id DESC",
	[ACCOUNTS_ADD_AUDIT] =
		"INSERT INTO audit (time, via, actor, actor_name, action, room, subject, "
		"detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[ACCOUNTS_BOUND_AUDIT] = "DELETE FROM audit WHERE id <= last_insert_rowid() - ?1",
};

struct value value_number(int64_t number)
{
	return (struct value){ .kind = VALUE_NUMBER, .number = number };
}

struct value value_text(struct str text)
{
	return (struct value){ .kind = VALUE_TEXT, .data = text.data, .len = text.len };
}

struct value value_blob(const void *data, size_t len)
{
	return (struct value){ .kind = VALUE_BLOB, .data = data, .len = len };
}

static int value_bind(sqlite3_stmt *statement, int index, const struct value *value)
{
	switch (value->kind) {
	case VALUE_NUMBER:
		return sqlite3_bind_int64(statement, index, value->number);
	case VALUE_TEXT:
		return database_bind_text(statement, index, str_range(value->data, value->len));
	case VALUE_BLOB:
		break;
	}
	return sqlite3_bind_blob64(statement, index, value->data, value->len, SQLITE_STATIC);
}

/* NULL after a failure. */
static sqlite3_stmt *accounts_prepare(struct accounts *accounts, enum accounts_statement which)
{
	if (accounts->problem == STORE_OK && accounts->statements[which] == NULL)
		accounts->problem = database_prepare(
			&accounts->database, statements[which], &accounts->statements[which]);
	return accounts->problem == STORE_OK ? accounts->statements[which] : NULL;
}

enum store_problem accounts_prepare_core(struct accounts *accounts)
{
	for (enum accounts_statement i = 0; i < ACCOUNTS_CORE_COUNT; i++)
		accounts_prepare(accounts, i);
	return accounts->problem;
}

void accounts_finalize_statements(struct accounts *accounts)
{
	for (int i = 0; i < ACCOUNTS_STATEMENT_COUNT; i++)
		sqlite3_finalize(accounts->statements[i]);
}

sqlite3_stmt *accounts_next(struct accounts *accounts, sqlite3_stmt *row)
{
	bool is_row = false;

	assert(accounts->problem == STORE_OK);
	accounts->problem = database_step(&accounts->database, row, &is_row);
	return is_row ? row : NULL;
}

sqlite3_stmt *accounts_find(
	struct accounts *accounts, enum accounts_statement which, const struct value *values)
{
	sqlite3_stmt *statement = accounts_prepare(accounts, which);
	int count = sqlite3_bind_parameter_count(statement);
	int result = SQLITE_OK;

	if (statement == NULL)
		return NULL;
	assert(values != NULL || count == 0);
	for (int i = 0; i < count && result == SQLITE_OK; i++)
		result = value_bind(statement, i + 1, &values[i]);
	accounts->problem = database_problem(&accounts->database, result);
	return accounts->problem == STORE_OK ? accounts_next(accounts, statement) : NULL;
}

void accounts_leave(sqlite3_stmt *row)
{
	sqlite3_reset(row);
}

bool accounts_has(
	struct accounts *accounts, enum accounts_statement which, const struct value *values)
{
	sqlite3_stmt *row = accounts_find(accounts, which, values);

	accounts_leave(row);
	return row != NULL;
}

int64_t accounts_run(
	struct accounts *accounts, enum accounts_statement which, const struct value *values)
{
	accounts_leave(accounts_find(accounts, which, values));
	return accounts->problem == STORE_OK ? sqlite3_changes64(accounts->database.handle) : 0;
}

void accounts_begin(struct accounts *accounts, enum accounts_mode mode)
{
	accounts->problem = STORE_OK;
	accounts_run(accounts,
		mode == ACCOUNTS_READ ? ACCOUNTS_BEGIN_READING : ACCOUNTS_BEGIN_WRITING, NULL);
}

enum store_problem accounts_end(struct accounts *accounts, bool is_wanted)
{
	if (is_wanted)
		accounts_run(accounts, ACCOUNTS_COMMIT, NULL);
	database_roll_back(&accounts->database); /* unless that has ended it */
	return accounts->problem;
}

void accounts_take_blob(
	struct accounts *accounts, sqlite3_stmt *row, int column, uint8_t *out, size_t size)
{
	const void *data = sqlite3_column_blob(row, column);

	memset(out, 0, size);
	if (data != NULL && (size_t)sqlite3_column_bytes(row, column) == size)
		memcpy(out, data, size);
	else
		accounts->problem = database_refuse(
			&accounts->database, STORE_CORRUPT, "a value of another length");
}

void accounts_take_text(
	struct accounts *accounts, sqlite3_stmt *row, int column, char *out, size_t size)
{
	struct str text = database_column_text(row, column);

	memset(out, 0, size);
	if (text.len < size)
		memcpy(out, text.data, text.len);
	else
		accounts->problem = database_refuse(
			&accounts->database, STORE_CORRUPT, "a text that is too long");
}

static void take_name(
	struct accounts *accounts, sqlite3_stmt *row, int column, char out[static USER_NAME_SIZE])
{
	accounts_take_text(accounts, row, column, out, USER_NAME_SIZE);
	if (!utf8_is_valid(str_from(out)))
		accounts->problem = database_refuse(
			&accounts->database, STORE_CORRUPT, "a name that is no text");
}

void accounts_take_account(
	struct accounts *accounts, sqlite3_stmt *row, int column, struct account *account_out)
{
	struct account *account = account_out;

	accounts_take_blob(accounts, row, column, account->user.id, sizeof(account->user.id));
	take_name(accounts, row, column + 1, account->user.name);
	take_name(accounts, row, column + 2, account->username);
	accounts_take_text(accounts, row, column + 3, account->password, sizeof(account->password));
	account->is_superuser = sqlite3_column_int(row, column + 4) != 0;
	account->is_active = sqlite3_column_int(row, column + 5) != 0;
	account->joined_ms = sqlite3_column_int64(row, column + 6);
	account->last_login_ms = sqlite3_column_int64(row, column + 7);
}
