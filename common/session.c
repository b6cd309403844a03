/* SPDX-License-Identifier: MIT */
/* What a cookie of a session says, and how long it is believed. */
#include "common/session.h"

#include <string.h>

#include "common/cookie.h"

#define KEY_SIZE 32 /* 256 bits, which nobody guesses */
#define MINUTE_SECONDS 60
#define MINUTE_MS ((int64_t)60000)
#define TOUCH_MS (5 * MINUTE_MS) /* a write for each page would be too much */
#define TEN_YEARS_SECONDS (10LL * 365 * 24 * 60 * 60)

static void hash_key(const uint8_t key[static KEY_SIZE], uint8_t hash_out[static SESSION_HASH_SIZE])
{
	crypto_sha256(str_range((const char *)key, KEY_SIZE), hash_out);
}

bool session_read_cookie(
	struct str cookie_header, bool is_https, uint8_t key_hash_out[static SESSION_HASH_SIZE])
{
	uint8_t key[KEY_SIZE];
	struct str value;
	size_t len;

	for (int i = 0; i < COOKIE_TRIES_MAX; i++) {
		if (!cookie_next(&cookie_header, SESSION_COOKIE, is_https, &value))
			return false;
		if (crypto_base64_decode(value, key, sizeof(key), &len) && len == sizeof(key)) {
			hash_key(key, key_hash_out);
			return true;
		}
	}
	return false;
}

/* A time ahead of now is of a clock that has been set back since, and nobody knows how old it is:
 * as much as the limit is forgiven, so that no session ends for a correction, and none lives longer
 * than twice its time. */
static bool is_past_limit(int64_t time_ms, int64_t now_ms, int64_t limit_minutes)
{
	int64_t limit_ms = limit_minutes * MINUTE_MS;

	return limit_minutes > 0 && (time_ms <= now_ms - limit_ms || time_ms >= now_ms + limit_ms);
}

bool session_is_over(const struct config *config, const struct session_row *row, int64_t now_ms)
{
	return is_past_limit(row->created_ms, now_ms, config->sessions_lifetime_minutes) ||
	       is_past_limit(row->seen_ms, now_ms, config->sessions_idle_minutes);
}

static enum session_state judge(const struct config *config, const struct session_row *row,
	const struct account *account, int64_t now_ms)
{
	if (session_is_over(config, row, now_ms))
		return SESSION_OVER;
	return account->is_active ? SESSION_VALID : SESSION_BANNED;
}

static void fill(
	struct session *session, const struct session_row *row, const struct account *account)
{
	*session = (struct session){
		.user = account->user,
		.is_superuser = account->is_superuser,
		.created_ms = row->created_ms,
		.seen_ms = row->seen_ms,
	};
	memcpy(session->key_hash, row->key_hash, sizeof(session->key_hash));
}

enum session_state session_find(struct accounts *accounts, const struct config *config,
	const uint8_t key_hash[static SESSION_HASH_SIZE], int64_t now_ms, struct session *session)
{
	struct session_row row;
	struct account account;
	enum session_state state;
	bool is_found;

	if (accounts == NULL ||
		sessions_find(accounts, key_hash, &row, &account, &is_found) != STORE_OK)
		return SESSION_UNREADABLE;
	if (!is_found)
		return SESSION_OVER;
	state = judge(config, &row, &account, now_ms);
	if (state == SESSION_VALID)
		fill(session, &row, &account);
	return state;
}

int64_t session_touch_ms(const struct config *config)
{
	int64_t idle_ms = config->sessions_idle_minutes * MINUTE_MS;

	return idle_ms > 0 && idle_ms / 4 < TOUCH_MS ? idle_ms / 4 : TOUCH_MS;
}

static int64_t cookie_age_seconds(const struct config *config)
{
	return config->sessions_lifetime_minutes == 0
		       ? TEN_YEARS_SECONDS
		       : config->sessions_lifetime_minutes * MINUTE_SECONDS;
}

void session_create(const struct config *config, const uint8_t account[static USER_ID_SIZE],
	bool is_https, int64_t now_ms, struct session_row *row, struct buf *set_cookie)
{
	uint8_t key[KEY_SIZE];
	struct buf value = { 0 };

	crypto_random(key, sizeof(key));
	hash_key(key, row->key_hash);
	memcpy(row->account, account, sizeof(row->account));
	row->created_ms = now_ms;
	row->seen_ms = now_ms;
	crypto_base64_encode(&value, key, sizeof(key));
	cookie_write(
		set_cookie, SESSION_COOKIE, buf_str(&value), is_https, cookie_age_seconds(config));
	crypto_wipe(key, sizeof(key));
	crypto_wipe(value.data, value.len);
	buf_finish(&value);
}

void session_forget_cookie(bool is_https, struct buf *set_cookie)
{
	cookie_write(set_cookie, SESSION_COOKIE, STR_OF(""), is_https, COOKIE_GONE);
}
