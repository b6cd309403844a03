/* SPDX-License-Identifier: MIT */
/* What pages and the API show of a room's history: from history.db without a broker, and the same
 * from a broker that answers for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/store/page.h"
#include "tests/support/fake_broker.h"
#include "tests/support/said.h"
#include "tests/support/visitor.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define OF_FILE(test) cmocka_unit_test_setup(test, read_the_file)
#define OF_BROKER(test) cmocka_unit_test_setup_teardown(test, ask_a_broker, end_broker)
/* Of a broker that knows the last number, and of one that does not. */
#define OF_ALL(test)                    \
	OF_FILE(test), OF_BROKER(test), \
		cmocka_unit_test_setup_teardown(test, ask_a_broker_with_members, end_broker)
#define LOBBY_COUNT 120 /* "message 1" to "message 120", by ann and bob in turn */

static void fill_lobby(const char *path)
{
	struct said messages[LOBBY_COUNT];
	char texts[LOBBY_COUNT][32];

	for (int i = 0; i < LOBBY_COUNT; i++) {
		snprintf(texts[i], sizeof(texts[i]), "message %d", i + 1);
		messages[i] = (struct said){
			.user = i % 2 == 0 ? STR_OF("ann") : STR_OF("bob"),
			.text = str_from(texts[i]),
		};
	}
	said_add(path, STR_OF("lobby"), messages, LOBBY_COUNT);
}

static void fill_odd(const char *path)
{
	static const uint8_t ann[16] = "aaaaaaaaaaaaaaaa";
	const struct said messages[] = {
		{ STR("<b>\"'&"), STR("<img src=x onerror=alert(1)>\"'&"), ann },
		{ STR(""), STR("</script><!-- \xe2\x80\xae gpj.exe"), NULL },
		{ STR("\xe5\xae\x89"), STR("\xe5\x8c\x97\xe4\xba\xac\xe5\xa4\xa7\xe5\xad\xa6"),
			NULL },
	};

	said_add(path, STR_OF("odd"), messages, COUNT(messages));
}

static struct archive *archive; /* what the broker reads */
static struct history *of_file, *of_broker;
static struct fake_broker *broker;
static bool tells_seq; /* as a broker does of a room that somebody is in */
static bool says_more; /* behind the next page that is asked for */

static enum store_problem write_history(const struct json *request, struct json_writer *writer)
{
	struct archive_room room;
	int64_t seq, limit;
	struct page page = { 0 };

	page.kind = json_get_integer(json_find(request, "after"), &seq) ? PAGE_AFTER : PAGE_BEFORE;
	assert_true(
		page.kind == PAGE_AFTER || json_get_integer(json_find(request, "before"), &seq));
	assert_true(json_get_string(json_find(request, "room"), &page.room));
	assert_true(json_get_integer(json_find(request, "limit"), &limit));
	page.seq = (uint64_t)seq;
	page.limit = (size_t)limit;
	json_add_bool(writer, "ok", true);
	json_add_string(writer, "epoch", str_from(archive_epoch(archive)));
	assert_int_equal(archive_find_room(archive, page.room, &room), STORE_OK);
	if (tells_seq)
		json_add_integer(writer, "seq", (int64_t)room.seq);
	return page_write(archive, &page, writer);
}

static void say_to_the_busy_room(void)
{
	struct buf path = { 0 };

	config_path(visitor_app()->config, &path, "history.db");
	said_add(buf_text(&path), STR_OF("busy"),
		&(struct said){ .user = STR_OF("ann"), .text = STR_OF("news") }, 1);
	buf_finish(&path);
}

static void answer_history(void *context, const struct json *request, struct buf *answer)
{
	struct json_writer writer = json_writer_to(answer);
	struct str op;

	(void)context;
	assert_true(json_get_string(json_find(request, "op"), &op));
	json_begin_object(&writer, NULL);
	if (str_is(op, "history"))
		assert_int_equal(write_history(request, &writer), STORE_OK);
	else
		json_add_bool(&writer, "ok", false);
	json_end_object(&writer);
	if (says_more)
		say_to_the_busy_room();
	says_more = false;
}

