// SPDX-License-Identifier: MIT
// What was said is there: in the page as it arrives, further up, behind a link; and who reads is
// never moved.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
	enterRoom, messagesOf, newPerson, numbered, say, sayAll, scrollTo, waitForEnd, waitForMessage,
	waitForSocket,
} from './browser.mjs';
import { openSite } from './site.mjs';
import { waitFor } from './stack.mjs';

const DAY_MS = 24 * 3600_000;
const { browser, stack } = await openSite('lighttpd', ['limits.messages_per_second=0']);

/** Somebody who has said that much in a room, from another one. */
async function fillRoom(room, texts) {
	const page = await newPerson(browser);

	await enterRoom(page, stack, 'elsewhere');
	await sayAll(page, room, texts);
	return page;
}

function topOf(page, text) {
	return page.evaluate((text) => [...document.querySelectorAll('.message-text')]
		.find((element) => element.textContent === text).getBoundingClientRect().top, text);
}

test('a page that is loaded again shows the same messages, with or without its script', async () => {
	const [ann, bob] = await Promise.all([newPerson(browser), newPerson(browser)]);

	await Promise.all([enterRoom(ann, stack, 'again'), enterRoom(bob, stack, 'again')]);
	await say(ann, 'from ann <b>');
	await waitForMessage(bob, 'from ann <b>');
	await say(bob, 'from bob');
	await say(bob, '再见');
	await waitForMessage(ann, '再见');
	const look = () => ann.locator('.message').evaluateAll((items) => items.map((item) => {
		const draw = (node) => (node.nodeType === Node.TEXT_NODE ? node.data : [
			node.tagName, [...node.attributes].map(({ name, value }) => `${name}=${value}`).sort(), [...node.childNodes].map(draw)]);

		return { className: item.className, seq: item.dataset.seq, trees: [...item.childNodes].map(draw) };
	}));
	const shown = await look();

	await enterRoom(ann, stack, 'again');
	assert.deepEqual(await look(), shown, 'to the last detail');
	assert.deepEqual(shown.map(({ seq }) => seq), ['1', '2', '3']);
	const reader = await newPerson(browser, { javaScriptEnabled: false });

	await reader.goto(stack.roomUrl('again'));
	assert.deepEqual(await messagesOf(reader), ['from ann <b>', 'from bob', '再见']);
	ann.assertQuiet();
});

test('scrolling up loads what is older, and the place is kept to the pixel', async () => {
	const texts = numbered(260, 'line');
	const page = await fillRoom('long', texts);

	await enterRoom(page, stack, 'long');
	assert.deepEqual(await messagesOf(page), texts.slice(-50));
	await waitForEnd(page);
	while (await page.locator('.message').count() < 250) {
		const [count, first] = await page.locator('.message-text').evaluateAll(
			(all) => [all.length, all[0].textContent]);

		await page.evaluate((first) => { // in one go: what is loaded may come at any time
			const log = document.getElementById('log');
			const item = [...document.querySelectorAll('.message')].find((item) => item.textContent.includes(first));

			globalThis.wanted = new Promise((resolve) => {
				new MutationObserver((_, observer) => {
					observer.disconnect();
					resolve([before, item.getBoundingClientRect().top]);
				}).observe(document.getElementById('chat-log'), { childList: true });
			});
			log.scrollTop = 40;
			const before = item.getBoundingClientRect().top;
		}, first);
		const [before, after] = await page.evaluate(() => wanted);

		assert.ok(Math.abs(after - before) < 1, `${first} stood at ${before} and stands at ${after}`);
		assert.ok(await page.locator('.message').count() > count);
		assert.ok(Math.abs(await topOf(page, first) - before) < 1);
	}
	await scrollTo(page, 0);
	await waitFor(() => page.locator('#older-row').isHidden(), 'nothing is older');
	assert.deepEqual(await messagesOf(page), texts);
	assert.equal(await page.locator('.day').count(), 1);
	page.assertQuiet();
});

test('what comes while somebody reads back is told and marked, and moves nothing', async () => {
	const [ann, bob] = [await fillRoom('quiet', numbered(60, 'old')), await newPerson(browser)];

	await Promise.all([enterRoom(ann, stack, 'quiet'), enterRoom(bob, stack, 'quiet')]);
	await waitForMessage(ann, 'old 60');
	await waitForEnd(ann);
	await scrollTo(ann, 900);
	const place = await topOf(ann, 'old 40');

	for (const text of ['news 1', 'news 2', 'news 3'])
		await say(bob, text);
	await ann.getByRole('button', { name: '3 new messages' }).waitFor();
	assert.equal(await topOf(ann, 'old 40'), place);
	assert.equal(await ann.locator('.unread + .message .message-text').textContent(), 'news 1');
	await ann.locator('#new-messages').click();
	await ann.locator('#new-messages').waitFor({ state: 'hidden' });
	await waitForEnd(ann);
	assert.equal(await ann.locator('.unread').count(), 1, 'its reader sees where it began');
	await ann.locator('.unread').waitFor({ state: 'detached' });
	ann.assertQuiet();
});

