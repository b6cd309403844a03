// SPDX-License-Identifier: MIT
// Whether the server is cut off from the others of its site, told over many polls: each answer that
// begins meanwhile says so, one that does not means that it is over.

export class PollLink {
	#wasCutOff = false;
	#isCutOff = false;

	/** An answer begins. */
	begin() {
		this.#wasCutOff ||= this.#isCutOff;
		this.#isCutOff = false;
	}

	/** @returns {Record<string, any> | undefined} the event, unless it says what is known */
	explain(event) {
		const isKnown = this.#wasCutOff;

		if (event?.type === 'available')
			this.#wasCutOff = this.#isCutOff = false;
		if (event?.type !== 'error' || event.code !== 'unavailable' || event.ref !== undefined)
			return event;
		this.#wasCutOff = this.#isCutOff = true;
		return isKnown ? undefined : event;
	}

	/** An answer has ended. @returns {boolean} whether it is over, and nobody has said so */
	end() {
		const isOver = this.#wasCutOff && !this.#isCutOff;

		this.#wasCutOff = this.#isCutOff;
		return isOver;
	}
}
