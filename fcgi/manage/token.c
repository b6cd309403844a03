/* SPDX-License-Identifier: MIT */
/* Tickets for tests and for sites without a library for them, and the key that they are signed
 * with. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/clock.h"
#include "common/base/crypto.h"
#include "common/base/log.h"
#include "common/ticket.h"
#include "common/ticket_keys.h"
#include "fcgi/manage/commands.h"
#include "fcgi/manage/number.h"
#include "fcgi/manage/options.h"
#include "fcgi/manage/record.h"
#include "fcgi/manage/site.h"

#define SECONDS_DEFAULT 60
#define NUMBER_BYTES 16 /* random: no two are the same */

/* False with the exit status; files that are not right are problems, a missing one is not. */
static bool read_keys(const struct config *config, struct ticket_keys *keys, int *status_out)
{
	struct buf problem = { 0 };

	ticket_keys_refresh(keys, config->paths_state, &problem);
	if (problem.len > 0)
		*status_out = site_complain(EX_CONFIG, "%s", buf_text(&problem));
	buf_finish(&problem);
	return *status_out == EX_OK;
}

static bool rotate(const struct config *config, int *status_out)
{
	struct buf problem = { 0 };

	if (!ticket_keys_rotate(config->paths_state, &problem))
		*status_out = site_complain(EX_CANTCREAT, "%s", buf_text(&problem));
	buf_finish(&problem);
	return *status_out == EX_OK;
}

/* The first ticket makes the key. */
static bool find_keys(const struct config *config, struct ticket_keys *keys, int *status_out)
{
	if (!site_enter(config, status_out) || !read_keys(config, keys, status_out))
		return false;
	return ticket_keys_text(keys, 0).len > 0 ||
	       (rotate(config, status_out) && read_keys(config, keys, status_out));
}

static struct ticket_terms terms_of(const struct config *config, const struct ticket_keys *keys)
{
	return (struct ticket_terms){
		.keys = { ticket_keys_text(keys, 0), ticket_keys_text(keys, 1) },
		.audience = str_from(config->tickets_audience),
		.now_s = clock_wall_ms() / 1000,
	};
}

/* An option's text; NULL is none. */
static bool take_text(const char *text, char *out, size_t size)
{
	size_t len = text == NULL ? 0 : strlen(text);

	if (len >= size)
		return false;
	memcpy(out, text == NULL ? "" : text, len);
	out[len] = '\0';
	return true;
}

static void number_ticket(struct ticket *ticket)
{
	uint8_t number[NUMBER_BYTES];
	struct buf text = { 0 };

	crypto_random(number, sizeof(number));
	crypto_base64_encode(&text, number, sizeof(number));
	strcpy(ticket->number, buf_text(&text)); /* 22 characters */
	buf_finish(&text);
}

/* What the command line says of a new one. */
static bool read_options(const char *subject, int64_t now_s, struct ticket *ticket, int *status_out)
{
	int64_t seconds = SECONDS_DEFAULT;

	*ticket = (struct ticket){ .issued_s = now_s };
	if (!number_read("--seconds", manage_options.seconds, TICKET_LIFETIME_SECONDS_MAX, &seconds,
		    status_out))
		return false;
	ticket->expires_s = now_s + seconds;
	number_ticket(ticket);
	if (take_text(subject, ticket->subject, sizeof(ticket->subject)) &&
		take_text(manage_options.name, ticket->name, sizeof(ticket->name)) &&
		take_text(manage_options.room, ticket->room, sizeof(ticket->room)))
		return true;
	*status_out = site_complain(EX_USAGE, "a name is too long");
	return false;
}

static void print_ticket(const struct ticket *ticket, const char *token)
{
	struct record record;

	if (!record_is_json()) {
		puts(token);
		return;
	}
	record_begin(&record);
	record_add_text(&record, "ticket", token);
	record_add_foreign_text(&record, "subject", ticket->subject);
	record_add_time(&record, "expires", ticket->expires_s * 1000);
	record_print(&record);
}

/* What could not be read back is not given out. */
static int write_ticket(
	const struct config *config, const struct ticket_keys *keys, const char *subject)
{
	struct ticket_terms terms = terms_of(config, keys);
	struct ticket written, ticket;
	struct buf token = { 0 };
	enum ticket_problem problem;
	int status = EX_OK;

	if (!read_options(subject, terms.now_s, &written, &status))
		return status;
	ticket_write(&written, &terms, &token);
	problem = ticket_read(buf_str(&token), &terms, &ticket);
	if (problem == TICKET_OK)
		print_ticket(&ticket, buf_text(&token));
	else
		status = site_complain(EX_DATAERR, "%s", ticket_problem_sentence(problem));
	buf_finish(&token);
	return status;
}

int manage_token_make(const struct config *config, const char *subject)
{
	struct ticket_keys keys = { 0 };
	int status = EX_OK;

	if (find_keys(config, &keys, &status))
		status = write_ticket(config, &keys, subject);
	ticket_keys_finish(&keys);
	return status;
}

static void print_claims(const struct ticket *ticket)
{
	struct record record;

	record_begin(&record);
	record_add_foreign_text(&record, "subject", ticket->subject);
	record_add_foreign_text(&record, "name", ticket->name);
	record_add_foreign_text(&record, "room", ticket->room);
	record_add_time(&record, "expires", ticket->expires_s * 1000);
	record_print(&record);
}

/* The first line of stdin. */
static void read_line(struct buf *line)
{
	int c;

	while ((c = getchar()) != EOF && c != '\n' && line->len <= TICKET_BYTES_MAX)
		buf_append_char(line, (char)c);
}

static int check_ticket(const struct config *config, const struct ticket_keys *keys)
{
	struct ticket_terms terms = terms_of(config, keys);
	struct buf line = { 0 };
	struct ticket ticket;
	enum ticket_problem problem;

	read_line(&line);
	problem = ticket_read(str_trim(buf_str(&line)), &terms, &ticket);
	buf_finish(&line);
	if (problem != TICKET_OK)
		return site_complain(EX_DATAERR, "%s", ticket_problem_sentence(problem));
	print_claims(&ticket);
	return EX_OK;
}

int manage_token_check(const struct config *config, const char *unused)
{
	struct ticket_keys keys = { 0 };
	int status = EX_OK;

	(void)unused;
	if (site_enter(config, &status) && read_keys(config, &keys, &status))
		status = ticket_keys_text(&keys, 0).len > 0
				 ? check_ticket(config, &keys)
				 : site_complain(EX_CONFIG, "there is no ticket.key yet");
	ticket_keys_finish(&keys);
	return status;
}

int manage_key_rotate(const struct config *config, const char *unused)
{
	struct buf path = { 0 };
	struct record record;
	int status = EX_OK;

	(void)unused;
	if (site_enter(config, &status) && rotate(config, &status)) {
		record_begin(&record);
		record_add_text(&record, "key", config_path(config, &path, "ticket.key"));
		record_print(&record);
	}
	buf_finish(&path);
	return status;
}