static void start_broker(fake_broker_answer_fn *answer, const void *context)
{
	struct buf path = { 0 }, url = { 0 };

	/* So that nothing waits for nng to dial again. */
	control_destroy(visitor_app()->control);
	visitor_app()->control = NULL;
	buf_append_format(
		&url, "ipc://%s", config_path(visitor_app()->config, &path, "run/control.ipc"));
	broker = fake_broker_start(buf_text(&url), answer, (void *)(uintptr_t)context);
	buf_finish(&url);
	buf_finish(&path);
}

static int start(void **state)
{
	enum store_problem problem;
	struct buf path = { 0 };

	if (visitor_start(state) != 0)
		return -1;
	config_path(visitor_app()->config, &path, "history.db");
	fill_lobby(buf_text(&path));
	fill_odd(buf_text(&path));
	archive = archive_open(buf_text(&path), ARCHIVE_READ, &problem);
	of_file = visitor_app()->history;
	of_broker = history_create_remote(visitor_app());
	buf_finish(&path);
	return archive == NULL;
}

static int stop(void **state)
{
	visitor_app()->history = of_file;
	history_destroy(of_broker);
	archive_close(archive);
	return visitor_stop(state);
}

static int read_the_file(void **state)
{
	visitor_app()->history = of_file;
	(void)state;
	return 0;
}

static int ask_a_broker(void **state)
{
	visitor_app()->history = of_broker;
	tells_seq = false;
	start_broker(answer_history, NULL);
	(void)state;
	return 0;
}

static int ask_a_broker_with_members(void **state)
{
	(void)ask_a_broker(state);
	tells_seq = true;
	return 0;
}

static int ask_nobody(void **state)
{
	visitor_app()->history = of_broker;
	(void)state;
	return 0;
}

static int end_broker(void **state)
{
	fake_broker_stop(broker);
	broker = NULL;
	(void)state;
	return 0;
}

static void visit(const char *uri, struct answer *answer)
{
	visitor_visit(&(struct visit){ .uri = uri }, answer);
}

static size_t occurrences(struct str text, const char *piece)
{
	size_t count = 0;
	const char *found;

	while ((found = memmem(text.data, text.len, piece, strlen(piece))) != NULL) {
		text = str_skip(text, (size_t)(found - text.data) + strlen(piece));
		count++;
	}
	return count;
}

/* The JSON data of a room page's script; the caller owns it. */
static struct json *settings_of(const struct answer *answer)
{
	static const char begin[] = "id=\"room-settings\" type=\"application/json\">";
	const char *problem;
	struct str rest;
	const char *found = memmem(answer->body.data, answer->body.len, begin, strlen(begin));
	struct json *settings;

	assert_non_null(found);
	rest = str_skip(answer->body, (size_t)(found - answer->body.data) + strlen(begin));
	settings = json_parse(str_range(rest.data, str_find(rest, '<')), &problem);
	assert_non_null(settings);
	return settings;
}

static int64_t integer_of(const struct json *object, const char *key)
{
	int64_t number = -1;

	assert_true(json_get_integer(json_find(object, key), &number));
	return number;
}

static bool bool_of(const struct json *object, const char *key)
{
	bool truth = false;

	assert_true(json_get_bool(json_find(object, key), &truth));
	return truth;
}

static struct str string_of(const struct json *object, const char *key)
{
	struct str text = { 0 };

	assert_true(json_get_string(json_find(object, key), &text));
	return text;
}

