/* SPDX-License-Identifier: MIT */
/* One walk over the journal: an image moves forward and keeps, per file, the bytes that are safe
 * and the operations that are not, so that thousands of crashes cost their own bytes only. Each
 * image draws how much of the unsafe survives, from nothing to all, since either end is a likely
 * crash and the middle is a rare one. */
#include "tests/support/crash_image.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "tests/support/crash_vfs.h"

#define SHARES 8 /* survival is a number of eighths */
#define TORN_SHARE 1

struct image_file {
	struct buf bytes; /* safe */
	size_t *unsafe; /* operations, in their order */
	uint32_t unsafe_count;
	uint32_t unsafe_capacity;
	bool is_named;
	bool is_name_safe;
	bool is_deleted;
	bool is_deletion_safe;
};

struct crash_image {
	size_t moment;
	struct image_file *files;
	uint32_t file_count;
};

static uint64_t draw(uint64_t *random)
{
	/* splitmix64 */
	uint64_t bits = *random += 0x9e3779b97f4a7c15;

	bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
	bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
	return bits ^ bits >> 31;
}

static bool draw_share(uint64_t *random, uint64_t share)
{
	return draw(random) % SHARES < share;
}

static void set_size(struct buf *bytes, size_t size)
{
	if (size > bytes->len)
		memset(buf_reserve(bytes, size - bytes->len), 0, size - bytes->len);
	bytes->len = size;
}

static void put(struct buf *bytes, uint64_t offset, const char *data, size_t len)
{
	if (len == 0)
		return;
	if (offset + len > bytes->len)
		set_size(bytes, offset + len);
	memcpy(bytes->data + offset, data, len);
}

static void apply(struct buf *bytes, const struct crash_operation *operation)
{
	if (operation->kind == CRASH_TRUNCATED)
		set_size(bytes, operation->offset);
	else
		put(bytes, operation->offset, crash_vfs_data(operation).data, operation->len);
}

/* A write of which each sector goes its own way. */
static void apply_sectors(struct buf *bytes, const struct crash_operation *operation,
	size_t sector_bytes, uint64_t share, uint64_t *random)
{
	struct str data = crash_vfs_data(operation);
	uint64_t offset = operation->offset;

	while (data.len > 0) {
		size_t len = sector_bytes - offset % sector_bytes;

		if (len > data.len)
			len = data.len;
		if (draw_share(random, share))
			put(bytes, offset, data.data,
				draw_share(random, TORN_SHARE) ? draw(random) % len : len);
		offset += len;
		data = str_skip(data, len);
	}
}

static void make_safe(struct image_file *file)
{
	for (uint32_t i = 0; i < file->unsafe_count; i++)
		apply(&file->bytes, crash_vfs_operation(file->unsafe[i]));
	file->unsafe_count = 0;
	file->is_name_safe = true;
}

static void make_names_safe(struct crash_image *image)
{
	for (uint32_t i = 0; i < image->file_count; i++) {
		image->files[i].is_name_safe = image->files[i].is_named;
		image->files[i].is_deletion_safe = image->files[i].is_deleted;
	}
}

static void add_unsafe(struct image_file *file, size_t operation)
{
	file->unsafe = mem_grow(
		file->unsafe, &file->unsafe_capacity, file->unsafe_count, sizeof(*file->unsafe));
	file->unsafe[file->unsafe_count++] = operation;
}

static void copy(struct image_file *file, const struct image_file *source)
{
	buf_append_str(&file->bytes, buf_str(&source->bytes));
	for (uint32_t i = 0; i < source->unsafe_count; i++)
		add_unsafe(file, source->unsafe[i]);
	file->is_named = true;
}

static void step(struct crash_image *image, size_t index)
{
	const struct crash_operation *operation = crash_vfs_operation(index);
	struct image_file *file = &image->files[operation->file];

	switch (operation->kind) {
	case CRASH_CREATED:
		file->is_named = true;
		break;
	case CRASH_WRITTEN:
	case CRASH_TRUNCATED:
		add_unsafe(file, index);
		break;
	case CRASH_SYNCED:
		make_safe(file);
		break;
	case CRASH_SYNC_LOST:
		file->unsafe_count = 0;
		break;
	case CRASH_LINKED:
		copy(file, &image->files[operation->source]);
		break;
	case CRASH_DELETED:
		file->is_deleted = true;
		break;
	case CRASH_FOLDER_SYNCED:
		break;
	}
	if (operation->is_folder_synced || operation->kind == CRASH_FOLDER_SYNCED)
		make_names_safe(image);
}

struct crash_image *crash_image_create(void)
{
	struct crash_image *image = mem_new(struct crash_image);

	image->file_count = crash_vfs_files();
	image->files = mem_alloc_array(image->file_count, sizeof(*image->files));
	return image;
}

void crash_image_destroy(struct crash_image *image)
{
	if (image == NULL)
		return;
	for (uint32_t i = 0; i < image->file_count; i++) {
		buf_finish(&image->files[i].bytes);
		mem_free(image->files[i].unsafe);
	}
	mem_free(image->files);
	mem_free(image);
}

void crash_image_advance(struct crash_image *image, size_t moment)
{
	assert(image->moment <= moment);
	while (image->moment < moment)
		step(image, image->moment++);
}

static void write_file(const char *path, struct str bytes)
{
	FILE *file = fopen(path, "wb");

	if (file == NULL ||
		fwrite(bytes.len > 0 ? bytes.data : "", 1, bytes.len, file) != bytes.len ||
		fclose(file) != 0) {
		perror(path);
		abort();
	}
}

void crash_image_write(
	const struct crash_image *image, const char *folder, size_t sector_bytes, uint64_t seed)
{
	uint64_t random = seed * image->moment + seed;
	uint64_t share = draw(&random) % (SHARES + 1);
	struct buf bytes = { 0 };
	char path[256];

	for (uint32_t i = 0; i < image->file_count; i++) {
		const struct image_file *file = &image->files[i];

		if (!file->is_named || (!file->is_name_safe && !draw_share(&random, share)))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, crash_vfs_file_name(i));
		if (file->is_deleted && (file->is_deletion_safe || draw_share(&random, share))) {
			remove(path);
			continue;
		}
		buf_clear(&bytes);
		buf_append(&bytes, file->bytes.data, file->bytes.len);
		for (uint32_t j = 0; j < file->unsafe_count; j++) {
			const struct crash_operation *operation = crash_vfs_operation(
				file->unsafe[j]);

			if (operation->kind == CRASH_WRITTEN)
				apply_sectors(&bytes, operation, sector_bytes, share, &random);
			else if (draw_share(&random, share))
				apply(&bytes, operation);
		}
		write_file(path, buf_str(&bytes));
	}
	buf_finish(&bytes);
}
