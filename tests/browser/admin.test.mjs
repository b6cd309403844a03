// SPDX-License-Identifier: MIT
// The admin as a superuser uses it: with JavaScript and without, by the keyboard alone, on a narrow
// screen and on one that is enlarged, and as axe-core judges each page.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import axe from 'axe-core';

import { logIn, PASSWORD, press, register } from './accounts.mjs';
import { enterRoom, newPerson, numbered, sayAll } from './browser.mjs';
import { openSite } from './site.mjs';
import { waitFor } from './stack.mjs';

const TABS_MAX = 60;
const { browser, stack } = await openSite('lighttpd', ['limits.login_penalty_seconds=0']);
const adminUrl = (path) => `${stack.origin}/admin/${path}`;
const heading = (page) => page.getByRole('heading', { level: 1 }).innerText();

/** Somebody who has become a superuser. */
async function openAdmin(name, options = {}) {
	const page = await newPerson(browser, options);

	await register(page, stack, name);
	await stack.manage('user', 'promote', name);
	assert.equal(await logIn(page, stack, name, PASSWORD, '/admin/'), 303);
	assert.equal(page.url(), adminUrl(''));
	return page;
}

/** Chooses an action for rows by their names, and answers the question with what it asks for. */
async function act(page, names, action, answers = {}) {
	for (const name of names)
		await page.getByRole('checkbox', { name: `Select ${name}`, exact: true }).check();
	await page.getByLabel('With those selected:').selectOption({ label: action });
	assert.equal(await press(page, 'Go on'), 200);
	for (const name of names)
		await page.getByRole('rowheader', { name, exact: true }).waitFor();
	for (const [label, value] of Object.entries(answers))
		await page.getByLabel(label).fill(value);
	const status = await press(page, action);

	await page.waitForLoadState();
	return status;
}

for (const javaScriptEnabled of [true, false]) {
	const how = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript';
	const word = javaScriptEnabled ? 'scripted' : 'plain';

	test(`${how} an admin finds, asks, does, and reads it in the audit log`, async () => {
		const admin = await openAdmin(`admin-${word}`, { javaScriptEnabled });
		const guest = await newPerson(browser);
		const rooms = [`${word} one`, `${word} two`];

		for (const room of rooms) {
			await enterRoom(guest, stack, room);
			await sayAll(guest, room, numbered(3, `${word} words`));
		}
		await admin.getByRole('link', { name: 'Rooms', exact: true }).click();
		await admin.getByLabel('Part of the name').fill(word);
		await admin.getByRole('button', { name: 'Search' }).click();
		assert.equal(await act(admin, rooms, 'Set the topic', { Topic: 'Of trains' }), 303);
		assert.equal(await admin.locator('#flash').innerText(), 'It is done, and in the audit log.');
		assert.equal(await admin.getByLabel('Part of the name').inputValue(), word, 'back where one was');
		assert.equal(await act(admin, [rooms[0]], 'Lock'), 303);
		assert.match(await admin.getByRole('row').filter({ hasText: rooms[0] }).innerText(), /locked/);

		await admin.goto(adminUrl(`messages/?room=${encodeURIComponent(rooms[1])}`));
		await admin.getByRole('checkbox', { name: /^Select / }).last().check();
		await admin.getByLabel('With those selected:').selectOption({ label: 'Delete' });
		await press(admin, 'Go on');
		assert.equal(await press(admin, 'Delete'), 303);

		await admin.goto(adminUrl('audit/?filter=admin'));
		const rows = (await admin.getByRole('row').allInnerTexts()).filter((row) => !row.startsWith('delete'));

		assert.match(rows[1], /^lock/);
		assert.match(rows[2], /^topic/);
		await admin.goto(adminUrl(`audit/?q=delete&room=${encodeURIComponent(rooms[1])}`));
		while (await admin.locator('#nothing').isVisible())
			await admin.reload(); // the broker writes it a moment after it is done
		assert.match((await admin.getByRole('row').allInnerTexts())[1], /^delete/);
		admin.assertQuiet();
	});

	test(`${how} what was entered wrong is said and kept`, async () => {
		const admin = await openAdmin(`wrong-${word}`, { javaScriptEnabled });

		await admin.goto(adminUrl('bans/'));
		await admin.getByLabel('Who', { exact: true }).fill('Nobody At All');
		await admin.getByLabel('Reason', { exact: true }).fill('a good one');
		assert.equal(await press(admin, 'Do it'), 400);
		assert.ok((await admin.getByRole('alert').innerText()).length > 5);
		assert.equal(await admin.getByLabel('Reason', { exact: true }).inputValue(), 'a good one');
		await admin.goto(adminUrl('rooms/?q=no+room+has+this'));
		assert.equal(await admin.locator('#nothing').innerText(), 'Nothing was found.');
	});
}

