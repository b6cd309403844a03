/* SPDX-License-Identifier: MIT */
/* What the main thread gives the writer and gets back with its outcome: a message to be kept, or
 * the question for a room's head. One allocation, whose texts lie behind it. */
#pragma once

#include "broker/history/history.h"
#include "broker/reactor/mailbox.h"
#include "common/base/list.h"

enum letter_kind { LETTER_ENTRY, LETTER_HEAD };

struct letter {
	struct mail mail;
	struct list link; /* the writer's */
	struct history *history; /* for the way back */
	struct writer *writer; /* for the way there */
	enum letter_kind kind;
	/* Its texts lie in data; of a LETTER_HEAD only room is set. */
	struct history_entry entry;
	uint8_t sender[ARCHIVE_SENDER_SIZE];
	size_t bytes; /* of data */
	uint64_t posted_ms; /* monotonic */
	/* The outcome. */
	enum history_result result; /* of an entry */
	enum store_problem problem; /* of a head */
	uint64_t seq;
	int64_t time_ms; /* of an entry that was committed */
	/* The last one of a transaction says what that was; else 0. */
	uint32_t committed; /* messages */
	uint64_t commit_us;
	char data[];
};
