import { test } from 'node:test';
import axe from 'axe-core';
import { logIn, register } from './accounts.mjs';
import { newPerson, enterRoom, sayAll, numbered } from './browser.mjs';
import { openSite } from './site.mjs';
import { setTimeout as pause } from 'node:timers/promises';
const { browser, stack } = await openSite('lighttpd', ['limits.login_penalty_seconds=0']);
test('look', async () => {
	const page = await newPerson(browser);
	await register(page, stack, 'Root');
	await stack.manage('user', 'promote', 'Root');
	await logIn(page, stack, 'Root');
	for (let i = 0; i < 8; i++) { const p = await newPerson(browser); await enterRoom(p, stack, `room ${i}`); await sayAll(p, `room ${i}`, numbered(10 + 5 * i, 'm')); await pause(25_000); }
	await page.setViewportSize({ width: 1280, height: 800 });
	for (const [w, c] of [[1280, 'light'], [1280, 'dark'], [360, 'light']]) {
		await page.setViewportSize({ width: w, height: 800 }); await page.emulateMedia({ colorScheme: c });
		await page.goto(`${stack.origin}/admin/`);
		if (w === 360) await page.locator('#figures summary').click();
		await page.screenshot({ path: `/tmp/h/admin_t/charts_${w}_${c}.png`, fullPage: true });
		await page.evaluate(axe.source);
		console.log(w, c, JSON.stringify(await page.evaluate(async () => (await axe.run()).violations.map(({ id, nodes }) => [id, nodes.map((n) => n.html)]))));
	}
	await pause(6000);
	console.log('after refresh', await page.locator('.admin-chart').count());
	page.assertQuiet();
});
