/* SPDX-License-Identifier: MIT */
/* What browsers of our days call themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fcgi/views/agent.h"

#define MOZILLA "Mozilla/5.0 "
#define WEBKIT " AppleWebKit/537.36 (KHTML, like Gecko) "

static const struct {
	const char *agent;
	const char *browser;
	const char *system;
} rows[] = {
	{ MOZILLA "(X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox",
		"Linux" },
	{ MOZILLA "(Windows NT 10.0; Win64; x64)" WEBKIT "Chrome/126.0.0.0 Safari/537.36", "Chrome",
		"Windows" },
	{ MOZILLA "(Windows NT 10.0)" WEBKIT "Chrome/126.0 Safari/537.36 Edg/126.0", "Edge",
		"Windows" },
	{ MOZILLA "(X11; Linux x86_64)" WEBKIT "Chrome/126.0 Safari/537.36 OPR/112.0", "Opera",
		"Linux" },
	{ MOZILLA "(Macintosh; Intel Mac OS X 10_15_7)" WEBKIT "Version/17.5 Safari/605.1.15",
		"Safari", "macOS" },
	{ MOZILLA "(iPhone; CPU iPhone OS 17_5 like Mac OS X)" WEBKIT "Version/17.5 Safari/604.1",
		"Safari", "iPhone" },
	{ MOZILLA "(iPad; CPU OS 17_5 like Mac OS X)" WEBKIT "CriOS/126.0 Safari/604.1", "Chrome",
		"iPad" },
	{ MOZILLA "(Linux; Android 14; K)" WEBKIT "SamsungBrowser/25.0 Chrome/121.0 Safari/537.36",
		"Samsung Internet", "Android" },
	{ MOZILLA "(Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0", "Firefox",
		"Android" },
	{ MOZILLA "(X11; CrOS x86_64 14541.0.0)" WEBKIT "Chrome/126.0 Safari/537.36", "Chrome",
		"ChromeOS" },
	{ "curl/7.88.1", "curl", "" },
	{ "<script>alert(1)</script>", "", "" },
	{ "Firefo", "", "" },
	{ "", "", "" },
};

static void browser_is_told_in_two_words(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct agent_words words = agent_describe(str_from(rows[i].agent));

		assert_string_equal(words.browser, rows[i].browser);
		assert_string_equal(words.system, rows[i].system);
	}
	(void)state;
}

static void nothing_said_is_nothing_known(void **state)
{
	assert_string_equal(agent_describe(str_from(NULL)).browser, "");
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(browser_is_told_in_two_words),
		cmocka_unit_test(nothing_said_is_nothing_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
