/* SPDX-License-Identifier: MIT */
/* A connection to history.db that outlives its troubles: it is opened anew when it has failed, and
 * when its files were gone and are back; only ever those that it began with. One thread at a
 * time. */
#pragma once

#include "common/base/buf.h"
#include "common/store/archive.h"

struct connection {
	struct buf path; /* owned */
	enum archive_mode mode;
	struct archive *archive; /* owned; NULL before connection_open has succeeded */
	char epoch[ARCHIVE_EPOCH_SIZE];
	const _Atomic bool *is_hurried; /* borrowed: ends waits for locks */
	bool is_suspect; /* to be opened anew before it is used again */
	unsigned reopened; /* so often; what was read before need not be true any more */
};

/* Opens path, and makes the database in modes that write. epoch: which one it has to be; NULL for
 * any. connection_close is due in either case. */
enum store_problem connection_open(struct connection *connection, const char *path,
	enum archive_mode mode, const char *epoch, const _Atomic bool *is_hurried)
	__attribute__((warn_unused_result));
/* All zero is fine. */
void connection_close(struct connection *connection);
/* Before it is used: opens it anew where that is due. STORE_GONE while its files are not there. */
enum store_problem connection_prepare(struct connection *connection)
	__attribute__((warn_unused_result));
/* The same for who does not look at the files later: also when they are other ones. */
enum store_problem connection_renew(struct connection *connection)
	__attribute__((warn_unused_result));
/* Whether its files are still the ones that are open. */
enum store_problem connection_check(struct connection *connection)
	__attribute__((warn_unused_result));
/* What using it came to. Returns problem. */
enum store_problem connection_note(struct connection *connection, enum store_problem problem);
void connection_set_patience(struct connection *connection, int wait_ms);
