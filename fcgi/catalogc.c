/* SPDX-License-Identifier: MIT */
/* The catalogue compiler, a build tool: msgfmt's binary catalogues in (GNU .mo), C tables out, or a
 * module for the pages' scripts (web/static/js/translate.js). All that needs gettext's care (fuzzy
 * and untranslated entries, escapes, sorting) is done by msgfmt before; this one knows which plural
 * rules translate.c has. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"

#define MAGIC 0x950412de
#define ENTRY_BYTES 8 /* length and offset of one string */
#define FILE_BYTES_MAX ((size_t)16 * 1024 * 1024)
#define PLURAL_FORMS_MAX 160

static const struct {
	const char *text; /* of Plural-Forms, without blanks */
	const char *function;
	size_t forms;
} plural_rules[] = {
	{ "nplurals=1;plural=0;", "plural_one_form", 1 },
	{ "nplurals=2;plural=(n!=1);", "plural_one_and_other", 2 },
	{ "nplurals=2;plural=n!=1;", "plural_one_and_other", 2 },
	{ "nplurals=2;plural=(n>1);", "plural_upto_one_and_other", 2 },
	{ "nplurals=2;plural=n>1;", "plural_upto_one_and_other", 2 },
	{ "nplurals=3;plural=(n%10==1&&n%100!=11?0:n%10>=2&&n%10<=4&&(n%100<12||n%100>14)?1:2);",
		"plural_one_few_many", 3 },
	{ "nplurals=3;plural=(n%10==1&&n%100!=11?0:n%10>=2&&n%10<=4&&(n%100<10||n%100>=20)?1:2);",
		"plural_one_few_many", 3 },
};

#define RULE_COUNT (sizeof(plural_rules) / sizeof(plural_rules[0]))

struct catalogue {
	const char *path;
	struct buf file;
	size_t count;
	size_t messages; /* offsets of the two tables */
	size_t texts;
};

static _Noreturn void die(const char *path, const char *what)
{
	fprintf(stderr, "%s: %s\n", path, what);
	exit(EXIT_FAILURE);
}

/* An argument of the command line. */
struct source {
	const char *language;
	const char *path;
};

/* Cuts the argument in two. */
static struct source read_source(char *argument)
{
	char *equals = strchr(argument, '=');

	if (equals == NULL)
		die(argument, "is not LANGUAGE=FILE");
	*equals = '\0';
	return (struct source){ argument, equals + 1 };
}

static uint32_t number_at(const struct catalogue *catalogue, size_t offset)
{
	uint32_t number;

	if (offset + sizeof(number) > catalogue->file.len)
		die(catalogue->path, "is cut off");
	memcpy(&number, catalogue->file.data + offset, sizeof(number));
	return number;
}

/* A NUL follows it in the file. */
static struct str string_at(const struct catalogue *catalogue, size_t table, size_t index)
{
	size_t len = number_at(catalogue, table + index * ENTRY_BYTES);
	size_t offset = number_at(catalogue, table + index * ENTRY_BYTES + sizeof(uint32_t));

	if (offset + len >= catalogue->file.len)
		die(catalogue->path, "is cut off");
	return str_range(catalogue->file.data + offset, len);
}

static void catalogue_open(struct catalogue *catalogue, const char *path)
{
	FILE *file = fopen(path, "rbe");

	*catalogue = (struct catalogue){ .path = path };
	if (file == NULL)
		die(path, "cannot be opened");
	catalogue->file.len = fread(
		buf_reserve(&catalogue->file, FILE_BYTES_MAX), 1, FILE_BYTES_MAX, file);
	if (ferror(file) || catalogue->file.len == FILE_BYTES_MAX)
		die(path, "cannot be read");
	(void)fclose(file);
	if (number_at(catalogue, 0) != MAGIC)
		die(path, "is no catalogue of this machine's byte order");
	catalogue->count = number_at(catalogue, 2 * sizeof(uint32_t));
	catalogue->messages = number_at(catalogue, 3 * sizeof(uint32_t));
	catalogue->texts = number_at(catalogue, 4 * sizeof(uint32_t));
}

static void print_string(struct str text)
{
	putchar('"');
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < ' ' || c >= 0x7f || c == '?') /* '?': no trigraphs */
			printf("\\%03o", c);
		else
			putchar(c);
	}
	putchar('"');
}

