/* SPDX-License-Identifier: MIT */
/* Methods of version 2: without xFetch, so that databases write through xWrite and never behind our
 * back through a mapping. Only the -shm file is the real VFS's own: after a power cut the first to
 * come builds it anew. A file's creation is safe once the file is synced, as ext4 has it, and all
 * names are when the usual VFS would sync the folder: at the first sync of a new journal or
 * write-ahead log, and at a deletion that asks for it. */
#include "tests/support/crash_vfs.h"

#include <assert.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/mem.h"

#define UNTRACKED UINT32_MAX
#define JOURNAL_FLAGS (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL)

enum kind { WRITE, SYNC, TRUNCATE, READ, SIZE, OPEN, DELETE, MAP, KIND_COUNT };

static const struct {
	enum kind kind;
	int code;
	int system_error;
	bool is_short;
} faults[CRASH_FAULT_COUNT] = {
	[CRASH_WRITE_FULL] = { WRITE, SQLITE_FULL, ENOSPC, false },
	[CRASH_WRITE_FULL_SHORT] = { WRITE, SQLITE_FULL, ENOSPC, true },
	[CRASH_WRITE_IO] = { WRITE, SQLITE_IOERR_WRITE, EIO, false },
	[CRASH_WRITE_IO_SHORT] = { WRITE, SQLITE_IOERR_WRITE, EIO, true },
	[CRASH_SYNC_IO] = { SYNC, SQLITE_IOERR_FSYNC, EIO, false },
	[CRASH_TRUNCATE_IO] = { TRUNCATE, SQLITE_IOERR_TRUNCATE, EIO, false },
	[CRASH_READ_IO] = { READ, SQLITE_IOERR_READ, EIO, false },
	[CRASH_SIZE_IO] = { SIZE, SQLITE_IOERR_FSTAT, EIO, false },
	[CRASH_OPEN_DENIED] = { OPEN, SQLITE_CANTOPEN, EACCES, false },
	[CRASH_DELETE_IO] = { DELETE, SQLITE_IOERR_DELETE, EIO, false },
	[CRASH_MAP_FULL] = { MAP, SQLITE_IOERR_SHMSIZE, ENOSPC, false },
	[CRASH_MAP_IO] = { MAP, SQLITE_IOERR_SHMMAP, EIO, false },
};

struct tracked_file {
	char *path;
	bool is_deleted;
};

/* The real VFS's own lies behind it. */
struct shim_file {
	sqlite3_file base;
	uint32_t file; /* UNTRACKED: in no journal */
	bool is_folder_unsynced;
};

static sqlite3_vfs *real_vfs;
static sqlite3_vfs shim_vfs;

static struct {
	struct crash_operation *operations;
	uint32_t count;
	uint32_t capacity;
	struct tracked_file *files;
	uint32_t file_count;
	uint32_t file_capacity;
	struct buf data;
	bool is_kept;
	bool is_ignoring_syncs;
} journal;

static struct {
	enum crash_fault fault; /* CRASH_FAULT_COUNT: none */
	size_t number;
	bool is_lasting;
	size_t strikes;
	size_t counts[KIND_COUNT];
} plan = { .fault = CRASH_FAULT_COUNT };

/* SQLITE_OK, or what an operation of the kind fails with now. */
static int strike(enum kind kind)
{
	size_t count = ++plan.counts[kind];

	if (plan.fault == CRASH_FAULT_COUNT || faults[plan.fault].kind != kind)
		return SQLITE_OK;
	if (plan.is_lasting ? count < plan.number : count != plan.number)
		return SQLITE_OK;
	plan.strikes++;
	errno = faults[plan.fault].system_error;
	return faults[plan.fault].code;
}

static void note(const struct crash_operation *operation, const void *data)
{
	if (!journal.is_kept || operation->file == UNTRACKED)
		return;
	journal.operations = mem_grow(
		journal.operations, &journal.capacity, journal.count, sizeof(*journal.operations));
	journal.operations[journal.count] = *operation;
	journal.operations[journal.count++].data_at = journal.data.len;
	if (data != NULL)
		buf_append(&journal.data, data, operation->len);
}

static uint32_t find_file(const char *path)
{
	for (uint32_t file = journal.file_count; path != NULL && file-- > 0;)
		if (!journal.files[file].is_deleted && strcmp(journal.files[file].path, path) == 0)
			return file;
	return UNTRACKED;
}

static uint32_t add_file(const char *path)
{
	journal.files = mem_grow(
		journal.files, &journal.file_capacity, journal.file_count, sizeof(*journal.files));
	journal.files[journal.file_count] = (struct tracked_file){ .path = mem_strdup(path) };
	return journal.file_count++;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
	return (sqlite3_file *)((struct shim_file *)file + 1);
}

static int shim_close(sqlite3_file *file)
{
	return real_of(file)->pMethods->xClose(real_of(file));
}

static int shim_read(sqlite3_file *file, void *data, int len, sqlite3_int64 offset)
{
	int code = strike(READ);

	return code != SQLITE_OK ? code
				 : real_of(file)->pMethods->xRead(real_of(file), data, len, offset);
}

