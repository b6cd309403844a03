/* SPDX-License-Identifier: MIT */
/* Client of the broker's control socket: one JSON request, one JSON answer, over nng REQ. Blocks
 * for at most timeout_ms. Any thread; calls go their own ways (one nng context each). */
#pragma once

#include "common/base/str.h"
#include "common/json.h"

struct control;

/* url is "ipc://…/control.ipc". The broker need not be there yet: dialling goes on in the
 * background. NULL only when the url is malformed. */
struct control *control_create(const char *url) __attribute__((warn_unused_result));
/* NULL is fine. */
void control_destroy(struct control *control);
/* NULL when no answer came in time or it was no JSON object; refusals ("ok": false) are returned
 * like other answers. The caller owns the answer (json_destroy). */
struct json *control_request(struct control *control, struct str request, int timeout_ms)
	__attribute__((warn_unused_result));
/* The same for what may take its time: waits connect_ms for somebody who takes the request, and
 * timeout_ms in all. is_sent_out is false when nobody did: then nothing was done. */
struct json *control_ask(struct control *control, struct str request, int connect_ms,
	int timeout_ms, bool *is_sent_out) __attribute__((warn_unused_result));
