/* SPDX-License-Identifier: MIT */
/* say FILE ROOM: appends the lines of its input, JSON objects with "user" and "message", to a room
 * of the history.db FILE. For tests that read without a broker. */
#include <stdio.h>
#include <stdlib.h>

#include "common/json.h"
#include "tests/support/said.h"

#define MESSAGES_MAX 1000

int main(int argc, char **argv)
{
	struct said messages[MESSAGES_MAX] = { 0 };
	struct json *lines[MESSAGES_MAX];
	size_t count = 0, capacity = 0;
	char *line = NULL;
	ssize_t len;

	if (argc != 3)
		return EXIT_FAILURE;
	while (count < MESSAGES_MAX && (len = getline(&line, &capacity, stdin)) > 0) {
		const char *problem;

		lines[count] = json_parse(str_range(line, (size_t)len), &problem);
		if (!json_get_string(json_find(lines[count], "user"), &messages[count].user) ||
			!json_get_string(json_find(lines[count], "message"), &messages[count].text))
			return EXIT_FAILURE;
		count++;
	}
	said_add(argv[1], str_from(argv[2]), messages, count);
	while (count > 0)
		json_destroy(lines[--count]);
	free(line);
	return EXIT_SUCCESS;
}
