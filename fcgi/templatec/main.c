/* SPDX-License-Identifier: MIT */
/* The command of the template compiler, a build tool. Knows files and nothing of templates. */
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/mem.h"
#include "fcgi/templatec/file.h"
#include "fcgi/templatec/template.h"

static bool write_output(
	const char *folder, const char *name, const char *ending, const struct buf *text)
{
	struct buf path = { 0 };
	const char *problem;

	buf_append_format(&path, "%s/%s.%s", folder, name, ending);
	problem = file_write(buf_text(&path), buf_str(text));
	if (problem != NULL)
		fprintf(stderr, "%s: %s\n", buf_text(&path), problem);
	buf_finish(&path);
	return problem == NULL;
}

static bool compile(const struct template_page *page, const char *output_folder)
{
	struct template_output output = { 0 };
	struct buf problem = { 0 };
	bool is_done = template_compile(page, &output, &problem);

	if (!is_done)
		fprintf(stderr, "%s\n", buf_text(&problem));
	is_done = is_done && write_output(output_folder, page->name, "h", &output.header) &&
		  write_output(output_folder, page->name, "c", &output.source) &&
		  write_output(output_folder, page->name, "pot", &output.messages);
	template_output_finish(&output);
	buf_finish(&problem);
	return is_done;
}

static bool run(const char *name, const char *file, const char *output_folder)
{
	char *path = mem_strdup(file);
	struct buf text = { 0 };
	const char *problem = file_read(file, &text);
	bool is_done = false;

	if (problem != NULL)
		fprintf(stderr, "%s: %s\n", file, problem);
	else
		is_done = compile(
			&(struct template_page){ name, file, dirname(path), buf_str(&text) },
			output_folder);
	buf_finish(&text);
	mem_free(path);
	return is_done;
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: templatec NAME FILE OUTPUT_FOLDER\n"
				"Compiles a page into NAME.h, NAME.c and NAME.pot.\n");
		return 2;
	}
	return run(argv[1], argv[2], argv[3]) ? EXIT_SUCCESS : EXIT_FAILURE;
}
