/* SPDX-License-Identifier: MIT */
/* roomwire-broker: the command line, the daemon's start, and the three steps of a life. */
#include <stdlib.h>

#include "broker/broker.h"
#include "broker/bus/routes.h"
#include "broker/daemon.h"
#include "broker/layer/nng/address.h"
#include "broker/listener.h"
#include "broker/redis/url.h"
#include "common/arguments.h"
#include "common/base/crypto.h"
#include "common/base/log.h"
#include "common/notify.h"
#include "common/state.h"

static const char *daemon_switch;
static const char *pid_file;

static const struct arguments_option options[] = {
	{ "daemon", NULL, "go to the background when everything is bound", &daemon_switch },
	{ "pid-file", "FILE", "write the process id there (with --daemon: DIR/run/broker.pid)",
		&pid_file },
};

static bool check(const struct config *config, struct buf *problem)
{
	return routes_check(config, problem) && redis_urls_check(config, problem) &&
	       address_check(config, problem);
}

static const struct arguments_program program = {
	.name = "roomwire-broker",
	.summary = "holds the WebSockets of roomwire's rooms and routes their messages",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.check = check,
};

static bool prepare(const struct config *config)
{
	struct buf problem = { 0 };
	enum log_level level;
	bool is_ready = crypto_init() &&
			log_level_find(str_from(config->broker_log_level), &level) &&
			state_prepare(config, &problem) && state_lock(config, "broker", &problem);

	if (is_ready)
		log_set_level(level);
	else
		log_error("event=start problem=\"%s\"",
			problem.len > 0 ? buf_text(&problem) : "no entropy");
	buf_finish(&problem);
	return is_ready;
}

static int run(const struct config *config)
{
	struct broker broker;
	int status;

	if (broker_start(&broker, config) && daemon_ready()) {
		notify_ready();
		status = broker_run(&broker);
		notify_stopping();
	} else {
		status = broker.exit_status;
	}
	broker_finish(&broker);
	daemon_finish();
	return status;
}

int main(int argc, char **argv)
{
	struct config config = { 0 };
	int status = EXIT_SUCCESS;

	if (arguments_parse(&program, argc, argv, &config, &status)) {
		status = EXIT_FAILURE;
		if (prepare(&config) && daemon_begin(&config, daemon_switch != NULL, pid_file))
			status = run(&config);
	}
	config_finish(&config);
	return status;
}
