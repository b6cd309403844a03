/* SPDX-License-Identifier: MIT */
/* For sites whose web server starts a program per request: slow, and the same pages. */
#include "fcgi/cgi.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fcgi/exchange.h"

static size_t read_input(void *context, char *out, size_t len)
{
	(void)context;
	return fread(out, 1, len, stdin);
}

int cgi_serve(struct app *app)
{
	struct buf out = { 0 };
	bool is_written;

	exchange_answer(app, environ, true, read_input, NULL, &out);
	is_written = fwrite(out.data, 1, out.len, stdout) == out.len && fflush(stdout) == 0;
	buf_finish(&out);
	return is_written ? EXIT_SUCCESS : EXIT_FAILURE;
}