static int shim_write(sqlite3_file *file, const void *data, int len, sqlite3_int64 offset)
{
	int failure = strike(WRITE);
	int code;

	if (failure != SQLITE_OK) {
		if (!faults[plan.fault].is_short)
			return failure;
		len /= 2;
	}
	code = real_of(file)->pMethods->xWrite(real_of(file), data, len, offset);
	if (code != SQLITE_OK)
		return code;
	note(&(struct crash_operation){ .kind = CRASH_WRITTEN,
		     .file = ((struct shim_file *)file)->file,
		     .offset = (uint64_t)offset,
		     .len = (size_t)len },
		data);
	if (failure != SQLITE_OK)
		errno = faults[plan.fault].system_error;
	return failure;
}

static int shim_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	int code = strike(TRUNCATE);

	if (code == SQLITE_OK)
		code = real_of(file)->pMethods->xTruncate(real_of(file), size);
	if (code == SQLITE_OK)
		note(&(struct crash_operation){ .kind = CRASH_TRUNCATED,
			     .file = ((struct shim_file *)file)->file,
			     .offset = (uint64_t)size },
			NULL);
	return code;
}

static int shim_sync(sqlite3_file *file, int flags)
{
	struct shim_file *shim = (struct shim_file *)file;
	struct crash_operation operation = { .kind = CRASH_SYNCED, .file = shim->file };
	int code = strike(SYNC);

	(void)flags;
	if (code != SQLITE_OK) {
		operation.kind = CRASH_SYNC_LOST;
	} else if (journal.is_ignoring_syncs) {
		return SQLITE_OK;
	} else {
		operation.is_folder_synced = shim->is_folder_unsynced;
		shim->is_folder_unsynced = false;
	}
	note(&operation, NULL);
	return code;
}

static int shim_size(sqlite3_file *file, sqlite3_int64 *size_out)
{
	int code = strike(SIZE);

	return code != SQLITE_OK ? code
				 : real_of(file)->pMethods->xFileSize(real_of(file), size_out);
}

