// SPDX-License-Identifier: MIT
// Pure functions from values to what is shown: no element, no state.

import { locale } from './translate.js';

const AVATAR_COLOURS = 10; // .avatar-0 to .avatar-9 in the style sheet

// The words are of the page's language, and clocks go round as the reader's own do.
const { hourCycle } = new Intl.DateTimeFormat(undefined, { hour: 'numeric' }).resolvedOptions();
const clock = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit', hourCycle });
const day = new Intl.DateTimeFormat(locale, { weekday: 'long', month: 'long', day: 'numeric' });
const dayOtherYear = new Intl.DateTimeFormat(locale, { dateStyle: 'long' });
const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'medium', hourCycle });
const minute = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', hourCycle });
const nearDays = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
const graphemes = new Intl.Segmenter();

/**
 * @param {unknown} value a time as the server writes it
 * @returns {Date} now when it is none
 */
export function parseTime(value) {
	const date = new Date(typeof value === 'string' ? value : NaN);

	return Number.isNaN(date.getTime()) ? new Date() : date;
}

/** @param {Date} date @returns {string} "14:03": its day stands above it */
export function shortTime(date) {
	return clock.format(date);
}

/** @param {Date} date @returns {string} the reader's day: "2026-11-21" */
export function dayOf(date) {
	const digits = (/** @type {number} */ number, /** @type {number} */ count) => String(number).padStart(count, '0');

	return `${digits(date.getFullYear(), 4)}-${digits(date.getMonth() + 1, 2)}-${digits(date.getDate(), 2)}`;
}

/** @param {number} days from now @returns {string} "Yesterday", at the beginning of a line */
function nameOfDay(days) {
	const [first, ...others] = nearDays.format(days, 'day');

	return first.toLocaleUpperCase(locale) + others.join('');
}

/** @param {Date} date @returns {string} "Today", "Yesterday", or its date, with the year when that is another */
export function dayLabel(date) {
	const today = new Date();
	const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);

	if (dayOf(date) === dayOf(today))
		return nameOfDay(0);
	if (dayOf(date) === dayOf(yesterday))
		return nameOfDay(-1);
	return (date.getFullYear() === today.getFullYear() ? day : dayOtherYear).format(date);
}

/** @param {Date} date @returns {string} "21 Nov 2026, 14:03": where no day stands above it */
export function dayAndTime(date) {
	return minute.format(date);
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
