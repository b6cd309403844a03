/* SPDX-License-Identifier: MIT */
/* Plain CGI (RFC 3875): one request from the environment and standard input, its answer to
 * standard output. */
#pragma once

#include "fcgi/app.h"

/* Returns the exit status. */
int cgi_serve(struct app *app);
