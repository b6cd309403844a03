/* SPDX-License-Identifier: MIT */
/* A disk that fails on demand, for the tests of databases: a VFS of SQLite's over the usual one,
 * which keeps a journal of all that changes files (writes, truncations, creations, deletions) and
 * of the syncs, so that crash_image can say what a power cut would have left, and which refuses
 * operations as a broken or a full disk does. A program that is linked with it (roomwire_crash) has
 * its fsync, link and unlink in the journal too. Knows files and bytes, not what databases mean by
 * them. One thread at a time. Nothing is ever synced for real: the journal is the disk. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/str.h"

/* Makes it the VFS of every database that is opened from now on. Takes effect once. */
void crash_vfs_install(void);

/* The journal. */

enum crash_operation_kind {
	CRASH_CREATED,
	CRASH_WRITTEN,
	CRASH_TRUNCATED,
	CRASH_SYNCED,
	/* A sync that failed: what it was to save is lost, whatever a later one says. */
	CRASH_SYNC_LOST,
	CRASH_FOLDER_SYNCED,
	CRASH_LINKED, /* a file that begins with what is in source */
	CRASH_DELETED,
};

struct crash_operation {
	enum crash_operation_kind kind;
	uint32_t file; /* counted by creations: a name that is used again is another file */
	uint32_t source;
	bool is_folder_synced; /* with it all creations and deletions are safe */
	uint64_t offset; /* CRASH_TRUNCATED: the size */
	size_t len;
	size_t data_at;
};

/* Begins a journal. Start in an empty folder: a file that has something in it when it is first
 * opened aborts the test. */
void crash_vfs_start_journal(void);
/* What is done from now on is in no journal; the one that is kept stays. */
void crash_vfs_stop_journal(void);
/* How many operations it has: a moment in the life of the files. */
size_t crash_vfs_moment(void);
/* Borrowed until the journal changes, like what is in it. */
const struct crash_operation *crash_vfs_operation(size_t index);
struct str crash_vfs_data(const struct crash_operation *operation);
/* Without its folder. */
const char *crash_vfs_file_name(uint32_t file);
uint32_t crash_vfs_files(void);
/* A disk that says "synced" and does nothing. */
void crash_vfs_ignore_syncs(bool is_ignoring);

/* Faults. */

enum crash_fault {
	CRASH_WRITE_FULL,
	CRASH_WRITE_FULL_SHORT, /* after a part of it */
	CRASH_WRITE_IO,
	CRASH_WRITE_IO_SHORT,
	CRASH_SYNC_IO,
	CRASH_TRUNCATE_IO,
	CRASH_READ_IO,
	CRASH_SIZE_IO,
	CRASH_OPEN_DENIED,
	CRASH_DELETE_IO,
	CRASH_MAP_FULL, /* of the index of the write-ahead log */
	CRASH_MAP_IO,
	CRASH_FAULT_COUNT
};

/* The number-th operation (from 1) of the fault's kind fails from now on, once or with all that
 * follow. */
void crash_vfs_fail(enum crash_fault fault, size_t number, bool is_lasting);
void crash_vfs_heal(void);
/* How often it has struck since crash_vfs_fail. */
size_t crash_vfs_strikes(void);
/* Operations of the fault's kind since the last crash_vfs_fail or crash_vfs_heal. */
size_t crash_vfs_count(enum crash_fault fault);
