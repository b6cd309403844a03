/* SPDX-License-Identifier: MIT */
/* The control socket (REP): JSON in, JSON out, always with "ok". A raw REP socket, so that
 * answers may come in any order: each goes back under the header of its own request. */
#pragma once

#include "broker/bus/socket.h"
#include "common/base/buf.h"

struct broker;

struct control_socket {
	struct bus_socket socket;
	struct broker *broker;
};

bool control_start(struct control_socket *control, struct broker *broker, const char *path)
	__attribute__((warn_unused_result));
/* What a request's text is answered; for the socket and for tests. */
void control_answer(struct broker *broker, struct str request, struct buf *answer);
