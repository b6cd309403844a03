/* SPDX-License-Identifier: MIT */
/* What a value may be at a place, and which attributes hold more than text. Lists rather than a
 * guess: an attribute that is in none of them holds text. */
#include "fcgi/templatec/html_context.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const url_attributes[] = { "action", "background", "cite", "data", "formaction",
	"href", "longdesc", "manifest", "poster", "src" };
/* Each has a language of its own in it. */
static const char *const unsafe_attributes[] = { "attributename", "imagesrcset", "ping", "srcdoc",
	"srcset", "style" };
/* Whatever they point at becomes a part of the page. */
static const char *const program_tags[] = { "base", "embed", "object", "script", "use" };
/* They write their values into attributes of other elements. */
static const char *const animation_tags[] = { "animate", "animatemotion", "animatetransform",
	"set" };

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

/* xlink:href is an href. */
static const char *local_name(const char *attribute)
{
	const char *colon = strrchr(attribute, ':');

	return colon == NULL ? attribute : colon + 1;
}

bool html_attribute_is_url(const char *name)
{
	return is_one_of(local_name(name), url_attributes, COUNT(url_attributes));
}

static enum html_place forbid(const char **problem_out, const char *sentence)
{
	*problem_out = sentence;
	return HTML_PLACE_FORBIDDEN;
}

static enum html_place url_place(const struct html_context *context, const char **problem_out)
{
	switch (context->url.part) {
	case HTML_URL_START:
		if (is_one_of(context->tag, program_tags, COUNT(program_tags)))
			return forbid(problem_out, "the address of what becomes part of the page "
						   "begins with fixed text");
		return HTML_PLACE_URL_START;
	case HTML_URL_SLASH:
	case HTML_URL_PATH:
		return HTML_PLACE_URL_PART;
	case HTML_URL_WORD:
	case HTML_URL_VALUE:
	case HTML_URL_HOST_START:
	case HTML_URL_HOST:
	case HTML_URL_UNKNOWN:
		break;
	}
	return forbid(problem_out, "a value in an address is all of it, or stands in the path or "
				   "query behind fixed text");
}

static enum html_place attribute_place(const struct html_context *context, const char **problem_out)
{
	const char *name = local_name(context->attribute);

	if (strncmp(name, "on", 2) == 0)
		return forbid(problem_out, "a value cannot stand in an on… attribute");
	if (is_one_of(name, unsafe_attributes, COUNT(unsafe_attributes)) ||
		is_one_of(context->tag, animation_tags, COUNT(animation_tags)))
		return forbid(problem_out,
			"a value in this attribute cannot be made safe (style, srcdoc, srcset, …)");
	if (strcmp(context->tag, "script") == 0 && strcmp(name, "type") == 0)
		return forbid(problem_out, "the type of a script is fixed text");
	if (html_attribute_is_url(name))
		return url_place(context, problem_out);
	return HTML_PLACE_ATTRIBUTE;
}

enum html_place html_context_place(const struct html_context *context, const char **problem_out)
{
	switch (context->state) {
	case HTML_TEXT:
		return HTML_PLACE_TEXT;
	case HTML_TEXT_ONLY:
	case HTML_JSON:
		if (context->tail[0] != '\0')
			return forbid(problem_out, "a value cannot stand behind < here");
		return context->state == HTML_JSON ? HTML_PLACE_JSON : HTML_PLACE_TEXT;
	case HTML_VALUE_DOUBLE:
	case HTML_VALUE_SINGLE:
		return attribute_place(context, problem_out);
	case HTML_TAG_OPEN:
	case HTML_TAG_NAME:
		return forbid(problem_out, "a value cannot be a tag's name");
	case HTML_IN_TAG:
	case HTML_TAG_GAP:
	case HTML_ATTRIBUTE_NAME:
	case HTML_AFTER_NAME:
		return forbid(problem_out, "a value cannot be an attribute's name");
	case HTML_BEFORE_VALUE:
	case HTML_VALUE_BARE:
		return forbid(problem_out, "put the attribute's value in quotes");
	case HTML_COMMENT:
		return forbid(problem_out, "a value cannot stand in a comment");
	case HTML_DECLARATION:
		return forbid(problem_out, "a value cannot stand in a declaration");
	case HTML_SCRIPT:
		return forbid(problem_out,
			"a value cannot stand in a script; use <script type=\"application/json\">");
	case HTML_STYLE:
		return forbid(problem_out, "a value cannot stand in this element (style, …)");
	}
	return forbid(problem_out, "a value cannot stand here");
}
