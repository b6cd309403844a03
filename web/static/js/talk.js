// SPDX-License-Identifier: MIT
// What somebody writes in the room, and what tells them that others have: puts the input, commands,
// completion, names, typing, the badge of the tab and notifications together.

import { readCommand } from './commands.js';
import { Completion } from './completion.js';
import { startComposer } from './composer.js';
import { getElement } from './element.js';
import { textOf, textsOf } from './format.js';
import { showHelp } from './help_dialog.js';
import { KnownNames } from './known_names.js';
import { changeName } from './nickname.js';
import { Notifier, startBell } from './notifier.js';
import { PageBadge } from './page_badge.js';
import { refusalSentence, sentences } from './sentences.js';
import { startShortcuts } from './shortcuts.js';
import { suggest } from './suggestions.js';
import { TypingLine } from './typing_line.js';

/**
 * @typedef {object} Parts
 * @property {import('./roomwire.js').Connection} connection
 * @property {string} room
 * @property {HTMLFormElement} form
 * @property {HTMLTextAreaElement} input
 * @property {import('./standing.js').Standing} standing
 * @property {(text: string) => void} say
 * @property {(problem: string) => void} report to who writes; "" for none
 * @property {(text: string) => void} tell for ears
 * @property {(text: string) => void} addLine for them only
 * @property {() => void} clear the list
 * @property {() => boolean} editLast false: there is no message to edit
 * @property {() => void} showNewest
 */

export class Talk {
	#parts;
	#badge = new PageBadge();
	#notifier;
	#typing = new TypingLine(getElement('typing'));
	/** Who may be meant by a name. */
	names = new KnownNames();
	/** Ends the input; the element tells why. @type {(reasonId: string) => void} */
	end;

	/** What a command does with this page, by its name. @type {Record<string, (argument: string) => void>} */
	#locals = {
		nick: (argument) => this.#changeName(argument),
		clear: () => this.#clear(),
		help: () => this.#showHelp(),
		topic: () => this.#parts.addLine(sentences.talk.topicIs(this.#parts.standing.rules.topic)),
	};

	/** @param {Parts} parts */
	constructor(parts) {
		const { connection, form, input, room } = parts;
		const completion = new Completion(input, { suggest: (before) => suggest(before, this.#known()), tell: parts.tell });

		this.#parts = parts;
		this.#notifier = new Notifier(room);
		this.end = startComposer(form, input, {
			submit: (text) => this.#submit(text),
			takeKey: (event) => completion.takeKey(event) || this.#takeKey(event),
		});
		input.addEventListener('input', () => this.#tellTyping());
		this.#startMenu(/** @type {HTMLDetailsElement} */ (getElement('bell-menu')));
		startShortcuts({ focus: () => input.focus(), help: () => this.#showHelp(), newest: parts.showNewest });
		this.#listen(connection);
	}

	/**
	 * A message of somebody else has come, that was not there before.
	 *
	 * @param {string} text as it is said
	 * @param {boolean} isMention
	 */
	note(text, isMention) {
		this.#badge.note(isMention);
		this.#notifier.note(text, isMention);
	}

	#startMenu(menu) {
		startBell(this.#notifier, menu);
		menu.hidden = false;
		getElement('help-button').addEventListener('click', () => {
			menu.open = false;
			menu.querySelector('summary').focus(); // where the focus comes back to
			this.#showHelp();
		});
	}

	#listen(connection) {
		connection.on('welcome', ({ user, members }) => {
			this.names.own = textOf(user);
			this.names.reset(textsOf(members));
		});
		connection.on('state', () => this.#typing.clear());
		connection.on('members', ({ members }) => this.names.change(textsOf(members)));
		connection.on('presence', ({ joined, left }) => {
			this.names.change(textsOf(joined), textsOf(left));
			this.#typing.forget(textsOf(left));
		});
		connection.on('typing', ({ users }) => this.#typing.show(textsOf(users).filter((name) => name !== this.names.own)));
		connection.on('message', ({ user }) => {
			this.names.note(textOf(user));
			this.#typing.forget([textOf(user)]);
		});
	}

	#known() {
		return { names: () => this.names.list(), may: (/** @type {string} */ action) => this.#parts.standing.may(action) };
	}

	/** @returns {boolean} false: it stays in the input */
	#submit(text) {
		const request = readCommand(text, this.names.list());

		this.#parts.report('');
		if ('unknown' in request || 'wrong' in request) {
			this.#parts.report('wrong' in request ? sentences.talk.wrongCommand(request.wrong)
				: sentences.talk.unknownCommand(request.unknown, request.nearest));
			return false;
		}
		if ('text' in request)
			this.#parts.say(request.text);
		else if ('order' in request)
			this.#order(request.order, text);
		else
			this.#locals[request.local](request.argument);
		return true;
	}

	/** What is refused is given back to be corrected, unless something else is being written by then. */
	async #order(order, text) {
		const { connection, input, report } = this.#parts;

		try {
			await connection.moderate(order);
		} catch (error) {
			report(refusalSentence(/** @type {any} */ (error)));
			if (input.value === '') {
				input.value = text;
				input.dispatchEvent(new Event('input', { bubbles: true })); // it has its rows again
			}
		}
	}

	async #changeName(name) {
		const { report } = this.#parts;

		try {
			const problem = await changeName(name);

			report(problem === 'given' ? sentences.talk.nameIsGiven : problem);
		} catch {
			report(sentences.talk.noAnswer);
		}
	}

	#clear() {
		this.#parts.clear();
		this.#parts.addLine(sentences.talk.cleared);
	}

	#showHelp() {
		showHelp((action) => this.#parts.standing.may(action));
	}

	/** Of the input. */
	#takeKey(event) {
		const isBare = !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey;

		return event.key === 'ArrowUp' && isBare && this.#parts.input.value === '' && this.#parts.editLast();
	}

	/** Nobody is told of commands, except that one does something. */
	#tellTyping() {
		const { connection, input } = this.#parts;
		const isCommand = /^\/(?!\/|me\s)/i.test(input.value);

		if (input.value.trim() !== '' && !isCommand)
			connection.typing();
	}
}
