/* SPDX-License-Identifier: MIT */
/* Accounts in the admin: by their ids in hexadecimal digits. */
#pragma once

#include "fcgi/views/admin/list.h"

/* Appends the word of an account for addresses and forms. */
void people_write_id(const uint8_t id[static USER_ID_SIZE], struct buf *out);
/* NULL when account_out is filled, else why not. */
const char *people_find(struct admin_desk *desk, struct str id, struct account *account_out);
/* Calls visit for accounts that have search in one of their names, by user name, until it returns
 * false. */
enum store_problem people_visit(struct admin_desk *desk, struct str search, struct str after,
	bool (*visit)(void *context, const struct account *account), void *context)
	__attribute__((warn_unused_result));
