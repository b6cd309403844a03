// SPDX-License-Identifier: MIT
// A small room in a page of another site: what is said, who says it, and a line to write. Lives in a
// shadow tree, so that neither side's styles reach the other; text goes in as text nodes only.

import { readCommand } from './commands.js';
import { startComposer } from './composer.js';
import { makeElement } from './element.js';
import { embedStyle } from './embed_style.js';
import { exactTime, parseTime, shortTime, textOf } from './format.js';
import { renderText } from './message_text.js';
import { connect } from './roomwire.js';
import { connectionSentence, reasonSentence, refusalSentence, sentences } from './sentences.js';

export { sentences };

const BEFORE = 50; // messages that are there when somebody comes
const MESSAGES_MAX = 300; // older ones go: the room's own page has them
const NEAR_END_PIXELS = 40;

function withAttributes(element, attributes) {
	for (const [name, value] of Object.entries(attributes))
		element.setAttribute(name, value);
	return element;
}

function makeMessage({ user, message, time }, own) {
	const date = parseTime(time);
	const clock = withAttributes(makeElement('time', 'time', shortTime(date)),
		{ datetime: date.toISOString(), title: exactTime(date) });
	const head = makeElement('p', 'head', makeElement('bdi', 'user', textOf(user)), ' ', clock);
	const text = makeText(textOf(message), { ownName: own, actor: textOf(user) });

	return makeElement('li', own === user && own !== '' ? 'message own' : 'message', head, text);
}

function makeText(text, reader) {
	return withAttributes(makeElement('div', 'text', renderText(text, reader)), { dir: 'auto' });
}