/* Which messages a page of the lobby has, and what it tells its script. */
static const struct {
	const char *query;
	int first, last;
	int seq;
	bool has_older, is_newest;
} room_pages[] = {
	{ "", 71, 120, 120, true, true },
	{ "?before=71", 21, 70, 0, true, false },
	{ "?before=21", 1, 20, 0, false, false },
	{ "?before=1", 1, 50, 0, false, false }, /* nothing is before the first */
	{ "?before=1000", 71, 120, 120, true, true },
	{ "?after=20", 21, 70, 0, true, false },
	{ "?after=70", 71, 120, 120, true, true },
	{ "?after=100", 101, 120, 120, true, true },
	{ "?after=120", 71, 120, 120, true, true }, /* nor behind the last */
	{ "?after=9223372036854775807", 71, 120, 120, true, true },
	{ "?message=42", 17, 66, 0, true, false },
	{ "?message=26", 1, 50, 0, false, false },
	{ "?message=1", 1, 50, 0, false, false },
	{ "?message=120", 95, 120, 120, true, true },
	{ "?message=121", 96, 120, 120, true, true },
	{ "?message=1000", 71, 120, 120, true, true },
	{ "?message=42&before=10", 17, 66, 0, true, false },
	/* What is no number is not said. */
	{ "?message=x", 71, 120, 120, true, true },
	{ "?before=-1", 71, 120, 120, true, true },
	{ "?after=99999999999999999999", 71, 120, 120, true, true },
	{ "?before=0", 71, 120, 120, true, true },
};

static void assert_has_row(const struct answer *answer, int seq, bool has_it)
{
	char row[32];

	snprintf(row, sizeof(row), " id=\"message-%d\" ", seq);
	assert_int_equal(occurrences(answer->body, row), has_it ? 1 : 0);
}

static void room_page_shows_the_messages_that_its_address_asks_for(void **state)
{
	struct answer answer = { 0 };

	for (size_t i = 0; i < COUNT(room_pages); i++) {
		struct buf uri = { 0 };
		struct json *settings;

		print_message("%s\n", room_pages[i].query);
		buf_append_format(&uri, "/chat/lobby/%s", room_pages[i].query);
		visit(buf_text(&uri), &answer);
		assert_int_equal(answer.status, 200);
		assert_int_equal(occurrences(answer.body, "<li class=\"message"),
			room_pages[i].last - room_pages[i].first + 1);
		assert_has_row(&answer, room_pages[i].first - 1, false);
		assert_has_row(&answer, room_pages[i].first, true);
		assert_has_row(&answer, room_pages[i].last, true);
		assert_has_row(&answer, room_pages[i].last + 1, false);
		settings = settings_of(&answer);
		assert_int_equal(integer_of(settings, "seq"), room_pages[i].seq);
		assert_int_equal(integer_of(settings, "first"), room_pages[i].first);
		assert_int_equal(bool_of(settings, "hasOlder"), room_pages[i].has_older);
		assert_int_equal(bool_of(settings, "isNewest"), room_pages[i].is_newest);
		assert_int_equal(string_of(settings, "epoch").len, ARCHIVE_EPOCH_SIZE - 1);
		json_destroy(settings);
		buf_finish(&uri);
	}
	answer_finish(&answer);
	(void)state;
}

static void room_page_leads_to_older_and_newer_messages(void **state)
{
	struct answer answer = { 0 };

	visit("/chat/lobby/?before=71", &answer);
	assert_true(answer_says(&answer, "href=\"/chat/lobby/?before=21\""));
	assert_true(answer_says(&answer, "href=\"/chat/lobby/?after=70\""));
	assert_true(answer_says(&answer, "\"apiUrl\": \"/api/rooms/lobby/messages\""));
	assert_true(answer_says(&answer, "\"messageBytes\": 16384"));
	assert_int_equal(answer_says(&answer, "action=\"/chat/lobby/search\""),
		history_can_search(visitor_app()->history));
	answer_finish(&answer);
	(void)state;
}

static void message_is_a_row_with_all_that_a_script_needs(void **state)
{
	struct answer answer = { 0 };

	visit("/chat/lobby/?message=1", &answer);
	assert_true(answer_says(&answer,
		"<li class=\"message\" id=\"message-1\" data-seq=\"1\" data-user=\"ann\" "
		"data-time=\"2026-11-21T03:35:00.123Z\">"));
	assert_true(answer_says(&answer, "<bdi class=\"message-user\">ann</bdi>"));
	assert_true(answer_says(&answer, "datetime=\"2026-11-21T03:35:00.123Z\">2026-11-2"));
	assert_true(
		answer_says(&answer, "<div class=\"message-text\" dir=\"auto\">message 1</div>"));
	answer_finish(&answer);
	(void)state;
}

