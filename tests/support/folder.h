/* SPDX-License-Identifier: MIT */
/* A folder of a test's own, below /tmp, and what lies in it. Each of its tests has *state point at
 * one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct folder {
	char path[64];
};

/* A test with one of its own. */
#define FOLDER_TEST(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int folder_make(void **state);
/* One that is no state; the paths of others are good no more. */
struct folder folder_create(void);
/* With everything in it. */
int folder_remove(void **state);
/* Takes away what is in it. */
void folder_empty(const struct folder *folder);
/* Borrowed; good until the folder goes. */
const char *folder_path(const struct folder *folder, const char *name);
/* How many files are in it. */
size_t folder_count(const struct folder *folder);
bool file_exists(const char *path);
/* The whole file; the caller owns it (mem_free). */
char *file_read(const char *path, size_t *len_out);
/* Makes or replaces it. */
void file_write(const char *path, const void *data, size_t len);
