// SPDX-License-Identifier: ISC
// A member of a consumer group: which entries it is given, and in which order.  Own pending
// ones first, then new ones and, now and then, those that another member has left.  What is
// done about them is the business of a subclass: begin(), resync(p), handle(p, entries, again).
import { setTimeout as sleep } from 'node:timers/promises';
import { pairs } from './store.mjs';

const BATCH = 100;              // entries a read: what others wait for when this one dies
const BLOCK_MS = 10000;         // longest wait for news
export const TIMEOUT_MS = 30000;        // longest wait for any answer: more than BLOCK_MS
export const BACKOFF_MS = [100, 2000];  // between attempts while Redis is away

export class Member {
	constructor(store, group, name, claimAfterMs) {
		Object.assign(this, { redis: store.redis, store, group, name, claimAfterMs });
		this.partitions = [];
		this.stopping = this.waiting = false;
	}

	stream(p) {
		return this.store.key(p, 'events');
	}

	async run() {
		let pause = BACKOFF_MS[0];
		while (!this.stopping) {
			try {
				await this.open();
				pause = BACKOFF_MS[0];
				while (!this.stopping)
					await this.turn();
			} catch (error) {
				if (this.stopping)
					break;
				// A reply may be lost: open() reads what was delivered to us and never came.
				console.warn(`again in ${pause} ms: ${error.message}`);
				await sleep(pause);
				pause = Math.min(2 * pause, BACKOFF_MS[1]);
			}
		}
	}

	// While we only wait the connection is cut: a reply lost now is read at the next start.
	terminate() {
		this.stopping = true;
		if (this.waiting)
			this.redis.disconnect();
	}

	// Finds out where we stand, and finishes what we had begun.
	async open() {
		this.partitions = await this.begin();
		for (const p of this.partitions) {
			await this.look(p);
			await this.resync(p);
			await this.readPending(p);
		}
		this.nextLook = Date.now() + this.claimAfterMs / 2;
	}

	async turn() {
		if (Date.now() >= this.nextLook) {
			this.nextLook = Date.now() + this.claimAfterMs / 2;
			this.partitions = await this.begin();
			for (const p of this.partitions) {
				await this.look(p);
				await this.claim(p);
			}
		}
		for (const p of this.partitions)
			await this.resync(p);
		for (const [stream, entries] of await this.read() ?? [])
			await this.handle(this.partitions.find((p) => this.stream(p) === stream), entries);
	}

	async read() {
		const streams = this.partitions.map((p) => this.stream(p));
		const blockMs = Math.ceil(Math.min(BLOCK_MS, Math.max(1, this.nextLook - Date.now())));
		if (this.stopping)
			return null;
		this.waiting = true;
		try {
			return await this.redis.xreadgroup('GROUP', this.group, this.name, 'COUNT', BATCH,
				'BLOCK', blockMs, 'STREAMS', ...streams, ...streams.map(() => '>'));
		} finally {
			this.waiting = false;
		}
	}

	// Joins the group, or makes it; asks for a resync where events were missed.
	async look(p) {
		const groups = await this.redis.xinfo('GROUPS', this.stream(p)).catch(expected(/no such key/));
		const ours = groups?.map(pairs).find((group) => group.name === this.group);
		if (!ours) {
			await this.directory.wantResync(p);     // before the group, should we die between
			await this.redis.xgroup('CREATE', this.stream(p), this.group, '$', 'MKSTREAM')
				.catch(expected(/^BUSYGROUP/)); // another member was quicker
		} else if (await this.missed(p, ours)) {
			console.warn(`partition ${p}: events were removed before they were read`);
			await this.directory.wantResync(p);
		}
	}

	// Whether entries after the last that the group was given are gone.
	async missed(p, group) {
		const stream = pairs(await this.redis.xinfo('STREAM', this.stream(p)));
		const last = group['last-delivered-id'], end = stream['last-generated-id'];
		if (stream['first-entry'] === null) {
			if (before(last, end))
				await this.redis.xgroup('SETID', this.stream(p), this.group, end);  // do not find it again
			return before(last, end);
		}
		const removed = stream['entries-added'] - stream.length, read = group['entries-read'];
		return before(last, stream['first-entry'][0]) && (read === null || read < removed);
	}

	// What was delivered to us and not acknowledged: before anything new.
	async readPending(p) {
		for (let last = '0'; !this.stopping;) {
			const reply = await this.redis.xreadgroup('GROUP', this.group, this.name,
				'COUNT', BATCH, 'STREAMS', this.stream(p), last);
			const entries = reply?.[0][1] ?? [];
			if (entries.length === 0)
				return;
			await this.handle(p, entries, true);
			last = entries.at(-1)[0];
		}
	}

	// Takes over what a member, dead or we ourselves, has left for too long.
	async claim(p) {
		let cursor = '0-0';
		do {
			const [next, entries, deleted] = await this.redis.xautoclaim(this.stream(p), this.group,
				this.name, this.claimAfterMs, cursor, 'COUNT', BATCH);
			if (deleted?.length)    // trimmed before anybody was done with them
				await this.directory.wantResync(p);
			await this.handle(p, entries, true);
			cursor = next;
		} while (cursor !== '0-0' && !this.stopping);
	}

	// How often each of our pending entries was given to somebody.
	async deliveries(p, entries) {
		const list = await this.redis.xpending(this.stream(p), this.group, entries[0][0],
			entries.at(-1)[0], entries.length, this.name);
		return new Map(list.map(([entry, , , times]) => [entry, times]));
	}
}

// Stream ids are two numbers of 64 bits.
function before(a, b) {
	const [x, y] = [a, b].map((id) => id.split('-').map(BigInt));
	return x[0] < y[0] || (x[0] === y[0] && x[1] < y[1]);
}

// For catch(): null instead of an error that is expected.
function expected(pattern) {
	return (error) => {
		if (!pattern.test(error.message))
			throw error;
		return null;
	};
}
