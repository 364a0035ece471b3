#!/usr/bin/env node
// SPDX-License-Identifier: ISC
// Reads certsyncd's events with a consumer group and keeps a directory of badges.
//
//     npm ci && node consumer.mjs --redis redis://127.0.0.1:6379/0
//
// What it does about events is in directory.mjs: copy the rest, write your own of that.
// ../README.md says why it is as it is.
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import Redis from 'ioredis';
import { Directory } from './directory.mjs';
import { BACKOFF_MS, Member, TIMEOUT_MS } from './group.mjs';
import { aboutBadge, read, Store } from './store.mjs';

const MAX_DELIVERIES = 5;       // an entry that so many attempts could not finish is parked

class Consumer extends Member {
	constructor(store, directory, options) {
		super(store, options.group, options.consumer, Number(options['claim-after']) * 1000);
		this.directory = directory;
		this.only = options.partition.map(Number);
	}

	// The partitions to read; called again now and then.
	async begin() {
		const { source, partitions } = await this.store.meta();
		const mine = this.only.length ? this.only : [...Array(partitions).keys()];
		for (const p of mine)
			await this.directory.tidy(p);   // first: while it fails nothing is delivered in vain
		this.source = source;
		return mine;
	}

	// Acts on entries in order, each acknowledged with its effect.
	async handle(p, entries, again = false) {
		const stream = this.stream(p), ack = [stream, this.group];
		const deliveries = again && entries.length ? await this.deliveries(p, entries) : new Map();
		const found = entries.map(read);
		const names = new Set(found.filter(({ event }) => aboutBadge(event)).map(({ event }) => event.subject));
		const badges = await this.store.badges(p, [...names]);
		for (const { entry, text, event, error } of found) {
			if (this.stopping)
				return;         // the rest stays ours and comes first next time
			const tried = deliveries.get(entry) ?? 1;
			if (text === null) {    // trimmed while it was pending
				await this.directory.wantResync(p);
				await this.redis.xack(...ack, entry);
			} else if (error || tried > MAX_DELIVERIES) {
				const why = error?.message ?? `delivered ${tried} times`;
				console.error(`entry ${entry} is parked: ${why}`);
				await this.directory.park(p, ...ack, entry, text, why);
			} else if (await this.isCurrent(p, event)) {
				await this.directory.apply(p, ...ack, entry, event, badges.get(event.subject));
			} else {
				await this.redis.xack(...ack, entry);
			}
		}
	}

	// Events of an older store say nothing; those of a newer one begin with its badges.
	async isCurrent(p, event) {
		if (event.source !== this.source) {
			this.source = (await this.store.meta()).source;
			await this.resync(p);
		}
		return event.source === this.source;
	}

	// Reads the state of every badge if that is wanted; events go on from there.
	async resync(p) {
		const wanted = await this.directory.wanted(p, this.source);
		if (wanted === null)
			return;
		console.info(`partition ${p}: reading all badges`);
		for await (const names of this.store.pages(p)) {
			await this.directory.put(p, this.source, await this.store.badges(p, names));
			if (this.stopping)
				return;         // still wanted: the next start does it
		}
		for await (const held of this.directory.pages(p)) {
			const there = await this.store.badges(p, [...held.keys()]);
			await this.directory.forget(p, [...held].filter(([name]) => !there.has(name)));
		}
		await this.directory.resynced(p, this.source, wanted);
	}
}

const { values: options } = parseArgs({ options: {
	redis: { type: 'string', default: 'redis://127.0.0.1:6379/0' },
	user: { type: 'string' },       // of Redis; its password is in $REDIS_PASSWORD
	prefix: { type: 'string', default: 'certsync' },
	own: { type: 'string', default: 'directory' },          // prefix of the directory's keys
	group: { type: 'string', default: 'directory' },
	consumer: { type: 'string', default: hostname() },      // the same at every start
	partition: { type: 'string', multiple: true, default: [] },     // default: all
	'claim-after': { type: 'string', default: '60' },       // seconds; longer than a batch takes
} });
const redis = new Redis(options.redis, {
	username: options.user, password: process.env.REDIS_PASSWORD,
	connectionName: options.consumer, socketTimeout: TIMEOUT_MS,
	enableReadyCheck: false,        // INFO is nothing that a consumer may ask
	maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false,
	retryStrategy: (times) => Math.min(BACKOFF_MS[0] * times, BACKOFF_MS[1]),
});
redis.on('error', (error) => console.warn(error.message));
const consumer = new Consumer(new Store(redis, options.prefix), new Directory(redis, options.own), options);
for (const signal of ['SIGTERM', 'SIGINT'])
	process.on(signal, () => consumer.terminate());
await consumer.run();
process.exit();         // the client keeps a timer for its socket
