// SPDX-License-Identifier: MIT
// Commands of the input: "/mute ann 10m rude". The table says what there is; a text that begins with a
// slash is one of them or is not sent. Pure: what a command asks for is told, and done elsewhere.

const UNIT_SECONDS = { s: 1, m: 60, h: 3600, d: 86_400, w: 7 * 86_400 };
const ROLES = ['user', 'member', 'moderator', 'owner'];
const NEAR = 2; // letters that somebody may have got wrong

/**
 * What a command asks for: an order to the room; something of this page, by the command's name; or a text to say.
 *
 * @typedef {{order: import('./roomwire.js').Order} | {local: string, argument: string} | {text: string}} Request
 * @typedef {{unknown: string, nearest: string} | {wrong: string}} Problem unknown and wrong: the name of a command
 *
 * @typedef {object} Command
 * @property {string} name
 * @property {string[]} [needs] one of these actions
 * @property {boolean} [hasPerson] whether it begins with a name
 * @property {(argument: string, names: Iterable<string>) => Request | undefined} read undefined: an argument is wrong
 */

/** @type {readonly Command[]} in the order of the help */
export const commands = [
	{ name: 'me', read: (argument) => (argument === '' ? undefined : { text: `/me ${argument}` }) },
	{ name: 'nick', read: (argument) => (argument === '' ? undefined : { local: 'nick', argument }) },
	{ name: 'clear', read: nothing((argument) => ({ local: 'clear', argument })) },
	{ name: 'help', read: (argument) => ({ local: 'help', argument }) },
	{ name: 'topic', needs: ['topic'], read: readTopic },
	{ name: 'mute', needs: ['mute'], hasPerson: true, read: person(readPeriod) },
	{ name: 'unmute', needs: ['mute'], hasPerson: true, read: person(nothing((_, action) => ({ action }))) },
	{ name: 'kick', needs: ['kick'], hasPerson: true, read: person((argument, action) => ({ action, ...reason(argument) })) },
	{ name: 'ban', needs: ['ban'], hasPerson: true, read: person(readBan) },
	{ name: 'unban', needs: ['ban'], hasPerson: true, read: person(nothing((_, action) => ({ action }))) },
	{ name: 'slow', needs: ['slow'], read: readSlow },
	{ name: 'lock', needs: ['lock'], read: nothing(() => ({ order: { action: 'lock', on: true } })) },
	{ name: 'unlock', needs: ['lock'], read: nothing(() => ({ order: { action: 'lock', on: false } })) },
	{ name: 'role', needs: ['admit', 'appoint', 'hand_over'], hasPerson: true, read: person(readRole) },
];

/**
 * @param {string} text as it was written
 * @param {Iterable<string>} [names] of people: a name with blanks is known by them
 * @returns {Request | Problem}
 */
export function readCommand(text, names = []) {
	if (!text.startsWith('/'))
		return { text };
	if (text.startsWith('//'))
		return { text: text.slice(1) };
	const [, word, argument] = /^\/(\S*)\s*([^]*)$/.exec(text.trimEnd()) ?? ['', '', ''];
	const command = findCommand(word);

	if (command === undefined)
		return { unknown: word, nearest: nearestName(word) };
	return command.read(argument, names) ?? { wrong: command.name };
}

/** @param {string} word @returns {Command | undefined} */
export function findCommand(word) {
	return commands.find(({ name }) => name === word.toLowerCase());
}

/**
 * A name at the beginning of a text: "ann", "@ann", "\"ann lee\"", or the longest of those that are known.
 *
 * @param {string} text
 * @param {Iterable<string>} names
 * @returns {{user: string, rest: string}} user: "" for none
 */
export function readName(text, names) {
	const quoted = /^"([^"]+)"\s*([^]*)$/.exec(text);

	if (quoted !== null)
		return { user: quoted[1], rest: quoted[2] };
	const bare = text.replace(/^[@＠]/, '');
	const known = longest([...names].filter((name) => isBeginning(name, bare)));
	const length = known.length || bare.search(/\s|$/);

	return { user: known || bare.slice(0, length), rest: bare.slice(length).trim() };
}

