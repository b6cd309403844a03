/* SPDX-License-Identifier: MIT */
#pragma once

/* Marks a sentence for people that stands in a table, for the catalogues of web/locale. It stays
 * English; whoever shows it to somebody translates it (fcgi/translate.h). */
#define MESSAGE(sentence) sentence
