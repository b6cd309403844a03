/* SPDX-License-Identifier: MIT */
/* The site's own table, forwards and back: a link that a page prints leads to the view that it
 * names, wherever the pages are mounted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fcgi/router.h"

static char *const mounts[] = { "/chat/", "/talk/", "/a/b/", "/" };

static const char *const rooms[] = {
	"lobby",
	"a b",
	"a-b.c",
	"a+b",
	"50%",
	"%2F",
	"a/b",
	"?#&=",
	"..",
	"names",
	"healthz",
	"\xe6\x88\xbf\xe9\x97\xb4",
	"\xf0\x9f\x98\x80",
	"<script>",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool has_room(const struct url *url)
{
	return strchr(url->pattern, ':') != NULL;
}

/* The row that answers a path, or NULL with the status. */
static const struct url *find(const struct config *config, enum request_method method,
	const char *path, struct request *request, int *status_out)
{
	*request = (struct request){ .method = method };
	buf_append_text(&request->path, path);
	return router_find(config, request, status_out);
}

static int status_of(const struct config *config, enum request_method method, const char *path)
{
	struct request request;
	int status = 0;
	bool is_found = find(config, method, path, &request, &status) != NULL;

	request_finish(&request);
	return is_found ? 200 : status;
}

static void assert_finds_itself(
	const struct config *config, const struct url *url, const char *room)
{
	struct request request = { 0 };
	struct buf path = { 0 };
	const struct url *found;
	int status;

	router_reverse(config, &request, url->name, str_from(room), &path);
	found = find(config, url->method, buf_text(&path), &request, &status);
	if (found != url || !str_is(buf_str(&request.room), has_room(url) ? room : ""))
		fail_msg("%s, room %s: %s leads to %s", url->name, room, buf_text(&path),
			found == NULL ? "nothing" : found->name);
	request_finish(&request);
	buf_finish(&path);
}

static void every_row_is_found_where_reverse_says_it_is(void **state)
{
	for (size_t i = 0; i < COUNT(mounts); i++) {
		struct config config = { .site_mount = mounts[i] };

		for (size_t row = 0; row < url_count; row++) {
			/* At the root of the site both are one page, the index. */
			if (strcmp(mounts[i], "/") == 0 && strcmp(urls[row].name, "root") == 0)
				continue;
			for (size_t room = 0; room < (has_room(&urls[row]) ? COUNT(rooms) : 1);
				room++) {
				/* And without a slash the health page is no room. */
				if (strcmp(mounts[i], "/") == 0 &&
					strcmp(urls[row].name, "room-slash") == 0 &&
					strcmp(rooms[room], "healthz") == 0)
					continue;
				assert_finds_itself(&config, &urls[row], rooms[room]);
			}
		}
	}
	(void)state;
}

static void names_of_rows_are_unique(void **state)
{
	for (size_t i = 0; i < url_count; i++) {
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(urls[i].name, urls[j].name);
	}
	(void)state;
}

