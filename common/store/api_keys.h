/* SPDX-License-Identifier: MIT */
/* The keys of programs, in accounts.db (accounts.h says what goes for all calls). */
#pragma once

#include "common/store/accounts.h"
#include "common/store/api_key.h"

/* Gives it the next id; an id is never given twice. */
enum store_problem api_keys_add(struct accounts *accounts, const struct api_key *key,
	int64_t *id_out) __attribute__((warn_unused_result));
/* Also one that is over. */
enum store_problem api_keys_find(struct accounts *accounts, int64_t id, struct api_key *key_out,
	bool *is_found_out) __attribute__((warn_unused_result));
/* In the order of their ids, also those that are over until they are purged a month later. Ends
 * when visit returns false. */
enum store_problem api_keys_list(struct accounts *accounts, size_t limit,
	bool (*visit)(void *context, const struct api_key *key), void *context)
	__attribute__((warn_unused_result));
enum store_problem api_keys_remove(struct accounts *accounts, int64_t id, bool *is_found_out)
	__attribute__((warn_unused_result));
/* It was used, which is kept no more precisely than to the minute. */
enum store_problem api_keys_touch(struct accounts *accounts, const struct api_key *key,
	int64_t now_ms) __attribute__((warn_unused_result));
/* Those that have been over for a month. */
enum store_problem api_keys_purge(struct accounts *accounts, int64_t now_ms, size_t *count_out)
	__attribute__((warn_unused_result));