test('with a script all rows are selected at once, and the figures stay fresh until paused', async () => {
	const admin = await openAdmin('swift');

	await admin.goto(adminUrl('people/'));
	await admin.getByRole('checkbox', { name: 'All on this page' }).check();
	const boxes = admin.getByRole('checkbox', { name: /^Select / });

	for (const box of await boxes.all())
		assert.equal(await box.isChecked(), true);
	await boxes.first().uncheck();
	assert.equal(await admin.getByRole('checkbox', { name: 'All on this page' }).evaluate((box) => box.indeterminate), true);

	await admin.clock.install();
	await admin.goto(adminUrl(''));
	const shown = () => admin.locator('.admin-facts dd').first().innerText();
	const before = Number(await shown());
	const guest = await newPerson(browser);

	await enterRoom(guest, stack, 'fresh');
	await waitFor(async () => {
		await admin.clock.runFor(5_000);
		return Number(await shown()) === before + 1;
	}, 'the figure follows');
	await admin.getByRole('button', { name: 'Pause' }).click();
	assert.equal(await admin.getByRole('button', { name: 'Pause' }).getAttribute('aria-pressed'), 'true');
	admin.assertQuiet();
});

test('on a narrow screen the menu is one row, with the current page in sight', async () => {
	const admin = await openAdmin('narrow');

	await admin.setViewportSize({ width: 360, height: 700 });
	await admin.goto(adminUrl('health/'));
	const menu = await admin.locator('.admin-nav').boundingBox();

	assert.ok(menu.height < 60, `${menu.height} px`);
	await admin.locator('.admin-nav').getByRole('link', { name: 'Overview' }).focus();
	await waitFor(async () => (await admin.locator('.admin-nav a:focus').boundingBox()).x >= 0, 'whatever has the focus is in sight');
});

/** Presses Tab until an element of that kind has the focus, which can be seen. */
async function tabTo(page, target) {
	for (let i = 0; i < TABS_MAX; i++) {
		await page.keyboard.press('Tab');
		if (await target.evaluateAll((elements) => elements.includes(document.activeElement)
			&& document.activeElement.matches(':focus-visible')))
			return;
	}
	assert.fail(`Tab does not come to ${target}`);
}

test('the keyboard alone bans an account', async () => {
	const admin = await openAdmin('keys');

	await register(await newPerson(browser), stack, 'keyed out');
	await admin.goto(adminUrl('people/?q=keyed'));
	await admin.keyboard.press('Tab');
	assert.equal(await admin.evaluate(() => document.activeElement.getAttribute('href')), '#content', 'a way past the navigation');
	await tabTo(admin, admin.getByRole('checkbox', { name: 'Select keyed out' }));
	await admin.keyboard.press('Space');
	await tabTo(admin, admin.getByLabel('With those selected:'));
	await admin.keyboard.press('B'); // what begins so
	await tabTo(admin, admin.getByRole('button', { name: 'Go on' }));
	await Promise.all([admin.waitForEvent('framenavigated'), admin.keyboard.press('Enter')]);
	assert.equal(await heading(admin), 'Ban these accounts?');
	await tabTo(admin, admin.getByRole('main').getByRole('button', { name: 'Ban' }));
	await Promise.all([admin.waitForEvent('framenavigated'), admin.keyboard.press('Enter')]);
	await admin.locator('#flash').waitFor();
	assert.match(await admin.getByRole('row').filter({ hasText: 'keyed out' }).innerText(), /banned/);
	admin.assertQuiet();
});

/** All kinds of pages, each with something on it. */
const pages = ['', 'rooms/', 'rooms/judged/', 'people/', 'sessions/', 'connections/', 'messages/?room=judged', 'bans/', 'invites/', 'keys/',
	'announcements/', 'audit/', 'health/', 'rooms/?q=nothing+has+this', 'people/nobody/'];
const screens = [{ width: 1280, height: 720 }, { width: 360, height: 640 }, { width: 320, height: 256 }]; // the last: 1280 at 400 %

async function judge(page, name) {
	await page.evaluate(axe.source);
	for (const size of screens)
		for (const colorScheme of ['light', 'dark']) {
			await page.setViewportSize(size);
			await page.emulateMedia({ colorScheme });
			const found = await page.evaluate(async () => (await axe.run()).violations.map(({ id, nodes }) =>
				[id, ...nodes.map(({ html, any }) => `${html} ${any[0]?.message ?? ''}`)]));

			assert.deepEqual(found, [], `${name}, ${colorScheme}, ${size.width}`);
			assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is too wide for ${size.width}`);
		}
}

for (const locale of ['en', 'zh-CN'])
	test(`nothing is wrong with any page, in light and dark, wide, narrow and enlarged, in ${locale}`, async () => {
		const admin = await openAdmin(`judge-${locale.toLowerCase().slice(0, 2)}`, { reducedMotion: 'reduce' });
		const guest = await newPerson(browser);

		await enterRoom(guest, stack, 'judged');
		await sayAll(guest, 'judged', [...numbered(3, 'word'), `a long one ${'w'.repeat(300)}`]);
		await admin.setExtraHTTPHeaders({ 'Accept-Language': locale });
		for (const path of pages) {
			await admin.goto(adminUrl(path));
			assert.equal(await admin.locator('html').getAttribute('lang'), locale);
			await judge(admin, path);
		}
		await admin.goto(adminUrl('rooms/'));
		await admin.locator('input[name="id"]').first().check();
		await admin.locator('#action').selectOption('slow');
		await Promise.all([admin.waitForEvent('framenavigated'), admin.locator('.admin-actions button').click()]);
		await judge(admin, 'the question');
		await admin.goto(adminUrl('invites/'));
		await Promise.all([admin.waitForEvent('framenavigated'), admin.locator('#add button').click()]);
		await admin.locator('#secret').waitFor();
		await judge(admin, 'a new link');
		admin.assertQuiet();
	});
