/* SPDX-License-Identifier: MIT */
/* A file is known by what stat says of it, so that a key that was changed counts with the next
 * ticket. */
#include "common/ticket_keys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/crypto.h"
#include "common/key_file.h"
#include "common/ticket.h"

static const char *const names[TICKET_KEY_COUNT] = { "ticket.key", "ticket.previous.key" };

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mode == b->st_mode &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static void read_file(struct ticket_key_file *file, const char *path, struct buf *problem)
{
	if (!key_file_read(path, &file->text, problem)) {
		buf_clear(&file->text);
		return;
	}
	while (file->text.len > 0 && strchr(" \t\r\n", file->text.data[file->text.len - 1]) != NULL)
		file->text.len--;
	if (file->text.len >= TICKET_KEY_BYTES_MIN)
		return;
	buf_append_format(
		problem, "%s is shorter than a key of %d bytes", path, TICKET_KEY_BYTES_MIN);
	buf_clear(&file->text);
}

static void refresh_file(struct ticket_key_file *file, const char *path, struct buf *problem)
{
	struct stat status = { 0 };

	if (stat(path, &status) != 0)
		status = (struct stat){ 0 };
	if (is_same_file(&status, &file->status))
		return;
	file->status = status;
	buf_clear(&file->text);
	if (status.st_ino != 0)
		read_file(file, path, problem);
}

void ticket_keys_refresh(
	struct ticket_keys *keys, const char *state_directory, struct buf *problem_out)
{
	struct buf path = { 0 };

	for (size_t i = 0; i < TICKET_KEY_COUNT; i++) {
		buf_clear(&path);
		buf_append_format(&path, "%s/%s", state_directory, names[i]);
		refresh_file(&keys->files[i], buf_text(&path), problem_out);
	}
	buf_finish(&path);
}

struct str ticket_keys_text(const struct ticket_keys *keys, size_t index)
{
	return buf_str(&keys->files[index].text);
}

void ticket_keys_finish(struct ticket_keys *keys)
{
	for (size_t i = 0; i < TICKET_KEY_COUNT; i++)
		buf_finish(&keys->files[i].text);
}

/* Between the two steps there is no present key for a moment, and tickets of it are good still. */
static bool change(const char *path, const char *previous_path, struct buf *problem)
{
	uint8_t key[CRYPTO_KEY_SIZE];
	struct buf text = { 0 };
	bool is_made;

	if (rename(path, previous_path) != 0 && errno != ENOENT) {
		buf_append_format(problem, "cannot move %s: %s", path, strerrordesc_np(errno));
		return false;
	}
	crypto_random(key, sizeof(key));
	crypto_base64_encode(&text, key, sizeof(key));
	buf_append_char(&text, '\n');
	is_made = key_file_make(path, buf_str(&text), problem);
	buf_finish(&text);
	return is_made;
}

bool ticket_keys_rotate(const char *state_directory, struct buf *problem_out)
{
	struct buf path = { 0 }, previous_path = { 0 };
	bool is_changed;

	buf_append_format(&path, "%s/%s", state_directory, names[0]);
	buf_append_format(&previous_path, "%s/%s", state_directory, names[1]);
	is_changed = change(buf_text(&path), buf_text(&previous_path), problem_out);
	buf_finish(&previous_path);
	buf_finish(&path);
	return is_changed;
}
