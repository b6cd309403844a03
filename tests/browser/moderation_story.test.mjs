// SPDX-License-Identifier: MIT
// Order kept among people who are connected to the real programs, in four ways: by the menus of the
// page, by commands, from a shell and in the admin's pages. Each page shows what was done at once, and
// after a reload.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { fillIn, logIn, PASSWORD, press, register } from './accounts.mjs';
import { enterRoom, newPerson, say, waitForMessage } from './browser.mjs';
import { Proxy } from './proxy.mjs';
import { openSite } from './site.mjs';
import { waitFor } from './stack.mjs';
import { inWordsOf, readInChinese } from './words.mjs';

const REASON = 'too rude';
const CHINESE = { locale: 'zh-CN' };
const { browser, stack } = await openSite('lighttpd', ['limits.login_penalty_seconds=0', 'limits.messages_per_second=0']);
const words = inWordsOf;
/** What stands on a page, whatever is said in it beside values. */
const sentence = (page, message, values = {}) => new RegExp(words(page, message, values).replace(/[.{]\w*\}?/g, '.*'));
const lineOf = (page, message, user) => page.locator('.line').getByText(sentence(page, message, { user })).first();
const personOf = (page, name) => page.locator('.person', { hasText: name });
const itemOf = (page, text) => page.locator('.message[data-seq]', { hasText: text });

async function someone(options = {}) {
	const page = await newPerson(browser, options);

	return options.locale === CHINESE.locale ? readInChinese(page) : page;
}

/** Somebody with an account, who is in the room then. */
async function member(room, name, options) {
	const page = await someone(options);

	assert.equal(await register(page, stack, name), 303);
	await enterRoom(page, stack, room);
	return page;
}

/** Somebody who keeps order in a room that was nobody's. */
async function moderator(room, name, options) {
	const page = await member(room, name, options);

	await stack.control({ op: 'moderate', room, action: 'role', user: name, role: 'moderator' });
	await personOf(page, name).getByText(words(page, 'moderator')).waitFor();
	return page;
}

async function openAdmin(name) {
	const page = await someone();

	await register(page, stack, name);
	await stack.manage('user', 'promote', name);
	assert.equal(await logIn(page, stack, name, PASSWORD, '/admin/'), 303);
	return page;
}

async function chooseFor(page, name, label) {
	await page.getByRole('button', { name: words(page, 'Actions for {name}', { name }), exact: true }).click();
	await page.getByRole('menuitem', { name: words(page, label), exact: true }).click();
}

async function openMenuOf(page, text) {
	await itemOf(page, text).hover();
	await itemOf(page, text).locator('.message-more').click();
	return page.getByRole('menu');
}

async function submitDialog(page) {
	const dialog = page.getByRole('dialog');

	await dialog.getByLabel(words(page, 'Reason')).fill(REASON);
	await dialog.locator('[type=submit]').click();
	await dialog.waitFor({ state: 'detached' });
}

/** What a moderator does in the page. */
const byMenus = {
	async mute(page, room, name) {
		const menu = await openMenuOf(page, `from ${name}`);

		await menu.getByRole('menuitem', { name: words(page, 'Mute…'), exact: true }).click();
		await submitDialog(page);
	},
	unmute: (page, room, name) => chooseFor(page, name, 'Unmute'),
	async kick(page, room, name) {
		await chooseFor(page, name, 'Ask to leave…');
		await submitDialog(page);
	},
	async ban(page, room, name) {
		await chooseFor(page, name, 'Ban…');
		await submitDialog(page);
	},
	/** Who is not there has no menu: on the page of the people. */
	async unban(page, room, name) {
		const people = await page.context().newPage();

		await people.goto(`${stack.roomUrl(room)}people/`);
		await people.locator('#sanctions li', { hasText: name }).getByRole('button').click();
		await people.locator('#flash').waitFor();
		await people.close();
	},
};

const byCommands = {
	mute: (page, room, name) => say(page, `/mute ${name} 10m ${REASON}`),
	unmute: (page, room, name) => say(page, `/unmute ${name}`),
	kick: (page, room, name) => say(page, `/kick ${name} ${REASON}`),
	ban: (page, room, name) => say(page, `/ban ${name} ${REASON}`),
	unban: (page, room, name) => say(page, `/unban ${name}`),
};

const byShell = {
	mute: (page, room, name) => stack.roomctl('mute', room, name, '--seconds', '600', '--reason', REASON),
	unmute: (page, room, name) => stack.roomctl('unmute', room, name),
	kick: (page, room, name) => stack.roomctl('kick', room, name, '--reason', REASON),
	ban: (page, room, name) => stack.roomctl('ban', room, name, '--reason', REASON),
	unban: (page, room, name) => stack.roomctl('unban', room, name),
};