static void hostile_messages_stay_text(void **state)
{
	struct answer answer = { 0 };

	visit("/chat/odd/", &answer);
	assert_true(answer_says(&answer, "data-user=\"&lt;b&gt;&quot;&#39;&amp;\""));
	assert_true(
		answer_says(&answer, ">&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;</div>"));
	assert_true(answer_says(&answer, ">&lt;/script&gt;&lt;!-- \xe2\x80\xae gpj.exe</div>"));
	assert_false(answer_says(&answer, "<img src=x"));
	assert_false(answer_says(&answer, "<!--"));
	answer_finish(&answer);
	(void)state;
}

static void hostile_messages_stay_text_where_they_are_found(void **state)
{
	struct answer answer = { 0 };

	visit("/chat/odd/search?q=gpj", &answer);
	assert_true(answer_says(&answer, "&lt;/script&gt;&lt;!-- \xe2\x80\xae gpj.exe<"));
	visit("/chat/odd/search?q=%22%3E%3Cscript%3E", &answer);
	assert_true(answer_says(&answer, "value=\"&quot;&gt;&lt;script&gt;\""));
	answer_finish(&answer);
	(void)state;
}

static void message_of_the_site_carries_its_name(void **state)
{
	struct answer answer = { 0 };

	visit("/chat/odd/", &answer);
	assert_true(answer_says(&answer, "data-seq=\"2\" data-user=\"\""));
	assert_true(answer_says(&answer, "<bdi class=\"message-user\">Roomwire</bdi>"));
	answer_finish(&answer);
	(void)state;
}

static void own_messages_are_those_of_the_user(void **state)
{
	static const struct {
		char id;
		bool is_own;
	} rows[] = { { 'a', true }, { 'b', false } };
	struct answer answer = { 0 };

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf cookie = { 0 };
		struct user user;

		visitor_user(&user, rows[i].id, "somebody");
		visitor_cookie(&user, &cookie);
		visitor_visit(&(struct visit){ .uri = "/chat/odd/", .cookie = buf_text(&cookie) },
			&answer);
		assert_int_equal(
			answer_says(&answer, "<li class=\"message message-own\" id=\"message-1\""),
			rows[i].is_own);
		assert_int_equal(occurrences(answer.body, "message-own"), rows[i].is_own ? 1 : 0);
		buf_finish(&cookie);
	}
	answer_finish(&answer);
	(void)state;
}

static void room_without_messages_has_an_empty_list(void **state)
{
	struct answer answer = { 0 };
	struct json *settings;

	visit("/chat/nobody%20spoke/?before=5", &answer);
	assert_int_equal(answer.status, 200);
	assert_int_equal(occurrences(answer.body, "<li class=\"message"), 0);
	settings = settings_of(&answer);
	assert_int_equal(integer_of(settings, "seq"), 0);
	assert_int_equal(integer_of(settings, "first"), 0);
	assert_false(bool_of(settings, "hasOlder"));
	assert_true(bool_of(settings, "isNewest"));
	json_destroy(settings);
	answer_finish(&answer);
	(void)state;
}

