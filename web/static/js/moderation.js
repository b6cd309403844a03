// SPDX-License-Identifier: MIT
// Who keeps order in the room, and what the page shows of it: puts the reader's standing, the rules,
// the menus and the input's gate together.

import { ComposerGate } from './composer_gate.js';
import { textOf, textsOf } from './format.js';
import { MessageEditor } from './message_editor.js';
import { MessageMenu } from './message_menu.js';
import { Moderator } from './moderator.js';
import { Reply } from './reply.js';
import { RoomRules } from './room_rules.js';
import { moderationSentence, sentences } from './sentences.js';
import { Standing } from './standing.js';

export class Moderation {
	#rules;
	#gate;
	#siteName;
	#announceLine;
	/** Why the reader was sent away. */
	#farewell = '';
	/** Called when the roles or who is muted may be others. */
	redraw = () => {};

	/**
	 * @param {object} parts
	 * @param {import('./roomwire.js').Connection} parts.connection
	 * @param {import('./message_list.js').MessageList} parts.list
	 * @param {HTMLFormElement} parts.form
	 * @param {HTMLTextAreaElement} parts.input
	 * @param {string} parts.siteName
	 * @param {(text: string) => void} parts.announceLine
	 * @param {(text: string) => void} parts.tell for ears
	 * @param {(problem: string) => void} parts.report
	 */
	constructor({ connection, list, form, input, siteName, announceLine, tell, report }) {
		this.#siteName = siteName;
		this.#announceLine = announceLine;
		this.standing = new Standing(() => this.#show());
		this.moderator = new Moderator(connection, this.standing, report);
		this.editor = new MessageEditor(connection, list, this.standing);
		this.reply = new Reply(input);
		this.#rules = new RoomRules(connection, this.standing);
		this.#gate = new ComposerGate(form, input, this.standing, tell);
		new MessageMenu({ connection, standing: this.standing, moderator: this.moderator, editor: this.editor, reply: this.reply, tell, report });
		connection.on('welcome', (welcome) => this.#welcome(welcome));
		connection.on('members', (members) => this.standing.takeNames(textsOf(members.members), members));
		connection.on('presence', (presence) => this.standing.takeNames(namesOf(presence), presence));
		connection.on('rules', (rules) => this.standing.takeRules(rules));
		connection.on('you', (you) => this.standing.takeYou(you));
		connection.on('moderation', (deed) => this.#hear(deed));
		connection.on('error', ({ code, retry_after_ms: ms }) => code === 'slow' && this.#gate.pause(Number(ms) || 0));
	}

	/** Something of the reader's was said. */
	noteSaid() {
		this.#gate.noteSaid();
	}

	/** Why a connection has ended, when that is known better than by its reason. @param {string | undefined} reason */
	farewell(reason) {
		return reason === 'kicked' || reason === 'banned_here' ? this.#farewell : '';
	}

	/** @param {string} absence why nothing can be said without a connection; "" */
	setAbsence(absence) {
		this.#gate.setAbsence(absence);
	}

	/** The input is ended for good. */
	stop() {
		this.#gate.stop();
	}

	#welcome(welcome) {
		this.#farewell = '';
		this.standing.welcome(welcome);
	}

	#hear(deed) {
		const { action, user, text } = deed;
		const by = textOf(deed.by);
		const isFarewell = user === this.standing.name && Object.hasOwn(sentences.farewells, action);
		const line = moderationSentence({ ...deed, by, text: isFarewell ? '' : text }, this.#siteName);

		if (isFarewell)
			this.#farewell = sentences.farewells[action](by || this.#siteName, textOf(text));
		this.standing.takeDeed(deed);
		if (line !== '')
			this.#announceLine(line);
	}

	#show() {
		this.#rules.show();
		this.#gate.update();
		this.redraw();
	}
}

/** Who came or went. */
function namesOf({ joined, left }) {
	return [...textsOf(joined), ...textsOf(left)];
}