static void router_says_what_is_wrong(void **state)
{
	static const struct {
		enum request_method method;
		const char *path;
		int status;
	} table[] = {
		{ METHOD_GET, "/chat/lobby/", 200 },
		{ METHOD_GET, "/chat/name/", 200 }, /* a room like others */
		{ METHOD_GET, "/chat/lobby", 200 },
		{ METHOD_GET, "/chat", 404 },
		{ METHOD_GET, "/chat//", 404 },
		{ METHOD_GET, "//chat/", 404 },
		{ METHOD_GET, "/chat/lobby//", 404 },
		{ METHOD_GET, "/chat/lobby/x", 404 },
		{ METHOD_GET, "/chat/lobby/search", 200 },
		{ METHOD_GET, "/chat/search/search", 200 },
		{ METHOD_GET, "/chat/lobby/search/", 404 },
		{ METHOD_GET, "/chat//search", 404 },
		{ METHOD_GET, "/api/rooms/lobby/messages", 200 },
		{ METHOD_GET, "/api/rooms/lobby/search", 200 },
		{ METHOD_GET, "/api/rooms//messages", 404 },
		{ METHOD_GET, "/api/rooms/lobby/", 404 },
		{ METHOD_GET, "/api/rooms/", 404 },
		{ METHOD_GET, "/api/rooms/a%/messages", 400 },
		{ METHOD_POST, "/api/rooms/lobby/messages", 200 },
		{ METHOD_POST, "/api/rooms/lobby/search", 405 },
		{ METHOD_GET, "/api/rooms", 200 },
		{ METHOD_GET, "/api/rooms/lobby/members", 200 },
		{ METHOD_POST, "/api/channels/specific.b!1/messages", 200 },
		{ METHOD_POST, "/api/channels//messages", 404 },
		{ METHOD_POST, "/api/channels/a/b/messages", 404 },
		{ METHOD_GET, "/Chat/lobby/", 404 },
		{ METHOD_GET, "/%63hat/lobby/", 404 },
		{ METHOD_GET, "/talk/lobby/", 404 },
		{ METHOD_GET, "/healthz/", 404 },
		{ METHOD_GET, "", 404 },
		{ METHOD_POST, "/chat/name", 200 },
		{ METHOD_POST, "/chat/lobby/", 200 },
		{ METHOD_POST, "/chat/lobby", 405 },
		{ METHOD_POST, "/", 405 },
		{ METHOD_POST, "/nothing", 404 },
		{ METHOD_OTHER, "/chat/name", 405 },
		{ METHOD_OTHER, "/nothing", 404 },
		{ METHOD_GET, "/chat/a%/", 400 },
		{ METHOD_GET, "/chat/%zz/", 400 },
		{ METHOD_GET, "/chat/a%00b/", 400 },
		{ METHOD_GET, "/chat/a%2", 400 },
	};
	const struct config config = { .site_mount = mounts[0] };

	for (size_t i = 0; i < COUNT(table); i++) {
		int status = status_of(&config, table[i].method, table[i].path);

		if (status != table[i].status)
			fail_msg("%s: %d", table[i].path, status);
	}
	(void)state;
}

static void router_allow_lists_the_methods_of_a_path(void **state)
{
	static const struct {
		const char *path;
		const char *methods;
	} table[] = {
		{ "/chat/name", "GET, HEAD, POST" },
		{ "/chat/lobby/", "GET, HEAD, POST" },
		{ "/chat/lobby", "GET, HEAD" },
		{ "/healthz", "GET, HEAD" },
		{ "/nothing", "" },
	};
	const struct config config = { .site_mount = mounts[0] };

	for (size_t i = 0; i < COUNT(table); i++) {
		struct request request = { .method = METHOD_OTHER };
		struct buf allow = { 0 };

		buf_append_text(&request.path, table[i].path);
		router_allow(&config, &request, &allow);
		assert_string_equal(buf_text(&allow), table[i].methods);
		request_finish(&request);
		buf_finish(&allow);
	}
	(void)state;
}

static void router_reverse_begins_with_the_prefix_of_the_script(void **state)
{
	const struct config config = { .site_mount = mounts[0] };
	const struct request request = { .prefix = STR_OF("/cgi-bin/chat.cgi") };
	struct buf path = { 0 };

	router_reverse(&config, &request, "room", STR_OF("a b"), &path);
	assert_string_equal(buf_text(&path), "/cgi-bin/chat.cgi/chat/a%20b/");
	buf_finish(&path);
	(void)state;
}

static void the_root_of_a_site_can_be_the_index(void **state)
{
	const struct config config = { .site_mount = mounts[3] };
	struct request request;
	int status;

	assert_string_equal(find(&config, METHOD_GET, "/", &request, &status)->name, "index");
	request_finish(&request);
	assert_string_equal(
		find(&config, METHOD_GET, "/healthz", &request, &status)->name, "health");
	request_finish(&request);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_found_where_reverse_says_it_is),
		cmocka_unit_test(names_of_rows_are_unique),
		cmocka_unit_test(router_says_what_is_wrong),
		cmocka_unit_test(router_allow_lists_the_methods_of_a_path),
		cmocka_unit_test(router_reverse_begins_with_the_prefix_of_the_script),
		cmocka_unit_test(the_root_of_a_site_can_be_the_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
