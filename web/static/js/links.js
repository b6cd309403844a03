// SPDX-License-Identifier: MIT
// Where the links of a text are: http, https and mailto, and nothing else. A link stands also right next
// to Chinese, Japanese and Korean, which put no blank around it. The server finds the same ones
// (tests/support/link_cases.txt). Linear in the length of the text.

const BEGINNING = /https?:\/\/|mailto:/gi;
const LINK_MAX = 2048; // bytes; nobody needs to follow a longer one
const HOST_MAX = 253;
const encoder = new TextEncoder();

/** Scripts that are written without blanks: a letter of theirs behind one of ours begins what is said next. */
const CJK = '\\u1100-\\u11ff\\u2e80-\\u2fff\\u3005-\\u3007\\u3021-\\u3029\\u3040-\\u318f\\u31a0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff'
	+ '\\ua960-\\ua97f\\uac00-\\ud7ff\\uf900-\\ufaff\\uff66-\\uff9f\\u{20000}-\\u{3ffff}';
/** Never within a link: blanks, what cannot be seen, quotes, and punctuation of full width. */
const END = '\\u0000-\\u0020"<>\\\\`\\u007f-\\u00a0\\u00ab\\u00bb\\u200b-\\u200f\\u2013-\\u201f\\u2026\\u2028-\\u202f\\u205f-\\u206f'
	+ '\\u3000-\\u3004\\u3008-\\u3020\\u3030\\uff01-\\uff0f\\uff1a-\\uff20\\uff3b-\\uff40\\uff5b-\\uff65\\ufeff\\ufff9-\\uffff';
const ends = new RegExp(`[${END}]`, 'u');
const cjk = new RegExp(`[${CJK}]`, 'u');
/** What a name of a host may have: also letters of other scripts; "_" for those at home. */
const host = new RegExp(`[^${END}\\u0021-\\u002c\\u002f\\u003a-\\u0040\\u005b-\\u005e\\u007b-\\u007e]`, 'u');
const address = /[\w.%+-]{1,64}@/y;
const port = /:\d{1,5}/y;
const credentials = new RegExp(`[^${END}/?#@]{0,${HOST_MAX}}@`, 'uy');

const latin = /[A-Za-z0-9]/;
const closing = new Map([[')', '('], [']', '['], ['}', '{']]);
const TRAILING = '.,:;!?\'*_~([{';

/**
 * @typedef {{start: number, end: number}} Link where it stands in the text; what it leads to is what is written there
 *
 * @param {string} text
 * @returns {Link[]} in order
 */
export function findLinks(text) {
	/** @type {Link[]} */
	const links = [];
	let from = 0;

	for (const { 0: scheme, index } of text.matchAll(BEGINNING)) {
		if (index < from || (index > 0 && latin.test(text[index - 1])))
			continue;
		const end = scheme.endsWith('/') ? findWebEnd(text, index + scheme.length) : findMailEnd(text, index + scheme.length);

		if (end === 0)
			continue;
		if (bytesOf(text.slice(index, end)) <= LINK_MAX)
			links.push({ start: index, end });
		from = end;
	}
	return links;
}

/** @returns {number} 0: no link */
function findWebEnd(text, start) {
	const end = findHostEnd(text, start);

	if (end === 0 || matchAt(credentials, text, end) > 0)
		return 0; // "https://bank.example@evil.example": what is in front is not where it leads
	return findEnd(text, matchAt(port, text, end) || end);
}

function findMailEnd(text, start) {
	const at = matchAt(address, text, start);
	const end = at === 0 ? 0 : findHostEnd(text, at);

	return end > 0 && text.slice(at, end).includes('.') && text[end] !== '@' ? findEnd(text, end) : 0;
}

/** A first label may mix scripts; behind a later one ("cn" of "例子.cn看") the text goes on. */
function findHostEnd(text, start) {
	const name = text.slice(start, skipHost(text, start));
	const firstDot = name.indexOf('.');
	let length = name.length;

	if (name === '' || '.-'.includes(name[0]))
		return 0;
	for (let i = 1; i < length; i++)
		if (firstDot >= 0 && i > firstDot && isSwitch(name, i))
			length = i;
	return trimEnd(text, start, start + length);
}

/** Up to the character that is one too many. */
function skipHost(text, start) {
	let end = start;

	for (let bytes = 0; end < text.length && bytes <= HOST_MAX && host.test(characterAt(text, end));) {
		bytes += bytesOf(characterAt(text, end));
		end += characterAt(text, end).length;
	}
	return end;
}

/** @returns {boolean} whether a letter of a script without blanks follows one of ours */
function isSwitch(text, i) {
	return latin.test(text[i - 1]) && cjk.test(characterAt(text, i));
}

/** What comes behind the host, without what closes a sentence or a bracket around the link. */
function findEnd(text, start) {
	/** @type {Record<string, number>} */
	const open = { '(': 0, '[': 0, '{': 0 };
	let end = start;
	let bytes = 0;

	if (!'/?#'.includes(text[start] ?? ' '))
		return start;
	while (end < text.length && bytes <= LINK_MAX) {
		const character = characterAt(text, end);
		const opener = closing.get(character);

		if (ends.test(character) || isSwitch(text, end))
			break;
		if (opener !== undefined && --open[opener] < 0)
			break;
		if (character in open)
			open[character]++;
		end += character.length;
		bytes += bytesOf(character);
	}
	return trimEnd(text, start, end);
}

function trimEnd(text, start, end) {
	while (end > start && TRAILING.includes(text[end - 1]))
		end--;
	return end;
}

function bytesOf(text) {
	return encoder.encode(text).length;
}

function characterAt(text, i) {
	return String.fromCodePoint(text.codePointAt(i) ?? 0);
}

/** @returns {number} where it ends; 0: it is not there */
function matchAt(pattern, text, index) {
	pattern.lastIndex = index;
	return pattern.test(text) ? pattern.lastIndex : 0;
}
