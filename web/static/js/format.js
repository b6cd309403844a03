// SPDX-License-Identifier: MIT
// Pure functions from values to what is shown: no element, no state.

const AVATAR_COLOURS = 10; // .avatar-0 to .avatar-9 in the style sheet

const hourAndMinute = /** @type {const} */ ({ hour: 'numeric', minute: '2-digit' });
const clock = new Intl.DateTimeFormat(undefined, hourAndMinute);
const clockOtherDay = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', ...hourAndMinute });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const graphemes = new Intl.Segmenter();

/**
 * @param {unknown} value a time as the server writes it
 * @returns {Date} now when it is none
 */
export function parseTime(value) {
	const date = new Date(typeof value === 'string' ? value : NaN);

	return Number.isNaN(date.getTime()) ? new Date() : date;
}

/** @param {Date} date @returns {string} as short as it is clear: "14:03", with the day when it is not today's */
export function shortTime(date) {
	const isToday = date.toDateString() === new Date().toDateString();

	return (isToday ? clock : clockOtherDay).format(date);
}

/** @param {Date} date */
export function exactTime(date) {
	return exact.format(date);
}

/**
 * One or two letters for an avatar: of the first two words, or the first grapheme of a script without capitals.
 *
 * @param {string} name
 */
export function initials(name) {
	const words = name.split(/[\s._-]+/u).filter((word) => /[\p{L}\p{N}\p{Emoji_Presentation}]/u.test(word));
	const letters = words.map((word) => [...graphemes.segment(word)][0].segment);

	if (letters.length === 0)
		return '·';
	if (letters.length === 1 || !/^\p{Lu}|^\p{Ll}/u.test(letters[0]))
		return letters[0].toLocaleUpperCase();
	return (letters[0] + letters[1]).toLocaleUpperCase();
}

/** @param {string} name @returns {string} the class that gives a name its colour, the same on every page */
export function avatarClass(name) {
	let hash = 2166136261; // FNV-1a: neighbours such as bob1 and bob2 are to differ

	for (const character of name)
		hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619);
	return `avatar-${(hash >>> 0) % AVATAR_COLOURS}`;
}

/**
 * @param {unknown} value
 * @returns {string} the text, or nothing: never "undefined", "null" or "[object Object]"
 */
export function textOf(value) {
	return typeof value === 'string' ? value : '';
}

/**
 * @param {unknown} value
 * @returns {string[]} the texts of a list
 */
export function textsOf(value) {
	return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