static void search_finds_newest_first_and_leads_to_the_place(void **state)
{
	struct answer answer = { 0 };

	visit("/chat/lobby/search?q=message", &answer);
	assert_int_equal(answer.status, 200);
	assert_int_equal(occurrences(answer.body, "href=\"/chat/lobby/?message="), 20);
	assert_true(answer_says(&answer, "href=\"/chat/lobby/?message=120#message-120\""));
	assert_true(answer_says(&answer, "?message=101#"));
	assert_false(answer_says(&answer, "?message=100#"));
	assert_true(answer_says(&answer, "href=\"?q=message&amp;before=101\""));
	visit("/chat/lobby/search?q=message&before=21", &answer);
	assert_int_equal(occurrences(answer.body, "href=\"/chat/lobby/?message="), 20);
	assert_false(answer_says(&answer, "id=\"older\""));
	visit("/chat/lobby/search?q=Message+42", &answer);
	assert_int_equal(occurrences(answer.body, "href=\"/chat/lobby/?message="), 1);
	visit("/chat/lobby/search?q=message&before=1", &answer);
	assert_true(answer_says(&answer, "Nothing was found"));
	visit("/chat/odd/search?q=%E4%BA%AC%E5%A4%A7", &answer);
	assert_true(answer_says(&answer, "?message=3#message-3"));
	answer_finish(&answer);
	(void)state;
}

static const struct api_page {
	const char *uri;
	int status;
	int first, last; /* 0: none */
	bool has_more;
} api_pages[] = {
	{ "/api/rooms/lobby/messages", 200, 71, 120, true },
	{ "/api/rooms/lobby/messages?limit=500", 200, 1, 120, false },
	{ "/api/rooms/lobby/messages?limit=1", 200, 120, 120, true },
	{ "/api/rooms/lobby/messages?after=0&limit=2", 200, 1, 2, true },
	{ "/api/rooms/lobby/messages?after=118&limit=2", 200, 119, 120, false },
	{ "/api/rooms/lobby/messages?after=120", 200, 0, 0, false },
	{ "/api/rooms/lobby/messages?before=3", 200, 1, 2, false },
	{ "/api/rooms/lobby/messages?before=1", 200, 0, 0, false },
	{ "/api/rooms/lobby/messages?before=0", 200, 0, 0, false },
	{ "/api/rooms/%20lobby/messages?limit=1", 200, 120, 120, true },
	{ "/api/rooms/unknown/messages", 200, 0, 0, false },
	{ "/api/rooms/lobby/search", 400, 0, 0, false },
	{ "/api/rooms/lobby/search?q=%FF", 400, 0, 0, false },
	{ "/api/rooms/lobby/search?q=a&after=1", 400, 0, 0, false },
	{ "/api/rooms/lobby/messages?after=x", 400, 0, 0, false },
	{ "/api/rooms/lobby/messages?before=", 400, 0, 0, false },
	{ "/api/rooms/lobby/messages?before=-1", 400, 0, 0, false },
	{ "/api/rooms/lobby/messages?after=1&before=2", 400, 0, 0, false },
	{ "/api/rooms/lobby/messages?limit=0", 400, 0, 0, false },
	{ "/api/rooms/lobby/messages?limit=501", 400, 0, 0, false },
	{ "/api/rooms/lobby/messages?limit=9223372036854775808", 400, 0, 0, false },
	{ "/api/rooms/a%2Fb/messages", 400, 0, 0, false },
	{ "/api/rooms/%FF/messages", 400, 0, 0, false },
};

static const struct api_page api_searches[] = {
	{ "/api/rooms/lobby/search?q=message+12", 200, 12, 120, false },
	{ "/api/rooms/lobby/search?q=message&before=100&limit=3", 200, 97, 99, true },
	{ "/api/rooms/lobby/search?q=", 200, 0, 0, false },
};

/* The answer's JSON; the caller owns it. */
static struct json *json_of(const struct answer *answer)
{
	const char *problem = NULL;
	struct json *json = json_parse(str_trim(answer->body), &problem);
	struct str type, cache, cookie;

	if (json == NULL)
		fail_msg("%.*s: %s", STR_ARG(answer->body), problem);
	answer_header(answer, "Content-Type", &type);
	assert_true(str_is(type, "application/json"));
	assert_int_equal(answer_header(answer, "Cache-Control", &cache), 1);
	assert_true(str_is(cache, "no-cache"));
	assert_int_equal(answer_header(answer, "Set-Cookie", &cookie), 0);
	return json;
}