async function sanctionInAdmin(page, kind, room, name) {
	await page.goto(`${stack.origin}/admin/bans/`);
	await page.getByLabel('What', { exact: true }).selectOption({ label: kind });
	await fillIn(page, { Who: name, Room: room, Reason: REASON });
	assert.equal(await press(page, 'Do it'), 303);
}

async function liftInAdmin(page, room, name) {
	await page.goto(`${stack.origin}/admin/bans/?room=${room}`);
	await page.getByRole('checkbox', { name: `Select ${name}`, exact: true }).check();
	await page.getByLabel('With those selected:').selectOption({ label: 'Lift' });
	await press(page, 'Go on');
	assert.equal(await press(page, 'Lift'), 303);
}

/** The admin closes connections, which is no order of a room. */
const byAdmin = {
	mute: (page, room, name) => sanctionInAdmin(page, 'Mute a person', room, name),
	unmute: liftInAdmin,
	ban: (page, room, name) => sanctionInAdmin(page, 'Ban a person', room, name),
	unban: liftInAdmin,
};

/** Everybody reads that it was done; then, and again after a reload, it is so. */
async function showsEverywhere(pages, message, name, isSo) {
	for (const page of pages)
		await lineOf(page, message, name).waitFor();
	await isSo();
	for (const page of pages) {
		await page.reload();
		await page.waitForSelector('#connection[data-state="connected"]');
	}
	await isSo();
}

async function isMuted(pages, bob, name) {
	await bob.locator('#composer-why').getByText(sentence(bob, 'You are muted in this room until {time}.')).waitFor();
	assert.equal(await bob.locator('#chat-message-input').isEditable(), false);
	for (const page of pages)
		await personOf(page, name).getByText(words(page, 'muted'), { exact: true }).waitFor();
}

async function canSpeak(pages, bob, name, text) {
	await bob.locator('#composer-why').waitFor({ state: 'hidden' });
	await say(bob, text);
	for (const page of pages) {
		await waitForMessage(page, text);
		await waitFor(async () => !/muted|已禁言/.test(await personOf(page, name).innerText()), 'no mark is left');
	}
}

/**
 * The whole story of somebody who is muted, kicked, banned and let in again.
 *
 * @param {Record<string, Function>} orders
 * @param {{room: string, hand: object, pages: object[], bob: object, name: string}} cast hand: the page
 *   that orders; pages: of those who are in the room
 */
async function keepOrder(orders, { room, hand, pages, bob, name }) {
	const order = (action) => orders[action](hand, room, name);
	let times = 0;
	const speaks = () => canSpeak(pages, bob, name, `heard ${++times}`);
	const isGone = async () => {
		for (const page of pages)
			await personOf(page, name).waitFor({ state: 'detached' });
	};

	await say(bob, `from ${name}`);
	for (const page of pages)
		await itemOf(page, `from ${name}`).waitFor();

	await order('mute');
	await showsEverywhere([...pages, bob], '{by} muted {user}', name, () => isMuted(pages, bob, name));
	await order('unmute');
	await showsEverywhere([...pages, bob], '{by} lets {user} write again', name, speaks);

	if (orders.kick !== undefined) {
		await order('kick');
		await bob.locator('#banner').getByText(REASON).waitFor();
		await isGone();
		await bob.reload();
		await bob.waitForSelector('#connection[data-state="connected"]');
		await speaks();
	}

	await order('ban');
	await bob.locator('#banner').getByText(REASON).waitFor();
	assert.equal(await bob.locator('#connection').getAttribute('data-state'), 'closed');
	await showsEverywhere(pages, '{by} banned {user} from this room', name, isGone);
	assert.equal((await bob.reload()).status(), 403);
	await order('unban');
	for (const page of pages)
		await lineOf(page, '{by} lets {user} in again', name).waitFor();
	assert.equal((await bob.reload()).status(), 200);
	await bob.waitForSelector('#connection[data-state="connected"]');
	await speaks();
	for (const page of [...pages, bob])
		page.assertQuiet();
}

for (const [how, orders, options] of [['menus', byMenus], ['commands', byCommands], ['menus in Chinese', byMenus, CHINESE]])
	test(`a moderator mutes, kicks, bans and lets in again by ${how}`, async () => {
		const room = how.replaceAll(' ', '-').toLowerCase();
		const hand = await moderator(room, `mo-${room}`, options);
		const ann = await someone(options);
		const name = `bob-${room}`;
		const bob = await member(room, name, options);

		await enterRoom(ann, stack, room);
		await keepOrder(orders, { room, hand, pages: [hand, ann], bob, name });
	});

test('the same orders from a shell show on the pages', async () => {
	const [ann, bob] = [await someone(), await member('shell', 'bob-shell')];

	await enterRoom(ann, stack, 'shell');
	await keepOrder(byShell, { room: 'shell', pages: [ann], bob, name: 'bob-shell' });
});

