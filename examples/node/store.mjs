// SPDX-License-Identifier: ISC
// What certsyncd keeps in Redis, as a consumer reads it.
import { CloudEvent } from 'cloudevents';

const SCHEMA = '1';             // major version of the store that this program knows
const PAGE = 500;               // badges a read while all are read
const FIELDS = ['version', 'profile', 'status', 'valid_until', 'visibility'];   // what we need

export class Store {
	constructor(redis, prefix) {
		this.redis = redis;
		this.prefix = prefix;
	}

	// A key of partition p; the braces keep all of them in one slot of a cluster.
	key(p, ...parts) {
		return [this.prefix, `{${p}}`, ...parts].join(':');
	}

	// The source of the events of this life of the store, and the number of partitions.
	async meta() {
		const [schema, partitions, epoch] = await this.redis.hmget(
			`${this.prefix}:meta`, 'schema', 'partitions', 'epoch');
		if (!epoch || schema.split('.')[0] !== SCHEMA)
			throw new Error(`no store of version ${SCHEMA}`);
		return { source: `urn:certsync:${epoch}`, partitions: Number(partitions) };
	}

	// Name -> FIELDS of those badges that are there.
	async badges(p, names) {
		const pipe = this.redis.pipeline();
		for (const name of names)
			pipe.hmget(this.key(p, 'badge', name), ...FIELDS);
		const found = new Map();
		for (const [i, [error, values]] of (await pipe.exec()).entries()) {
			if (error)
				throw error;
			if (values[0] !== null)
				found.set(names[i], Object.fromEntries(FIELDS.map((f, n) => [f, values[n]])));
		}
		return found;
	}

	// The names of all badges by the time of their last version: what changes comes again.
	async *pages(p) {
		for (let low = '-inf', count = PAGE; ;) {
			const page = await this.redis.zrangebyscore(
				this.key(p, 'badges'), low, '+inf', 'WITHSCORES', 'LIMIT', 0, count);
			yield page.filter((_, i) => i % 2 === 0);
			if (page.length < 2 * count)
				return;
			if (page.at(-1) === low)        // a page of one millisecond: take more of it
				count *= 2;
			low = page.at(-1);
		}
	}
}

// [name, value, name, value...] of a reply as an object.
export function pairs(list) {
	const object = {};
	for (let i = 0; i < list.length; i += 2)
		object[list[i]] = list[i + 1];
	return object;
}

// An entry's id and text, and its event, or the error if it is none.  No text: it was trimmed.
export function read([entry, fields]) {
	if (fields === null)
		return { entry, text: null };
	const text = pairs(fields).event ?? '';
	try {
		return { entry, text, event: parse(text) };
	} catch (error) {
		return { entry, text, error };
	}
}

function parse(text) {
	const document = JSON.parse(text);
	// The SDK makes up an id that is missing, and lets other versions pass unchecked.
	if (document?.specversion !== '1.0' || !document.id || !document.subject || !document.data)
		throw new Error('not an event of certsyncd');
	const event = new CloudEvent(document);         // strict: throws a ValidationError
	if (aboutBadge(event) && !(event.data.badge === event.subject && Number.isSafeInteger(event.data.version)))
		throw new Error('no badge, or no version');
	return event;
}

export function aboutBadge(event) {
	return event?.type.startsWith('org.certsync.badge.');
}