static void assert_is_page(const struct json *json, const struct api_page *page)
{
	const struct json *messages = json_find(json, "messages");
	size_t count = json_count(messages);

	assert_true(json_is_array(messages));
	assert_int_equal(count > 0, page->first > 0);
	assert_int_equal(bool_of(json, "more"), page->has_more);
	if (count == 0)
		return;
	assert_int_equal(integer_of(json_at(messages, 0), "seq"), page->first);
	assert_int_equal(integer_of(json_at(messages, count - 1), "seq"), page->last);
	assert_int_equal(integer_of(json, "seq"), LOBBY_COUNT);
	assert_true(str_is(string_of(json, "room"), "lobby"));
	assert_int_equal(string_of(json, "epoch").len, ARCHIVE_EPOCH_SIZE - 1);
}

static void assert_gives(const struct api_page *page)
{
	struct answer answer = { 0 };
	struct json *json;

	print_message("%s\n", page->uri);
	visit(page->uri, &answer);
	assert_int_equal(answer.status, page->status);
	json = json_of(&answer);
	if (answer.status == 200) {
		assert_is_page(json, page);
	} else {
		assert_false(bool_of(json, "ok"));
		assert_true(string_of(json, "error").len > 0);
		assert_true(string_of(json, "message").len > 0);
	}
	json_destroy(json);
	answer_finish(&answer);
}

static void api_gives_the_messages_that_are_asked_for(void **state)
{
	for (size_t i = 0; i < COUNT(api_pages); i++)
		assert_gives(&api_pages[i]);
	(void)state;
}

static void api_gives_the_messages_that_are_found(void **state)
{
	for (size_t i = 0; i < COUNT(api_searches); i++)
		assert_gives(&api_searches[i]);
	(void)state;
}

static void api_message_has_four_fields(void **state)
{
	struct answer answer = { 0 };

	visit("/api/rooms/odd/messages?limit=1&after=0", &answer);
	assert_true(answer_says(&answer,
		"\"messages\": [{\"seq\": 1, \"user\": \"<b>\\\"'&\", "
		"\"message\": \"<img src=x onerror=alert(1)>\\\"'&\", "
		"\"time\": \"2026-11-21T03:35:00.123Z\"}], \"more\": true}\n"));
	answer_finish(&answer);
	(void)state;
}

static int status_with_tag(const char *uri, const char *if_none_match, struct answer *answer)
{
	struct buf variable = { 0 };
	int status;

	buf_append_format(&variable, "HTTP_IF_NONE_MATCH=%s", if_none_match);
	visitor_visit(&(struct visit){ .uri = uri, .extra = { buf_text(&variable) } }, answer);
	status = answer->status;
	buf_finish(&variable);
	return status;
}

static void page_that_is_known_is_not_sent_again(void **state)
{
	static const char uri[] = "/api/rooms/tagged/messages";
	struct answer answer = { 0 };
	struct buf tag = { 0 }, list = { 0 }, path = { 0 };
	struct str value;

	config_path(visitor_app()->config, &path, "history.db");
	visit(uri, &answer);
	assert_int_equal(answer_header(&answer, "ETag", &value), 1);
	buf_append_str(&tag, value);
	buf_append_format(&list, "\"x\", W/%s ,\"y\"", buf_text(&tag));
	assert_int_equal(status_with_tag(uri, "\"x\"", &answer), 200);
	assert_int_equal(status_with_tag(uri, "*", &answer), 304);
	assert_int_equal(status_with_tag(uri, buf_text(&list), &answer), 304);
	assert_int_equal(status_with_tag(uri, buf_text(&tag), &answer), 304);
	assert_int_equal(answer.body.len, 0);
	assert_int_equal(answer_header(&answer, "ETag", &value), 1);
	assert_true(str_equals(value, buf_str(&tag)));
	assert_int_equal(answer_header(&answer, "Content-Length", &value), 0);
	said_add(buf_text(&path), STR_OF("tagged"),
		&(struct said){ .user = STR_OF("ann"), .text = STR_OF("news") }, 1);
	assert_int_equal(status_with_tag(uri, buf_text(&tag), &answer), 200);
	assert_true(answer_says(&answer, "news"));
	buf_finish(&path);
	buf_finish(&list);
	buf_finish(&tag);
	answer_finish(&answer);
	(void)state;
}