test('the same orders in the admin show on the pages', async () => {
	const [ann, bob, hand] = [await someone(), await member('admin-room', 'bob-admin'), await openAdmin('root')];

	await enterRoom(ann, stack, 'admin-room');
	await keepOrder(byAdmin, { room: 'admin-room', hand, pages: [ann], bob, name: 'bob-admin' });
});

/** At once and after a reload. */
async function bothShow(pages, check) {
	for (const page of pages)
		await check(page);
	for (const page of pages) {
		await page.reload();
		await check(page);
	}
}

test('a message that is edited or deleted is so on every page', async () => {
	const room = 'changed';
	const [hand, ann] = [await moderator(room, 'mo-changed'), await someone()];
	const [bob, admin] = [await member(room, 'bob-changed'), await openAdmin('root-changed')];
	const pages = [hand, ann, bob];
	const texts = ['first word', 'deleted in the room', 'deleted over control', 'deleted in the admin'];
	const isGone = (text) => async (page) => {
		await page.locator('.message[data-seq]').nth(3).waitFor();
		await itemOf(page, text).waitFor({ state: 'detached' });
	};

	await enterRoom(ann, stack, room);
	for (const text of texts) {
		await say(bob, text);
		await itemOf(bob, text).waitFor();
	}
	await (await openMenuOf(bob, texts[0])).getByRole('menuitem', { name: 'Edit' }).click();
	await bob.getByRole('textbox', { name: 'Edit the message' }).fill('second word');
	await bob.keyboard.press('Enter');
	await bothShow(pages, async (page) => {
		await waitForMessage(page, 'second word');
		await itemOf(page, 'second word').locator('.message-edited').waitFor();
	});

	await (await openMenuOf(hand, texts[1])).getByRole('menuitem', { name: 'Delete…' }).click();
	await hand.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
	await bothShow(pages, isGone(texts[1]));
	const target = Number(await itemOf(ann, texts[2]).getAttribute('data-seq'));

	assert.equal((await stack.control({ op: 'delete', room, target })).ok, true);
	await bothShow(pages, isGone(texts[2]));
	await admin.goto(`${stack.origin}/admin/messages/?room=${room}`);
	await admin.getByRole('row', { name: texts[3] }).getByRole('checkbox').check();
	await admin.getByLabel('With those selected:').selectOption({ label: 'Delete' });
	await press(admin, 'Go on');
	assert.equal(await press(admin, 'Delete'), 303);
	await bothShow(pages, isGone(texts[3]));
	for (const page of pages) {
		assert.equal(await page.getByText('This message was deleted.').count(), 3);
		page.assertQuiet();
	}
});

test('a moderator of one room is nobody in another', async () => {
	const hand = await moderator('mine', 'mo-mine');
	const bob = await someone();

	await enterRoom(bob, stack, 'theirs');
	await say(bob, 'undisturbed');
	await itemOf(bob, 'undisturbed').waitFor();
	await enterRoom(hand, stack, 'theirs');
	const menu = await openMenuOf(hand, 'undisturbed');

	assert.deepEqual(await menu.getByRole('menuitem').allTextContents(), ['Reply', 'Copy text', 'Copy link']);
	await hand.keyboard.press('Escape');
	await say(hand, `/ban ${await bob.locator('#own-name').textContent()}`);
	await waitFor(async () => (await hand.locator('#chat-problem').innerText()) !== '', 'it is refused');
	await say(bob, 'still here');
	await waitForMessage(hand, 'still here');
	assert.equal((await hand.goto(`${stack.roomUrl('theirs')}people/`)).status(), 200);
	assert.equal(await hand.locator('#sanction-form').count(), 0);
	bob.assertQuiet();
});

for (const [transport, manners] of [['eventstream', { upgrade: 'strip' }], ['longpoll', { upgrade: 'strip', isBuffering: true }]])
	test(`whoever is banned is cut off by ${transport}, too`, async () => {
		const proxy = await Proxy.start(stack.origin, manners);
		const bob = await someone();

		after(() => proxy.stop());
		await bob.goto(proxy.urlOf(stack.roomUrl(transport)), { waitUntil: 'commit' });
		await bob.waitForSelector(`#connection[data-state="connected"][data-transport="${transport}"]`);
		await stack.roomctl('ban', transport, await bob.locator('#own-name').textContent(), '--reason', REASON);
		await bob.locator('#banner').getByText('banned').waitFor();
		await waitFor(async () => (await bob.locator('#connection').getAttribute('data-state')) === 'closed', 'it is closed');
		const asked = proxy.asked.length;

		assert.equal(await bob.locator('#banner-retry').isVisible(), false);
		assert.equal((await bob.reload()).status(), 403);
		assert.ok(proxy.asked.slice(asked).every((path) => !/\/(sse|poll)\//.test(path)), 'nothing is tried again');
		bob.assertQuiet();
	});
