/* SPDX-License-Identifier: MIT */
/* What happens to every request on its way to the view and back. */
#pragma once

#include "fcgi/app.h"
#include "fcgi/request.h"
#include "fcgi/response.h"

/* Answers request; response is empty before and whole afterwards. */
void middleware_answer(struct app *app, struct request *request, struct response *response);
/* The answer to what could not even be read: a page with status. */
void middleware_refuse(
	struct app *app, struct request *request, struct response *response, int status);
