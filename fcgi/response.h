/* SPDX-License-Identifier: MIT */
/* An answer: status, headers, body; and the answers that every site has. */
#pragma once

#include "common/base/buf.h"

struct response {
	int status;
	struct buf headers; /* whole lines, CRLF */
	struct buf body;
	/* Cache-Control; NULL for what nobody keeps. What caches may keep carries no cookie. */
	const char *cache_control;
	bool is_private; /* what caches may keep is for who has asked alone */
};

void response_finish(struct response *response);
/* A value with a control byte in it is dropped and the program's fault: no header may begin
 * another one. */
void response_add_header(struct response *response, const char *name, struct str value);
/* 301, 302 or 303 to a path. */
int response_redirect(struct response *response, int status, struct str path);
/* Appends the whole answer as CGI has it (RFC 3875 6): "Status: …" first. */
void response_write(const struct response *response, bool with_body, struct buf *out);
const char *response_reason(int status);
