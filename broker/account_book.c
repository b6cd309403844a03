/* SPDX-License-Identifier: MIT */
#include "broker/account_book.h"

#include <errno.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/mem.h"

/* Between two looks others wait once for another process, not at each handshake. */
#define PATIENCE_MS 50

void account_book_init(struct account_book *book, const char *path)
{
	*book = (struct account_book){ .path = mem_strdup(path) };
}

void account_book_finish(struct account_book *book)
{
	accounts_close(book->accounts);
	mem_free(book->path);
	*book = (struct account_book){ 0 };
}

static void set_problem(struct account_book *book, enum store_problem problem)
{
	if (problem != book->problem && problem != STORE_OK)
		log_error("event=accounts problem=%s path=%s", store_problem_code(problem),
			book->path);
	book->problem = problem;
}

static void close_book(struct account_book *book, enum store_problem problem)
{
	accounts_close(book->accounts);
	book->accounts = NULL;
	set_problem(book, problem);
}

static bool open_book(struct account_book *book)
{
	enum store_problem problem = book->has_been_open ? STORE_GONE : STORE_OK;

	/* Asked at each handshake while there is none. */
	if (access(book->path, F_OK) == 0 || errno != ENOENT)
		book->accounts = accounts_open(book->path, ACCOUNTS_READ, &problem);
	set_problem(book, problem);
	if (book->accounts == NULL)
		return false;
	book->has_been_open = true;
	log_info("event=accounts_opened path=%s", book->path);
	return true;
}

/* There are no accounts yet, or nobody has written since the file was made: a writer's first row
 * changes what is open here without a sign. */
static bool is_awaited(const struct account_book *book)
{
	return book->accounts == NULL ? book->problem == STORE_OK
				      : !accounts_follow(book->accounts);
}

bool account_book_look(struct account_book *book, uint64_t now_ms)
{
	/* The first who registers is known to the next handshake. */
	if (!is_awaited(book) && now_ms < book->look_ms)
		return false;
	book->look_ms = now_ms + ACCOUNT_BOOK_LOOK_MS;
	if (book->accounts == NULL)
		return open_book(book);
	if (accounts_check_file(book->accounts) == STORE_OK) {
		accounts_set_patience(book->accounts, PATIENCE_MS);
		return false;
	}
	accounts_close(book->accounts);
	book->accounts = NULL;
	return open_book(book);
}

void account_book_note(struct account_book *book, enum store_problem problem)
{
	if (book->accounts == NULL || problem == STORE_OK)
		return;
	if (problem == STORE_BUSY)
		accounts_set_patience(book->accounts, 0);
	else
		close_book(book, problem);
}