test('what comes while the page is hidden begins below a line', async () => {
	const [ann, bob] = await Promise.all([newPerson(browser), newPerson(browser)]);
	const setHidden = (isHidden) => ann.evaluate((isHidden) => { // a hidden page has no frames
		globalThis.waiting ??= [];
		globalThis.draw ??= requestAnimationFrame;
		globalThis.requestAnimationFrame = isHidden ? (act) => waiting.push(act) : draw;
		Object.defineProperty(document, 'hidden', { configurable: true, get: () => isHidden });
		document.dispatchEvent(new Event('visibilitychange'));
		if (!isHidden)
			waiting.splice(0).forEach((act) => draw(act));
	}, isHidden);

	await Promise.all([enterRoom(ann, stack, 'hidden'), enterRoom(bob, stack, 'hidden')]);
	await say(bob, 'seen');
	await waitForMessage(ann, 'seen');
	await setHidden(true);
	await say(bob, 'unseen');
	await waitForMessage(ann, 'unseen');
	assert.equal(await ann.locator('.unread + .message .message-text').textContent(), 'unseen');
	await setHidden(false);
	await ann.locator('.unread').waitFor({ state: 'detached' });
	assert.equal(await ann.locator('#new-messages').isHidden(), true);

	await setHidden(true);
	await sayAll(bob, 'hidden', numbered(60, 'unseen'));
	await waitForMessage(ann, 'unseen 60');
	await setHidden(false);
	await ann.getByRole('button', { name: '60 new messages' }).waitFor();
	assert.equal(await ann.locator('.unread + .message .message-text').textContent(), 'unseen 1');
	await ann.locator('#new-messages').click();
	await ann.locator('.unread').waitFor({ state: 'detached' });
	await waitForEnd(ann);
});

test('days are told apart in the reader\'s time', async () => {
	const page = await fillRoom('days', ['long ago', 'yesterday 1', 'yesterday 2', 'today 1']);
	const now = Date.now();

	for (const [seq, days] of [[1, 40], [2, 1], [3, 1]])
		await stack.changeHistory(`UPDATE message SET time = ? WHERE seq = ?
			AND room = (SELECT id FROM room WHERE name = 'days')`, [now - days * DAY_MS, seq]);
	await enterRoom(page, stack, 'days');
	const rows = await page.locator('#chat-log > :is(.day, .message)').evaluateAll((items) => items.map(
		(item) => item.querySelector('.message-text')?.textContent ?? item.textContent));
	const date = await page.evaluate((time) => new Date(time).getDate(), now - 40 * DAY_MS);

	assert.match(rows[0], new RegExp(`\\b${date}\\b`));
	assert.deepEqual(rows.slice(1), ['long ago', 'Yesterday', 'yesterday 1', 'yesterday 2', 'Today', 'today 1']);
	await say(page, 'today 2');
	await page.locator('[data-delivery="sent"]').waitFor();
	assert.equal(await page.locator('.day').count(), 3);
});

test('a link leads to a message, and from there to the newest', async () => {
	const texts = numbered(200, 'page');
	const page = await fillRoom('linked', texts);

	await enterRoom(page, stack, 'linked');
	await waitForMessage(page, 'page 200');
	await scrollTo(page, 0);
	await waitForMessage(page, 'page 120');
	const link = page.locator('#message-120 .message-link');

	await page.locator('#message-120').hover();
	assert.match(await link.innerText(), /\d/);
	await link.click();
	await page.waitForURL(`${stack.roomUrl('linked')}?message=120#message-120`);
	await page.waitForSelector('#connection[data-state="connected"]');
	const marked = page.locator('.message-marked');

	assert.equal(await marked.locator('.message-text').textContent(), 'page 120');
	const box = await marked.boundingBox();

	assert.ok(box.y > 60 && box.y < 700, `in sight at ${box.y}`);
	await page.getByRole('button', { name: 'Newest messages' }).waitFor();
	const bob = await newPerson(browser);

	await enterRoom(bob, stack, 'linked');
	await say(bob, 'meanwhile');
	await page.getByRole('button', { name: '1 new message' }).waitFor();
	await waitFor(async () => { // reading on, to the end
		await page.locator('#log').evaluate((log) => {
			log.scrollTop += log.clientHeight;
		});
		return (await messagesOf(page)).at(-1) === 'meanwhile';
	}, 'the newest are there');
	const shown = await messagesOf(page);

	assert.deepEqual(shown, [...texts, 'meanwhile'].slice(-shown.length), 'without a gap');
	await scrollTo(page, 1_000_000);
	await page.locator('#new-messages').waitFor({ state: 'hidden' });
	await say(bob, 'live');
	await waitForMessage(page, 'live');
	page.assertQuiet();
});

