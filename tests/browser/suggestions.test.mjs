// SPDX-License-Identifier: MIT
// What is suggested while somebody writes, and who may be meant by a name.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { commands } from '../../web/static/js/commands.js';
import { KnownNames } from '../../web/static/js/known_names.js';
import { sentences } from '../../web/static/js/sentences.js';
import { suggest } from '../../web/static/js/suggestions.js';

const names = ['bob', 'Ann Lee', 'annabel', '李雷', 'joe-ann'];
const find = (before, can = []) => suggest(before, { names: () => names, may: (action) => can.includes(action) });
const insertsOf = (before, can) => find(before, can).items.map(({ insert }) => insert);

test('commands are suggested to those who may use them', () => {
	assert.deepEqual(insertsOf('/'), ['/me ', '/nick ', '/clear ', '/help ']);
	assert.deepEqual(insertsOf('/m', ['mute']), ['/me ', '/mute ']);
	assert.deepEqual(insertsOf('/R', ['appoint']), ['/role ']);
	assert.deepEqual(insertsOf('/role'), []);
	assert.deepEqual(insertsOf('say /m', ['mute']), []);
	assert.deepEqual(insertsOf('//m'), []);
	assert.ok(find('/m').isBegun && !find('/').isBegun);
});

test('a command that is about somebody suggests names, and a role its roles', () => {
	assert.deepEqual(insertsOf('/mute '), names.map((name) => `${name} `).slice(0, 8));
	assert.deepEqual(find('/mute an'), {
		start: 6, isBegun: true, items: ['Ann Lee', 'annabel', 'joe-ann'].map((name) => ({ insert: `${name} `, label: name })),
	});
	assert.deepEqual(insertsOf('/kick @李'), ['李雷 ']);
	assert.deepEqual(insertsOf('/mute bob 1'), []);
	assert.deepEqual(insertsOf('/topic an'), []);
	assert.deepEqual(insertsOf('/role Ann Lee m'), ['member ', 'moderator ']);
	assert.equal(find('/role Ann Lee m').start, 14);
});

test('a name behind an @ is suggested, and nothing in an address', () => {
	assert.deepEqual(insertsOf('hello @an'), ['@Ann Lee ', '@annabel ', '@joe-ann ']);
	assert.deepEqual(insertsOf('@Ann L'), ['@Ann Lee ']);
	assert.deepEqual(insertsOf('谢谢@李'), ['@李雷 ']);
	assert.deepEqual(insertsOf('＠李'), ['＠李雷 ']);
	assert.equal(insertsOf('@').length, names.length);
	for (const text of ['me@an', '@ an', '@nobody', '@ann\nb', `@${'a'.repeat(40)}`, 'an'])
		assert.deepEqual(insertsOf(text), [], text);
});

test('an emoji is suggested from its second letter on', () => {
	assert.deepEqual(insertsOf('so :tad'), ['🎉 ']);
	for (const text of [':t', '10:ta', '::ta', ':nothing', 'a:ta'])
		assert.deepEqual(insertsOf(text), [], text);
	assert.equal(insertsOf(':sm').length, 2);
});

test('who is here comes before who has left, and who wrote last is first', () => {
	const known = new KnownNames();

	known.own = 'me';
	known.reset(['me', 'cy', 'ann', 'bob']);
	known.note('bob');
	known.note('zoe');
	known.note('me');
	assert.deepEqual(known.list(), ['bob', 'ann', 'cy', 'zoe']);
	known.change(['zoe'], ['bob']);
	assert.deepEqual(known.list(), ['zoe', 'ann', 'cy', 'bob']);
	assert.deepEqual(['bob', 'ann', 'Ann', 'nobody'].map((name) => known.has(name)), [true, true, false, false]);
	for (let i = 0; i < 100; i++)
		known.note(`writer ${i}`);
	assert.equal(known.list().length, 3 + 50);
});

test('each command has its words', () => {
	assert.deepEqual(Object.keys(sentences.talk.commands).sort(), commands.map(({ name }) => name).sort());
});
