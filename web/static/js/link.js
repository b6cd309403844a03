// SPDX-License-Identifier: MIT
// The link to a room's server: opened by the best way that works, watched, and opened again when it is lost, as long
// as that makes sense. The one owner of the state that people see. Knows of what is said only the welcome and the bye.

import { findCloseCode, reconnectDelay } from './close_codes.js';
import { Pulse } from './pulse.js';
import { TransportChoice } from './transports.js';

const ANSWER_TIMEOUT_MS = 10_000; // for a pong: a slow mobile network, with room to spare
const LOST = { code: 1006, isUncertain: true };
const UNEXPLAINED_TRIES = 3; // a restart takes no longer
const TICKETS_MAX = 5; // that may be refused in a row
const IN_DOUBT_SECONDS = 2; // a web server takes a second to see that what was away is back
const STABLE_MS = 5_000; // a connection that lived so long makes the next attempt the first one again

/**
 * @typedef {import('./roomwire.js').StateDetail} StateDetail
 *
 * @typedef {object} Outside what the link calls
 * @property {(event: Record<string, any>) => void} hear what the server says
 * @property {() => void} forget a transport is gone, and with it what was asked over it
 * @property {() => void} end there will be no other, unless somebody asks for it
 * @property {(detail: StateDetail) => void} enter the state has changed
 */

export class Link {
	#place;
	#choice;
	#outside;
	#explain;
	#hasTickets;
	/** @type {import('./transports.js').Transport | null} */
	#transport = null;
	/** @type {StateDetail} */
	#state = { state: 'closed' };
	#triesToExplain = UNEXPLAINED_TRIES;
	#ticketsRefused = 0;
	#attempt = 0;
	#connectedAt = 0;
	#retryAfterSeconds = 0;
	#retryTimer = 0;
	#pulse = new Pulse({ ask: () => this.#handleSilence(), giveUp: () => this.giveUp() });

	/**
	 * @param {object} options
	 * @param {import('./transports.js').Place} options.place
	 * @param {import('./transports.js').TransportName[]} options.transports the ways to try, best first
	 * @param {NonNullable<import('./roomwire.js').Options['explain']>} options.explain
	 * @param {boolean} options.hasTickets whether each try has another ticket
	 * @param {Outside} outside
	 */
	constructor({ place, transports, explain, hasTickets }, outside) {
		this.#place = place;
		this.#choice = new TransportChoice(transports);
		this.#explain = explain;
		this.#hasTickets = hasTickets;
		this.#outside = outside;
	}

	/** @returns {StateDetail} */
	get state() {
		return this.#state;
	}

	/** @returns {boolean} */
	get isConnected() {
		return this.#state.state === 'connected';
	}

	/** @param {Record<string, any>} object */
	send(object) {
		this.#transport?.send(object);
	}

	/** The welcome has been read: from now on there is a connection. */
	begin() {
		this.#connectedAt = Date.now();
		this.#ticketsRefused = 0;
		this.#enter({ state: 'connected', transport: this.#choice.name });
	}

	/** Connects now, whatever was planned. */
	reconnect() {
		clearTimeout(this.#retryTimer);
		this.#drop();
		this.#open();
	}

	/** What it carries cannot be relied on any more: it counts as lost. */
	giveUp() {
		this.#handleClose(LOST);
	}

	/** Leaves for good. */
	close() {
		this.#end({ code: 1000 });
	}

	/** The network is back or gone: what did not work in the last one may work in this one. */
	changeNetwork() {
		const hasSocket = this.#choice.isFirst;

		this.#choice.forget();
		if (this.isConnected && !hasSocket)
			this.reconnect();
		else
			this.check();
	}

	/** Somebody looks at the page again, say: this is the moment to find out. */
	check() {
		if (this.#state.state === 'waiting')
			this.reconnect();
		else if (this.isConnected)
			this.#ping();
	}

	#open() {
		this.#retryAfterSeconds = 0;
		this.#transport = this.#choice.open(this.#place, {
			hear: (event, isAnswer) => this.#hear(event, isAnswer),
			end: (end) => this.#handleClose(end),
		});
		this.#pulse.expect(this.#choice.welcomeMs);
		this.#enter({ state: 'connecting', transport: this.#choice.name });
	}

	/** Nothing of it is heard any more. */
	#drop() {
		this.#pulse.stop();
		if (this.#transport === null)
			return;
		this.#transport.close();
		this.#transport = null;
		this.#outside.forget();
	}

	/** @param {Record<string, any>} [event] nothing: a sign of life @param {boolean} [isAnswer] which is none */
	#hear(event, isAnswer = false) {
		if (!this.isConnected && event === undefined)
			return; // it is the welcome that is waited for
		if (!isAnswer)
			this.#pulse.note(this.#choice.silenceMs);
		if (event === undefined)
			return;
		if (event.type === 'welcome' && !this.#choice.accept()) {
			this.#drop();
			this.#wait({ ...LOST, retryAfter: IN_DOUBT_SECONDS });
			return;
		}
		if (event.type === 'bye')
			this.#retryAfterSeconds = Number(event.retry_after) || 0;
		this.#outside.hear(event);
	}

	/** @param {import('./transports.js').TransportEnd} end */
	#handleClose(end) {
		const wasWelcome = this.isConnected;
		const { comeBack } = findCloseCode(end);
		const isRefused = comeBack === 'once' && !wasWelcome;

		this.#drop();
		if (Date.now() - this.#connectedAt > STABLE_MS && wasWelcome)
			this.#attempt = 0;
		if (!wasWelcome && end.isUncertain && this.#choice.goOn()) {
			this.#open();
			return;
		}
		if (comeBack === 'never' || (isRefused && !this.#mayTryAnotherTicket())) {
			this.#end(end);
			return;
		}
		this.#wait(isRefused ? LOST : end);
		if (wasWelcome)
			this.#triesToExplain = comeBack === 'once' ? 1 : UNEXPLAINED_TRIES;
		else if (--this.#triesToExplain === 0)
			this.#explainTries();
	}

	/** A server that has just started takes none for a moment. */
	#mayTryAnotherTicket() {
		return this.#hasTickets && ++this.#ticketsRefused <= TICKETS_MAX;
	}

	async #explainTries() {
		this.#triesToExplain = UNEXPLAINED_TRIES;
		const end = await this.#explain().catch(() => undefined);

		if (end !== undefined && ['waiting', 'connecting'].includes(this.#state.state))
			this.#end(end);
	}

	#end(end) {
		clearTimeout(this.#retryTimer);
		this.#drop();
		this.#outside.end();
		this.#enter({ state: 'closed', code: end.code, reason: findCloseCode(end).name });
	}

	#wait(end) {
		const { name, comeBack } = findCloseCode(end);
		const delay = reconnectDelay(this.#attempt, comeBack, Math.max(this.#retryAfterSeconds, end.retryAfter ?? 0));

		this.#attempt++;
		this.#choice.restart();
		this.#retryTimer = setTimeout(() => this.#open(), delay);
		this.#enter({ state: 'waiting', code: end.code, reason: name, retryAt: Date.now() + delay });
	}

	/** @returns {boolean} false where nothing can be asked */
	#ping() {
		const isAsked = this.#transport?.ping() === true;

		if (isAsked)
			this.#pulse.expect(ANSWER_TIMEOUT_MS);
		return isAsked;
	}

	#handleSilence() {
		if (!this.#ping())
			this.giveUp();
	}

	/** The one place where the state changes. @param {StateDetail} next */
	#enter(next) {
		this.#state = next;
		this.#outside.enter(next);
	}
}
