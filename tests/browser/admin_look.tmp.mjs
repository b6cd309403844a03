import { test } from 'node:test';
import { logIn, register, PASSWORD } from './accounts.mjs';
import { newPerson, enterRoom, sayAll, numbered } from './browser.mjs';
import { openSite } from './site.mjs';
const { browser, stack } = await openSite('lighttpd', ['limits.login_penalty_seconds=0']);
test('look', async () => {
	const page = await newPerson(browser);
	await register(page, stack, 'Root');
	await stack.manage('user', 'promote', 'Root');
	await logIn(page, stack, 'Root');
	for (const n of ['ann lee', 'Bob', '李小龙']) { const p = await newPerson(browser); await register(p, stack, n); await enterRoom(p, stack, 'lobby');  await sayAll(p, 'lobby', numbered(8, 'a somewhat longer message about nothing in particular, number')); await enterRoom(p, stack, '房间 two'); }
	await page.setViewportSize({ width: 1280, height: 800 });
	const go = async (path, name, opts = {}) => { await page.goto(`${stack.origin}/admin/${path}`); await page.screenshot({ path: `/tmp/h/admin_t/${name}.png`, fullPage: true, ...opts }); };
	await go('', 'overview'); await go('rooms/', 'rooms'); await go('people/', 'people'); await go('connections/', 'connections'); await go('messages/?room=lobby', 'messages'); await go('bans/', 'bans'); await go('keys/', 'keys'); await go('rooms/lobby/', 'room'); await go('health/', 'health'); await go('audit/', 'audit');
	await page.goto(`${stack.origin}/admin/rooms/`); await page.getByLabel('Select lobby').check(); await page.getByLabel('With those selected:').selectOption('slow'); await page.getByRole('button', { name: 'Go on' }).click(); await page.waitForLoadState(); await page.screenshot({ path: '/tmp/h/admin_t/confirm.png', fullPage: true });
	await page.emulateMedia({ colorScheme: 'dark' });
	await go('people/', 'people_dark');
	await page.setViewportSize({ width: 360, height: 740 });
	await go('rooms/', 'rooms_360'); await go('', 'overview_360');
});
