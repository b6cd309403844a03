/* SPDX-License-Identifier: MIT */
/* The only door to libfcgi: worker threads that accept FastCGI requests on one socket. */
#pragma once

#include "fcgi/app.h"

/* Answers requests until SIGTERM or SIGINT; returns the exit status. Binds path, or takes
 * descriptor 0, which listens already, when it is NULL. */
int fastcgi_serve(struct app *app, const char *path);
