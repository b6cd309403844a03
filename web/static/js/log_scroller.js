// SPDX-License-Identifier: MIT
// Where somebody reads in the log. Who reads the newest is kept there, who reads elsewhere is never
// moved: what changes above them is made up for by hand, since not every browser does it.

const AT_END_PX = 48; // so close to the end counts as reading the newest
const NEAR_PX = 600; // so close to either end what comes next is loaded
const UNREAD_TOP_PX = 64; // what was read before the unread line stays in sight

export class LogScroller {
	#element;
	#list;
	#move;
	#isAtEnd = true;
	#top = 0;
	#frame = 0;
	/** @type {HTMLElement | null} */
	#bound = null;

	/**
	 * @param {HTMLElement} element what scrolls
	 * @param {HTMLElement} list the <ol> in it
	 * @param {() => void} move called when the place has changed
	 */
	constructor(element, list, move) {
		this.#element = element;
		this.#list = list;
		this.#move = move;
		element.addEventListener('scroll', () => this.#handleScroll(), { passive: true });
		// The keyboard of a phone, a growing input: who reads the newest goes on doing so.
		new ResizeObserver(() => this.follow()).observe(element);
	}

	get isAtEnd() {
		return this.#isAtEnd;
	}

	get isNearTop() {
		return this.#element.scrollTop < NEAR_PX;
	}

	get isNearEnd() {
		return this.#remaining() < NEAR_PX;
	}

	/** Following goes no further than so that this is at the top, while it is there. @param {HTMLElement} item */
	setBound(item) {
		this.#bound = item;
	}

	/** Once a frame: messages come in crowds, and a page that nobody sees has none. */
	follow() {
		if (!this.#isAtEnd || this.#frame !== 0)
			return;
		this.#frame = requestAnimationFrame(() => {
			this.#frame = 0;
			if (this.#isAtEnd)
				this.#goToEnd();
		});
	}

	/** Whatever was unread. */
	scrollToEnd() {
		this.#bound = null;
		this.#isAtEnd = true;
		this.#goToEnd();
	}

	/** @param {Element} item comes into sight */
	reveal(item) {
		item.scrollIntoView();
		this.#measure();
	}

	/**
	 * Changes the list so that the messages in sight stand still.
	 *
	 * @param {() => void} change
	 */
	keepPlace(change) {
		const edge = this.#element.getBoundingClientRect().top;
		const messages = /** @type {NodeListOf<HTMLElement>} */ (this.#list.querySelectorAll('.message'));
		const anchor = [...messages].find((item) => item.getBoundingClientRect().bottom > edge);
		const before = anchor?.getBoundingClientRect().top ?? 0;

		change();
		if (anchor?.isConnected)
			this.#element.scrollTop += anchor.getBoundingClientRect().top - before;
		this.#measure();
	}

	#remaining() {
		const { scrollHeight, scrollTop, clientHeight } = this.#element;

		return scrollHeight - scrollTop - clientHeight;
	}

	#goToEnd() {
		const { scrollHeight, clientHeight } = this.#element;
		const bound = this.#bound?.isConnected ? this.#bound.offsetTop - UNREAD_TOP_PX : Infinity;

		this.#element.scrollTop = Math.min(scrollHeight - clientHeight, Math.max(this.#element.scrollTop, bound));
		this.#measure();
	}

	#measure() {
		this.#top = this.#element.scrollTop;
		this.#isAtEnd = this.#remaining() < AT_END_PX;
		this.#move();
	}

	/** The end can run away from a reader who has not moved: only going up leaves it. */
	#handleScroll() {
		const isUp = this.#element.scrollTop < this.#top;

		if (this.#isAtEnd && !isUp)
			this.#top = this.#element.scrollTop;
		else
			this.#measure();
	}
}
