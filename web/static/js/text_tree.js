// SPDX-License-Identifier: MIT
// What a message means by its marks: links, `code`, blocks between lines of ```, "> " quotes, *bold*,
// _italic_, :emoji: and @names. Pure: text in, a tree of plain objects out; marks that mean nothing
// stay text. No regular expression is made from what anybody wrote, and time is linear in it.

import { readInline } from './text_inline.js';

const NAMES_TRIED_MAX = 200; // "@" looked at in one message

/**
 * @typedef {import('./text_inline.js').Inline} Inline
 * @typedef {{type: "text" | "quote", children: Inline[]} | {type: "code", text: string}} Block
 */

/**
 * @param {string} text
 * @param {import('./text_inline.js').IsName} [isName]
 * @returns {Block[]}
 */
export function parseText(text, isName = () => false) {
	const lines = text.split('\n');
	const mentions = { isName, triesLeft: NAMES_TRIED_MAX };
	/** @type {Block[]} */
	const blocks = [];
	const lastFence = lines.findLastIndex(isFence);

	for (let i = 0; i < lines.length;) {
		const block = lines[i].startsWith('```') ? readCode(lines, i, lastFence) : undefined;
		const isQuote = isQuoted(lines[i]);
		const end = block?.end ?? findEnd(lines, i, isQuote, lastFence);
		const said = lines.slice(i, end).map((line) => (isQuote ? line.slice(2) : line)).join('\n');

		blocks.push(block === undefined
			? { type: isQuote ? 'quote' : 'text', children: readInline(said, mentions) }
			: { type: 'code', text: block.text });
		i = end;
	}
	return blocks;
}

/** @returns {boolean} whether the line can end a block of code */
function isFence(line) {
	return line.trimEnd() === '```';
}

/** Not "><" or ">:(": a quote has a blank behind its mark. */
function isQuoted(line) {
	return line.startsWith('> ') || line === '>';
}

/** "```js", lines, "```"; or all on one line. @returns {{text: string, end: number} | undefined} */
function readCode(lines, start, lastFence) {
	const line = lines[start].trimEnd();

	if (line.length > 6 && line.endsWith('```'))
		return { text: line.slice(3, -3), end: start + 1 };
	if (start >= lastFence || !/^```[\w+#-]{0,20}$/.test(line))
		return undefined;
	let end = start + 1;

	while (!isFence(lines[end]))
		end++;
	return { text: lines.slice(start + 1, end).join('\n'), end: end + 1 };
}

/** @returns {number} the line behind those that are of one block with the first */
function findEnd(lines, start, isQuote, lastFence) {
	let end = start + 1;

	while (end < lines.length && isQuoted(lines[end]) === isQuote
		&& !(lines[end].startsWith('```') && readCode(lines, end, lastFence) !== undefined))
		end++;
	return end;
}
