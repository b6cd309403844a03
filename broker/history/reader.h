/* SPDX-License-Identifier: MIT */
/* The thread that reads history.db for those who are connected: a question at a time, in the order
 * in which they came, each within a limit of time. */
#pragma once

#include "broker/history/connection.h"
#include "broker/history/question.h"
#include "broker/reactor/reactor.h"

/* What takes longer ends with STORE_BUSY. */
#define READER_LIMIT_MS 2000

struct reader;

/* Takes a question that is answered; the reader's thread. */
typedef void reader_answer_fn(struct question *question);

/* NULL with the cause. path and epoch are copied. */
struct reader *reader_create(const char *path, const char *epoch, reader_answer_fn *answer,
	enum store_problem *problem_out) __attribute__((warn_unused_result));
/* Breaks off what it reads; what is left is answered with STORE_BUSY, on this thread. NULL is fine.
 */
void reader_destroy(struct reader *reader);
/* Main thread; takes the question. */
void reader_ask(struct reader *reader, struct question *question);
