/* SPDX-License-Identifier: MIT */
/* Keys as rows. One that is over is kept for a month, so that its maker sees why a program has been
 * refused. */
#include "common/store/api_keys.h"

#include "common/store/accounts_private.h"

#define KEPT_MS (30 * 24 * 60 * 60 * (int64_t)1000)
#define TOUCH_MS (60 * (int64_t)1000) /* each is a write to the disk */

static void note(struct accounts *accounts, const char *action, int64_t id, struct str detail)
{
	struct buf number = { 0 };

	buf_append_number(&number, id);
	audit_note(accounts, action, buf_str(&number), detail);
	buf_finish(&number);
}

enum store_problem api_keys_add(
	struct accounts *accounts, const struct api_key *key, int64_t *id_out)
{
	struct buf scopes = { 0 };

	api_scopes_write(key->scopes, &scopes);
	accounts_begin(accounts, ACCOUNTS_WRITE);
	accounts_run(accounts, ACCOUNTS_ADD_API_KEY,
		VALUES(value_text(str_from(key->name)), VALUE_HASH(key->secret_hash),
			value_text(buf_str(&scopes)), value_text(str_from(key->rooms)),
			value_number(key->created_ms), value_number(key->expires_ms)));
	*id_out = sqlite3_last_insert_rowid(accounts->database.handle);
	note(accounts, "apikey add", *id_out, str_from(key->name));
	buf_finish(&scopes);
	return accounts_end(accounts, true);
}

static void take_key(struct accounts *accounts, sqlite3_stmt *row, struct api_key *key_out)
{
	*key_out = (struct api_key){
		.id = sqlite3_column_int64(row, 0),
		.scopes = api_scopes_read(database_column_text(row, 3)),
		.created_ms = sqlite3_column_int64(row, 5),
		.expires_ms = sqlite3_column_int64(row, 6),
		.used_ms = sqlite3_column_int64(row, 7),
	};
	accounts_take_text(accounts, row, 1, key_out->name, sizeof(key_out->name));
	accounts_take_blob(accounts, row, 2, key_out->secret_hash, sizeof(key_out->secret_hash));
	accounts_take_text(accounts, row, 4, key_out->rooms, sizeof(key_out->rooms));
}

enum store_problem api_keys_find(
	struct accounts *accounts, int64_t id, struct api_key *key_out, bool *is_found_out)
{
	sqlite3_stmt *row;

	accounts_begin(accounts, ACCOUNTS_READ);
	row = accounts_find(accounts, ACCOUNTS_FIND_API_KEY, VALUES(value_number(id)));
	*is_found_out = row != NULL;
	if (row != NULL)
		take_key(accounts, row, key_out);
	accounts_leave(row);
	return accounts_end(accounts, true);
}

enum store_problem api_keys_list(struct accounts *accounts, size_t limit,
	bool (*visit)(void *context, const struct api_key *key), void *context)
{
	struct api_key key;
	sqlite3_stmt *row;

	accounts_begin(accounts, ACCOUNTS_READ);
	row = accounts_find(
		accounts, ACCOUNTS_LIST_API_KEYS, VALUES(value_number(database_clamp(limit))));
	for (; row != NULL; row = accounts_next(accounts, row)) {
		take_key(accounts, row, &key);
		if (accounts->problem != STORE_OK || !visit(context, &key))
			break;
	}
	accounts_leave(row);
	return accounts_end(accounts, true);
}

enum store_problem api_keys_remove(struct accounts *accounts, int64_t id, bool *is_found_out)
{
	accounts_begin(accounts, ACCOUNTS_WRITE);
	*is_found_out = accounts_run(accounts, ACCOUNTS_REMOVE_API_KEY, VALUES(value_number(id))) >
			0;
	if (*is_found_out)
		note(accounts, "apikey remove", id, STR_OF(""));
	return accounts_end(accounts, true);
}

enum store_problem api_keys_touch(
	struct accounts *accounts, const struct api_key *key, int64_t now_ms)
{
	if (now_ms - key->used_ms < TOUCH_MS)
		return STORE_OK;
	accounts_begin(accounts, ACCOUNTS_WRITE);
	accounts_run(accounts, ACCOUNTS_TOUCH_API_KEY,
		VALUES(value_number(key->id), value_number(now_ms)));
	return accounts_end(accounts, true);
}

enum store_problem api_keys_purge(struct accounts *accounts, int64_t now_ms, size_t *count_out)
{
	accounts_begin(accounts, ACCOUNTS_WRITE);
	*count_out = (size_t)accounts_run(
		accounts, ACCOUNTS_PURGE_API_KEYS, VALUES(value_number(now_ms - KEPT_MS)));
	return accounts_end(accounts, true);
}
