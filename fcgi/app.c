/* SPDX-License-Identifier: MIT */
/* A page never waits longer for the broker than APP_LIST_MS, and many pages at once ask it once. */
#include "fcgi/app.h"

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/json.h"
#include "fcgi/housekeeping.h"

#define ROOMS_CACHE_MS 1000
#define API_KEYS_MAX 10000 /* keys that ask at the same time */

/* Half of the workers; the other half answers pages while the broker takes its time. */
static size_t count_senders(const struct config *config)
{
	return config->fcgi_threads < 2 ? 1 : (size_t)config->fcgi_threads / 2;
}

/* True when the broker shares its rooms: their history is on another host then, and the broker asks
 * for it there. */
static bool is_elsewhere(const struct config *config)
{
	return str_is(str_from(config->layer_backend), "redis") || config_is_edge(config);
}

/* A history.db that is left from an earlier configuration is not shown. */
static struct history *find_history(struct app *app, const struct config *config)
{
	struct buf path = { 0 };
	bool is_kept = !str_is(str_from(config->history_durability), "none");
	struct history *history;

	if (is_elsewhere(config))
		return history_create_remote(app);
	history = history_create(is_kept ? config_path(config, &path, "history.db") : NULL);
	buf_finish(&path);
	return history;
}

static struct pool *find_accounts(const struct config *config)
{
	struct buf path = { 0 };
	bool is_here = config->accounts_broker[0] == '\0';
	struct pool *accounts = accounts_pool_create(
		is_here ? config_path(config, &path, "accounts.db") : NULL);

	buf_finish(&path);
	return accounts;
}

bool app_start(struct app *app, const struct config *config)
{
	struct buf problem = { 0 };
	bool is_started;

	*app = (struct app){
		.config = config,
		.history = find_history(app, config),
		.accounts = find_accounts(config),
		.hasher = hasher_create(config),
		.api_keys = throttle_create(config->limits_api_requests_per_second,
			config->limits_api_request_burst, API_KEYS_MAX),
		.senders = slots_create(count_senders(config)),
	};
	pthread_mutex_init(&app->control_lock, NULL);
	pthread_mutex_init(&app->rooms_lock, NULL);
	pthread_mutex_init(&app->api_keys_lock, NULL);
	is_started = secret_load(&app->secret, config->paths_state, &problem);
	if (!is_started)
		log_error("event=start problem=\"%s\"", buf_text(&problem));
	buf_finish(&problem);
	return is_started;
}

bool app_start_threads(struct app *app)
{
	if (!hasher_start(app->hasher))
		return false;
	app->housekeeping = housekeeping_start(app);
	return app->housekeeping != NULL;
}

void app_finish(struct app *app)
{
	housekeeping_stop(app->housekeeping);
	hasher_destroy(app->hasher);
	throttle_destroy(app->api_keys);
	slots_destroy(app->senders);
	pool_destroy(app->accounts);
	history_destroy(app->history);
	control_destroy(app->control);
	mem_free(app->rooms_json);
	pthread_mutex_destroy(&app->api_keys_lock);
	pthread_mutex_destroy(&app->rooms_lock);
	pthread_mutex_destroy(&app->control_lock);
}

static struct control *dial(const struct app *app)
{
	struct buf path = { 0 }, url = { 0 };
	struct control *control;

	buf_append_format(&url, "ipc://%s", config_path(app->config, &path, "run/control.ipc"));
	control = control_create(buf_text(&url));
	if (control == NULL)
		log_error("event=dial url=%s", buf_text(&url));
	buf_finish(&url);
	buf_finish(&path);
	return control;
}

/* Dials when it is first needed, not at the start: a plain CGI program that asks nothing would end
 * before nng has shaken hands, and nng 1.5.2 accepts nobody after that. */
static struct control *find_control(struct app *app)
{
	struct control *control;

	pthread_mutex_lock(&app->control_lock);
	if (app->control == NULL)
		app->control = dial(app);
	control = app->control;
	pthread_mutex_unlock(&app->control_lock);
	return control;
}

struct json *app_ask(struct app *app, struct str request, int timeout_ms, bool *is_sent_out)
{
	struct control *control = find_control(app);
	int connect_ms = timeout_ms < APP_CONNECT_MS ? timeout_ms : APP_CONNECT_MS;

	*is_sent_out = false;
	return control == NULL ? NULL
			       : control_ask(control, request, connect_ms, timeout_ms, is_sent_out);
}

/* NULL also for a refusal, because a page has nothing to say about it. */
static struct json *ask(struct app *app, struct str request)
{
	bool is_ok = false, is_sent;
	struct json *answer = app_ask(app, request, APP_LIST_MS, &is_sent);

	if (answer != NULL && json_get_bool(json_find(answer, "ok"), &is_ok) && is_ok)
		return answer;
	json_destroy(answer);
	return NULL;
}

/* Call it with rooms_lock held. */
static void refresh_rooms(struct app *app)
{
	struct json *answer = ask(app, STR_OF("{\"op\": \"rooms\", \"hidden\": true}"));
	struct buf text = { 0 };

	mem_free(app->rooms_json);
	app->rooms_json = NULL;
	if (answer != NULL) {
		json_print(&text, answer);
		app->rooms_json = buf_take(&text);
	}
	json_destroy(answer);
	app->rooms_asked_ms = clock_monotonic_ms();
}

struct json *app_ask_rooms(struct app *app)
{
	struct json *rooms = NULL;
	const char *problem;

	pthread_mutex_lock(&app->rooms_lock);
	if (app->rooms_asked_ms == 0 || clock_monotonic_ms() - app->rooms_asked_ms > ROOMS_CACHE_MS)
		refresh_rooms(app);
	if (app->rooms_json != NULL)
		rooms = json_parse(str_from(app->rooms_json), &problem);
	pthread_mutex_unlock(&app->rooms_lock);
	return rooms;
}

/* Asks the broker for a list, after a place that may be "". */
static struct json *ask_list(struct app *app, const char *op, struct str room, struct str after)
{
	struct buf request = { 0 };
	struct json_writer writer = json_writer_to(&request);
	struct json *list;

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "op", str_from(op));
	json_add_string(&writer, "room", room);
	json_add_string(&writer, "after", after);
	json_end_object(&writer);
	list = ask(app, buf_str(&request));
	buf_finish(&request);
	return list;
}

struct json *app_ask_members(struct app *app, struct str room, struct str after)
{
	return ask_list(app, "members", room, after);
}

struct json *app_ask_sessions(struct app *app, struct str after)
{
	return ask_list(app, "sessions", STR_OF(""), after);
}

int64_t app_throttle_key(struct app *app, int64_t key_id, int64_t count)
{
	int64_t wait_ms;

	pthread_mutex_lock(&app->api_keys_lock);
	wait_ms = throttle_take(app->api_keys, str_range((const char *)&key_id, sizeof(key_id)),
		count, clock_monotonic_ms());
	pthread_mutex_unlock(&app->api_keys_lock);
	return wait_ms;
}
