/* SPDX-License-Identifier: MIT */
/* One request from the variables of CGI (RFC 3875) to the bytes of its answer, whichever way they
 * come: FastCGI or plain CGI. Reads within named limits. */
#pragma once

#include <stdbool.h>

#include "fcgi/app.h"

/* Reads up to len bytes of the body; returns how many there were. */
typedef size_t exchange_read_fn(void *context, char *out, size_t len);

/* Appends the whole answer to out. environment is NAME=VALUE strings, ended by NULL. Any thread. */
void exchange_answer(struct app *app, char **environment, bool is_plain_cgi, exchange_read_fn *read,
	void *context, struct buf *out);
