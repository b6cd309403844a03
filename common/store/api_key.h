/* SPDX-License-Identifier: MIT */
/* A key with which a program uses the site over HTTP: how it is written, what it may do, and in
 * which rooms. Pure; the rows are in common/store/api_keys.h. */
#pragma once

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/base/crypto.h"

#define API_KEY_SECRET_SIZE 32 /* nobody guesses 256 bits */
#define API_KEY_NAME_SIZE 128
#define API_KEY_ROOMS_SIZE 1024 /* of all patterns */

/* What a key may be good for; any number of them. */
enum api_scope {
	API_CHANNELS_SEND = 1,
	API_MESSAGES_READ = 2,
	API_MESSAGES_SEND = 4,
	API_ROOMS_READ = 8,
	API_ADMIN = 16, /* everything, whatever its other scopes are */
	API_ROOMS_MODERATE = 32,
};

struct api_key {
	int64_t id; /* from 1 on */
	char name[API_KEY_NAME_SIZE]; /* whose it is, as its maker says */
	uint8_t secret_hash[CRYPTO_SHA256_SIZE];
	unsigned scopes;
	/* Patterns of names in normal form, a line each; '*' at the end of one stands for anything.
	 * "": all rooms. */
	char rooms[API_KEY_ROOMS_SIZE];
	int64_t created_ms;
	int64_t expires_ms; /* 0: never */
	int64_t used_ms; /* lately; 0: never */
};

/* Appends the text that a program is given: "rw_<id>_<base64url>". */
void api_key_write(int64_t id, const uint8_t secret[static API_KEY_SECRET_SIZE], struct buf *out);
/* The way back; false for anything else. */
bool api_key_read(struct str text, int64_t *id_out, uint8_t secret_out[static API_KEY_SECRET_SIZE])
	__attribute__((warn_unused_result));
/* Whether it is the key's secret, in a time that does not tell how much of it is right. */
bool api_key_has_secret(const struct api_key *key, const uint8_t secret[static API_KEY_SECRET_SIZE])
	__attribute__((warn_unused_result));
bool api_key_is_over(const struct api_key *key, int64_t now_ms);
/* Whether it has a scope, by its own name or as an admin's. */
bool api_key_has_scope(const struct api_key *key, enum api_scope scope);
/* name is in normal form. */
bool api_key_opens_room(const struct api_key *key, struct str name);

/* 0 for a word that is no scope. */
unsigned api_scope_find(struct str word);
/* Appends the words, in the order of the alphabet, with blanks between them. */
void api_scopes_write(unsigned scopes, struct buf *out);
/* Those among the words that are known. */
unsigned api_scopes_read(struct str words);
