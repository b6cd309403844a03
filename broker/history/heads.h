/* SPDX-License-Identifier: MIT */
/* What the writer knows of rooms without asking the database: the last number and time of each
 * that was written or asked for lately. What a transaction changes can be taken back. Pure. */
#pragma once

#include "common/base/list.h"
#include "common/store/archive.h"

/* Rooms that are remembered; beyond, all are forgotten between two transactions. */
#define HEADS_MAX 100000

struct heads;

struct head {
	struct archive_room room;
	/* private */
	struct list changed_link;
	struct archive_room before;
};

struct heads *heads_create(void) __attribute__((warn_unused_result));
/* NULL is fine. */
void heads_destroy(struct heads *heads);
/* NULL when it is not known. Good until heads_forget or heads_trim. */
struct head *heads_find(const struct heads *heads, struct str name);
/* Of a room that is not known. */
struct head *heads_add(struct heads *heads, struct str name, const struct archive_room *room);
/* Before the first change of a transaction, and harmless later. */
void heads_change(struct heads *heads, struct head *head);
/* The transaction's end. */
void heads_keep(struct heads *heads);
void heads_take_back(struct heads *heads);
/* Between transactions. */
void heads_forget(struct heads *heads);
void heads_trim(struct heads *heads);
