# cmake -DOUTPUT=FILE.c -DNAME=history -P embed.cmake 0001_*.sql …: the migrations of one database
# as a C table, in the order given.
set(table)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(index RANGE ${last})
	set(file "${CMAKE_ARGV${index}}")
	if(file MATCHES "\\.sql$")
		file(READ "${file}" text)
		string(REPLACE "\\" "\\\\" text "${text}")
		string(REPLACE "\"" "\\\"" text "${text}")
		string(REPLACE "\n" "\\n\"\n\t\"" text "${text}")
		string(APPEND table "\t\"${text}\",\n")
	endif()
endforeach()
file(WRITE "${OUTPUT}" "#include \"common/store/migrate.h\"

static const char *const steps[] = {
${table}};

const struct migration_steps ${NAME}_migrations = { steps, sizeof(steps) / sizeof(steps[0]) };
")
