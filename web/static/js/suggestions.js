// SPDX-License-Identifier: MIT
// What somebody may be about to write, from what stands in front of the caret: a command, the person or
// role that it is about, a name behind an @, an emoji behind a colon. Pure.

import { commands, findCommand, readName } from './commands.js';
import { emoji } from './emoji.js';

const SHOWN_MAX = 16; // all commands; of people, more than anybody goes through
const NAME_MAX = 32; // characters of a name that somebody types until they look at the list
const ROLES = ['user', 'member', 'moderator', 'owner'];

/**
 * @typedef {object} Suggestion
 * @property {string} insert what takes the place of what is typed
 * @property {string} label
 * @property {string} [command] which it is, for what is said of it
 *
 * @typedef {object} Suggestions
 * @property {number} start where what is typed begins
 * @property {Suggestion[]} items none: there is nothing to suggest
 * @property {boolean} isBegun whether something is typed of it: only then the first is meant
 *
 * @typedef {object} Known
 * @property {() => string[]} names of people, the likeliest first
 * @property {(action: string) => boolean} may
 */

/** What is looked for, in this order. @type {((before: string, known: Known) => Suggestions | undefined)[]} */
const kinds = [suggestCommand, suggestArgument, suggestMention, suggestEmoji];

/**
 * @param {string} before what stands in front of the caret
 * @param {Known} known
 * @returns {Suggestions}
 */
export function suggest(before, known) {
	for (const kind of kinds) {
		const found = kind(before, known);

		if (found !== undefined)
			return { ...found, items: found.items.slice(0, SHOWN_MAX) };
	}
	return { start: before.length, items: [], isBegun: false };
}

/** @param {import('./commands.js').Command} command @param {(action: string) => boolean} may */
export function isAllowed({ needs }, may) {
	return needs === undefined || needs.some(may);
}

function suggestCommand(before, { may }) {
	const [, typed] = /^\/([a-z]*)$/i.exec(before) ?? [];

	if (typed === undefined)
		return undefined;
	const items = commands.filter((command) => isAllowed(command, may) && command.name.startsWith(typed.toLowerCase()))
		.map(({ name }) => ({ insert: `/${name} `, label: `/${name}`, command: name }));

	return { start: 0, items, isBegun: typed !== '' };
}

/** Names without an @, as the command reads them; of a role, then the roles. */
function suggestArgument(before, { names }) {
	const [head, word] = /^\/([a-z]+)\s+(?=[^\n]*$)/i.exec(before) ?? [];
	const command = word === undefined ? undefined : findCommand(word);

	if (!command?.hasPerson)
		return undefined;
	const argument = before.slice(head.length);
	const known = names();
	const { user, rest } = readName(argument, known);
	const isDone = known.includes(user) && /\s/.test(argument.slice(user.length));

	if (!isDone)
		return { start: head.length, items: matching(known, argument.replace(/^[@＠"]/, '')).map(plain), isBegun: argument !== '' };
	if (command.name !== 'role')
		return undefined;
	return { start: before.length - rest.length, items: matching(ROLES, rest).map(plain), isBegun: rest !== '' };
}

function suggestMention(before, { names }) {
	const [, at, typed] = /(?:^|[^A-Za-z0-9])([@＠])([^@＠\n]*)$/.exec(before.slice(-NAME_MAX - 2)) ?? [];

	if (typed === undefined || /^\s/.test(typed))
		return undefined;
	const items = matching(names(), typed).map((name) => ({ insert: `${at}${name} `, label: name }));

	return items.length === 0 ? undefined : { start: before.length - typed.length - 1, items, isBegun: typed !== '' };
}

/** From the second letter on: ":D" is none. */
function suggestEmoji(before) {
	const [, typed] = /(?:^|[^A-Za-z0-9:]):([a-z_]{2,20})$/.exec(before.slice(-22)) ?? [];

	if (typed === undefined)
		return undefined;
	const items = [...emoji].filter(([name]) => name.startsWith(typed))
		.map(([name, character]) => ({ insert: `${character} `, label: `${character} :${name}:` }));

	return { start: before.length - typed.length - 1, items, isBegun: true };
}

function plain(name) {
	return { insert: `${name} `, label: name };
}

/** Those that begin so, then those with a word that does. @param {string[]} names @param {string} typed */
function matching(names, typed) {
	const sought = typed.toLowerCase();
	const begins = names.filter((name) => name.toLowerCase().startsWith(sought));
	const isIn = (/** @type {string} */ name) => name.toLowerCase().split(/[\s._-]+/).slice(1).some((word) => word.startsWith(sought));

	return sought === '' ? names : [...begins, ...names.filter((name) => !begins.includes(name) && isIn(name))];
}
