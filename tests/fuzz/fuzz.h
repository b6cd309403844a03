/* SPDX-License-Identifier: MIT */
/* What every fuzz target has: the entry that libFuzzer calls, and a property that holds in release
 * builds too. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define FUZZ_REQUIRE(property)   \
	do {                     \
		if (!(property)) \
			abort(); \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
