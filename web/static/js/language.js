// SPDX-License-Identifier: MIT

/**
 * The one of our languages that a tag asks for, as the server chooses (fcgi/translate.c): "zh" finds
 * "zh-CN", and "en-GB" finds "en".
 *
 * @param {string} tag
 * @param {string[]} languages
 * @returns {string} the first of them when none fits
 */
export function findLanguage(tag, languages) {
	const wanted = tag.toLowerCase();
	const primary = (/** @type {string} */ text) => text.toLowerCase().split('-')[0];

	return languages.find((language) => language.toLowerCase() === wanted)
		?? languages.find((language) => primary(language) === primary(wanted))
		?? languages[0];
}
