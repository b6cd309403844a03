// SPDX-License-Identifier: MIT
// The language of a script. The build makes a copy of each page's script for each language, with that
// language's catalogue in it (CATALOGUE, from web/locale): nobody loads a language they do not read.
// The source itself has none and speaks English, in which a message is its own text.

/** @type {{language: string, messages: Record<string, string[]>}} */
const catalogue = typeof CATALOGUE === 'undefined' ? { language: 'en', messages: {} } : CATALOGUE;

/** As in <html lang>: "en", "zh-CN". */
export const language = catalogue.language;

const primary = (/** @type {string} */ tag) => tag.split('-')[0];

/** For times, lists and orders: the reader's own kind of the language, as en-GB is of en. */
export const locale = globalThis.navigator?.languages?.find((own) => primary(own) === primary(language)) ?? language;

// The forms of gettext stand in the order of these, and a language has those that it needs.
const CATEGORIES = ['zero', 'one', 'two', 'few', 'many', 'other'];
const rules = new Intl.PluralRules(language);
const categories = CATEGORIES.filter((name) => rules.resolvedOptions().pluralCategories.includes(name));

/**
 * Puts values into the places of a text: "{name} joined". A place without a value stays as it is.
 *
 * @param {string} text
 * @param {Record<string, string | number>} values
 */
function fill(text, values) {
	return text.replace(/\{(\w+)\}/g, (place, name) => (Object.hasOwn(values, name) ? String(values[name]) : place));
}

/** @param {string} message */
function formsOf(message) {
	return Object.hasOwn(catalogue.messages, message) ? catalogue.messages[message] : null;
}

/**
 * A message in the page's language.
 *
 * @param {string} message in English
 * @param {Record<string, string | number>} [values]
 */
export function _(message, values = {}) {
	return fill(formsOf(message)?.[0] ?? message, values);
}

/**
 * A message that counts something, at its place {count}.
 *
 * @param {string} one in English
 * @param {string} many
 * @param {number} count
 * @param {Record<string, string | number>} [values]
 */
export function _n(one, many, count, values = {}) {
	const forms = formsOf(one) ?? [one, many];
	const form = Math.min(categories.indexOf(rules.select(count)), forms.length - 1);

	return fill(forms[form], { count, ...values });
}
