/* SPDX-License-Identifier: MIT */
/* The catalogue compiler, a build tool: msgfmt's binary catalogues in (the GNU .mo format), C
 * tables out. msgfmt has checked them; what is read here is only trusted to be one. Usage:
 * catalogc LANGUAGE=FILE.mo... > catalogues.c */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/mem.h"

#define MAGIC 0x950412de
#define FILE_BYTES_MAX (16 * 1024 * 1024)

static const struct {
	const char *text; /* of Plural-Forms, without blanks */
	const char *function;
	size_t forms;
} plural_rules[] = {
	{ "nplurals=1;plural=0;", "plural_one_form", 1 },
	{ "nplurals=2;plural=(n!=1);", "plural_one_and_other", 2 },
};

static void die(const char *file, const char *what)
{
	fprintf(stderr, "%s: %s\n", file, what);
	exit(EXIT_FAILURE);
}

static void read_all(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "rbe");
	size_t len;

	if (file == NULL)
		die(path, "cannot be opened");
	len = fread(buf_reserve(out, FILE_BYTES_MAX), 1, FILE_BYTES_MAX, file);
	out->len = len;
	fclose(file);
}

static uint32_t number_at(const char *path, const struct buf *file, size_t offset)
{
	uint32_t number;

	if (offset + sizeof(number) > file->len)
		die(path, "is cut off");
	memcpy(&number, file->data + offset, sizeof(number));
	return number;
}

/* String index of one of the two tables; NUL-terminated in the file. */
static struct str string_at(const char *path, const struct buf *file, size_t table, size_t index)
{
	uint32_t len = number_at(path, file, table + index * 8);
	uint32_t offset = number_at(path, file, table + index * 8 + 4);

	if ((size_t)offset + len >= file->len)
		die(path, "is cut off");
	return str_range(file->data + offset, len);
}

static void print_string(struct str text)
{
	putchar('"');
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < ' ' || c >= 0x7f)
			printf("\\%03o", c);
		else
			putchar(c);
	}
	putchar('"');
}

/* The header entry's Plural-Forms, without blanks; "" when it has none. */
static void find_plural_forms(struct str header, char *out, size_t size)
{
	struct str line;
	size_t len = 0;

	while (str_next(&header, '\n', &line)) {
		if (!str_starts_with(line, STR_OF("Plural-Forms:")))
			continue;
		line = str_skip(line, strlen("Plural-Forms:"));
		for (size_t i = 0; i < line.len && len + 1 < size; i++) {
			if (line.data[i] != ' ')
				out[len++] = line.data[i];
		}
	}
	out[len] = '\0';
}

static const char *plural_function(const char *path, struct str header)
{
	char forms[128];

	find_plural_forms(header, forms, sizeof(forms));
	for (size_t i = 0; i < sizeof(plural_rules) / sizeof(plural_rules[0]); i++) {
		if (strcmp(forms, plural_rules[i].text) == 0)
			return plural_rules[i].function;
	}
	fprintf(stderr, "%s: Plural-Forms \"%s\" is none of the known rules (fcgi/catalogc.c)\n",
		path, forms);
	exit(EXIT_FAILURE);
}

static void print_row(struct str message, struct str forms)
{
	struct str form;

	/* A plural's key is "one NUL many"; we look it up by the first. */
	printf("\t{ ");
	print_string(str_range(message.data, str_find(message, '\0')));
	printf(", (const char *const[]){ ");
	while (str_next(&forms, '\0', &form)) {
		print_string(form);
		printf(", ");
	}
	printf("} },\n");
}

static void print_catalogue(size_t index, const char *language, const char *path)
{
	struct buf file = { 0 };
	uint32_t count, messages, forms;
	size_t rows = 0;
	const char *function = NULL;

	read_all(path, &file);
	if (number_at(path, &file, 0) != MAGIC)
		die(path, "is no catalogue of this machine's byte order");
	count = number_at(path, &file, 8);
	messages = number_at(path, &file, 12);
	forms = number_at(path, &file, 16);
	printf("static const struct translation_row rows_%zu[] = {\n", index);
	for (uint32_t i = 0; i < count; i++) {
		struct str message = string_at(path, &file, messages, i);
		struct str texts = string_at(path, &file, forms, i);

		if (message.len == 0) {
			function = plural_function(path, texts);
			continue;
		}
		print_row(message, texts);
		rows++;
	}
	printf("\t{ 0 },\n};\n\n");
	if (function == NULL)
		die(path, "has no header");
	printf("static const struct translation translation_%zu = { \"%s\", %s, rows_%zu, %zu "
	       "};\n\n",
		index, language, function, index, rows);
	buf_finish(&file);
}

int main(int argc, char **argv)
{
	printf("/* Made by catalogc from web/locale. */\n#include \"fcgi/translate.h\"\n\n");
	for (int i = 1; i < argc; i++) {
		char *equals = strchr(argv[i], '=');

		if (equals == NULL)
			die(argv[i], "is not LANGUAGE=FILE");
		*equals = '\0';
		print_catalogue((size_t)i, argv[i], equals + 1);
	}
	printf("const struct translation *const translations[] = { ");
	for (int i = 1; i < argc; i++)
		printf("&translation_%d, ", i);
	printf("};\nconst size_t translation_count = %d;\n", argc - 1);
	return EXIT_SUCCESS;
}
