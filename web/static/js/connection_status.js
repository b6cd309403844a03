// SPDX-License-Identifier: MIT
// What a person sees of the connection: a dot and a word at the top, and a banner with the reason,
// a countdown and a button when it is away. Told a state, it shows it; it holds no connection.

import { getElement } from './element.js';
import { connectionSentence, reasonSentence, sentences } from './sentences.js';

const BANNER_DELAY_MS = 1500; // a broker that restarts within a moment is worth no alarm

/** What is offered when a connection has ended, by the name of the close code; else another try. */
const offers = {
	login_ended: { label: sentences.reload, act: () => location.reload() },
	protocol_error: { label: sentences.reload, act: () => location.reload() },
	banned: null,
	banned_here: null,
	members_only: null,
};

export class ConnectionStatus {
	/** @type {import('./roomwire.js').StateDetail} */
	#detail = { state: 'connecting' };
	#isCutOff = false;
	/** Better than the reason's own sentence. */
	#why = '';
	#countdownTimer = 0;
	#bannerTimer = 0;
	#retry;

	/** @param {() => void} retry */
	constructor(retry) {
		this.#retry = { label: getElement('banner-retry').textContent, act: retry };
		this.#offer(this.#retry);
	}

	/**
	 * A new connection is cut off from nobody until it is told so.
	 *
	 * @param {import('./roomwire.js').StateDetail} detail
	 * @param {string} [why] of the end, when more is known than its reason
	 */
	show(detail, why = '') {
		this.#detail = detail;
		this.#why = why;
		this.#isCutOff = false;
		this.#showDetail();
	}

	/** Whether the server of this connection cannot reach the others. @param {boolean} isCutOff */
	showCutOff(isCutOff) {
		this.#isCutOff = isCutOff;
		this.#showDetail();
	}

	#showDetail() {
		const { state, reason, retryAt, transport } = this.#detail;
		const isWithout = state === 'connected' && transport !== 'websocket';

		clearInterval(this.#countdownTimer);
		getElement('connection').dataset.state = state === 'connected' && this.#isCutOff ? 'unavailable' : state;
		getElement('connection').dataset.transport = transport ?? '';
		getElement('connection').title = isWithout ? sentences.whyWithoutSocket : '';
		getElement('connection-text').textContent = connectionSentence(this.#detail, this.#isCutOff);
		if (state === 'connected' && this.#isCutOff)
			this.#showAlone();
		else if (state === 'connected')
			this.#hideBanner();
		else if (state === 'waiting')
			this.#countDown(reason, retryAt ?? Date.now());
		else if (state === 'closed')
			this.#showEnd(reason);
		else
			getElement('banner-countdown').textContent = sentences.retryIn(0);
	}

	#countDown(reason, retryAt) {
		const tell = () => {
			const seconds = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));

			getElement('banner-countdown').textContent = sentences.retryIn(seconds);
		};

		getElement('banner-text').textContent = reasonSentence(reason);
		this.#offer(this.#retry);
		this.#bannerTimer ||= setTimeout(() => (getElement('banner').hidden = false), BANNER_DELAY_MS);
		this.#countdownTimer = setInterval(tell, 250);
		tell();
	}

	/** It mends itself, and nothing here would help. */
	#showAlone() {
		getElement('banner-text').textContent = sentences.whyUnavailable;
		getElement('banner-countdown').textContent = '';
		this.#offer(null);
		getElement('banner').hidden = false;
	}

	#showEnd(reason) {
		getElement('banner-text').textContent = this.#why || reasonSentence(reason);
		getElement('banner-countdown').textContent = '';
		this.#offer(reason === 'kicked' ? { ...this.#retry, label: sentences.comeBack }
			: Object.hasOwn(offers, reason) ? offers[reason] : this.#retry);
		getElement('banner').hidden = false;
	}

	#offer(offer) {
		const button = getElement('banner-retry');

		button.hidden = offer === null;
		button.textContent = offer?.label ?? '';
		button.onclick = offer?.act ?? null;
	}

	#hideBanner() {
		clearTimeout(this.#bannerTimer);
		this.#bannerTimer = 0;
		getElement('banner').hidden = true;
		this.#offer(this.#retry);
	}
}
