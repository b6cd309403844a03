/* SPDX-License-Identifier: MIT */
/* The first commands on each connection, sent all at once: log in, select the database, load the
 * scripts, subscribe the channels. A link is up when all of them are answered. An error fails it,
 * unless the step may be refused. */
#include <string.h>

#include "broker/redis/link_private.h"
#include "broker/redis/script.h"
#include "common/base/mem.h"

struct step {
	const char *command; /* for the log */
	unsigned pipes; /* bits of enum link_pipe_kind */
	bool may_be_refused;
	void (*ask)(struct link *link, enum link_pipe_kind kind, const struct step *step);
	void (*take)(struct link *link, const struct link_reply *reply); /* NULL: ignores it */
};

/* Waits for one reply. */
struct wait {
	struct link *link;
	enum link_pipe_kind kind;
	const struct step *step;
};

static void take_answer(void *context, const struct link_reply *reply)
{
	struct wait wait = *(struct wait *)context;

	mem_free(context);
	if (reply == NULL)
		return;
	if (reply->kind == LINK_ERROR && !wait.step->may_be_refused)
		link_fail_reply(wait.link, wait.step->command, reply);
	else if (reply->kind != LINK_ERROR && wait.step->take != NULL)
		wait.step->take(wait.link, reply);
	link_note_greeted(wait.link, wait.kind);
}

static void ask(struct link *link, enum link_pipe_kind kind, const struct step *step, size_t count,
	const struct str *words)
{
	struct wait *wait = mem_new(struct wait);

	*wait = (struct wait){ link, kind, step };
	link->due[kind]++;
	if (pipe_command(
		    &link->pipes[kind], (struct link_handler){ take_answer, wait }, count, words))
		return;
	mem_free(wait);
	link_fail(link, "there is more to say at first than fits");
}

static void ask_login(struct link *link, enum link_pipe_kind kind, const struct step *step)
{
	struct str user = str_from(link->setting.url->user);
	struct str password = str_from(link->setting.url->password);

	if (user.len > 0)
		ask(link, kind, step, LINK_WORDS(STR_OF("AUTH"), user, password));
	else if (password.len > 0)
		ask(link, kind, step, LINK_WORDS(STR_OF("AUTH"), password));
}

static void ask_database(struct link *link, enum link_pipe_kind kind, const struct step *step)
{
	struct buf number = { 0 };

	if (link->setting.url->database == 0)
		return;
	buf_append_number(&number, link->setting.url->database);
	ask(link, kind, step, LINK_WORDS(STR_OF("SELECT"), buf_str(&number)));
	buf_finish(&number);
}

/* The name that CLIENT LIST shows to administrators. */
static void ask_name(struct link *link, enum link_pipe_kind kind, const struct step *step)
{
	struct buf name = { 0 };

	buf_append_text(&name, "roomwire-");
	buf_append_str(&name, link->setting.broker_id);
	ask(link, kind, step, LINK_WORDS(STR_OF("CLIENT"), STR_OF("SETNAME"), buf_str(&name)));
	buf_finish(&name);
}

/* A write that changes nothing. It fails on a replica, and when we may not touch our keys. */
static void ask_write(struct link *link, enum link_pipe_kind kind, const struct step *step)
{
	ask(link, kind, step, LINK_WORDS(STR_OF("DEL"), STR_OF("roomwire:probe")));
}

/* The first beat. Without it, a link that may not publish would go up and down again and again. */
static void ask_beat(struct link *link, enum link_pipe_kind kind, const struct step *step)
{
	ask(link, kind, step,
		LINK_WORDS(STR_OF("PUBLISH"), link_events(link), buf_str(&link->beat)));
}

static void ask_scripts(struct link *link, enum link_pipe_kind kind, const struct step *step)
{
	link->scripts_loaded = 0;
	for (size_t i = 0; i < link->setting.script_count; i++) {
		struct str text = str_from(link->setting.scripts[i]->text);

		ask(link, kind, step, LINK_WORDS(STR_OF("SCRIPT"), STR_OF("LOAD"), text));
	}
}

/* Replies come in the order in which the scripts were sent. */
static void take_script(struct link *link, const struct link_reply *reply)
{
	struct script *script = link->setting.scripts[link->scripts_loaded++];

	if (reply->kind != LINK_TEXT || reply->text.len != sizeof(script->hash)) {
		link_fail(link, "SCRIPT LOAD is answered with no hash");
		return;
	}
	memcpy(script->hash, reply->text.data, sizeof(script->hash));
}

static void ask_channels(struct link *link, enum link_pipe_kind kind, const struct step *step)
{
	(void)kind, (void)step;
	link_subscribe_all(link);
}

static void ask_id(struct link *link, enum link_pipe_kind kind, const struct step *step)
{
	ask(link, kind, step, LINK_WORDS(STR_OF("CLIENT"), STR_OF("ID")));
}

static void take_id(struct link *link, const struct link_reply *reply)
{
	link->blocking_id = reply->integer;
	if (link->wants_unblock)
		link_unblock(link);
}

#define ALL ((1U << LINK_COMMANDS) | (1U << LINK_SUBSCRIPTION) | (1U << LINK_BLOCKING))
#define WITH_KEYS ((1U << LINK_COMMANDS) | (1U << LINK_BLOCKING))

static const struct step steps[] = {
	{ "AUTH", ALL, false, ask_login, NULL },
	{ "SELECT", WITH_KEYS, false, ask_database, NULL },
	{ "CLIENT SETNAME", ALL, true, ask_name, NULL },
	{ "DEL roomwire:probe", 1U << LINK_COMMANDS, false, ask_write, NULL },
	{ "PUBLISH", 1U << LINK_COMMANDS, false, ask_beat, NULL },
	{ "SCRIPT LOAD", 1U << LINK_COMMANDS, false, ask_scripts, take_script },
	{ "SUBSCRIBE", 1U << LINK_SUBSCRIPTION, false, ask_channels, NULL },
	{ "CLIENT ID", 1U << LINK_BLOCKING, true, ask_id, take_id },
};

void link_greet(struct link *link, enum link_pipe_kind kind)
{
	link->due[kind] = 0;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if ((steps[i].pipes & (1U << kind)) != 0)
			steps[i].ask(link, kind, &steps[i]);
	}
}
