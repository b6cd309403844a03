/* SPDX-License-Identifier: MIT */
/* Links to Redis without a broker, for integration tests: redis_links URL… runs the lines of stdin
 * and prints each result as a line. The words of a line are separated by blanks.
 *   ask WORD…       sends a command on the link of its second word; prints the reply
 *   block WORD…     sends a command that blocks; unblock ends it
 *   eval KEY WORD…  runs a script that returns KEY and the words
 *   channel NAME, pattern NAME: subscribes it
 *   stats           prints the counters */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "broker/reactor/reactor.h"
#include "broker/redis/links.h"
#include "broker/redis/script.h"
#include "broker/redis/url.h"
#include "broker/stats.h"
#include "common/base/crypto.h"
#include "common/base/mem.h"

#define WORDS_MAX 64

static struct reactor reactor;
static struct stats stats;
static struct links *links;
static struct redis_urls urls;
static struct buf input;

static struct script echo = { .text = "local all = {KEYS[1]}\n"
				      "for i, word in ipairs(ARGV) do all[i + 1] = word end\n"
				      "return all\n" };
static struct script *const scripts[] = { &echo };

static void print_reply(const struct link_reply *reply)
{
	switch (reply->kind) {
	case LINK_NIL:
		printf("nil");
		break;
	case LINK_TEXT:
	case LINK_STATUS:
		printf("%.*s", STR_ARG(reply->text));
		break;
	case LINK_INTEGER:
		printf("%" PRId64, reply->integer);
		break;
	case LINK_ERROR:
		printf("error %.*s", STR_ARG(reply->code));
		break;
	case LINK_ARRAY:
		printf("[");
		for (size_t i = 0; i < reply->count; i++) {
			printf(i == 0 ? "" : " ");
			print_reply(&reply->elements[i]);
		}
		printf("]");
		break;
	}
}

static void take(void *context, const struct link_reply *reply)
{
	printf("%s ", (const char *)context);
	if (reply == NULL)
		printf("lost");
	else
		print_reply(reply);
	printf("\n");
}

static void up(void *context)
{
	(void)context;
	printf("up\n");
}

static void down(void *context)
{
	(void)context;
	printf("down\n");
}

static void pushed(void *context, struct link *link, struct str channel, struct str payload)
{
	(void)context, (void)link;
	printf("pushed %.*s %.*s\n", STR_ARG(channel), STR_ARG(payload));
}

static void print_stats(void)
{
	printf("stats up=%" PRIu64 " reconnects=%" PRIu64 " errors=%" PRIu64 "\n",
		counter_read(&stats.values[STAT_REDIS_LINKS_UP]),
		counter_read(&stats.values[STAT_REDIS_RECONNECTS]),
		counter_read(&stats.values[STAT_REDIS_ERRORS]));
}

static bool do_words(struct str verb, size_t count, const struct str *words)
{
	static const struct link_handler asked = { take, "reply" }, blocked = { take, "block" };
	struct link *link = links_of(links, count > 1 ? words[1] : STR_OF(""));

	if (str_is(verb, "ask"))
		return link_command(link, &asked, count, words);
	if (str_is(verb, "block"))
		return link_blocking(link, &blocked, count, words);
	if (str_is(verb, "eval"))
		return script_eval(links_of(links, words[0]), &echo, &asked, 1, count, words);
	if (str_is(verb, "channel"))
		return links_subscribe(links, LINK_CHANNEL, words[0]);
	if (str_is(verb, "pattern"))
		return links_subscribe(links, LINK_PATTERN, words[0]);
	if (str_is(verb, "unblock"))
		link_unblock(link);
	if (str_is(verb, "stats"))
		print_stats();
	return true;
}

static void do_line(struct str line)
{
	struct str words[WORDS_MAX];
	size_t count = 0;

	while (count < WORDS_MAX && str_next_word(&line, " ", &words[count]))
		count++;
	if (count > 0 && !do_words(words[0], count - 1, words + 1))
		printf("refused\n");
}

static void handle_input(struct reactor_io *io, uint32_t events)
{
	ssize_t len = read(io->fd, buf_reserve(&input, 65536), 65536);
	struct str line;
	size_t end;

	(void)events;
	if (len <= 0) {
		reactor_stop(&reactor);
		return;
	}
	input.len += (size_t)len;
	while ((end = str_find(buf_str(&input), '\n')) < input.len) {
		line = str_range(input.data, end);
		do_line(line);
		buf_drop(&input, end + 1);
	}
}

static bool read_urls(int count, char **texts)
{
	struct buf problem = { 0 };

	urls.items = mem_alloc_array((size_t)count, sizeof(*urls.items));
	for (int i = 0; i < count; i++) {
		if (!redis_url_parse(str_from(texts[i]), &urls.items[urls.count++], &problem)) {
			fprintf(stderr, "%s\n", buf_text(&problem));
			buf_finish(&problem);
			return false;
		}
	}
	return true;
}

static void run(void)
{
	struct reactor_io io = { .handle = handle_input, .fd = STDIN_FILENO };
	const struct links_setting setting = { .reactor = &reactor,
		.stats = &stats,
		.urls = &urls,
		.broker_id = STR("0123456789ab"),
		.scripts = scripts,
		.script_count = 1,
		.up = up,
		.down = down,
		.pushed = pushed };

	if (!reactor_watch(&reactor, &io, EPOLLIN))
		abort();
	links = links_create(&setting);
	reactor_run(&reactor);
	links_destroy(links);
	reactor_unwatch(&reactor, &io);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!crypto_init() || !reactor_init(&reactor) || !read_urls(argc - 1, argv + 1))
		return EXIT_FAILURE;
	run();
	reactor_finish(&reactor);
	redis_urls_finish(&urls);
	buf_finish(&input);
	return EXIT_SUCCESS;
}
