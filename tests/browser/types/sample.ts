// SPDX-License-Identifier: MIT
// A program of somebody else, who has only roomwire.d.ts.

import { type Connection, connect, type Message, RefusedError, type StateDetail } from './declared/roomwire.js';

const room: Connection = connect({
	room: 'lobby',
	url: 'wss://chat.example.org/ws/',
	ticket: async () => (await fetch('/ticket')).text(),
	transports: ['websocket', 'longpoll'],
	explain: async () => ({ code: 4401 }),
});
const messages: Message[] = [];

room.on('message', (message) => messages.push(message));
room.on('message', ({ user, time, seq }) => console.log(seq?.toFixed(), user.trim(), new Date(time)));
room.on('state', ({ state, reason, retryAt, transport }: StateDetail) => {
	if (state === 'waiting')
		console.log(reason, new Date(retryAt ?? 0));
	else if (transport !== 'websocket')
		console.log('without a socket');
});
room.on('welcome', ({ members, members_next }) => members_next !== undefined && room.askMembers(members.at(-1) ?? ''));
room.on('presence', ({ joined, left, count }) => console.log(joined.concat(left).length === count));
room.on('welcome', ({ roles, muted }) => roles?.ann === 'moderator' && muted?.includes('bob'));
room.on('typing', ({ users }) => console.log(users.join(' and ')));
room.typing();
room.on('presence', ({ away, back }) => console.log(away?.length, back?.includes('bob')));
room.setAway(true);
room.on('reset', () => messages.splice(0));
room.on('unsent', ({ ref, code }) => code === 'too_long' && room.discard(ref));

try {
	const answer = room.send('hello');
	const { seq } = await answer;

	console.log(answer.ref, room.hasSeen(seq), room.state.code);
} catch (error) {
	if (error instanceof RefusedError && error.code === 'too_fast')
		await room.send('hello', 'a ref');
}
const page: { messages: { seq: number }[]; more: boolean } = await room.history({ before: 9, limit: 50 });

console.log(page.messages[0]?.seq, page.more);
room.on('you', ({ can }) => can.includes('mute') && room.moderate({ action: 'mute', user: 'bob', seconds: 600 }));
await room.moderate({ action: 'lock', on: false });
room.reconnect();
room.close();
