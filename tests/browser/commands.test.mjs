// SPDX-License-Identifier: MIT
// What a text that begins with a slash asks for; it is never said by mistake.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { commands, readCommand, readName, readSeconds } from '../../web/static/js/commands.js';

const names = ['ann', 'Ann Lee', '李雷', 'bob'];

test('each command asks for what it says', () => {
	const cases = [
		['hello', { text: 'hello' }],
		[' /me', { text: ' /me' }],
		['//me is a command', { text: '/me is a command' }],
		['/me waves', { text: '/me waves' }],
		['/ME waves\ntwice ', { text: '/me waves\ntwice' }],
		['/nick Ann 安', { local: 'nick', argument: 'Ann 安' }],
		['/clear', { local: 'clear', argument: '' }],
		['/help mute', { local: 'help', argument: 'mute' }],
		['/topic', { local: 'topic', argument: '' }],
		['/topic All about rooms', { order: { action: 'topic', text: 'All about rooms' } }],
		['/topic -', { order: { action: 'topic', text: '' } }],
		['/mute bob', { order: { action: 'mute', user: 'bob' } }],
		['/mute @bob 10m', { order: { action: 'mute', user: 'bob', seconds: 600 } }],
		['/mute bob 10m too loud', { order: { action: 'mute', user: 'bob', seconds: 600, text: 'too loud' } }],
		['/mute bob too loud', { order: { action: 'mute', user: 'bob', text: 'too loud' } }],
		['/mute 李雷 1d', { order: { action: 'mute', user: '李雷', seconds: 86_400 } }],
		['/unmute ann lee', { order: { action: 'unmute', user: 'Ann Lee' } }],
		['/kick "some body" rude', { order: { action: 'kick', user: 'some body', text: 'rude' } }],
		['/ban bob', { order: { action: 'ban', user: 'bob' } }],
		['/ban bob --address 1w spam', { order: { action: 'ban', user: 'bob', by: 'address', seconds: 604_800, text: 'spam' } }],
		['/ban bob --session', { order: { action: 'ban', user: 'bob', by: 'session' } }],
		['/unban bob', { order: { action: 'unban', user: 'bob' } }],
		['/slow 30', { order: { action: 'slow', seconds: 30 } }],
		['/slow 2m', { order: { action: 'slow', seconds: 120 } }],
		['/slow off', { order: { action: 'slow', seconds: 0 } }],
		['/lock', { order: { action: 'lock', on: true } }],
		['/unlock', { order: { action: 'lock', on: false } }],
		['/role ann moderator', { order: { action: 'role', user: 'ann', role: 'moderator' } }],
		['/role Ann Lee Member', { order: { action: 'role', user: 'Ann Lee', role: 'member' } }],
	];

	for (const [text, expected] of cases)
		assert.deepEqual(readCommand(text, names), expected, text);
	for (const { name } of commands)
		assert.ok(cases.some(([text]) => text.startsWith(`/${name}`)), name);
});

test('what is incomplete or means two things is wrong', () => {
	for (const text of ['/me', '/nick ', '/clear now', '/mute', '/mute bob 10', '/mute @', '/unmute bob now', '/unban', '/ban bob 3 strikes',
		'/slow', '/slow fast', '/slow -1', '/lock now', '/role bob', '/role bob king', '/role superuser'])
		assert.deepEqual(readCommand(text, names), { wrong: /\w+/.exec(text)[0] }, text);
});

test('an unknown command is no text, and the nearest one is named', () => {
	const cases = { '/mut bob': 'mute', '/mtue': 'mute', '/bann bob': 'ban', '/halp': 'help', '/t': 'topic', '/quit': '', '/usr/bin': '',
		'/': '', '/ me': '', '/x': '', '/constructor': '', '/房间': '' };

	for (const [text, nearest] of Object.entries(cases)) {
		const { unknown, nearest: found, text: said } = readCommand(text, names);

		assert.deepEqual([typeof unknown, found, said], ['string', nearest, undefined], text);
	}
});

test('a name is the longest that is known, else a word', () => {
	const cases = {
		'ann lee is': ['Ann Lee', 'is'], 'ann leek': ['ann', 'leek'], '@ann': ['ann', ''], 'zoe x y': ['zoe', 'x y'], '': ['', ''],
		'"zoe x" y': ['zoe x', 'y'], '＠李雷 好': ['李雷', '好'],
	};

	for (const [text, [user, rest]] of Object.entries(cases))
		assert.deepEqual(readName(text, names), { user, rest }, text);
});

test('a period has a unit', () => {
	assert.deepEqual(['30s', '10M', '2h', '1d', '1w', '10', 'm', '1y', '9999999s', ''].map(readSeconds),
		[30, 600, 7200, 86_400, 604_800, NaN, NaN, NaN, NaN, NaN]);
});
