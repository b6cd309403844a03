/* SPDX-License-Identifier: MIT */
/* roomwire-fcgi: the command line, and then requests until it is stopped. */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/arguments.h"
#include "common/base/crypto.h"
#include "common/base/log.h"
#include "common/state.h"
#include "fcgi/cgi.h"
#include "fcgi/fastcgi.h"
#include "fcgi/translate.h"

static const char *socket_path;

static const struct arguments_option options[] = {
	{ "socket", "PATH", "listen there (DIR/run/fcgi.sock)", &socket_path },
};

static bool check(const struct config *config, struct buf *problem)
{
	if (translation_named(str_from(config->site_language)) != NULL)
		return true;
	buf_append_format(problem, "[site] language: \"%s\" is none of", config->site_language);
	for (size_t i = 0; i < translation_count; i++)
		buf_append_format(problem, " %s", translations[i]->language);
	return false;
}

static const struct arguments_program program = {
	.name = "roomwire-fcgi",
	.summary =
		"renders the pages of roomwire's rooms behind a web server (FastCGI, or plain CGI)",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.check = check,
};

static bool prepare(const struct config *config)
{
	struct buf problem = { 0 };
	bool is_ready = crypto_init() && state_prepare(config, &problem);

	if (!is_ready)
		log_error("event=start problem=\"%s\"",
			problem.len > 0 ? buf_text(&problem) : "no entropy");
	buf_finish(&problem);
	return is_ready;
}

/* systemd, spawn-fcgi and web servers that start the program hand it a listening socket as
 * descriptor 0. */
static bool input_is_listening(void)
{
	int value = 0;
	socklen_t len = sizeof(value);

	return getsockopt(STDIN_FILENO, SOL_SOCKET, SO_ACCEPTCONN, &value, &len) == 0 && value != 0;
}

static int run(struct app *app)
{
	struct buf path = { 0 };
	int status;

	if (input_is_listening())
		return fastcgi_serve(app, NULL);
	if (getenv("GATEWAY_INTERFACE") != NULL)
		return cgi_serve(app);
	config_path(app->config, &path, "run/fcgi.sock");
	status = fastcgi_serve(app, socket_path != NULL ? socket_path : buf_text(&path));
	buf_finish(&path);
	return status;
}

int main(int argc, char **argv)
{
	struct config config = { 0 };
	struct app app;
	int status = EXIT_SUCCESS;

	if (arguments_parse(&program, argc, argv, &config, &status)) {
		status = EXIT_FAILURE;
		if (prepare(&config) && app_start(&app, &config)) {
			status = run(&app);
			app_finish(&app);
		}
	}
	config_finish(&config);
	return status;
}