static int shim_lock(sqlite3_file *file, int level)
{
	return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int shim_unlock(sqlite3_file *file, int level)
{
	return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int shim_check_lock(sqlite3_file *file, int *is_reserved_out)
{
	return real_of(file)->pMethods->xCheckReservedLock(real_of(file), is_reserved_out);
}

static int shim_control(sqlite3_file *file, int operation, void *argument)
{
	return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}

static int shim_sector_size(sqlite3_file *file)
{
	return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int shim_characteristics(sqlite3_file *file)
{
	return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file)) &
	       ~SQLITE_IOCAP_BATCH_ATOMIC;
}

static int shim_map(sqlite3_file *file, int region, int size, int is_extending, void volatile **out)
{
	int code = strike(MAP);

	return code != SQLITE_OK ? code
				 : real_of(file)->pMethods->xShmMap(
					   real_of(file), region, size, is_extending, out);
}

static int shim_map_lock(sqlite3_file *file, int offset, int count, int flags)
{
	return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void shim_map_barrier(sqlite3_file *file)
{
	real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int shim_unmap(sqlite3_file *file, int is_deleting)
{
	return real_of(file)->pMethods->xShmUnmap(real_of(file), is_deleting);
}

static const sqlite3_io_methods shim_methods = {
	.iVersion = 2,
	.xClose = shim_close,
	.xRead = shim_read,
	.xWrite = shim_write,
	.xTruncate = shim_truncate,
	.xSync = shim_sync,
	.xFileSize = shim_size,
	.xLock = shim_lock,
	.xUnlock = shim_unlock,
	.xCheckReservedLock = shim_check_lock,
	.xFileControl = shim_control,
	.xSectorSize = shim_sector_size,
	.xDeviceCharacteristics = shim_characteristics,
	.xShmMap = shim_map,
	.xShmLock = shim_map_lock,
	.xShmBarrier = shim_map_barrier,
	.xShmUnmap = shim_unmap,
};

/* A file that is being opened; size is -1 when it was not there before. */
static uint32_t track_file(const char *path, int64_t size)
{
	uint32_t file = find_file(path);

	if (!journal.is_kept || file != UNTRACKED)
		return file;
	assert(size <= 0);
	file = add_file(path);
	note(&(struct crash_operation){ .kind = CRASH_CREATED, .file = file }, NULL);
	return file;
}

static int shim_open(
	sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *flags_out)
{
	struct shim_file *shim = (struct shim_file *)file;
	struct stat status = { .st_size = -1 };
	bool was_there = path != NULL && stat(path, &status) == 0;
	int code = strike(OPEN);

	(void)vfs;
	shim->base.pMethods = NULL;
	if (code == SQLITE_OK)
		code = real_vfs->xOpen(real_vfs, path, real_of(file), flags, flags_out);
	if (code != SQLITE_OK)
		return code;
	shim->base.pMethods = &shim_methods;
	shim->file = UNTRACKED;
	shim->is_folder_unsynced = !was_there && (flags & JOURNAL_FLAGS) != 0;
	if (path != NULL && (flags & SQLITE_OPEN_DELETEONCLOSE) == 0)
		shim->file = track_file(path, status.st_size);
	return SQLITE_OK;
}

static void note_deletion(uint32_t file, bool is_folder_synced)
{
	if (file == UNTRACKED)
		return;
	journal.files[file].is_deleted = true;
	note(
		&(struct crash_operation){
			.kind = CRASH_DELETED, .file = file, .is_folder_synced = is_folder_synced },
		NULL);
}

static int shim_delete(sqlite3_vfs *vfs, const char *path, int is_folder_synced)
{
	uint32_t file = find_file(path);
	int code = strike(DELETE);

	(void)vfs;
	if (code == SQLITE_OK)
		code = real_vfs->xDelete(real_vfs, path, 0);
	if (code == SQLITE_OK)
		note_deletion(file, is_folder_synced != 0 && !journal.is_ignoring_syncs);
	return code;
}

int __wrap_fsync(int fd);
int __wrap_link(const char *from, const char *to);
int __wrap_unlink(const char *path);
int __real_link(const char *from, const char *to);
int __real_unlink(const char *path);

/* What a program does to its databases without SQLite. */
int __wrap_fsync(int fd)
{
	struct crash_operation operation = { .kind = CRASH_FOLDER_SYNCED };
	int code = strike(SYNC);
	struct stat status;
	char link[32];
	char path[256];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	if (len < 0 || fstat(fd, &status) != 0)
		return -1;
	path[len] = '\0';
	if (!S_ISDIR(status.st_mode)) {
		operation.kind = code == SQLITE_OK ? CRASH_SYNCED : CRASH_SYNC_LOST;
		operation.file = find_file(path);
	}
	if (code == SQLITE_OK ? !journal.is_ignoring_syncs : !S_ISDIR(status.st_mode))
		note(&operation, NULL);
	if (code == SQLITE_OK)
		return 0;
	errno = EIO;
	return -1;
}

int __wrap_link(const char *from, const char *to)
{
	uint32_t source = find_file(from);

	if (__real_link(from, to) != 0)
		return -1;
	if (source != UNTRACKED)
		note(
			&(struct crash_operation){
				.kind = CRASH_LINKED, .file = add_file(to), .source = source },
			NULL);
	return 0;
}

int __wrap_unlink(const char *path)
{
	uint32_t file = find_file(path);

	if (__real_unlink(path) != 0)
		return -1;
	note_deletion(file, false);
	return 0;
}

void crash_vfs_install(void)
{
	if (real_vfs != NULL)
		return;
	real_vfs = sqlite3_vfs_find(NULL);
	assert(real_vfs != NULL);
	/* What is not ours is the real one's, whose functions do not look at the VFS. */
	shim_vfs = *real_vfs;
	shim_vfs.pNext = NULL;
	shim_vfs.zName = "crash";
	shim_vfs.szOsFile = (int)sizeof(struct shim_file) + real_vfs->szOsFile;
	shim_vfs.xOpen = shim_open;
	shim_vfs.xDelete = shim_delete;
	if (sqlite3_vfs_register(&shim_vfs, 1) != SQLITE_OK)
		abort();
}

void crash_vfs_start_journal(void)
{
	for (uint32_t file = 0; file < journal.file_count; file++)
		mem_free(journal.files[file].path);
	journal.file_count = 0;
	journal.count = 0;
	buf_clear(&journal.data);
	journal.is_kept = true;
}

void crash_vfs_stop_journal(void)
{
	journal.is_kept = false;
}

size_t crash_vfs_moment(void)
{
	return journal.count;
}

const struct crash_operation *crash_vfs_operation(size_t index)
{
	assert(index < journal.count);
	return &journal.operations[index];
}

struct str crash_vfs_data(const struct crash_operation *operation)
{
	return str_range(journal.data.data + operation->data_at, operation->len);
}

const char *crash_vfs_file_name(uint32_t file)
{
	const char *slash;

	assert(file < journal.file_count);
	slash = strrchr(journal.files[file].path, '/');
	return slash != NULL ? slash + 1 : journal.files[file].path;
}

uint32_t crash_vfs_files(void)
{
	return journal.file_count;
}

void crash_vfs_ignore_syncs(bool is_ignoring)
{
	journal.is_ignoring_syncs = is_ignoring;
}

void crash_vfs_fail(enum crash_fault fault, size_t number, bool is_lasting)
{
	crash_vfs_heal();
	plan.fault = fault;
	plan.number = number;
	plan.is_lasting = is_lasting;
	plan.strikes = 0;
}

void crash_vfs_heal(void)
{
	plan.fault = CRASH_FAULT_COUNT;
	memset(plan.counts, 0, sizeof(plan.counts));
}

size_t crash_vfs_strikes(void)
{
	return plan.strikes;
}

size_t crash_vfs_count(enum crash_fault fault)
{
	return plan.counts[faults[fault].kind];
}
