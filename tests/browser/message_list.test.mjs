// SPDX-License-Identifier: MIT
// The list of messages and what stands in it, without a server.

import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';

import { closePeople, launch, openBarePage } from './browser.mjs';

const browser = await launch();

after(() => browser.close());
afterEach(() => closePeople(browser));

/** A page with an empty list, and what makes messages of it. */
async function openList(body = '<ol id="list"></ol>') {
	const page = await openBarePage(browser, body);

	await page.evaluate(async () => {
		const { MessageList } = await import('/source/message_list.js');

		globalThis.list = new MessageList(document.querySelector('ol'), true);
		globalThis.said = (seq, more = {}) => ({
			seq, user: 'ann', name: 'ann', text: `text ${seq}`, time: new Date(1_700_000_000_000 + seq), isOwn: false, ...more,
		});
	});
	return page;
}

test('the last message is the newest, whatever was loaded last', async () => {
	const page = await openList();
	const seq = await page.evaluate(() => {
		list.append(said(99, { isOwn: true }));
		list.append(said(100));
		list.prepend([said(40, { isOwn: true }), said(41)]);
		list.appendPending({ ...said(0, { isOwn: true }), seq: undefined });
		return list.findLast((item) => item.classList.contains('message-own')).dataset.seq;
	});

	assert.equal(seq, '99');
	page.assertQuiet();
});

test('a message that arrives edited takes no older text', async () => {
	const page = await openList(`<ol id="list"><li class="message" id="message-10" data-seq="10" data-user="ann"
		data-time="2026-11-22T10:00:00.000Z" data-edited="2026-11-22T10:05:00.000Z"><span class="avatar"></span>
		<div class="message-body"><p class="message-head"><bdi class="message-user">ann</bdi> <a class="message-link"
		href="?message=10"><time class="message-time" datetime="2026-11-22T10:00:00.000Z">10:00</time></a>
		<span class="message-edited">(edited)</span></p><div class="message-text" dir="auto">third</div>
		<a class="message-more" href="message/?seq=10">Actions</a></div></li></ol>`);
	const text = () => page.locator('.message-text').textContent();

	assert.match(await page.locator('.message-edited').getAttribute('title'), /2026/);
	await page.evaluate(() => list.change(10, 'second', new Date('2026-11-22T10:02:00.000Z')));
	assert.equal(await text(), 'third');
	await page.evaluate(() => list.change(10, 'fourth', new Date('2026-11-22T10:06:00.000Z')));
	assert.equal(await text(), 'fourth');
	page.assertQuiet();
});

/** A message of one's own in its editor, with a text that is on its way to the server, which answers when the test says so. */
async function openSaving() {
	const page = await openList('<ol id="list"></ol><input id="elsewhere">');

	await page.evaluate(async () => {
		const { MessageEditor } = await import('/source/message_editor.js');
		const connection = { edit: () => new Promise((resolve) => Object.assign(globalThis, { answer: resolve })) };
		const editor = new MessageEditor(connection, list, { may: () => true });
		const item = list.append(said(1, { isOwn: true }));

		item.querySelector('.message-more').focus();
		globalThis.edit = () => editor.begin(item);
		edit();
	});
	await page.getByRole('textbox', { name: 'Edit the message' }).fill('other text');
	await page.keyboard.press('Enter');
	return page;
}

const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.className);

test('a message that is saved takes the focus back from its field, and from nothing else', async () => {
	const page = await openSaving();

	await page.evaluate(() => answer());
	await page.locator('.message-edit').waitFor({ state: 'detached' });
	assert.equal(await focused(page), 'message-more');
	page.assertQuiet();
	const other = await openSaving();

	await other.locator('#elsewhere').focus();
	await other.evaluate(() => answer());
	await other.locator('.message-edit').waitFor({ state: 'detached' });
	assert.equal(await focused(other), 'elsewhere');
	other.assertQuiet();
});

