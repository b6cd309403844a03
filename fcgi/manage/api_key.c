/* SPDX-License-Identifier: MIT */
/* Keys with which programs use the site over HTTP. Only the hash of a key is kept, so that it is
 * shown once. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/utf8.h"
#include "common/room_name.h"
#include "common/store/api_keys.h"
#include "fcgi/manage/commands.h"
#include "fcgi/manage/number.h"
#include "fcgi/manage/options.h"
#include "fcgi/manage/record.h"
#include "fcgi/manage/site.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)
#define DAYS_MAX 3650
#define LISTED_MAX 100000

static bool read_name(struct api_key *key, const char *name, int *status_out)
{
	struct str text = str_from(name);

	if (text.len == 0 || text.len >= sizeof(key->name) || !utf8_is_valid(text)) {
		*status_out = site_complain(EX_DATAERR,
			"the name of a key is 1 to %zu bytes of UTF-8", sizeof(key->name) - 1);
		return false;
	}
	memcpy(key->name, text.data, text.len);
	return true;
}

static int complain_of_scope(const char *word)
{
	struct buf words = { 0 };
	struct log_quoted quoted;

	api_scopes_write(UINT_MAX, &words);
	if (word == NULL)
		site_complain(EX_USAGE, "--scope is missing: some of %s", buf_text(&words));
	else
		site_complain(EX_USAGE, "--scope: %s is none of %s",
			log_quote(&quoted, str_from(word)), buf_text(&words));
	buf_finish(&words);
	return EX_USAGE;
}

static bool read_scopes(struct api_key *key, int *status_out)
{
	for (size_t i = 0; i < ARGUMENTS_LIST_MAX && manage_options.scopes[i] != NULL; i++) {
		unsigned scope = api_scope_find(str_from(manage_options.scopes[i]));

		key->scopes |= scope;
		if (scope == 0) {
			*status_out = complain_of_scope(manage_options.scopes[i]);
			return false;
		}
	}
	if (key->scopes == 0)
		*status_out = complain_of_scope(NULL);
	return key->scopes != 0;
}

/* A pattern has the form that the names have which it is compared with. */
static bool add_room(const char *room, struct buf *rooms, int *status_out)
{
	struct buf pattern = { 0 };
	struct log_quoted quoted;
	enum name_problem problem = room_name_normalize(str_from(room), &pattern);

	if (problem == NAME_OK) {
		buf_append_str(rooms, buf_str(&pattern));
		buf_append_char(rooms, '\n');
	} else {
		*status_out = site_complain(EX_USAGE, "--room: %s: %s",
			log_quote(&quoted, str_from(room)), name_problem_sentence(problem));
	}
	buf_finish(&pattern);
	return problem == NAME_OK;
}

static bool add_rooms(struct buf *rooms, int *status_out)
{
	for (size_t i = 0; i < ARGUMENTS_LIST_MAX && manage_options.rooms[i] != NULL; i++) {
		if (!add_room(manage_options.rooms[i], rooms, status_out))
			return false;
	}
	return true;
}

static bool read_rooms(struct api_key *key, int *status_out)
{
	struct buf rooms = { 0 };
	bool is_good = add_rooms(&rooms, status_out);

	if (is_good && rooms.len >= sizeof(key->rooms)) {
		*status_out = site_complain(
			EX_USAGE, "--room: all together at most %zu bytes", sizeof(key->rooms) - 1);
		is_good = false;
	}
	if (is_good && rooms.len > 0 && (key->scopes & (API_CHANNELS_SEND | API_ADMIN)) != 0) {
		*status_out = site_complain(EX_USAGE,
			(key->scopes & API_ADMIN) != 0
				? "--room: an admin's key is for everything; rooms:moderate is for "
				  "some rooms"
				: "--room: channels are in no room; channels:send needs a key of "
				  "its own");
		is_good = false;
	}
	if (is_good && rooms.len > 0)
		memcpy(key->rooms, rooms.data, rooms.len);
	buf_finish(&rooms);
	return is_good;
}

