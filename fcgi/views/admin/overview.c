/* SPDX-License-Identifier: MIT */
/* The figures of the moment and of the last hour. Only numbers are asked for, never lists: the page
 * costs the same whether ten people are here or ten thousand. */
#include <inttypes.h>

#include "common/base/mem.h"
#include "fcgi/views/admin/chart.h"
#include "fcgi/views/admin/desk.h"
#include "fcgi/views/admin/page.h"
#include "fcgi/views/views.h"

#define MINUTES_MAX 60
#define SECONDS_OF_A_ROW 60

enum figure { FIGURE_CONNECTIONS, FIGURE_MESSAGES, FIGURE_ROOMS, FIGURE_COUNT };

static const struct {
	const char *key; /* of the broker's rows */
	const char *title;
	const char *summary;
	double divisor;
	int digits;
} figures[FIGURE_COUNT] = {
	[FIGURE_CONNECTIONS] = { "connections", MESSAGE("Connections"),
		MESSAGE("In the last hour at most {most}"), 1, 0 },
	[FIGURE_MESSAGES] = { "messages", MESSAGE("Messages a second"),
		MESSAGE("In the last hour at most {most}"), SECONDS_OF_A_ROW, 1 },
	[FIGURE_ROOMS] = { "rooms", MESSAGE("Rooms with people"),
		MESSAGE("In the last hour at most {most}"), 1, 0 },
};

struct overview {
	struct admin_page page;
	struct admin_desk desk; /* without accounts */
	struct template_admin_charts charts[FIGURE_COUNT];
	double values[FIGURE_COUNT][MINUTES_MAX];
	int64_t times_ms[MINUTES_MAX];
	size_t count;
};

static struct json *ask(struct overview *overview, const char *op, const char **problem_out)
{
	struct buf request = { 0 };
	struct json_writer writer = json_writer_to(&request);
	struct json *answer;

	json_begin_object(&writer, NULL);
	json_add_string(&writer, "op", str_from(op));
	json_end_object(&writer);
	answer = desk_ask(&overview->desk, &request, APP_LIST_MS, problem_out);
	buf_finish(&request);
	return answer;
}

static void read_rows(struct overview *overview, const struct json *rows)
{
	size_t count = json_count(rows), begin = count > MINUTES_MAX ? count - MINUTES_MAX : 0;

	for (size_t i = begin; i < count; i++) {
		const struct json *row = json_at(rows, i);

		overview->times_ms[overview->count] = desk_time_of(row, "time");
		for (size_t k = 0; k < FIGURE_COUNT; k++)
			overview->values[k][overview->count] = (double)desk_number_of(
								       row, figures[k].key) /
							       figures[k].divisor;
		overview->count++;
	}
}

static void draw(struct overview *overview, enum figure figure)
{
	struct admin_page *page = &overview->page;
	const double *values = overview->values[figure];
	size_t count = overview->count;
	int digits = figures[figure].digits;
	struct buf line = { 0 }, ground = { 0 };

	chart_write_line(values, count, &line);
	chart_write_ground(values, count, &ground);
	overview->charts[figure] = (struct template_admin_charts){
		.title = admin_say(page, figures[figure].title),
		.now = admin_format(page, "%.*f", digits, values[count - 1]),
		.summary = admin_say_of(page, figures[figure].summary, "most",
			admin_format(page, "%.*f", digits, chart_highest(values, count))),
		.line = admin_keep(page, buf_str(&line)),
		.ground = admin_keep(page, buf_str(&ground)),
	};
	buf_finish(&ground);
	buf_finish(&line);
}

/* What the charts show, for who does not see them. */
static void add_table(struct overview *overview)
{
	static const char *const labels[] = { MESSAGE("Minute"), MESSAGE("Connections"),
		MESSAGE("Messages a second"), MESSAGE("Rooms with people"), NULL };
	struct admin_page *page = &overview->page;

	admin_table_begin(page, MESSAGE("The last hour, newest first"), labels, false);
	for (size_t i = overview->count; i-- > 0;) {
		admin_row_time(page, overview->times_ms[i]);
		for (size_t k = 0; k < FIGURE_COUNT; k++)
			admin_cell(page, admin_format(page, "%.*f", figures[k].digits,
						 overview->values[k][i]));
		admin_row_end(page);
	}
	admin_table_end(page);
	page->arguments.has_figures = true;
	page->arguments.has_rows = false;
}

static void add_history(struct overview *overview)
{
	const char *problem = NULL;
	struct json *answer = ask(overview, "stats_history", &problem);

	read_rows(overview, json_find(answer, "minutes"));
	if (overview->count > 0) {
		for (size_t i = 0; i < FIGURE_COUNT; i++)
			draw(overview, (enum figure)i);
		overview->page.arguments.charts = overview->charts;
		overview->page.arguments.charts_count = FIGURE_COUNT;
		add_table(overview);
	} else if (problem == NULL) {
		overview->page.arguments.waiting = admin_say(&overview->page,
			MESSAGE("The figures of the last hour begin within a minute."));
	}
	json_destroy(answer);
}

static void add_uptime(struct admin_page *page, int64_t seconds)
{
	struct str text = seconds >= 2 * 86400
				  ? admin_format(page, "%" PRId64 " d", seconds / 86400)
				  : admin_format(page, "%" PRId64 ":%02" PRId64 ":%02" PRId64,
					    seconds / 3600, seconds / 60 % 60, seconds % 60);

	admin_fact(page, MESSAGE("Broker up for"), text);
}

static void add_moment(struct overview *overview)
{
	struct admin_page *page = &overview->page;
	const char *problem = NULL;
	struct json *answer = ask(overview, "stats", &problem);
	const struct json *stats = json_find(answer, "stats");

	if (problem != NULL) {
		page->arguments.problem = admin_say(page, problem);
		return;
	}
	admin_fact_number(page, MESSAGE("Connections"), desk_number_of(stats, "connections"));
	admin_fact_number(page, MESSAGE("Of at most"), desk_number_of(stats, "connections_max"));
	admin_fact_number(page, MESSAGE("Rooms with people"), desk_number_of(stats, "rooms"));
	admin_fact_number(
		page, MESSAGE("Messages since it began"), desk_number_of(stats, "messages"));
	add_uptime(page, desk_number_of(stats, "uptime_seconds"));
	json_destroy(answer);
}

int view_admin_overview(struct app *app, struct request *request, struct response *response)
{
	struct overview *overview = mem_new(struct overview);
	int status;

	overview->desk = (struct admin_desk){ .app = app, .request = request };
	admin_page_begin(&overview->page, app, request, response, "", MESSAGE("Overview"));
	overview->page.arguments.is_live = true;
	page_add_refresh(request, response);
	add_moment(overview);
	add_history(overview);
	status = admin_page_end(&overview->page, 200);
	mem_free(overview);
	return status;
}