test('an editor that was left while it saved ends once', async () => {
	const page = await openSaving();

	await page.keyboard.press('Escape');
	await page.evaluate(() => edit());
	await page.evaluate(() => answer());
	assert.equal(await page.locator('.message-edit').count(), 1);
	assert.equal(await page.locator('.message-text').isVisible(), false);
	page.assertQuiet();
});

test('a message that is deleted is edited no more', async () => {
	const page = await openSaving();

	await page.evaluate(() => list.delete(1));
	assert.equal(await page.locator('.message-edit').count(), 0);
	assert.equal(await page.locator('.message-text').isVisible(), true);
	assert.equal(await page.locator('.message-text').textContent(), 'This message was deleted.');
	assert.equal(await focused(page), 'message-more');
	page.assertQuiet();
});

test('a clock that is fast hides no change', async () => {
	const page = await openSaving();

	await page.evaluate(() => answer());
	await page.locator('.message-edit').waitFor({ state: 'detached' });
	await page.evaluate(() => {
		list.change(1, 'other text', new Date(Date.now() - 300_000));
		list.change(1, 'from the phone', new Date(Date.now() - 200_000));
	});
	assert.equal(await page.locator('.message-text').textContent(), 'from the phone');
	page.assertQuiet();
});

/** A message with its menu in a list, and what its menu told and reported. */
async function openWithMenu() {
	const page = await openList('<ol id="chat-log"></ol>');

	await page.evaluate(async () => {
		const { MessageMenu } = await import('/source/message_menu.js');
		const told = [];
		const parts = {
			standing: { may: () => false }, moderator: { items: () => [] }, editor: { mayEdit: () => false }, reply: { isPossible: true },
			tell: (text) => told.push(text), report: (text) => told.push(`! ${text}`),
		};

		globalThis.told = told;
		new MessageMenu(parts);
		/** @returns whether it may go on to what the browser makes of it */
		globalThis.dispatch = (type) => document.querySelector('.message-text').dispatchEvent(/^pointer/.test(type)
			? new PointerEvent(type, { bubbles: true, pointerType: 'touch' }) : new Event(type, { bubbles: true, cancelable: true }));
		list.append(said(1));
		globalThis.task = () => new Promise((resolve) => setTimeout(resolve));
	});
	return page;
}

test('a finger that has scrolled leaves nothing behind', async () => {
	const page = await openWithMenu();
	const allowed = await page.evaluate(async () => {
		for (let i = 0; i < 3; i++) {
			dispatch('pointerdown');
			dispatch('pointercancel');
			await task();
		}
		const later = dispatch('contextmenu');

		dispatch('pointerdown');
		return [later, dispatch('contextmenu')];
	});

	assert.deepEqual(allowed, [true, false]);
	page.assertQuiet();
});

test('the end of a long press is no click, and the next touch is one', async () => {
	const page = await openWithMenu();

	for (const last of ['pointerup', 'pointercancel']) {
		await page.evaluate(() => dispatch('pointerdown'));
		await page.getByRole('menu').waitFor();
		const allowed = await page.evaluate(async (last) => {
			dispatch('scroll');
			await task();
			dispatch(last);
			const isOwn = last === 'pointercancel' || dispatch('touchend');

			await task();
			return [isOwn, dispatch('touchend')];
		}, last);

		assert.deepEqual(allowed, [last === 'pointercancel', true]);
		await page.keyboard.press('Escape');
	}
	page.assertQuiet();
});

test('what was copied is marked, and what was not is said', async () => {
	const page = await openWithMenu();
	const copy = async () => {
		await page.locator('.message-more').click();
		await page.getByRole('menuitem', { name: 'Copy text' }).click();
	};

	await copy();
	assert.equal(await page.evaluate(() => told.pop()), '! The browser does not let this page copy.', 'by http there is no clipboard');
	await page.clock.install();
	await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: { writeText: async () => {} } }));
	await copy();
	assert.equal(await page.locator('.message-more').textContent(), '✓');
	assert.equal(await page.evaluate(() => told.pop()), 'Copied.');
	await page.clock.runFor(3_000);
	assert.equal(await page.locator('.message-more').textContent(), '⋯');
	page.assertQuiet();
});
