/* SPDX-License-Identifier: MIT */
/* Pages are compressed here, so that they are behind every web server. What a page has of secrets
 * is different each time (fcgi/csrf.h), so that its length tells nothing about them (BREACH). */
#pragma once

#include "fcgi/request.h"
#include "fcgi/response.h"

/* Replaces the body of a page of HTML by gzip's form of it where the reader takes that, with its
 * headers. Everything else stays as it is. */
void gzip_page(const struct request *request, struct response *response);
