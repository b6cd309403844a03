/* SPDX-License-Identifier: MIT */
/* templatec NAME FILE OUTPUT_FOLDER: compiles a page into OUTPUT_FOLDER/NAME.h, NAME.c and
 * NAME.messages. A build tool. */
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/mem.h"
#include "fcgi/templatec/template.h"

static bool write_file(
	const char *folder, const char *name, const char *ending, const struct buf *text)
{
	struct buf path = { 0 };
	bool is_written;
	FILE *file;

	buf_append_format(&path, "%s/%s.%s", folder, name, ending);
	file = fopen(buf_text(&path), "wbe");
	is_written = file != NULL && fwrite(text->data, 1, text->len, file) == text->len;
	if (file != NULL)
		is_written = fclose(file) == 0 && is_written;
	if (!is_written)
		perror(buf_text(&path));
	buf_finish(&path);
	return is_written;
}

static bool run(const char *name, const char *file, const char *output_folder)
{
	struct template_output output = { 0 };
	struct buf problem = { 0 };
	char *path = mem_strdup(file);
	bool is_done = template_compile(name, file, dirname(path), &output, &problem);

	if (!is_done)
		fprintf(stderr, "%s\n", buf_text(&problem));
	is_done = is_done && write_file(output_folder, name, "h", &output.header) &&
		  write_file(output_folder, name, "c", &output.source) &&
		  write_file(output_folder, name, "messages", &output.messages);
	buf_finish(&output.header);
	buf_finish(&output.source);
	buf_finish(&output.messages);
	buf_finish(&problem);
	mem_free(path);
	return is_done;
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: templatec NAME FILE OUTPUT_FOLDER\n");
		return 2;
	}
	return run(argv[1], argv[2], argv[3]) ? EXIT_SUCCESS : EXIT_FAILURE;
}
