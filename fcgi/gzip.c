/* SPDX-License-Identifier: MIT */
#include "fcgi/gzip.h"

#include <string.h>
#include <zlib.h>

#define BYTES_MIN 1024 /* less fits into the first packet anyway */
#define GZIP_WINDOW_BITS (15 + 16)
#define LEVEL 4 /* a page is 1 % larger than of level 6, in three quarters of the time */
#define MEMORY_LEVEL 8

static bool is_page(const struct response *response)
{
	struct str headers = buf_str(&response->headers);

	return memmem(headers.data, headers.len, "Content-Type: text/html", 23) != NULL;
}

/* RFC 9110 12.5.3. Browsers name it without a weight; who refuses it with one gets it plain. */
static bool is_taken(struct str accept_encoding)
{
	struct str coding;

	while (str_next(&accept_encoding, ',', &coding)) {
		if (str_is(str_trim(coding), "gzip"))
			return true;
	}
	return false;
}

/* False when there is no memory for it. */
static bool compress_to(struct str text, struct buf *out)
{
	z_stream stream = { 0 };
	size_t size;
	bool is_done;

	if (deflateInit2(&stream, LEVEL, Z_DEFLATED, GZIP_WINDOW_BITS, MEMORY_LEVEL,
		    Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	size = deflateBound(&stream, text.len);
	stream.next_in = (Bytef *)text.data;
	stream.avail_in = (uInt)text.len;
	stream.next_out = (Bytef *)buf_reserve(out, size);
	stream.avail_out = (uInt)size;
	is_done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
	out->len += stream.total_out;
	deflateEnd(&stream);
	return is_done;
}

void gzip_page(const struct request *request, struct response *response)
{
	struct buf compressed = { 0 };

	if (response->body.len < BYTES_MIN || !is_page(response))
		return;
	response_add_header(response, "Vary", STR_OF("Accept-Encoding"));
	if (!is_taken(request->variables.accept_encoding) ||
		!compress_to(buf_str(&response->body), &compressed)) {
		buf_finish(&compressed);
		return;
	}
	response_add_header(response, "Content-Encoding", STR_OF("gzip"));
	buf_finish(&response->body);
	response->body = compressed;
}
