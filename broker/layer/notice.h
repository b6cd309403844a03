/* SPDX-License-Identifier: MIT */
/* A notice as it travels between brokers, a JSON object: {"kind": "announce", "text"}, {"kind":
 * "close", "text"} or {"kind": "revoke", "text", "key"} with the key in base64. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "broker/layer/layer.h"
#include "common/json.h"

/* A session's hash; a user's id is shorter. */
#define NOTICE_KEY_MAX 32

/* Adds a notice as a member, or without a key as an element. */
void notice_write(const struct layer_notice *notice, const char *key, struct json_writer *writer);
/* False for what notice_write would not write. The notice borrows from json and from key. */
bool notice_read(const struct json *json, uint8_t key[static NOTICE_KEY_MAX],
	struct layer_notice *notice_out) __attribute__((warn_unused_result));