export class EmbeddedRoom {
	#connection;
	#siteHost;
	#user = '';
	#hasBeenWelcome = false;
	#isCutOff = false;
	#connectionText = makeElement('span', 'connection-text');
	#count = makeElement('span', 'count');
	#list = makeElement('ol', 'messages');
	#log = withAttributes(makeElement('div', 'log', this.#list),
		{ role: 'log', 'aria-label': sentences.messages, tabindex: '0' });
	#problem = withAttributes(makeElement('p', 'problem'), { role: 'alert' });
	#retry = withAttributes(makeElement('button', 'retry', sentences.retry), { type: 'button', hidden: '' });
	#input = /** @type {HTMLTextAreaElement} */ (withAttributes(makeElement('textarea', 'input'),
		{ rows: '1', dir: 'auto', placeholder: sentences.write, 'aria-label': sentences.message }));
	#form = /** @type {HTMLFormElement} */ (makeElement('form', 'composer', this.#input,
		withAttributes(makeElement('button', 'send', sentences.send), { type: 'submit' })));
	#frame;

	/**
	 * @param {HTMLElement} host
	 * @param {{room: string, url: string, ticket?: string | (() => Promise<string>)}} options
	 */
	constructor(host, options) {
		this.#siteHost = new URL(options.url, location.href).host;
		this.#frame = this.#show(host, options.room);
		this.#connection = connect({ ...options, explain: async () => this.#explain() });
		this.#listen();
		startComposer(this.#form, this.#input, { submit: (text) => this.#submit(text), takeKey: () => false });
		this.#retry.onclick = () => this.#connection.reconnect();
		this.#handleState(this.#connection.state);
	}

	#show(host, room) {
		const shadow = host.attachShadow({ mode: 'open' });
		const style = new CSSStyleSheet();
		const title = withAttributes(makeElement('p', 'title', room), { dir: 'auto' });
		const dot = withAttributes(makeElement('span', 'dot'), { 'aria-hidden': 'true' });
		const state = makeElement('p', 'connection', dot, this.#connectionText, this.#count);
		const frame = makeElement('section', 'room', makeElement('header', 'top', title, state), this.#log, this.#problem,
			this.#retry, this.#form);

		style.replaceSync(embedStyle);
		shadow.adoptedStyleSheets = [style];
		shadow.append(withAttributes(frame, { 'aria-label': room }));
		return frame;
	}

	#listen() {
		const connection = this.#connection;

		connection.on('state', (detail) => this.#handleState(detail));
		connection.on('welcome', (welcome) => this.#handleWelcome(welcome));
		connection.on('presence', ({ count }) => this.#showCount(count));
		connection.on('count', ({ count }) => this.#showCount(count));
		connection.on('message', (message) => this.#append(...this.#make([message])));
		connection.on('edit', (edit) => this.#edit(edit));
		connection.on('delete', ({ target }) => this.#change(() => this.#find(target)?.remove()));
		connection.on('notice', ({ message }) => this.#append(makeElement('li', 'notice', sentences.notice(textOf(message)))));
		connection.on('reset', () => this.#list.replaceChildren());
		connection.on('unavailable', () => this.#handleCutOff(true));
		connection.on('available', () => this.#handleCutOff(false));
	}

	#handleState(detail) {
		const { state, reason, transport } = detail;

		this.#isCutOff = false;
		this.#frame.dataset.state = state;
		this.#frame.dataset.transport = transport ?? '';
		this.#connectionText.textContent = connectionSentence(detail, false);
		this.#retry.hidden = state !== 'closed';
		if (state === 'connected')
			this.#showWays(transport);
		else if (state === 'closed')
			this.#problem.textContent = reasonSentence(reason);
	}

	#handleCutOff(isCutOff) {
		const { state, transport } = this.#connection.state;

		this.#isCutOff = isCutOff;
		this.#frame.dataset.state = isCutOff ? 'unavailable' : state;
		this.#connectionText.textContent = connectionSentence(this.#connection.state, isCutOff);
		this.#showWays(transport);
	}

	/** What is said goes by a socket only: the pages that would take it are another site's. */
	#showWays(transport) {
		this.#form.hidden = transport !== 'websocket';
		this.#problem.textContent = this.#form.hidden ? refusalSentence({ code: 'listen_only' })
			: this.#isCutOff ? sentences.whyUnavailable : '';
	}

	/** No script is told that its site is not one of those that may come in. */
	#explain() {
		if (!this.#hasBeenWelcome)
			this.#problem.textContent = sentences.notLetIn(this.#siteHost, location.origin);
		return undefined;
	}

	async #handleWelcome({ user, seq, members_total: count }) {
		const isFirst = !this.#hasBeenWelcome;

		this.#user = textOf(user);
		this.#hasBeenWelcome = true;
		this.#showCount(count);
		if (!isFirst)
			return;
		const { messages } = await this.#connection.history({ before: seq + 1, limit: BEFORE }).catch(() => ({ messages: [] }));

		this.#change(() => this.#list.prepend(...this.#make(messages)));
	}

	/** What was done to messages later is in them already; of those that were deleted nothing is shown. */
	#make(messages) {
		return messages.filter(({ type = 'message', deleted }) => type === 'message' && deleted !== true)
			.map((message) => withAttributes(makeMessage(message, this.#user), { 'data-seq': String(message.seq ?? '') }));
	}

	#find(seq) {
		return [...this.#list.children].find((item) => item.getAttribute('data-seq') === String(seq));
	}

	#edit(edit) {
		const text = this.#find(edit.target)?.querySelector('.text');

		if (edit.message !== '')
			this.#change(() => text?.replaceWith(makeMessage(edit, this.#user).querySelector('.text') ?? ''));
	}

	#showCount(count) {
		this.#count.textContent = Number.isInteger(count) ? sentences.peopleHere(count) : '';
	}

	/** There are no commands here, and none is said. @returns {boolean} */
	#submit(text) {
		const request = readCommand(text);
		const isText = 'text' in request;

		this.#problem.textContent = isText ? '' : sentences.talk.noCommands;
		if (isText)
			this.#say(request.text);
		return isText;
	}

	/** Stands below what is there until it comes back from the room. */
	async #say(text) {
		const pending = makeElement('li', 'message own pending', makeText(text, { actor: this.#user }));

		this.#append(pending);
		this.#log.scrollTop = this.#log.scrollHeight;
		try {
			await this.#connection.send(text);
		} catch (error) {
			this.#problem.textContent = refusalSentence(error);
			this.#input.value ||= text;
		}
		pending.remove();
	}

	#append(...items) {
		this.#change(() => {
			for (const item of items)
				this.#list.insertBefore(item,
					item.classList.contains('pending') ? null : this.#list.querySelector('.pending'));
			while (this.#list.children.length > MESSAGES_MAX)
				this.#list.firstElementChild?.remove();
		});
	}

	/** Who reads at the end stays there. */
	#change(act) {
		const { scrollHeight, scrollTop, clientHeight } = this.#log;
		const isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PIXELS;

		act();
		if (isAtEnd)
			this.#log.scrollTop = this.#log.scrollHeight;
	}
}
