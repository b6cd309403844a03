/* SPDX-License-Identifier: MIT */
/* A request as the views see it: what Django's scope says, made from the CGI variables (RFC
 * 3875), each part decoded once. */
#pragma once

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/config.h"
#include "common/identity.h"
#include "common/store/api_key.h"
#include "fcgi/flash.h"
#include "fcgi/theme.h"
#include "fcgi/translate.h"

/* Keeps the tag of the language that a reader has chosen. */
#define LANGUAGE_COOKIE "roomwire_language"

#define REQUEST_BODY_BYTES_MAX (64 * 1024)

enum request_method { METHOD_GET, METHOD_POST, METHOD_OTHER };

/* What the web server says; empty where it says nothing. Borrowed. */
struct request_variables {
	struct str method; /* REQUEST_METHOD */
	struct str uri; /* REQUEST_URI: raw, with the query */
	struct str script_name; /* decoded by the web server */
	struct str path_info;
	struct str query; /* QUERY_STRING */
	struct str host;
	struct str cookie;
	struct str origin;
	struct str sec_fetch_site;
	struct str sec_fetch_dest;
	struct str user_agent;
	struct str accept;
	struct str accept_encoding;
	struct str accept_language;
	struct str if_none_match;
	struct str authorization;
	struct str content_type; /* of the body */
	struct str idempotency_key;
	struct str remote_address;
	struct str remote_user; /* whom the web server has logged in */
	struct str forwarded_for;
	struct str forwarded_proto;
	struct str https; /* "on" behind TLS */
	struct str request_scheme;
	bool is_plain_cgi;
};

struct request {
	struct request_variables variables; /* borrowed */
	enum request_method method;
	bool is_head; /* answered like GET, without the body */
	struct buf path; /* raw, below script_prefix; begins with '/' */
	struct str
		prefix; /* what reverse() puts before paths: SCRIPT_NAME under plain CGI, else "" */
	struct str query; /* raw */
	struct str body; /* of a POST, borrowed */
	struct buf room; /* url_route's kwargs, a room or a channel: decoded, as it came */
	struct str scheme; /* "http" or "https" */
	struct str client; /* the client's address */
	struct identity identity; /* who asks; found by the middleware */
	struct api_key key; /* the program that asks, and then nobody else; id 0: none */
	struct flashes flashes;
	const struct translation *language; /* of who reads */
	enum theme theme; /* that they have chosen */
};

/* Fills everything but the body, the room, who asks and the flashes. Borrows from variables. */
void request_init(struct request *request, const struct request_variables *variables,
	const struct config *config);
void request_finish(struct request *request);
bool request_is_https(const struct request *request);
/* What is below /api/ is there for scripts. */
bool request_is_for_scripts(const struct request *request);
/* A script that reads JSON asks, and no browser on its own. */
bool request_wants_json(const struct request *request);

struct response;

/* The browser forgets who it was, guest and session alike; the next page makes somebody new. */
void request_forget_identity(struct request *request, struct response *response);