/* What the command line says about a new one. */
static bool read_options(struct api_key *key, const char *name, int *status_out)
{
	int64_t days = 0;

	*key = (struct api_key){ .created_ms = clock_wall_ms() };
	if (!read_name(key, name, status_out) || !read_scopes(key, status_out) ||
		!read_rooms(key, status_out) ||
		!number_read("--days", manage_options.days, DAYS_MAX, &days, status_out))
		return false;
	if (days > 0)
		key->expires_ms = key->created_ms + days * DAY_MS;
	return true;
}

static void add_what_is_known(struct record *record, const struct api_key *key)
{
	struct buf scopes = { 0 };

	api_scopes_write(key->scopes, &scopes);
	record_add_foreign_text(record, "name", key->name);
	record_add_list(record, "scopes", buf_str(&scopes), ' ');
	record_add_list(
		record, "rooms", key->rooms[0] == '\0' ? STR_OF("*") : str_from(key->rooms), '\n');
	record_add_time(record, "expires", key->expires_ms);
	record_add_time(record, "created", key->created_ms);
	buf_finish(&scopes);
}

static void print_new(const struct api_key *key, const char *text)
{
	struct record record;

	if (!record_is_json()) {
		puts(text);
		return;
	}
	record_begin(&record);
	record_add_number(&record, "id", key->id);
	record_add_text(&record, "key", text);
	add_what_is_known(&record, key);
	record_print(&record);
}

static int add(const struct config *config, struct accounts *accounts, const void *context)
{
	struct api_key key = *(const struct api_key *)context;
	uint8_t secret[API_KEY_SECRET_SIZE];
	struct buf text = { 0 };
	enum store_problem problem;

	crypto_random(secret, sizeof(secret));
	crypto_sha256(str_range((const char *)secret, sizeof(secret)), key.secret_hash);
	problem = api_keys_add(accounts, &key, &key.id);
	if (problem != STORE_OK)
		return site_complain_of_accounts(config, accounts, problem);
	api_key_write(key.id, secret, &text);
	print_new(&key, buf_text(&text));
	buf_finish(&text);
	return EX_OK;
}

int manage_api_key_add(const struct config *config, const char *name)
{
	struct api_key key;
	int status;

	if (!read_options(&key, name, &status))
		return status;
	return site_with_accounts(config, add, &key);
}

static bool list_one(void *context, const struct api_key *key)
{
	const int64_t *now_ms = context;
	struct record record;

	record_begin(&record);
	record_add_number(&record, "id", key->id);
	record_add_flag(&record, "usable", !api_key_is_over(key, *now_ms));
	add_what_is_known(&record, key);
	record_add_time(&record, "used", key->used_ms);
	record_print(&record);
	return true;
}

static int list(const struct config *config, struct accounts *accounts, const void *unused)
{
	int64_t now_ms = clock_wall_ms();
	enum store_problem problem = api_keys_list(accounts, LISTED_MAX, list_one, &now_ms);

	(void)unused;
	return problem == STORE_OK ? EX_OK : site_complain_of_accounts(config, accounts, problem);
}

int manage_api_key_list(const struct config *config, const char *unused)
{
	(void)unused;
	return site_with_accounts(config, list, NULL);
}

static int remove_key(const struct config *config, struct accounts *accounts, const void *context)
{
	int64_t id = *(const int64_t *)context;
	struct api_key key = { 0 };
	bool was_there = false;
	struct record record;
	enum store_problem problem = api_keys_find(accounts, id, &key, &was_there);

	if (problem == STORE_OK && was_there)
		problem = api_keys_remove(accounts, id, &was_there);
	if (problem != STORE_OK)
		return site_complain_of_accounts(config, accounts, problem);
	if (!was_there)
		return site_complain(EX_DATAERR, "%" PRId64 ": there is no such key", id);
	if (!record_is_json()) {
		printf("%" PRId64 ": is removed\n", id);
		return EX_OK;
	}
	record_begin(&record);
	record_add_number(&record, "id", key.id);
	add_what_is_known(&record, &key);
	record_print(&record);
	return EX_OK;
}

int manage_api_key_remove(const struct config *config, const char *text)
{
	int64_t id = 0;
	int status;

	if (!number_read("the id of a key", text, INT64_MAX, &id, &status))
		return status;
	return site_with_accounts(config, remove_key, &id);
}
