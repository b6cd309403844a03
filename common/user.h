/* SPDX-License-Identifier: MIT */
/* Whom pages and rooms deal with, as scope["user"] and request.user say it in Django. The id is
 * what counts: it is the sender of messages; names may change. */
#pragma once

#include <stdint.h>

#include "common/name.h"

#define USER_ID_SIZE 16
#define USER_NAME_SIZE (NAME_PERSON_MAX * 4 + 1)

struct user {
	uint8_t id[USER_ID_SIZE];
	char name[USER_NAME_SIZE]; /* what others read; normalized, NUL-terminated UTF-8 */
};