/** @param {string} name @param {string} text */
function isBeginning(name, text) {
	return text.slice(0, name.length).toLowerCase() === name.toLowerCase() && /^(\s|$)/.test(text.slice(name.length));
}

function longest(names) {
	return names.reduce((best, name) => (name.length > best.length ? name : best), '');
}

/**
 * "10m", "2h", "1d"
 *
 * @param {string} word
 * @returns {number} seconds; NaN for what is none
 */
export function readSeconds(word) {
	const [, number, unit] = /^(\d{1,6})([smhdw])$/.exec(word.toLowerCase()) ?? [];

	return Number(number) * UNIT_SECONDS[unit];
}

/** A command without an argument. */
function nothing(make) {
	return (argument, other) => (argument === '' ? make(argument, other) : undefined);
}

/** One that begins with a person; its own name is the order's action. */
function person(readRest) {
	return function (/** @type {string} */ argument, /** @type {Iterable<string>} */ names) {
		const { user, rest } = readName(argument, names);
		const order = user === '' ? undefined : readRest(rest, this.name);

		return order === undefined ? undefined : { order: { ...order, user } };
	};
}

function reason(text) {
	return text === '' ? {} : { text };
}

/** A bare number might be minutes or a reason: it is neither. */
function readPeriod(argument, action) {
	const [first, ...others] = argument.split(/\s+/);
	const seconds = readSeconds(first);

	if (/^\d+$/.test(first))
		return undefined;
	return Number.isNaN(seconds) ? { action, ...reason(argument) } : { action, seconds, ...reason(others.join(' ')) };
}

function readBan(argument, action) {
	const [, by, rest] = /^--(session|address)(?:\s+([^]*))?$/.exec(argument) ?? ['', '', argument];
	const order = readPeriod(rest ?? '', action);

	return order !== undefined && by !== '' ? { ...order, by } : order;
}

function readRole(argument, action) {
	const role = argument.toLowerCase();

	return ROLES.includes(role) ? { action, role } : undefined;
}

/** Without a text it is shown; "-" takes it away. */
function readTopic(argument) {
	if (argument === '')
		return { local: 'topic', argument };
	return { order: { action: 'topic', text: argument === '-' ? '' : argument } };
}

function readSlow(argument) {
	const seconds = /^\d{1,6}$/.test(argument) ? Number(argument) : readSeconds(argument);

	if (argument.toLowerCase() === 'off')
		return { order: { action: 'slow', seconds: 0 } };
	return Number.isNaN(seconds) ? undefined : { order: { action: 'slow', seconds } };
}

/** @returns {string} the command that was probably meant; "" when none is near */
function nearestName(word) {
	const typed = word.toLowerCase().slice(0, 20);
	const ranked = commands.map(({ name }) => ({ name, distance: distanceOf(typed, name) }))
		.sort((a, b) => a.distance - b.distance);
	const begun = typed === '' ? undefined : commands.find(({ name }) => name.startsWith(typed));

	return begun?.name ?? (ranked[0].distance <= Math.min(NEAR, typed.length - 1) ? ranked[0].name : '');
}

/** How many letters are to be put in, taken out, replaced, or swapped with the next. */
function distanceOf(a, b) {
	const rows = [Array.from({ length: b.length + 1 }, (_, i) => i)];

	for (let i = 1; i <= a.length; i++) {
		rows.push([i]);
		for (let j = 1; j <= b.length; j++) {
			const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];

			rows[i].push(Math.min(rows[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1), rows[i - 1][j] + 1, rows[i][j - 1] + 1,
				isSwapped ? rows[i - 2][j - 2] + 1 : Infinity));
		}
	}
	return rows[a.length][b.length];
}
