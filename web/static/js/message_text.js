// SPDX-License-Identifier: MIT
// The text of a message as nodes: what text_tree.js finds in it, and nothing that anybody wrote becomes
// markup or an address of another kind than links.js lets through.

import { isLargeEmoji } from './emoji.js';
import { makeElement } from './element.js';
import { sentences } from './sentences.js';
import { parseText } from './text_tree.js';

const ACTION = '/me ';

/**
 * @typedef {object} Reader
 * @property {string} [ownName] of who reads: marked where it is mentioned
 * @property {(name: string) => boolean} [isName] whether somebody has this name, given in small letters
 * @property {string} [actor] who has said it: "/me waves" becomes "* ann waves"
 */

/**
 * @param {string} text
 * @param {Reader} [reader]
 * @returns {DocumentFragment}
 */
export function renderText(text, { ownName = '', isName = () => false, actor = '' } = {}) {
	const fragment = document.createDocumentFragment();
	const own = ownName.toLowerCase();
	const isAction = text.startsWith(ACTION);
	const blocks = parseText(isAction ? text.slice(ACTION.length) : text, (name) => (own !== '' && name === own) || isName(name));

	if (isLargeEmoji(plainOf(blocks)))
		fragment.append(makeElement('span', 'text-emoji', plainOf(blocks)));
	else
		fragment.append(...blocks.map((block) => makeBlock(block, own)));
	if (isAction)
		fragment.prepend(makeElement('span', 'text-actor', '* ', makeElement('bdi', '', actor), ' '));
	return fragment;
}

/** What was written, of a text as the server renders it: with its links, and who acts. @param {Element} element */
export function readSource(element) {
	const shown = element.textContent ?? '';
	const actor = element.querySelector(':scope > .text-actor')?.textContent;

	return actor === undefined || actor === null ? shown : ACTION + shown.slice(actor.length);
}

/** A message as it is read out: "ann: hello", "* ann waves". @param {string} name @param {string} text */
export function spokenText(name, text) {
	return text.startsWith(ACTION) ? `* ${name} ${text.slice(ACTION.length)}` : sentences.announceMessage(name, text);
}

/**
 * Whether a text speaks to somebody; not where it quotes another who did.
 *
 * @param {string} text
 * @param {string} name
 */
export function mentions(text, name) {
	const own = name.toLowerCase();
	const isFound = (/** @type {import('./text_inline.js').Inline} */ node) => typeof node === 'object'
		&& (node.type === 'mention' || ('children' in node && node.children.some(isFound)));

	return own !== '' && text.includes(text.includes('＠') ? '＠' : '@')
		&& parseText(text, (other) => other === own).some((block) => block.type === 'text' && block.children.some(isFound));
}

/** @returns {string} "" when it is more than text */
function plainOf(blocks) {
	const [first] = blocks;

	return blocks.length === 1 && first.type === 'text' && first.children.length === 1 && typeof first.children[0] === 'string'
		? first.children[0] : '';
}

function makeBlock(block, own) {
	if (block.type === 'code')
		return makeElement('pre', 'text-block', makeElement('code', '', block.text));
	const children = block.children.map((child) => makeInline(child, own));

	if (block.type === 'quote')
		return makeElement('blockquote', 'text-quote', ...children);
	const fragment = document.createDocumentFragment();

	fragment.append(...children);
	return fragment;
}

/** @param {import('./text_inline.js').Inline} node @param {string} own @returns {Node | string} */
function makeInline(node, own) {
	if (typeof node === 'string')
		return node;
	switch (node.type) {
	case 'link':
		return makeLink(node.text);
	case 'code':
		return makeElement('code', 'text-code', node.text);
	case 'mention':
		return makeElement('span', node.text.slice(1).toLowerCase() === own ? 'mention mention-own' : 'mention', node.text);
	default:
		return makeElement(node.type === 'bold' ? 'strong' : 'em', '', ...node.children.map((child) => makeInline(child, own)));
	}
}

function makeLink(address) {
	const link = /** @type {HTMLAnchorElement} */ (makeElement('a', 'text-link', address));

	link.href = address;
	link.target = '_blank'; // the room stays where it is
	link.rel = 'noopener noreferrer nofollow ugc';
	return link;
}
