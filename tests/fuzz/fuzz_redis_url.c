/* SPDX-License-Identifier: MIT */
/* What an address is called is an address of the same place, without what lets one in; who is
 * refused is told why. */
#include <string.h>

#include "broker/redis/url.h"
#include "tests/fuzz/fuzz.h"

static void check_name(const struct redis_url *url)
{
	struct buf problem = { 0 };
	struct redis_url again;

	if (redis_url_parse(str_from(url->name), &again, &problem)) {
		FUZZ_REQUIRE(again.user[0] == '\0' && again.password[0] == '\0');
		FUZZ_REQUIRE(again.port == url->port && again.database == url->database);
	}
	redis_url_finish(&again);
	buf_finish(&problem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf problem = { 0 };
	struct redis_url url;

	if (redis_url_parse(str_range((const char *)data, size), &url, &problem)) {
		FUZZ_REQUIRE((url.host[0] == '\0') != (url.path[0] == '\0'));
		FUZZ_REQUIRE(strlen(url.path) < 108);
		if (url.host[0] != '\0')
			check_name(&url);
	} else {
		FUZZ_REQUIRE(problem.len > 0);
	}
	redis_url_finish(&url);
	buf_finish(&problem);
	return 0;
}
