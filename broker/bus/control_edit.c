/* SPDX-License-Identifier: MIT */
/* What was said is edited and deleted, by the site itself or for a person whom the pages know: they
 * judge what the person may do in the room before they ask here. */
#include "broker/broker.h"
#include "broker/bus/control_request.h"
#include "broker/order/order.h"

static const struct refusal bad_target = { "bad_target", "\"target\" is the number of a message." };
static const struct refusal bad_any = { "bad_any", "\"any\" is true or false." };

/* A request to change a message. */
struct changing {
	struct event event;
	struct author author;
	uint8_t sender[USER_ID_SIZE];
};

static const struct refusal *read_target(const struct request *request, uint64_t *target_out)
{
	int64_t target;

	if (!json_get_integer(json_find(request->arguments, "target"), &target) || target < 1)
		return &bad_target;
	*target_out = (uint64_t)target;
	return NULL;
}

/* A person, who changes what is their own; with "any" a moderator, who also deletes what is not. */
static const struct refusal *read_person(const struct request *request, struct changing *changing)
{
	const struct json *any = json_find(request->arguments, "any");
	const struct refusal *refusal;

	if (changing->event.kind == MESSAGE_DELETES && any != NULL &&
		!json_get_bool(any, &changing->event.changes_any))
		return &bad_any;
	refusal = request_read_ref(request, &changing->author.ref);
	changing->author.sender = changing->sender;
	return refusal != NULL
		       ? refusal
		       : request_read_speaker(request, &changing->event.user, changing->sender);
}

/* The site, which may everything; "user" is only the name that is shown. False once it has
 * refused. */
static bool read_site(struct request *request, struct changing *changing)
{
	if (!request_read_author(request, changing->sender, &changing->author))
		return false;
	changing->event.changes_any = true;
	if (json_get_string(json_find(request->arguments, "user"), &changing->event.user) &&
		!event_user_is_acceptable(changing->event.user)) {
		request_refuse_event(request, EVENT_BAD_USER);
		return false;
	}
	return true;
}

static bool read_who(struct request *request, struct changing *changing)
{
	const struct refusal *refusal;

	if (json_find(request->arguments, "user_id") == NULL)
		return read_site(request, changing);
	refusal = read_person(request, changing);
	if (refusal == NULL)
		return request_pay(request, changing->sender);
	request_refuse(request, refusal);
	return false;
}

static enum control_outcome change(struct request *request, struct changing *changing)
{
	enum control_outcome outcome = CONTROL_REFUSED;
	struct buf room = { 0 };
	enum layer_result result;

	if (request_read_room(request, &room) && read_who(request, changing)) {
		changing->event.room = buf_str(&room);
		result = broker_change(request->broker, &changing->event, &changing->author);
		outcome = result == LAYER_SENT ? CONTROL_WAITS
					       : request_refuse_result(request, result);
	}
	buf_finish(&room);
	return outcome;
}

static struct changing begin(const struct request *request, enum message_kind kind)
{
	return (struct changing){
		.event = { .type = STR("chat.message"), .is_message = true, .kind = kind },
		.author = { .kind = AUTHOR_REQUEST, .id = request->id },
	};
}

enum control_outcome control_edit(struct request *request)
{
	struct changing changing = begin(request, MESSAGE_EDITS);
	const struct refusal *refusal = read_target(request, &changing.event.target);

	if (refusal == NULL)
		refusal = request_read_message(request, &changing.event.message);
	return refusal == NULL ? change(request, &changing) : request_refuse(request, refusal);
}

enum control_outcome control_delete(struct request *request)
{
	struct changing changing = begin(request, MESSAGE_DELETES);
	const struct refusal *refusal = read_target(request, &changing.event.target);
	const char *via; /* read again when it is done (control_find_via) */

	if (refusal == NULL)
		refusal = request_read_via(request, &via);
	order_refresh(request->broker); /* else nobody may have looked for the log it belongs in */
	return refusal == NULL ? change(request, &changing) : request_refuse(request, refusal);
}

const char *control_find_via(struct str text)
{
	const char *problem, *via = NULL;
	struct json *document = json_parse(str_trim(text), &problem);

	(void)request_read_via(&(struct request){ .arguments = document }, &via);
	json_destroy(document);
	return via;
}
