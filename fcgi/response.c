/* SPDX-License-Identifier: MIT */
/* Content-Length is counted here, so that a HEAD says what GET would. */
#include "fcgi/response.h"

#include "common/base/log.h"

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 200, "OK" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 409, "Conflict" },
	{ 413, "Content Too Large" },
	{ 415, "Unsupported Media Type" },
	{ 422, "Unprocessable Content" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 503, "Service Unavailable" },
};

const char *response_reason(int status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].status == status)
			return reasons[i].reason;
	}
	return "Error";
}

void response_finish(struct response *response)
{
	buf_finish(&response->headers);
	buf_finish(&response->body);
}

void response_add_header(struct response *response, const char *name, struct str value)
{
	struct log_quoted quoted;

	for (size_t i = 0; i < value.len; i++) {
		if ((unsigned char)value.data[i] < ' ' || value.data[i] == 0x7f) {
			log_error("event=header_refused name=%s value=%s", name,
				log_quote(&quoted, value));
			return;
		}
	}
	buf_append_format(&response->headers, "%s: %.*s\r\n", name, STR_ARG(value));
}

int response_redirect(struct response *response, int status, struct str path)
{
	response_add_header(response, "Location", path);
	return status;
}

void response_write(const struct response *response, bool with_body, struct buf *out)
{
	buf_append_format(
		out, "Status: %d %s\r\n", response->status, response_reason(response->status));
	buf_append_str(out, buf_str(&response->headers));
	/* RFC 9110 8.6: of a 304 it would be the length of what is not sent. */
	if (response->status != 304)
		buf_append_format(out, "Content-Length: %zu\r\n", response->body.len);
	buf_append_text(out, "\r\n");
	if (with_body)
		buf_append_str(out, buf_str(&response->body));
}
