/* SPDX-License-Identifier: MIT */
/* Lua scripts that Redis knows by a hash, so that their text is sent once a connection. A script is
 * a static of who uses it, listed in the setting of the links. */
#pragma once

#include "broker/redis/link.h"

#define SCRIPT_HASH_LEN 40

struct script {
	const char *text;
	char hash[SCRIPT_HASH_LEN]; /* private: Redis' answer when it was loaded */
};

/* As link_command. The first key_count of the words are KEYS, the others ARGV. Should Redis have
 * forgotten the script it is sent again with its text: it is done behind those then that were sent
 * meanwhile; or, when too much waits then, answered with that error, NOSCRIPT, and not done. A
 * reply of kind LINK_ERROR is Redis' or the script's (its code "ERR" or its own). */
bool script_eval(struct link *link, const struct script *script, const struct link_handler *handler,
	size_t key_count, size_t count, const struct str *words)
	__attribute__((warn_unused_result));
