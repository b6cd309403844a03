// SPDX-License-Identifier: MIT
// Two short notes, made here: there is no file to load.

const NOTES_HZ = [660, 880];
const NOTE_SECONDS = 0.12;
const LOUDNESS = 0.08;

/** @type {AudioContext | undefined} */
let context;

/** Silent where the browser lets a page make no sound before somebody has touched it. */
export async function playTone() {
	if (typeof AudioContext === 'undefined')
		return;
	context ??= new AudioContext();
	await context.resume();
	for (const [i, frequency] of NOTES_HZ.entries())
		playNote(context, frequency, context.currentTime + i * NOTE_SECONDS);
}

function playNote(context, frequency, start) {
	const oscillator = new OscillatorNode(context, { frequency });
	const volume = new GainNode(context, { gain: 0 });

	volume.gain.setValueAtTime(0, start);
	volume.gain.linearRampToValueAtTime(LOUDNESS, start + 0.01); // a beginning at full volume clicks
	volume.gain.exponentialRampToValueAtTime(0.0001, start + NOTE_SECONDS);
	oscillator.connect(volume).connect(context.destination);
	oscillator.start(start);
	oscillator.stop(start + NOTE_SECONDS);
}
