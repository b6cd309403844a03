/* SPDX-License-Identifier: MIT */
/* Rows are tried in their order; there are few. A segment is matched raw, so that an encoded
 * slash stays inside it. */
#include "fcgi/router.h"

#include <assert.h>
#include <string.h>

#include "fcgi/url_code.h"

/* Takes a fixed piece off the front of *path. */
static bool take(struct str *path, struct str piece)
{
	if (!str_starts_with(*path, piece))
		return false;
	*path = str_skip(*path, piece.len);
	return true;
}

/* Takes what stands before the room, if there is a place for one, off a pattern. */
static struct str take_fixed(struct str *pattern)
{
	struct str fixed = str_range(pattern->data, str_find(*pattern, ':'));

	*pattern = str_skip(*pattern, fixed.len);
	return fixed;
}

/* Takes the word for a segment off. */
static bool take_place(struct str *pattern)
{
	if (!take(pattern, STR_OF(":")))
		return false;
	*pattern = str_skip(*pattern, str_find(*pattern, '/'));
	return true;
}

static bool matches(
	const struct config *config, const char *pattern, struct str path, struct str *room_out)
{
	struct str rest = str_from(pattern);

	*room_out = STR_OF("");
	if (str_starts_with(rest, STR_OF("@"))) {
		rest = str_skip(rest, 1);
		if (!take(&path, str_from(config->site_mount)))
			return false;
	}
	if (!take(&path, take_fixed(&rest)))
		return false;
	if (take_place(&rest)) {
		*room_out = str_range(path.data, str_find(path, '/'));
		path = str_skip(path, room_out->len);
		if (room_out->len == 0)
			return false;
	}
	return str_equals(path, rest);
}

const struct url *router_find(const struct config *config, struct request *request, int *status_out)
{
	*status_out = 404;
	for (size_t i = 0; i < url_count; i++) {
		struct str room;

		if (!matches(config, urls[i].pattern, buf_str(&request->path), &room))
			continue;
		*status_out = 405;
		if (urls[i].method != request->method)
			continue;
		buf_clear(&request->room);
		*status_out = 400;
		return url_decode(room, &request->room) ? &urls[i] : NULL;
	}
	return NULL;
}

bool router_has_page(const struct config *config, const struct request *request)
{
	struct request page = { .method = METHOD_GET, .prefix = request->prefix };
	int status;
	bool has_page;

	buf_append_str(&page.path, buf_str(&request->path));
	has_page = router_find(config, &page, &status) != NULL;
	request_finish(&page);
	return has_page;
}

void router_allow(const struct config *config, struct request *request, struct buf *out)
{
	bool has_get = false, has_post = false;
	struct str room;

	for (size_t i = 0; i < url_count; i++) {
		if (!matches(config, urls[i].pattern, buf_str(&request->path), &room))
			continue;
		has_get |= urls[i].method == METHOD_GET;
		has_post |= urls[i].method == METHOD_POST;
	}
	buf_append_text(out, has_get ? "GET, HEAD" : "");
	buf_append_text(out, has_get && has_post ? ", POST" : has_post ? "POST" : "");
}

static const struct url *find_name(const char *name)
{
	for (size_t i = 0; i < url_count; i++) {
		if (strcmp(urls[i].name, name) == 0)
			return &urls[i];
	}
	return NULL;
}

void router_reverse(const struct config *config, const struct request *request, const char *name,
	struct str room, struct buf *out)
{
	const struct url *url = find_name(name);
	struct str rest;

	assert(url != NULL);
	rest = str_from(url->pattern);
	buf_append_str(out, request->prefix);
	if (take(&rest, STR_OF("@")))
		buf_append_text(out, config->site_mount);
	buf_append_str(out, take_fixed(&rest));
	if (take_place(&rest))
		url_encode(room, out);
	buf_append_str(out, rest);
}
