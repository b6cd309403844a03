// SPDX-License-Identifier: MIT
// The whole stack through scripts/run, on a free port and in a temporary folder; and its broker,
// which a test may kill and start again.

import { execFile, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../', import.meta.url));
const START_MS = 120_000; // a build may be part of it
const STOP_MS = 20_000;

/**
 * @param {() => Promise<any> | any} condition
 * @param {string} what
 * @param {number} [milliseconds]
 * @returns {Promise<any>} the condition's value when it is true
 */
export async function waitFor(condition, what, milliseconds = 20_000) {
	const end = Date.now() + milliseconds;

	while (Date.now() < end) {
		const value = await condition();

		if (value)
			return value;
		await pause(25);
	}
	throw new Error(`not within ${milliseconds} ms: ${what}`);
}

/**
 * Not a port of outgoing connections, which would take it while a program is stopped.
 *
 * @returns {Promise<number>} a port of the loopback that nobody listens on
 */
export async function freePort() {
	const port = randomInt(10_000, 32_000);
	const server = createServer().listen(port, '127.0.0.1');

	try {
		await once(server, 'listening');
	} catch {
		return await freePort();
	}
	server.close();
	return port;
}

function isRunning(pid) {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}

export class Stack {
	#process;
	#folder;
	/** Those that a test started itself. @type {import('node:child_process').ChildProcess[]} */
	#brokers = [];
	#output = '';

	/**
	 * @param {"lighttpd"|"nginx"} [web]
	 * @param {string[]} [settings] SECTION.KEY=VALUE
	 * @param {number} [port] 0: a free one
	 * @returns {Promise<Stack>}
	 */
	static async start(web = 'lighttpd', settings = [], port = 0) {
		const stack = new Stack();

		stack.#folder = await mkdtemp(path.join(os.tmpdir(), 'roomwire-browser-'));
		stack.#process = spawn(
			path.join(root, 'scripts/run'),
			['--port', String(port), '--state', stack.#folder, '--web', web,
				...settings.flatMap((setting) => ['--set', setting])],
			{ stdio: ['ignore', 'pipe', 'pipe'] },
		);
		for (const stream of [stack.#process.stdout, stack.#process.stderr])
			stream.on('data', (data) => (stack.#output += data));
		try {
			stack.url = await waitFor(() => stack.#readyUrl(), 'the stack says ready', START_MS);
		} catch (error) {
			await stack.stop();
			throw error;
		}
		stack.origin = new URL(stack.url).origin;
		return stack;
	}

	#hasEnded() {
		return this.#process.exitCode !== null || this.#process.signalCode !== null;
	}

	#readyUrl() {
		if (this.#hasEnded())
			throw new Error(`scripts/run ended:\n${this.#output}`);
		return /^ready: (\S+)$/m.exec(this.#output)?.[1];
	}

	/** @param {string} room @returns {string} */
	roomUrl(room) {
		return `${this.url}${encodeURIComponent(room)}/`;
	}

	async #brokerPid() {
		return this.#brokers.at(-1)?.pid ?? Number(await readFile(path.join(this.#folder, 'run/broker.pid'), 'utf8'));
	}

	/** Kills the broker as a fault would. @returns {Promise<() => void>} starts it again as it was */
	async killBroker() {
		const pid = await this.#brokerPid();
		const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1);

		process.kill(pid, 'SIGKILL');
		await waitFor(() => !isRunning(pid), 'the broker is gone');
		return () => this.#brokers.push(spawn(command[0], command.slice(1), { stdio: 'ignore', cwd: root }));
	}

	/** @param {object} request of the control socket @returns {Promise<any>} */
	async control(request) {
		const { stdout } = await promisify(execFile)('nngcat', [
			'--req', '--raw', '--dial', `ipc://${this.#folder}/run/control.ipc`, '--data', JSON.stringify(request),
		]);

		return JSON.parse(stdout);
	}

	/** What an administrator says in a shell. @param {string[]} words @returns {Promise<string>} the answer */
	async manage(...words) {
		const programs = process.env.ROOMWIRE_BUILD ?? path.join(root, 'build/release');
		const { stdout } = await promisify(execFile)(path.join(programs, 'bin/roomwire-manage'),
			[...words, '--set', `paths.state=${this.#folder}`]);

		return stdout;
	}

	/** What somebody who looks after the broker says in a shell. @param {string[]} words @returns {Promise<string>} the answer */
	async roomctl(...words) {
		const { stdout } = await promisify(execFile)(path.join(root, 'scripts/roomctl'), words,
			{ env: { ...process.env, ROOMWIRE_STATE: this.#folder } });

		return stdout;
	}

	/** Nothing can be stored without it. @returns {Promise<() => Promise<void>>} puts it back */
	async takeHistoryAway() {
		const here = path.join(this.#folder, 'history.db');

		await rename(here, `${here}.away`);
		return () => rename(`${here}.away`, here);
	}

	/**
	 * Reads and changes what is kept, beside the broker.
	 *
	 * @param {string} statement
	 * @param {(string|number)[]} [values]
	 */
	async changeHistory(statement, values = []) {
		const program = 'import json, sqlite3, sys; d = sqlite3.connect(sys.argv[1], timeout=10); '
			+ 'd.execute(sys.argv[2], json.loads(sys.argv[3])); d.commit()';

		await promisify(execFile)('/usr/bin/python3', ['-c', program, path.join(this.#folder, 'history.db'),
			statement, JSON.stringify(values)]);
	}

	async stop() {
		for (const broker of this.#brokers)
			broker.kill('SIGTERM');
		this.#process.kill('SIGTERM');
		await waitFor(() => this.#hasEnded(), 'scripts/run ends', STOP_MS);
		this.#process.stdout.destroy();
		this.#process.stderr.destroy();
		await rm(this.#folder, { recursive: true, force: true });
	}
}
