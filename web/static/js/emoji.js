// SPDX-License-Identifier: MIT
// Emoji by their names between colons, those that people write most; and which messages are nothing else.

const LARGE_MAX = 3; // a row of more is no exclamation

/** @type {ReadonlyMap<string, string>} by name */
export const emoji = new Map(Object.entries({
	smile: '😄', grin: '😁', joy: '😂', rofl: '🤣', slight_smile: '🙂', wink: '😉', blush: '😊', heart_eyes: '😍', kiss: '😘',
	yum: '😋', sunglasses: '😎', thinking: '🤔', neutral: '😐', smirk: '😏', roll_eyes: '🙄', sleeping: '😴', relieved: '😌',
	tongue: '😛', confused: '😕', upside_down: '🙃', worried: '😟', sad: '🙁', cry: '😢', sob: '😭', angry: '😠', rage: '😡',
	scream: '😱', flushed: '😳', dizzy: '😵', sweat: '😅', innocent: '😇', hug: '🤗', shush: '🤫', salute: '🫡', skull: '💀',
	ghost: '👻', robot: '🤖', poop: '💩', wave: '👋', ok_hand: '👌', thumbsup: '👍', thumbsdown: '👎', clap: '👏', pray: '🙏',
	muscle: '💪', point_right: '👉', point_up: '☝️', eyes: '👀', brain: '🧠', shrug: '🤷', facepalm: '🤦', heart: '❤️',
	broken_heart: '💔', sparkles: '✨', fire: '🔥', star: '⭐', zap: '⚡', boom: '💥', hundred: '💯', tada: '🎉', party: '🥳',
	gift: '🎁', cake: '🍰', coffee: '☕', tea: '🍵', beer: '🍺', wine: '🍷', pizza: '🍕', apple: '🍎', dumpling: '🥟', rice: '🍚',
	sun: '☀️', moon: '🌙', cloud: '☁️', rain: '🌧️', snow: '❄️', rainbow: '🌈', flower: '🌸', tree: '🌳', cat: '🐱', dog: '🐶',
	panda: '🐼', bug: '🐛', snail: '🐌', rocket: '🚀', car: '🚗', bike: '🚲', plane: '✈️', house: '🏠', phone: '📱',
	computer: '💻', book: '📖', memo: '📝', bulb: '💡', lock: '🔒', key: '🔑', bell: '🔔', music: '🎵', clock: '🕐',
	hourglass: '⏳', warning: '⚠️', question: '❓', exclamation: '❗', check: '✅', cross: '❌', plus: '➕', up: '⬆️', down: '⬇️',
}));

const graphemes = new Intl.Segmenter();

/**
 * Whether a text is one to three emoji, and nothing else but blanks.
 *
 * @param {string} text
 */
export function isLargeEmoji(text) {
	if (text.length > 100)
		return false; // even the longest family is shorter
	const found = [...graphemes.segment(text.replace(/\s/g, ''))].map(({ segment }) => segment);

	return found.length > 0 && found.length <= LARGE_MAX && found.every(isEmoji);
}

/** Digits are emoji only with what makes a key of them; a letter of a region, only as one of two. */
function isEmoji(grapheme) {
	return /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|\p{Emoji_Modifier_Base}|[0-9#*]\ufe0f?\u20e3)/u.test(grapheme);
}
