/* SPDX-License-Identifier: MIT */
/* What the web server says is borrowed where it lies; only the body is copied. */
#include "fcgi/exchange.h"

#include <string.h>

#include "common/base/crypto.h"
#include "fcgi/gzip.h"
#include "fcgi/middleware.h"

/* Everything the web server says about a request. */
#define VARIABLES_BYTES_MAX (64 * 1024)

static struct str variable(char **environment, const char *name)
{
	size_t len = strlen(name);

	for (char **entry = environment; *entry != NULL; entry++) {
		if (strncmp(*entry, name, len) == 0 && (*entry)[len] == '=')
			return str_from(*entry + len + 1);
	}
	return STR_OF("");
}

/* Where a web server names it twice, what its own configuration adds comes last: nginx's parameters
 * of Debian begin with the name of any Authorization header, which nobody need have checked. */
static struct str remote_user(char **environment)
{
	struct str name = STR(""), prefix = STR("REMOTE_USER=");

	for (char **entry = environment; *entry != NULL; entry++) {
		if (str_starts_with(str_from(*entry), prefix))
			name = str_skip(str_from(*entry), prefix.len);
	}
	return name;
}

static struct request_variables read_variables(char **environment, bool is_plain_cgi)
{
	return (struct request_variables){
		.method = variable(environment, "REQUEST_METHOD"),
		.uri = variable(environment, "REQUEST_URI"),
		.script_name = variable(environment, "SCRIPT_NAME"),
		.path_info = variable(environment, "PATH_INFO"),
		.query = variable(environment, "QUERY_STRING"),
		.host = variable(environment, "HTTP_HOST"),
		.cookie = variable(environment, "HTTP_COOKIE"),
		.origin = variable(environment, "HTTP_ORIGIN"),
		.sec_fetch_site = variable(environment, "HTTP_SEC_FETCH_SITE"),
		.sec_fetch_dest = variable(environment, "HTTP_SEC_FETCH_DEST"),
		.user_agent = variable(environment, "HTTP_USER_AGENT"),
		.accept = variable(environment, "HTTP_ACCEPT"),
		.accept_encoding = variable(environment, "HTTP_ACCEPT_ENCODING"),
		.accept_language = variable(environment, "HTTP_ACCEPT_LANGUAGE"),
		.if_none_match = variable(environment, "HTTP_IF_NONE_MATCH"),
		.authorization = variable(environment, "HTTP_AUTHORIZATION"),
		.content_type = variable(environment, "CONTENT_TYPE"),
		.idempotency_key = variable(environment, "HTTP_IDEMPOTENCY_KEY"),
		.remote_address = variable(environment, "REMOTE_ADDR"),
		.remote_user = remote_user(environment),
		.forwarded_for = variable(environment, "HTTP_X_FORWARDED_FOR"),
		.forwarded_proto = variable(environment, "HTTP_X_FORWARDED_PROTO"),
		.https = variable(environment, "HTTPS"),
		.request_scheme = variable(environment, "REQUEST_SCHEME"),
		.is_plain_cgi = is_plain_cgi,
	};
}

static bool variables_are_too_many(char **environment)
{
	size_t bytes = 0;

	for (char **entry = environment; *entry != NULL && bytes <= VARIABLES_BYTES_MAX; entry++)
		bytes += strlen(*entry) + 1;
	return bytes > VARIABLES_BYTES_MAX;
}

/* Reads exactly CONTENT_LENGTH bytes. 0, or the status of the refusal. */
static int read_body(
	struct str length_text, exchange_read_fn *read, void *context, struct buf *body)
{
	uint64_t length;

	if (length_text.len == 0)
		return 0;
	if (!str_to_uint64(length_text, &length))
		return 400;
	if (length > REQUEST_BODY_BYTES_MAX)
		return 413;
	body->len = read(context, buf_reserve(body, (size_t)length), (size_t)length);
	return body->len == length ? 0 : 400;
}

void exchange_answer(struct app *app, char **environment, bool is_plain_cgi, exchange_read_fn *read,
	void *context, struct buf *out)
{
	struct request_variables variables = read_variables(environment, is_plain_cgi);
	struct response response = { 0 };
	struct request request;
	struct buf body = { 0 };
	int refusal;

	request_init(&request, &variables, app->config);
	refusal = variables_are_too_many(environment)
			  ? 431
			  : read_body(
				    variable(environment, "CONTENT_LENGTH"), read, context, &body);
	request.body = buf_str(&body);
	if (refusal != 0)
		middleware_refuse(app, &request, &response, refusal);
	else
		middleware_answer(app, &request, &response);
	gzip_page(&request, &response);
	response_write(&response, !request.is_head, out);
	crypto_wipe(body.data, body.len); /* there may be a password in it */
	buf_finish(&body);
	response_finish(&response);
	request_finish(&request);
}
