/* SPDX-License-Identifier: MIT */
/* What a program posts as JSON, in the form in which pages post it, so that both are read by the
 * same code. */
#pragma once

#include "fcgi/refusal.h"
#include "fcgi/request.h"

/* The media type alone: JSON is UTF-8, whatever its parameters say (RFC 8259 11). */
bool api_form_has_json_type(const struct request *request);
/* Writes the members of the JSON object in the body into form, as fields of the same names, and
 * makes that the request's body; an array is as many fields. form outlives the request. False with
 * the refusal, which borrows nothing, and the body as it was. */
bool api_form_read(struct request *request, struct buf *form, struct refusal *refusal_out)
	__attribute__((warn_unused_result));