test('a link to an old message leads to the end at once when asked, or when something is said', async () => {
	const page = await fillRoom('jump', numbered(200, 'step'));

	for (const leave of [() => page.locator('#new-messages').click(), () => say(page, 'here I am')]) {
		await page.goto('about:blank'); // or the address, which has not changed, would load nothing
		await page.goto(`${stack.roomUrl('jump')}?message=20#message-20`);
		await page.waitForSelector('#connection[data-state="connected"]');
		await waitForMessage(page, 'step 20');
		await leave();
		await waitForMessage(page, 'step 200');
		await page.locator('#new-messages').waitFor({ state: 'hidden' });
		assert.equal(await page.locator('#message-20').count(), 0);
		await waitForEnd(page);
	}
	await waitForMessage(page, 'here I am'); // as it was written, or read with the newest when it was faster
	assert.equal((await messagesOf(page)).filter((text) => text === 'here I am').length, 1);
});

test('what a page of history brought before its ack\'s message stands there once', async () => {
	const [page, bob] = [await fillRoom('faster', numbered(200, 'step')), await newPerson(browser)];

	await enterRoom(bob, stack, 'faster');
	await page.routeWebSocket(/\/ws\//, (client) => {
		const server = client.connectToServer();
		const questions = [], messages = [];
		let isAcked = false, isHeld = true;

		client.onMessage((frame) => {
			if (JSON.parse(frame).type === 'history' && !isAcked)
				questions.push(frame); // asked when the message is in the history
			else
				server.send(frame);
		});
		server.onMessage((frame) => {
			const { type } = JSON.parse(frame);

			if (type === 'message' && isHeld) {
				messages.push(frame);
				return;
			}
			client.send(frame);
			if (type === 'ack') {
				isAcked = true;
				questions.splice(0).forEach((question) => server.send(question));
			} else if (type === 'history' && frame.includes('here I am')) {
				isHeld = false;
				messages.splice(0).forEach((message) => client.send(message));
			}
		});
	});
	await page.goto(`${stack.roomUrl('faster')}?message=150#message-150`);
	await waitForSocket(page);
	await scrollTo(page, 1_000_000);
	await say(page, 'here I am');
	await waitForMessage(page, 'step 200');
	await waitForMessage(bob, 'here I am');
	await say(bob, 'the end');
	await waitFor(async () => (await messagesOf(page)).at(-1) === 'the end', 'all is there');
	assert.deepEqual((await messagesOf(page)).slice(-3), ['step 200', 'here I am', 'the end']);
	assert.equal((await messagesOf(page)).filter((text) => text === 'here I am').length, 1);
});

test('the list is bounded, and leads back to the newest', async () => {
	const texts = numbered(1_200, 'of many');
	const page = await fillRoom('many', texts);

	await enterRoom(page, stack, 'many');
	await waitFor(async () => {
		await scrollTo(page, 0);
		return (await messagesOf(page))[0] === texts[0];
	}, 'the first message', 60_000);
	assert.ok(await page.locator('#chat-log > li').count() <= 500);
	await page.getByRole('button', { name: 'Newest messages' }).click();
	await waitForMessage(page, 'of many 1200');
	await page.locator('#new-messages').waitFor({ state: 'hidden' });
	await say(page, 'the end');
	await page.locator('[data-delivery="sent"]').waitFor();
	assert.deepEqual((await messagesOf(page)).slice(-2), ['of many 1200', 'the end']);
	page.assertQuiet();
});

test('older messages are read while the broker is away', async () => {
	const texts = numbered(120, 'kept');
	const page = await fillRoom('away', texts);

	await enterRoom(page, stack, 'away');
	const startBroker = await stack.killBroker();

	await page.waitForSelector('#connection[data-state="waiting"]');
	await waitFor(async () => {
		await scrollTo(page, 0);
		return (await messagesOf(page))[0] === 'kept 1';
	}, 'the first message');
	assert.deepEqual(await messagesOf(page), texts);
	await page.reload();
	assert.deepEqual(await messagesOf(page), texts.slice(-50));
	startBroker();
	await page.waitForSelector('#connection[data-state="connected"]');
	page.assertQuiet();
});

test('a room is searched from its head', async () => {
	const page = await fillRoom('searched', ['a needle in it', 'hay', '聊天室']);

	await enterRoom(page, stack, 'searched');
	await page.locator('#search-menu summary').click();
	await page.locator('#search-input').fill('needle');
	await page.keyboard.press('Enter');
	await page.getByText('a needle in it').waitFor();
	assert.equal(await page.getByText('hay', { exact: true }).count(), 0);
	page.assertQuiet();
});
