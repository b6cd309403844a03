// SPDX-License-Identifier: MIT
// Whether anybody looks at the page: nobody does once it is out of sight for some minutes, or
// untouched for longer, since somebody may be reading.

const HIDDEN_MS = 3 * 60_000; // who has looked at another page meanwhile was not away
const UNTOUCHED_MS = 10 * 60_000;
const TOUCHES = ['pointerdown', 'pointermove', 'keydown', 'wheel'];

/** @param {(isAway: boolean) => void} tell called at each change; in the beginning somebody looks */
export function watchLooks(tell) {
	let lookedAt = Date.now();
	let isAway = false;
	let timer = 0;
	const enter = (/** @type {boolean} */ next) => {
		if (next !== isAway)
			tell(isAway = next);
	};
	const check = () => {
		const leftMs = lookedAt + (document.hidden ? HIDDEN_MS : UNTOUCHED_MS) - Date.now();

		clearTimeout(timer);
		if (leftMs > 0)
			timer = setTimeout(check, leftMs);
		enter(leftMs <= 0);
	};
	const look = () => {
		lookedAt = Date.now(); // the timer finds it when it is due: pointers move all the time
		if (isAway)
			check();
	};

	for (const type of TOUCHES)
		document.addEventListener(type, look, { capture: true, passive: true });
	document.addEventListener('visibilitychange', () => {
		if (!document.hidden || !isAway)
			look();
		check();
	});
	check();
}
