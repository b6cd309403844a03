// SPDX-License-Identifier: MIT
// How the library edits and deletes, and tells of it, by a WebSocket of the test's own.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { openSourcePage } from './browser.mjs';
import { openSite } from './site.mjs';

const { browser, stack } = await openSite();
let page;

beforeEach(async () => {
	page = await openSourcePage(browser, stack);
});

test('changes are told in order with the messages, and each once', async () => {
	const heard = await page.evaluate(async () => {
		const told = [];

		await open({ epoch: 'e', seq: 4 });
		for (const type of ['message', 'edit', 'delete'])
			room.on(type, ({ seq, target }) => told.push([type, seq, target ?? 0]));
		sockets[0].give({ type: 'welcome', epoch: 'e', seq: 5, recovered: true });
		sockets[0].give({ type: 'message', seq: 5, message: 'helo' });
		sockets[0].give({ type: 'edit', seq: 6, target: 5, message: 'hello' });
		sockets[0].give({ type: 'edit', seq: 6, target: 5, message: 'hello' });
		sockets[0].give({ type: 'delete', seq: 7, target: 5 });
		sockets[0].give({ type: 'message', seq: 8, message: 'next' });
		sockets[0].lose(1012);
		room.reconnect();
		return { told, query: sockets[1].url.split('?')[1] };
	});

	assert.deepEqual(heard, {
		told: [['message', 5, 0], ['edit', 6, 5], ['delete', 7, 5], ['message', 8, 0]], query: 'epoch=e&after=8' });
});

test('changes that are missing are fetched, and told as what they are', async () => {
	const heard = await page.evaluate(async () => {
		const told = [];

		await open({ epoch: 'e', seq: 1 });
		for (const type of ['message', 'edit', 'delete'])
			room.on(type, ({ seq }) => told.push(`${type} ${seq}`));
		sockets[0].give({ type: 'welcome', epoch: 'e', seq: 1, recovered: true });
		sockets[0].give({ type: 'delete', seq: 4, target: 2 });
		await settle();
		sockets[0].give({ type: 'history', more: false, messages: [
			{ seq: 2, user: 'ann', message: '', deleted: true, time: '' },
			{ seq: 3, type: 'edit', target: 2, user: 'ann', message: '', time: '' },
			{ seq: 4, type: 'delete', target: 2, user: 'ann', time: '' }] });
		await settle();
		return told;
	});

	assert.deepEqual(heard, ['message 2', 'edit 3', 'delete 4']);
});

test('an ack resolves a change, and an error refuses it and nothing else', async () => {
	const { outcomes, sent } = await page.evaluate(async () => {
		const outcomeOf = (answer) => answer.then(({ seq }) => seq, ({ code }) => code);

		await open({ messageBytes: 200 });
		sockets[0].give({ type: 'welcome' });
		const outcomes = [room.edit(3, 'hello'), room.delete(3), room.edit(3, 'x'.repeat(200)), room.send('one')].map(outcomeOf);
		const [edit, deletion, said] = sockets[0].sent;

		sockets[0].give({ type: 'error', ref: deletion.ref, code: 'not_yours', message: 'No.' });
		sockets[0].give({ type: 'ack', ref: edit.ref, seq: 9 });
		sockets[0].give({ type: 'ack', ref: said.ref, seq: 10 });
		return { outcomes: await Promise.all(outcomes), sent: sockets[0].sent.map(({ ref, ...rest }) => rest) };
	});

	assert.deepEqual(outcomes, [9, 'not_yours', 'too_long', 10]);
	assert.deepEqual(sent, [{ type: 'edit', target: 3, message: 'hello' }, { type: 'delete', target: 3 },
		{ type: 'message', message: 'one' }]);
});

test('a change goes again with its ref after a lost connection, and is refused when there is none for good', async () => {
	const found = await page.evaluate(async () => {
		await open();
		const outcome = room.delete(3).then(() => 'done', ({ code }) => code);

		sockets[0].give({ type: 'welcome' });
		sockets[0].lose(1006);
		room.reconnect();
		sockets[1].give({ type: 'welcome' });
		room.close();
		return { refs: [sockets[0].sent[0].ref, sockets[1].sent[0].ref], outcome: await outcome,
			later: await room.edit(3, 'x').catch(({ code }) => code) };
	});

	assert.equal(found.refs[0], found.refs[1]);
	assert.deepEqual([found.outcome, found.later], ['closed', 'closed']);
});

test('without a socket changes are posted', async () => {
	const { posted, outcomes } = await page.evaluate(async () => {
		const { HttpSender } = await import('/source/http_sender.js');
		const posted = [], outcomes = [];

		globalThis.fetch = async (address, { body }) => {
			posted.push([address, Object.fromEntries(body)]);
			return { status: 200, headers: new Headers(), json: async () => ({ ok: true, seq: posted.length }) };
		};
		const postUrls = { message: undefined, edit: '/e/', delete: '/d/' };
		const sender = new HttpSender({ postUrls, csrfToken: 't' }, (event) => outcomes.push(event), () => {});

		sender.send({ type: 'edit', target: 3, message: 'hello', ref: 'a' });
		sender.send({ type: 'delete', target: 3, ref: 'b' });
		sender.send({ type: 'message', message: 'x', ref: 'c' }); // has no address here
		await settle();
		return { posted, outcomes: outcomes.map(({ type, ref, code }) => [type, ref, code ?? '']).sort() };
	});

	assert.deepEqual(posted, [['/e/', { csrf_token: 't', target: '3', message: 'hello', ref: 'a' }],
		['/d/', { csrf_token: 't', target: '3', ref: 'b' }]]);
	assert.deepEqual(outcomes, [['ack', 'a', ''], ['ack', 'b', ''], ['error', 'c', 'listen_only']]);
});
