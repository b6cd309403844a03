/* SPDX-License-Identifier: MIT */
/* A turn of the stage is one turn of the link and one of the server. Local sockets deliver at once,
 * so no turn has to wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/crypto.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "tests/support/redis_stage.h"

#define SETTLE_TURNS 20
#define STEP_MS 100

static uint64_t clock_ms = 1000003;
static char logged[4096];

uint64_t __wrap_clock_monotonic_ms(void);
uint64_t __wrap_clock_monotonic_us(void);
void __wrap_log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void __wrap_log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

uint64_t __wrap_clock_monotonic_ms(void)
{
	return clock_ms;
}

uint64_t __wrap_clock_monotonic_us(void)
{
	return clock_ms * 1000;
}

__attribute__((format(printf, 1, 0))) static void note_log(const char *format, va_list arguments)
{
	size_t len = strlen(logged);

	vsnprintf(logged + len, sizeof(logged) - len, format, arguments);
	len = strlen(logged);
	snprintf(logged + len, sizeof(logged) - len, "\n");
}

void __wrap_log_warning(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	note_log(format, arguments);
	va_end(arguments);
}

void __wrap_log_info(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	note_log(format, arguments);
	va_end(arguments);
}

static void handle_up(void *context)
{
	struct redis_stage *stage = context;

	buf_append_text(&stage->told, "up\n");
}

static void handle_down(void *context)
{
	struct redis_stage *stage = context;

	buf_append_text(&stage->told, "down\n");
}

static void handle_pushed(void *context, struct str channel, struct str payload)
{
	struct redis_stage *stage = context;

	buf_append_format(&stage->told, "pushed %.*s %.*s\n", STR_ARG(channel), STR_ARG(payload));
}

int redis_stage_make(void **state)
{
	static struct redis_stage stage;
	struct redis_stage *made = &stage;

	stage = (struct redis_stage){ .folder = folder_create() };
	assert_true(crypto_init());
	assert_true(reactor_init(&stage.reactor));
	fake_redis_start(&stage.fake, folder_path(&stage.folder, "redis.sock"));
	stage.setting = (struct link_setting){ .reactor = &stage.reactor,
		.stats = &stage.stats,
		.broker_id = STR("0123456789ab"),
		.up = handle_up,
		.down = handle_down,
		.pushed = handle_pushed,
		.context = made };
	logged[0] = '\0';
	*state = made;
	return 0;
}

static void read_url(struct redis_stage *stage, const char *login)
{
	struct buf text = { 0 }, problem = { 0 };

	buf_append_format(
		&text, "unix://%s%s%s", login, login[0] == '\0' ? "" : "@", stage->fake.path);
	assert_true(redis_url_parse(buf_str(&text), &stage->url, &problem));
	buf_finish(&text);
}

void redis_stage_link(struct redis_stage *stage, const char *login)
{
	read_url(stage, login);
	stage->setting.url = &stage->url;
	stage->link = link_create(&stage->setting);
}

static void ignore(void *context)
{
	(void)context;
}

static void ignore_pushed(void *context, struct link *link, struct str channel, struct str payload)
{
	(void)context;
	(void)link;
	(void)channel;
	(void)payload;
}

struct links *redis_stage_links(
	struct redis_stage *stage, struct script *const *scripts, size_t script_count)
{
	struct links *links;

	read_url(stage, "");
	stage->urls = (struct redis_urls){ &stage->url, 1 };
	links = links_create(&(struct links_setting){ .reactor = &stage->reactor,
		.stats = &stage->stats,
		.urls = &stage->urls,
		.broker_id = stage->setting.broker_id,
		.scripts = scripts,
		.script_count = script_count,
		.up = ignore,
		.down = ignore,
		.pushed = ignore_pushed });
	redis_stage_settle(stage);
	assert_true(links_are_up(links));
	return links;
}

int redis_stage_up(void **state)
{
	redis_stage_make(state);
	redis_stage_link(*state, "");
	redis_stage_settle(*state);
	assert_true(link_is_up(((struct redis_stage *)*state)->link));
	redis_stage_told(*state);
	fake_redis_said(&((struct redis_stage *)*state)->fake);
	redis_stage_logged();
	return 0;
}

int redis_stage_remove(void **state)
{
	struct redis_stage *stage = *state;
	struct folder *folder = &stage->folder;
	void *inner = folder;

	link_destroy(stage->link);
	assert_int_equal(redis_stage_stat(stage, STAT_REDIS_LINKS_UP), 0);
	reactor_finish(&stage->reactor);
	fake_redis_stop(&stage->fake);
	redis_url_finish(&stage->url);
	buf_finish(&stage->told);
	return folder_remove(&inner);
}

struct stop_task {
	struct reactor_task task;
	struct reactor *reactor;
};

static void run_stop(struct reactor_task *task)
{
	list_entry(task, struct stop_task, task)->reactor->is_stopping = true;
}

void redis_stage_turn(struct redis_stage *stage)
{
	struct stop_task stop = { .reactor = &stage->reactor };

	reactor_task_init(&stop.task, run_stop);
	reactor_schedule(&stage->reactor, &stop.task);
	reactor_run(&stage->reactor);
	stage->reactor.is_stopping = false;
	fake_redis_turn(&stage->fake);
}

void redis_stage_settle(struct redis_stage *stage)
{
	for (int i = 0; i < SETTLE_TURNS; i++)
		redis_stage_turn(stage);
}

void redis_stage_freeze(unsigned ms)
{
	clock_ms += ms;
}

void redis_stage_pass(struct redis_stage *stage, unsigned ms)
{
	for (unsigned passed = 0; passed < ms; passed += STEP_MS) {
		clock_ms += STEP_MS;
		redis_stage_settle(stage);
	}
}

struct note {
	struct redis_stage *stage;
	const char *name;
};

static void append_reply(struct buf *out, const struct link_reply *reply)
{
	switch (reply->kind) {
	case LINK_NIL:
		buf_append_text(out, "nil");
		break;
	case LINK_INTEGER:
		buf_append_number(out, reply->integer);
		break;
	case LINK_TEXT:
	case LINK_STATUS:
		buf_append_str(out, reply->text);
		break;
	case LINK_ERROR:
		buf_append_format(out, "error %.*s", STR_ARG(reply->code));
		break;
	case LINK_ARRAY:
		buf_append_format(out, "%zu elements", reply->count);
		break;
	}
}

static void handle_reply(void *context, const struct link_reply *reply)
{
	struct note *note = context;
	struct buf *told = &note->stage->told;

	buf_append_format(told, "%s ", note->name);
	if (reply == NULL)
		buf_append_text(told, "lost");
	else
		append_reply(told, reply);
	buf_append_char(told, '\n');
	mem_free(note);
}

struct link_handler redis_stage_handler(struct redis_stage *stage, const char *name)
{
	struct note *note = mem_new(struct note);

	*note = (struct note){ stage, name };
	return (struct link_handler){ handle_reply, note };
}

bool redis_stage_ask(struct redis_stage *stage, const char *name, const char *line)
{
	struct link_handler handler = redis_stage_handler(stage, name);
	struct str rest = str_from(line), words[16];
	size_t count = 0;

	while (count < 16 && str_next_word(&rest, " ", &words[count]))
		count++;
	if (link_command(stage->link, &handler, count, words))
		return true;
	mem_free(handler.context);
	return false;
}

const char *redis_stage_told(struct redis_stage *stage)
{
	static char told[65536];

	snprintf(told, sizeof(told), "%s", buf_text(&stage->told));
	buf_clear(&stage->told);
	return told;
}

const char *redis_stage_logged(void)
{
	static char copy[sizeof(logged)];

	memcpy(copy, logged, sizeof(copy));
	logged[0] = '\0';
	return copy;
}

uint64_t redis_stage_stat(const struct redis_stage *stage, enum stat_id stat)
{
	return counter_read(&stage->stats.values[stat]);
}
