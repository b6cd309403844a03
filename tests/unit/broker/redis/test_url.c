/* SPDX-License-Identifier: MIT */
/* Addresses and their parts; refused addresses, whose sentences hold no password. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "broker/redis/url.h"
#include "common/base/mem.h"
#include "common/config.h"
#include "tests/support/folder.h"

static const struct {
	const char *text;
	const char *name;
	const char *user, *password;
} good[] = {
	{ "redis://127.0.0.1:6379", "redis://127.0.0.1:6379/0", "", "" },
	{ "redis://", "redis://localhost:6379/0", "", "" },
	{ "redis://:1234", "redis://localhost:1234/0", "", "" },
	{ "redis://db.example.org", "redis://db.example.org:6379/0", "", "" },
	{ "redis://h:1/3", "redis://h:1/3", "", "" },
	{ "redis://h:/3/", "redis://h:6379/3", "", "" },
	{ "redis://h/", "redis://h:6379/0", "", "" },
	{ "redis://h?db=2", "redis://h:6379/2", "", "" },
	{ "redis://h/1?db=2&health_check_interval=30&x", "redis://h:6379/2", "", "" },
	{ "redis://[::1]:6380/1", "redis://[::1]:6380/1", "", "" },
	{ "redis://[fe80::1]", "redis://[fe80::1]:6379/0", "", "" },
	{ "redis://:secret@h", "redis://h:6379/0", "", "secret" },
	{ "redis://ann:secret@h:1", "redis://h:1/0", "ann", "secret" },
	{ "redis://ann@h", "redis://h:6379/0", "ann", "" },
	{ "redis://an%6E:p%40%3A%2F%23%2c@h", "redis://h:6379/0", "ann", "p@:/#," },
	{ "redis://ann:a:b@c@h", "redis://h:6379/0", "ann", "a:b@c" },
	{ "redis://ann:a+b@h", "redis://h:6379/0", "ann", "a+b" },
	{ "redis://h?username=ann&password=s%20t", "redis://h:6379/0", "ann", "s t" },
	{ "unix:///run/redis.sock", "unix:///run/redis.sock?db=0", "", "" },
	{ "unix:///run/a%20b.sock?db=7", "unix:///run/a b.sock?db=7", "", "" },
	{ "unix://:secret@/run/redis.sock", "unix:///run/redis.sock?db=0", "", "secret" },
};

static const struct {
	const char *text;
	const char *sentence;
} bad[] = {
	{ "", "an address begins with redis:// or unix://" },
	{ "h:6379", "an address begins with redis:// or unix://" },
	{ "REDIS://h", "an address begins with redis:// or unix://" },
	{ "rediss://:secret@h", "rediss:// is not spoken here: let stunnel or the network encrypt, "
				"and write redis://" },
	{ "redis://:se#cret@h", "a '#' in an address is written %23" },
	{ "redis://:secret%@h", "an address has a broken %-escape" },
	{ "redis://:secret%00@h", "an address has a broken %-escape" },
	{ "redis://:secret@h:0", "the port of an address is a number from 1 to 65535" },
	{ "redis://:secret@h:65536", "the port of an address is a number from 1 to 65535" },
	{ "redis://:secret@h:x", "the port of an address is a number from 1 to 65535" },
	{ "redis://:secret/x@h", "the port of an address is a number from 1 to 65535" },
	{ "redis://:secret@[::1]1", "what follows the host of an address is ':' and a port" },
	{ "redis://a%40b", "the host of an address is a name or an IP address" },
	{ "redis://:secret@h/cache", "the database of an address is a number" },
	{ "redis://:secret@h/-1", "the database of an address is a number" },
	{ "redis://:secret@h?db=", "the database of an address is a number" },
	{ "redis://:secret@h/1000001", "the database of an address is a number" },
	{ "unix://:secret@h/run/redis.sock", "the address of a unix socket is unix:///PATH" },
	{ "unix://", "the address of a unix socket is unix:///PATH" },
	{ "unix:///", "the address of a unix socket is unix:///PATH" },
};

static void address_says_where_and_who(void **state)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct buf problem = { 0 };
		struct redis_url url;

		if (!redis_url_parse(str_from(good[i].text), &url, &problem))
			fail_msg("%s: %s", good[i].text, buf_text(&problem));
		assert_string_equal(url.name, good[i].name);
		assert_string_equal(url.user, good[i].user);
		assert_string_equal(url.password, good[i].password);
		redis_url_finish(&url);
		buf_finish(&problem);
	}
	(void)state;
}

static void bad_address_is_refused_with_a_sentence(void **state)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct buf problem = { 0 };
		struct redis_url url;

		if (redis_url_parse(str_from(bad[i].text), &url, &problem))
			fail_msg("%s is taken", bad[i].text);
		assert_string_equal(buf_text(&problem), bad[i].sentence);
		redis_url_finish(&url);
		buf_finish(&problem);
	}
	(void)state;
}

static void path_of_a_socket_fits_one(void **state)
{
	char text[] = "unix:///"
		      "123456789012345678901234567890123456789012345678901234567890"
		      "123456789012345678901234567890123456789012345678";
	struct str fits = str_range(text, strlen("unix://") + 107);
	struct buf problem = { 0 };
	struct redis_url url;

	assert_true(redis_url_parse(fits, &url, &problem));
	redis_url_finish(&url);
	assert_false(redis_url_parse(str_from(text), &url, &problem));
	assert_string_equal(buf_text(&problem), "the path of a unix socket is too long");
	redis_url_finish(&url);
	buf_finish(&problem);
	(void)state;
}

static struct config config;
static struct redis_urls urls;
static struct buf problem;
static struct folder folder;

static int set_up(void **state)
{
	folder = folder_create();
	config = (struct config){ .paths_state = folder.path, .redis_password_file = "" };
	unsetenv("REDIS_URL");
	(void)state;
	return 0;
}

static int take_down(void **state)
{
	redis_urls_finish(&urls);
	buf_finish(&problem);
	*state = &folder;
	return folder_remove(state);
}

static void read_all(char **items, size_t count)
{
	config.redis_url = (struct config_list){ items, count };
	if (!redis_urls_read(&config, &urls, &problem))
		fail_msg("%s", buf_text(&problem));
}

static void refuse_all(char **items, size_t count, const char *sentence)
{
	config.redis_url = (struct config_list){ items, count };
	assert_false(redis_urls_read(&config, &urls, &problem));
	assert_string_equal(buf_text(&problem), sentence);
}

static void write_password(const char *content)
{
	const char *path = folder_path(&folder, "password");

	config.redis_password_file = "password";
	file_write(path, content, strlen(content));
	assert_int_equal(chmod(path, 0600), 0);
}

static void it_is_on_this_host_when_nothing_is_said(void **state)
{
	read_all(NULL, 0);
	assert_int_equal(urls.count, 1);
	assert_string_equal(urls.items[0].name, "redis://127.0.0.1:6379/0");
	(void)state;
}

static void it_is_where_the_environment_says(void **state)
{
	setenv("REDIS_URL", "redis://:secret@h/1", 1);
	read_all(NULL, 0);
	assert_string_equal(urls.items[0].name, "redis://h:6379/1");
	assert_string_equal(urls.items[0].password, "secret");
	(void)state;
}

static void the_configuration_wins_over_the_environment(void **state)
{
	char *items[] = { "redis://a", "redis://b" };

	setenv("REDIS_URL", "redis://h", 1);
	read_all(items, 2);
	assert_int_equal(urls.count, 2);
	assert_string_equal(urls.items[0].name, "redis://a:6379/0");
	assert_string_equal(urls.items[1].name, "redis://b:6379/0");
	(void)state;
}

static void bad_address_of_the_configuration_is_refused(void **state)
{
	char *items[] = { "redis://a", "rediss://:secret@b" };

	refuse_all(items, 2,
		"[redis] url: rediss:// is not spoken here: let stunnel or the network encrypt, "
		"and write redis://");
	(void)state;
}

static void address_is_checked_where_redis_is_wanted(void **state)
{
	char *items[] = { "rediss://:secret@b" };

	config.redis_url = (struct config_list){ items, 1 };
	config.layer_backend = "local";
	assert_true(redis_urls_check(&config, &problem));
	config.layer_backend = "redis";
	assert_false(redis_urls_check(&config, &problem));
	assert_null(strstr(buf_text(&problem), "secret"));
	items[0] = "redis://:secret@b";
	assert_true(redis_urls_check(&config, &problem));
	(void)state;
}

static void one_server_is_not_two(void **state)
{
	char *items[] = { "redis://a/1", "redis://b", "redis://a/2" };

	refuse_all(items, 3, "[redis] url: two of the addresses are of one server");
	(void)state;
}

static void file_has_the_password_of_those_without_one(void **state)
{
	char *items[] = { "redis://:own@a", "redis://ann@b" };

	write_password("secret\nnot this\n");
	read_all(items, 2);
	assert_string_equal(urls.items[0].password, "own");
	assert_string_equal(urls.items[1].password, "secret");
	(void)state;
}

static void file_without_a_password_is_refused(void **state)
{
	char *items[] = { "redis://a" };

	write_password("\n");
	refuse_all(items, 1, "[redis] password_file is empty");
	(void)state;
}

static void file_that_is_not_there_is_refused(void **state)
{
	char *items[] = { "redis://a" };
	struct buf sentence = { 0 };

	config.redis_password_file = "password";
	buf_append_format(
		&sentence, "cannot read %s/password: No such file or directory", folder.path);
	refuse_all(items, 1, buf_text(&sentence));
	buf_finish(&sentence);
	(void)state;
}

#define CONFIG_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(address_says_where_and_who),
		cmocka_unit_test(bad_address_is_refused_with_a_sentence),
		cmocka_unit_test(path_of_a_socket_fits_one),
		CONFIG_TEST(it_is_on_this_host_when_nothing_is_said),
		CONFIG_TEST(it_is_where_the_environment_says),
		CONFIG_TEST(the_configuration_wins_over_the_environment),
		CONFIG_TEST(bad_address_of_the_configuration_is_refused),
		CONFIG_TEST(address_is_checked_where_redis_is_wanted),
		CONFIG_TEST(one_server_is_not_two),
		CONFIG_TEST(file_has_the_password_of_those_without_one),
		CONFIG_TEST(file_without_a_password_is_refused),
		CONFIG_TEST(file_that_is_not_there_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
