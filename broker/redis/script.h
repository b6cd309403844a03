/* SPDX-License-Identifier: MIT */
/* Lua scripts. Redis runs a loaded script by its hash, so a link sends the text only once for each
 * connection. A script is a static variable of the file that uses it, and is listed in the setting
 * of the links. Main's thread only. */
#pragma once

#include "broker/redis/link.h"

#define SCRIPT_HASH_LEN 40

struct script {
	const char *text;
	char hash[SCRIPT_HASH_LEN]; /* private: Redis' reply to SCRIPT LOAD */
};

/* Runs a script; the contract is that of link_command. The first key_count of the words are KEYS,
 * the others ARGV. When Redis has forgotten the script, it is sent again with its text, and runs
 * after the commands that were sent in between. If the queue is full then, the script does not run,
 * and the reply is the error NOSCRIPT. A reply of kind LINK_ERROR comes from Redis, or from the
 * script (code "ERR" or its own). */
bool script_eval(struct link *link, const struct script *script, const struct link_handler *handler,
	size_t key_count, size_t count, const struct str *words)
	__attribute__((warn_unused_result));