/* The header's Plural-Forms without blanks; "" when it has none. */
static void read_plural_forms(struct str header, char out[static PLURAL_FORMS_MAX])
{
	struct str line;
	size_t len = 0;

	while (len == 0 && str_next(&header, '\n', &line)) {
		if (!str_starts_with(line, STR_OF("Plural-Forms:")))
			continue;
		line = str_skip(line, strlen("Plural-Forms:"));
		for (size_t i = 0; i < line.len && len + 1 < PLURAL_FORMS_MAX; i++) {
			if (line.data[i] != ' ')
				out[len++] = line.data[i];
		}
	}
	out[len] = '\0';
}

/* The header is the text of the empty message, which is the first one. */
static size_t find_plural_rule(const struct catalogue *catalogue)
{
	char forms[PLURAL_FORMS_MAX];

	if (catalogue->count == 0 || string_at(catalogue, catalogue->messages, 0).len > 0)
		die(catalogue->path, "has no header");
	read_plural_forms(string_at(catalogue, catalogue->texts, 0), forms);
	for (size_t i = 0; i < RULE_COUNT; i++) {
		if (strcmp(forms, plural_rules[i].text) == 0)
			return i;
	}
	fprintf(stderr, "%s: Plural-Forms \"%s\" is none of the known rules\n", catalogue->path,
		forms);
	exit(EXIT_FAILURE);
}

/* A plural's key is "one NUL many", its text the forms with NULs between them. */
static void print_row(const struct catalogue *catalogue, size_t index, size_t forms_wanted)
{
	struct str key = string_at(catalogue, catalogue->messages, index);
	struct str message = str_range(key.data, str_find(key, '\0'));
	struct str text = string_at(catalogue, catalogue->texts, index);
	size_t forms = 0;

	printf("\t{ ");
	print_string(message);
	printf(", (const char *const[]){ ");
	for (struct str form; str_next(&text, '\0', &form); forms++) {
		print_string(form);
		printf(", ");
	}
	printf("}, %zu },\n", forms);
	if (forms != (message.len < key.len ? forms_wanted : 1))
		die(catalogue->path, "a message has not as many forms as Plural-Forms says");
}

static void print_catalogue(int number, const char *language, const char *path)
{
	struct catalogue catalogue;
	size_t rule;

	catalogue_open(&catalogue, path);
	rule = find_plural_rule(&catalogue);
	printf("static const struct translation_row rows_%d[] = {\n", number);
	for (size_t i = 1; i < catalogue.count; i++)
		print_row(&catalogue, i, plural_rules[rule].forms);
	printf("\t{ 0 },\n};\n\n");
	printf("static const struct translation translation_%d = { \"%s\", %s, rows_%d, %zu };\n\n",
		number, language, plural_rules[rule].function, number, catalogue.count - 1);
	buf_finish(&catalogue.file);
}

static int print_tables(int count, char **catalogues)
{
	printf("/* Made by catalogc from web/locale. */\n#include \"fcgi/translate.h\"\n\n");
	for (int i = 0; i < count; i++) {
		struct source source = read_source(catalogues[i]);

		print_catalogue(i, source.language, source.path);
	}
	printf("const struct translation *const translations[] = { ");
	for (int i = 0; i < count; i++)
		printf("&translation_%d, ", i);
	printf("};\nconst size_t translation_count = %d;\n", count);
	return EXIT_SUCCESS;
}

/* As JSON has it; the rest of UTF-8 as it is. */
static void print_script_string(struct str text)
{
	putchar('"');
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < ' ')
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

/* A plural's text is an array of its forms. */
static void print_script_row(const struct catalogue *catalogue, size_t index)
{
	struct str key = string_at(catalogue, catalogue->messages, index);
	struct str text = string_at(catalogue, catalogue->texts, index);
	struct str message = str_range(key.data, str_find(key, '\0'));
	const char *separator = "";

	print_script_string(message);
	printf(": [");
	for (struct str form; str_next(&text, '\0', &form); separator = ", ") {
		printf("%s", separator);
		print_script_string(form);
	}
	printf("],\n");
}

static int print_script(struct source source)
{
	struct catalogue catalogue;

	catalogue_open(&catalogue, source.path);
	(void)find_plural_rule(&catalogue);
	printf("// Made by catalogc from web/locale.\n"
	       "export const CATALOGUE = { language: \"%s\", messages: {\n",
		source.language);
	for (size_t i = 1; i < catalogue.count; i++)
		print_script_row(&catalogue, i);
	printf("} };\n");
	buf_finish(&catalogue.file);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--script") == 0)
		return print_script(read_source(argv[2]));
	if (argc > 1)
		return print_tables(argc - 1, argv + 1);
	fprintf(stderr, "usage: catalogc LANGUAGE=FILE.mo... > catalogues.c\n"
			"       catalogc --script LANGUAGE=FILE.mo > catalogue.js\n"
			"The first one is the language that readers get who ask for none.\n");
	return 2;
}
