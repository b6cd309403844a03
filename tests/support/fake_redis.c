/* SPDX-License-Identifier: MIT */
/* Commands are arrays of texts, as replies are, so that one parser reads both. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/fake_redis.h"

void fake_redis_start(struct fake_redis *fake, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	*fake = (struct fake_redis){ .path = path };
	for (size_t i = 0; i < FAKE_CLIENTS; i++)
		fake->clients[i].fd = -1;
	strcpy(address.sun_path, path);
	unlink(path);
	fake->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(fake->listen_fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fake->listen_fd, FAKE_CLIENTS), 0);
}

static void drop(struct fake_client *client)
{
	if (client->fd < 0)
		return;
	close(client->fd);
	resp_reader_destroy(client->reader);
	buf_finish(&client->output);
	*client = (struct fake_client){ .fd = -1 };
}

void fake_redis_hang_up(struct fake_redis *fake)
{
	for (size_t i = 0; i < FAKE_CLIENTS; i++)
		drop(&fake->clients[i]);
}

void fake_redis_stop(struct fake_redis *fake)
{
	fake_redis_hang_up(fake);
	close(fake->listen_fd);
	unlink(fake->path);
	buf_finish(&fake->said);
}

size_t fake_redis_clients(const struct fake_redis *fake)
{
	size_t count = 0;

	for (size_t i = 0; i < FAKE_CLIENTS; i++)
		count += fake->clients[i].fd >= 0;
	return count;
}

const char *fake_redis_said(struct fake_redis *fake)
{
	static char said[65536];

	snprintf(said, sizeof(said), "%s", buf_text(&fake->said));
	buf_clear(&fake->said);
	return said;
}

void fake_redis_answer(struct fake_redis *fake, const char *command, const char *bytes)
{
	for (size_t i = 0; i < FAKE_ANSWERS; i++) {
		if (fake->answers[i].command != NULL &&
			strcmp(fake->answers[i].command, command) != 0)
			continue;
		fake->answers[i].command = command;
		fake->answers[i].bytes = bytes;
		return;
	}
	fail_msg("too many answers");
}

void fake_redis_push(struct fake_redis *fake, bool subscribers, const char *bytes)
{
	for (size_t i = 0; i < FAKE_CLIENTS; i++) {
		if (fake->clients[i].fd >= 0 && fake->clients[i].is_subscribed == subscribers)
			buf_append_text(&fake->clients[i].output, bytes);
	}
}

static void append_text(struct buf *out, struct str text)
{
	buf_append_format(out, "$%zu\r\n%.*s\r\n", text.len, STR_ARG(text));
}

static void publish(struct fake_redis *fake, const struct link_reply *words)
{
	struct buf push = { 0 };

	buf_append_text(&push, "*3\r\n$7\r\nmessage\r\n");
	append_text(&push, words[1].text);
	append_text(&push, words[2].text);
	fake_redis_push(fake, true, buf_text(&push));
	buf_finish(&push);
}

static void confirm(struct fake_client *client, const struct link_reply *words)
{
	char word[16];
	size_t len = 0;

	client->is_subscribed = true;
	for (; len < words[0].text.len && len + 1 < sizeof(word); len++)
		word[len] = (char)(words[0].text.data[len] | 0x20);
	buf_append_text(&client->output, "*3\r\n");
	append_text(&client->output, str_range(word, len));
	append_text(&client->output, words[1].text);
	buf_append_text(&client->output, ":1\r\n");
}

static void answer_as_usual(struct fake_redis *fake, struct fake_client *client, struct str line,
	const struct link_reply *words)
{
	if (str_starts_with(line, STR_OF("PUBLISH "))) {
		publish(fake, words);
		buf_append_text(&client->output, ":1\r\n");
	} else if (str_ends_with(words[0].text, STR_OF("SUBSCRIBE"))) {
		confirm(client, words);
	} else if (str_starts_with(line, STR_OF("SCRIPT LOAD "))) {
		buf_append_format(&client->output, "$40\r\n%040u\r\n", ++fake->scripts);
	} else if (str_starts_with(line, STR_OF("CLIENT ID"))) {
		buf_append_text(&client->output, ":7\r\n");
	} else {
		buf_append_text(&client->output, "+OK\r\n");
	}
}

static void answer(struct fake_redis *fake, struct fake_client *client, struct str line,
	const struct link_reply *words)
{
	for (size_t i = 0; i < FAKE_ANSWERS; i++) {
		if (fake->answers[i].bytes == NULL ||
			!str_starts_with(line, str_from(fake->answers[i].command)))
			continue;
		buf_append_text(&client->output, fake->answers[i].bytes);
		return;
	}
	answer_as_usual(fake, client, line, words);
}

static void take_command(
	struct fake_redis *fake, struct fake_client *client, const struct link_reply *command)
{
	size_t begin = fake->said.len;

	assert_int_equal(command->kind, LINK_ARRAY);
	for (size_t i = 0; i < command->count; i++) {
		buf_append_text(&fake->said, i == 0 ? "" : " ");
		buf_append_str(&fake->said, command->elements[i].text);
	}
	answer(fake, client, str_range(fake->said.data + begin, fake->said.len - begin),
		command->elements);
	buf_append_char(&fake->said, '\n');
}

static void take_commands(struct fake_redis *fake, struct fake_client *client)
{
	const struct link_reply *command;
	const char *problem;

	while (resp_reader_next(client->reader, &command, &problem) == RESP_REPLY)
		take_command(fake, client, command);
}

static void read_client(struct fake_redis *fake, struct fake_client *client)
{
	static char data[1 << 20];
	ssize_t len;

	while ((len = recv(client->fd, data, sizeof(data), MSG_DONTWAIT)) > 0) {
		resp_reader_feed(client->reader, data, (size_t)len);
		take_commands(fake, client);
	}
	if (len == 0 || errno != EAGAIN)
		drop(client);
}

static void write_client(const struct fake_redis *fake, struct fake_client *client)
{
	size_t size = client->output.len;
	ssize_t len;

	if (fake->slice > 0 && fake->slice < size)
		size = fake->slice;
	if (size == 0)
		return;
	len = send(client->fd, client->output.data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (len > 0)
		buf_drop(&client->output, (size_t)len);
}

static void accept_clients(struct fake_redis *fake)
{
	for (size_t i = 0; i < FAKE_CLIENTS; i++) {
		if (fake->clients[i].fd >= 0)
			continue;
		fake->clients[i].fd = accept4(fake->listen_fd, NULL, NULL, SOCK_CLOEXEC);
		if (fake->clients[i].fd < 0)
			return;
		fake->clients[i].reader = resp_reader_create();
	}
}

void fake_redis_turn(struct fake_redis *fake)
{
	accept_clients(fake);
	for (size_t i = 0; i < FAKE_CLIENTS && !fake->is_deaf; i++) {
		if (fake->clients[i].fd >= 0)
			read_client(fake, &fake->clients[i]);
	}
	for (size_t i = 0; i < FAKE_CLIENTS; i++) {
		if (fake->clients[i].fd >= 0)
			write_client(fake, &fake->clients[i]);
	}
}
