/* SPDX-License-Identifier: MIT */
/* Routes are matched on REQUEST_URI, because web servers decode and fold the path in ways of
 * their own before they put it into SCRIPT_NAME and PATH_INFO. Under plain CGI those say where
 * the program is mounted. */
#include "fcgi/request.h"

#include "common/cookie.h"
#include "common/guest.h"
#include "common/origin.h"
#include "fcgi/response.h"
#include "fcgi/url_code.h"

static enum request_method read_method(struct str method, bool *is_head_out)
{
	*is_head_out = str_is(method, "HEAD");
	if (*is_head_out || str_is(method, "GET"))
		return METHOD_GET;
	return str_is(method, "POST") ? METHOD_POST : METHOD_OTHER;
}

/* Absolute URIs are allowed in requests (RFC 9112 3.2.2): only the path counts. */
static struct str path_of_uri(struct str uri)
{
	struct str path = str_range(uri.data, str_find(uri, '?'));
	size_t scheme_end = str_find(path, ':');

	if (path.len > 0 && path.data[0] != '/' &&
		str_starts_with(str_skip(path, scheme_end), STR_OF("://"))) {
		path = str_skip(path, scheme_end + 3);
		path = str_skip(path, str_find(path, '/'));
	}
	return path;
}

static void read_path(struct request *request)
{
	const struct request_variables *variables = &request->variables;

	if (!variables->is_plain_cgi) {
		buf_append_str(&request->path, path_of_uri(variables->uri));
	} else {
		/* The web server has decoded it: encoded again, everything behind reads one form.
		 */
		request->prefix = variables->script_name;
		url_encode_path(variables->path_info, &request->path);
	}
	if (request->path.len == 0)
		buf_append_char(&request->path, '/');
}

static struct str read_scheme(const struct request_variables *variables, bool peer_is_trusted)
{
	if (peer_is_trusted && variables->forwarded_proto.len > 0)
		return str_equals_ignore_case(variables->forwarded_proto, STR_OF("https"))
			       ? STR_OF("https")
			       : STR_OF("http");
	if (str_equals_ignore_case(variables->https, STR_OF("on")) ||
		str_equals_ignore_case(variables->request_scheme, STR_OF("https")))
		return STR_OF("https");
	return STR_OF("http");
}

static const struct translation *find_chosen_language(const struct request *request)
{
	struct str header = request->variables.cookie, tag;
	const struct translation *chosen = NULL;

	for (int i = 0; i < COOKIE_TRIES_MAX && chosen == NULL; i++) {
		if (!cookie_next(&header, LANGUAGE_COOKIE, request_is_https(request), &tag))
			return NULL;
		chosen = translation_named(tag);
	}
	return chosen;
}

/* What somebody has chosen on a page counts for more than what their browser was set up with. */
static const struct translation *find_language(
	const struct request *request, const struct config *config)
{
	const struct translation *of_site = translation_named(str_from(config->site_language));
	const struct translation *chosen = find_chosen_language(request);

	if (chosen != NULL)
		return chosen;
	return translation_find(
		request->variables.accept_language, of_site != NULL ? of_site : translations[0]);
}

void request_init(struct request *request, const struct request_variables *variables,
	const struct config *config)
{
	struct str peer = variables->remote_address.len > 0 ? variables->remote_address
							    : STR_OF("unix");
	bool is_trusted = origin_peer_is_trusted(config, peer);

	*request = (struct request){ .variables = *variables };
	request->method = read_method(variables->method, &request->is_head);
	read_path(request);
	request->query = variables->query;
	request->scheme = read_scheme(variables, is_trusted);
	request->client = origin_client_address(config, peer, variables->forwarded_for);
	request->language = find_language(request, config);
	request->theme = theme_chosen(variables->cookie, request_is_https(request));
}

void request_finish(struct request *request)
{
	buf_finish(&request->path);
	buf_finish(&request->room);
}

bool request_is_https(const struct request *request)
{
	return str_is(request->scheme, "https");
}

bool request_is_for_scripts(const struct request *request)
{
	return str_starts_with(buf_str(&request->path), STR_OF("/api/"));
}

bool request_wants_json(const struct request *request)
{
	struct str rest = request->variables.accept, range;

	while (str_next(&rest, ',', &range)) {
		if (str_starts_with(str_trim(range), STR_OF("application/json")))
			return true;
	}
	return false;
}

void request_forget_identity(struct request *request, struct response *response)
{
	struct buf guest = { 0 }, session = { 0 };

	guest_forget_cookie(request_is_https(request), &guest);
	session_forget_cookie(request_is_https(request), &session);
	response_add_header(response, "Set-Cookie", buf_str(&guest));
	response_add_header(response, "Set-Cookie", buf_str(&session));
	buf_finish(&session);
	buf_finish(&guest);
	request->identity = (struct identity){ .kind = IDENTITY_GUEST };
	guest_create(&request->identity.user);
}