/* Or that page would stay as it is until something else is said. */
static void tag_does_not_know_what_its_page_has_not_got(void **state)
{
	static const char *const uris[] = {
		"/api/rooms/busy/messages?after=1",
		"/api/rooms/busy/messages?after=4",
		"/api/rooms/busy/messages?before=1000",
	};
	struct answer answer = { 0 };

	say_to_the_busy_room();
	say_to_the_busy_room();
	for (size_t i = 0; i < COUNT(uris); i++) {
		struct buf tag = { 0 };
		struct str value;

		print_message("%s\n", uris[i]);
		say_to_the_busy_room();
		says_more = true;
		visit(uris[i], &answer);
		assert_false(says_more);
		assert_int_equal(answer_header(&answer, "ETag", &value), 1);
		buf_append_str(&tag, value);
		assert_int_equal(status_with_tag(uris[i], buf_text(&tag), &answer), 200);
		buf_finish(&tag);
	}
	answer_finish(&answer);
	(void)state;
}

static void different_pages_have_different_tags(void **state)
{
	static const char *const uris[] = {
		"/api/rooms/lobby/messages",
		"/api/rooms/lobby/messages?limit=1",
		"/api/rooms/lobby/messages?after=1",
		"/api/rooms/lobby/messages?before=1",
	};
	struct answer answer = { 0 };
	struct str value;

	for (size_t i = 0; i < COUNT(uris); i++) {
		struct buf tag = { 0 };

		visit(uris[i], &answer);
		assert_int_equal(answer_header(&answer, "ETag", &value), 1);
		buf_append_str(&tag, value);
		for (size_t k = 0; k < COUNT(uris); k++)
			assert_int_equal(status_with_tag(uris[k], buf_text(&tag), &answer),
				i == k ? 304 : 200);
		buf_finish(&tag);
	}
	answer_finish(&answer);
	(void)state;
}

static void head_is_answered_like_get_without_the_body(void **state)
{
	struct answer answer = { 0 };
	struct str length, tag;

	visitor_visit(
		&(struct visit){ .method = "HEAD", .uri = "/api/rooms/lobby/messages" }, &answer);
	assert_int_equal(answer.status, 200);
	assert_int_equal(answer.body.len, 0);
	assert_int_equal(answer_header(&answer, "Content-Length", &length), 1);
	assert_true(length.len > 3);
	assert_int_equal(answer_header(&answer, "ETag", &tag), 1);
	answer_finish(&answer);
	(void)state;
}

/* A broker does not tell whose a message is, but for the name. */
static void messages_of_the_same_name_are_own_where_only_that_is_known(void **state)
{
	struct buf cookie = { 0 };
	struct answer answer = { 0 };
	struct user user;

	visitor_user(&user, 'z', "bob");
	visitor_cookie(&user, &cookie);
	visitor_visit(
		&(struct visit){ .uri = "/chat/lobby/?after=118", .cookie = buf_text(&cookie) },
		&answer);
	assert_true(answer_says(&answer, "<li class=\"message message-own\" id=\"message-120\""));
	assert_int_equal(occurrences(answer.body, "message-own"), 1);
	buf_finish(&cookie);
	answer_finish(&answer);
	(void)state;
}

static void history_that_is_elsewhere_is_not_searched(void **state)
{
	struct answer answer = { 0 };
	struct json *json;

	visit("/chat/lobby/", &answer);
	assert_false(answer_says(&answer, "search-form"));
	visit("/chat/lobby/search", &answer);
	assert_int_equal(answer.status, 503);
	assert_true(answer_says(&answer, "This history cannot be searched here."));
	visit("/api/rooms/lobby/search?q=message", &answer);
	assert_int_equal(answer.status, 503);
	json = json_of(&answer);
	assert_true(str_is(string_of(json, "error"), "unavailable"));
	assert_true(str_is(string_of(json, "message"), store_problem_sentence(STORE_ELSEWHERE)));
	json_destroy(json);
	answer_finish(&answer);
	(void)state;
}

