/* SPDX-License-Identifier: MIT */
/* Every failure here is a failure of the test. */
#include "tests/support/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/mem.h"

#define PATHS 64

/* Each once, so that all of a test's stay good. */
static char paths[PATHS][128];

struct folder folder_create(void)
{
	struct folder folder = { "/tmp/roomwire-test-XXXXXX" };

	assert_non_null(mkdtemp(folder.path));
	memset(paths, 0, sizeof(paths));
	return folder;
}

int folder_make(void **state)
{
	static struct folder folder;

	folder = folder_create();
	*state = &folder;
	return 0;
}

static size_t folder_walk(const struct folder *folder, bool is_removing)
{
	DIR *entries = opendir(folder->path);
	struct dirent *entry;
	size_t count = 0;

	assert_non_null(entries);
	while ((entry = readdir(entries)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		count++;
		if (is_removing)
			assert_int_equal(unlinkat(dirfd(entries), entry->d_name, 0), 0);
	}
	closedir(entries);
	return count;
}

void folder_empty(const struct folder *folder)
{
	folder_walk(folder, true);
}

int folder_remove(void **state)
{
	const struct folder *folder = *state;

	folder_empty(folder);
	return rmdir(folder->path);
}

const char *folder_path(const struct folder *folder, const char *name)
{
	char path[sizeof(paths[0])];

	snprintf(path, sizeof(path), "%s/%s", folder->path, name);
	for (size_t i = 0; i < PATHS; i++) {
		if (paths[i][0] == '\0')
			strcpy(paths[i], path);
		if (strcmp(paths[i], path) == 0)
			return paths[i];
	}
	fail_msg("more than %d paths", PATHS);
	return NULL;
}

size_t folder_count(const struct folder *folder)
{
	return folder_walk(folder, false);
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

char *file_read(const char *path, size_t *len_out)
{
	FILE *file = fopen(path, "rb");
	struct stat status;
	char *data;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &status), 0);
	*len_out = (size_t)status.st_size;
	data = mem_alloc(*len_out);
	assert_int_equal(fread(data, 1, *len_out, file), *len_out);
	fclose(file);
	return data;
}

void file_write(const char *path, const void *data, size_t len)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}
