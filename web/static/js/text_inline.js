// SPDX-License-Identifier: MIT
// What the marks within a paragraph mean: links, `code`, *bold*, _italic_, :emoji: and @names. Marks that
// mean nothing stay text. One pass from left to right; pure.

import { emoji } from './emoji.js';
import { findLinks } from './links.js';

const NAME_MAX = 64; // characters of a name
/** What a row of marks means; another one is a line that somebody draws, or a name as "__init__". */
const EMPHASES = new Map([['*', 'bold'], ['**', 'bold'], ['_', 'italic']]);
const NEXT_MARK = /[`*_@＠:\n]/g;
const SHORTCODE = /:([a-z_]{2,20}):/y;
const LATIN = /[A-Za-z0-9]/;

/**
 * @typedef {{type: "code" | "link" | "mention", text: string} | {type: "bold" | "italic", children: Inline[]}} Marked
 * @typedef {string | Marked} Inline
 *
 * @typedef {(name: string) => boolean} IsName whether "@" with this behind it means somebody; in small letters
 * @typedef {{isName: IsName, triesLeft: number}} Mentions triesLeft: "@" still looked at in this message
 */

/**
 * @param {string} text
 * @param {Mentions} mentions
 * @returns {Inline[]}
 */
export function readInline(text, mentions) {
	const reader = new InlineReader(text, mentions);

	while (reader.readNext());
	return reader.finish();
}

class InlineReader {
	#text;
	#mentions;
	#links;
	#i = 0;
	/** What is in front of this is among the nodes. */
	#done = 0;
	/** @type {Inline[]} */
	#nodes = [];
	/**
	 * Which nodes are marks that may begin something, the last of each kind: so they nest no deeper than there are kinds.
	 *
	 * @type {Map<string, number>}
	 */
	#openers = new Map();

	constructor(text, mentions) {
		this.#text = text;
		this.#mentions = mentions;
		this.#links = findLinks(text).reverse();
	}

	/** @returns {boolean} whether there may be more */
	readNext() {
		NEXT_MARK.lastIndex = this.#i;
		const mark = NEXT_MARK.exec(this.#text)?.index ?? this.#text.length;

		while ((this.#links.at(-1)?.start ?? Infinity) < this.#i)
			this.#links.pop(); // it is in code
		const link = this.#links.at(-1);

		if (link !== undefined && link.start <= mark)
			this.#put(link.start, link.end, { type: 'link', text: this.#text.slice(link.start, link.end) });
		else
			this.#i = mark;
		if (link === undefined || link.start > mark)
			this.#readMark();
		return this.#i < this.#text.length;
	}

	/** @returns {Inline[]} */
	finish() {
		this.#flush(this.#text.length);
		return join(this.#nodes);
	}

	#readMark() {
		const mark = this.#text[this.#i];

		if (mark === '`')
			this.#readCode();
		else if (mark === ':')
			this.#readShortcode();
		else if (mark === '@' || mark === '＠')
			this.#readMention();
		else if (mark === '*' || mark === '_')
			this.#readEmphasis(mark);
		else
			this.#endLine();
	}

	/** Whatever may have begun was only a mark. */
	#endLine() {
		this.#openers.clear();
		this.#i++;
	}

	#readCode() {
		const end = this.#text.indexOf('`', this.#i + 1);
		const code = this.#text.slice(this.#i + 1, Math.max(end, 0));

		if (code.trim() === '' || code.includes('\n'))
			this.#i++;
		else
			this.#put(this.#i, end + 1, { type: 'code', text: code });
	}

	#readShortcode() {
		SHORTCODE.lastIndex = this.#i;
		const [code, name] = SHORTCODE.exec(this.#text) ?? ['', ''];
		const character = emoji.get(name);

		if (character === undefined)
			this.#i++;
		else
			this.#put(this.#i, this.#i + code.length, character);
	}

	/** The longest name counts: there may be an "ann" and an "ann lee". */
	#readMention() {
		const start = this.#i + 1;
		let length = Math.min(NAME_MAX, this.#text.length - start);

		if (LATIN.test(this.#text[this.#i - 1] ?? '') || this.#mentions.triesLeft-- <= 0)
			length = 0; // an address of mail
		while (length > 0 && !this.#isNameAt(start, start + length))
			length--;
		if (length === 0)
			this.#i++;
		else
			this.#put(this.#i, start + length, { type: 'mention', text: this.#text.slice(this.#i, start + length) });
	}

	/** "@ann" is not in "@anna"; scripts without blanks go on right behind a name. */
	#isNameAt(start, end) {
		const isWhole = !LATIN.test(this.#text[end - 1]) || !LATIN.test(this.#text[end] ?? '');

		return isWhole && this.#mentions.isName(this.#text.slice(start, end).toLowerCase());
	}

	#readEmphasis(mark) {
		let end = this.#i + 1;

		while (this.#text[end] === mark)
			end++;
		const before = this.#text[this.#i - 1] ?? ' ';
		const after = this.#text[end] ?? ' ';
		const marks = this.#text.slice(this.#i, end);

		if (this.#openers.has(marks) && !isBlank(before) && !LATIN.test(after))
			this.#close(marks, end);
		else if (EMPHASES.has(marks) && !isBlank(after) && !LATIN.test(before))
			this.#open(marks, end);
		else
			this.#i = end;
	}

	#open(marks, end) {
		this.#flush(this.#i);
		this.#openers.set(marks, this.#nodes.length);
		this.#put(this.#i, end, marks);
	}

	#close(marks, end) {
		const opener = this.#openers.get(marks);

		this.#flush(this.#i);
		const children = join(this.#nodes.splice(opener).slice(1));

		for (const [other, index] of this.#openers)
			if (index >= opener)
				this.#openers.delete(other);
		this.#put(this.#i, end, { type: EMPHASES.get(marks), children });
	}

	/** What stands there is this node. */
	#put(start, end, node) {
		this.#flush(start);
		this.#nodes.push(node);
		this.#i = end;
		this.#done = end;
	}

	/** What is in front of this is text. */
	#flush(end) {
		if (end > this.#done)
			this.#nodes.push(this.#text.slice(this.#done, end));
		this.#done = end;
	}
}

function isBlank(character) {
	return character.trim() === '';
}

/** Texts that follow each other are one. @param {Inline[]} nodes @returns {Inline[]} */
function join(nodes) {
	/** @type {Inline[]} */
	const joined = [];

	for (const node of nodes)
		if (typeof node === 'string' && typeof joined.at(-1) === 'string')
			joined[joined.length - 1] += node;
		else
			joined.push(node);
	return joined;
}