static void assert_health_of_history(const char *word)
{
	struct answer answer = { 0 };
	struct json *json;
	const char *problem;

	visit("/healthz", &answer);
	assert_int_equal(answer.status, 200);
	json = json_parse(str_trim(answer.body), &problem);
	assert_true(str_is(string_of(json, "history"), word));
	json_destroy(json);
	answer_finish(&answer);
}

static void health_tells_that_the_history_can_be_asked(void **state)
{
	assert_health_of_history("ok");
	(void)state;
}

static void assert_is_away(const char *code)
{
	struct answer answer = { 0 };
	struct json *json;

	visit("/chat/lobby/", &answer);
	assert_int_equal(answer.status, 200);
	assert_true(answer_says(&answer, "id=\"history-problem\""));
	visit("/api/rooms/lobby/messages", &answer);
	assert_int_equal(answer.status, 503);
	json = json_of(&answer);
	assert_true(str_is(string_of(json, "error"), code));
	json_destroy(json);
	answer_finish(&answer);
	assert_health_of_history(code);
}

static void broker_that_is_away_is_said(void **state)
{
	assert_is_away("unavailable");
	(void)state;
}

static void answer_text(void *context, const struct json *request, struct buf *answer)
{
	(void)request;
	buf_append_text(answer, context);
}

static void history_that_the_broker_cannot_read_is_said(void **state)
{
	static const struct {
		const char *answer, *code;
	} rows[] = {
		{ "{\"ok\": false, \"error\": \"busy\", \"message\": \"\"}", "busy" },
		{ "{\"ok\": false, \"error\": \"unavailable\"}", "unavailable" },
		{ "{\"ok\": false, \"error\": \"something new\"}", "unavailable" },
		{ "{\"ok\": false}", "unavailable" },
		{ "[]", "unavailable" },
		{ "no json", "unavailable" },
		{ "{\"ok\": true}", "unavailable" },
		{ "{\"ok\": true, \"epoch\": \"0123456789abcdef0\", \"messages\": []}",
			"unavailable" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		print_message("%s\n", rows[i].answer);
		start_broker(answer_text, rows[i].answer);
		assert_is_away(rows[i].code);
		end_broker(state);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		OF_ALL(room_page_shows_the_messages_that_its_address_asks_for),
		OF_ALL(room_page_leads_to_older_and_newer_messages),
		OF_ALL(message_is_a_row_with_all_that_a_script_needs),
		OF_ALL(hostile_messages_stay_text),
		OF_ALL(message_of_the_site_carries_its_name),
		OF_ALL(room_without_messages_has_an_empty_list),
		OF_ALL(api_gives_the_messages_that_are_asked_for),
		OF_ALL(api_message_has_four_fields),
		OF_ALL(page_that_is_known_is_not_sent_again),
		OF_ALL(different_pages_have_different_tags),
		OF_ALL(head_is_answered_like_get_without_the_body),
		OF_ALL(health_tells_that_the_history_can_be_asked),
		OF_FILE(hostile_messages_stay_text_where_they_are_found),
		OF_FILE(own_messages_are_those_of_the_user),
		OF_FILE(search_finds_newest_first_and_leads_to_the_place),
		OF_FILE(api_gives_the_messages_that_are_found),
		OF_BROKER(messages_of_the_same_name_are_own_where_only_that_is_known),
		OF_BROKER(history_that_is_elsewhere_is_not_searched),
		OF_BROKER(tag_does_not_know_what_its_page_has_not_got),
		cmocka_unit_test_setup(broker_that_is_away_is_said, ask_nobody),
		cmocka_unit_test_setup(history_that_the_broker_cannot_read_is_said, ask_nobody),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
