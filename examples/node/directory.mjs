// SPDX-License-Identifier: ISC
// What this service does about events: a directory of badges, and mails to their owners,
// in keys of its own in the same Redis.  The memory of an event, its effect and its
// acknowledgement are one script, so an event has its effect exactly once.
import { aboutBadge } from './store.mjs';

const SEEN_MS = 31 * 86400e3;   // a day more than [events] retain_days: older ones do not come again
const SEEN_MAX = 1e6;           // nor do more than [events] max_entries
const PARKED_MAX = 10000;       // the newest are kept
const MAILED = ['verified', 'expired', 'suspended', 'revoked', 'expiring'];
const MAIL_CAUSES = ['poll', 'lookup', 'expiry', 'operator'];   // not the owner's own doing, nor an import
const READ_AGAIN = ['org.certsync.store.reset.v1', 'org.certsync.stream.trimmed.v1'];

// A badge's row is JSON with version and source.  hold() keeps the newest of one store.
const LUA = `
local badges, state = KEYS[1], KEYS[2]
local function hold(name, row)
	local held = redis.call('HGET', badges, name)
	local new, old = cjson.decode(row), held and cjson.decode(held)
	if not old or old.source ~= new.source or new.version > old.version then
		redis.call('HSET', badges, name, row)
	end
end
local function forget(name, version)
	local held = redis.call('HGET', badges, name)
	if held and cjson.decode(held).version <= tonumber(version) then
		redis.call('HDEL', badges, name)
	end
end
`;

const SCRIPTS = {
	// KEYS then: events seen mails.  ARGV: group entry event row mail; event: id, source and again,
	// and for badges about, version and new.
	directoryApply: { numberOfKeys: 5, lua: `${LUA}
local stream, seen, mails = KEYS[3], KEYS[4], KEYS[5]
local event = cjson.decode(ARGV[3])
local id, again, word = event.source .. ' ' .. event.id, event.again, 'duplicate'
if not redis.call('ZSCORE', seen, id) then
	if event.about then
		-- Versions rise by one: where one is missing, other badges may miss theirs.
		local held = redis.call('HGET', badges, event.about)
		held = held and cjson.decode(held)
		if held and held.source == event.source then again = event.version > held.version + 1
		else again = not event.new end
		if ARGV[4] == '' then forget(event.about, event.version) else hold(event.about, ARGV[4]) end
	end
	if ARGV[5] ~= '' then redis.call('XADD', mails, '*', 'mail', ARGV[5]) end
	if again then redis.call('HINCRBY', state, 'wanted', 1) end
	redis.call('ZADD', seen, redis.call('TIME')[1] * 1000, id)
	word = 'done'
end
redis.call('XACK', stream, ARGV[1], ARGV[2])    -- last: a script that fails is not undone
return word` },
	// then (name row)...
	directoryPut: { numberOfKeys: 2, lua: `${LUA}
for i = 1, #ARGV, 2 do hold(ARGV[i], ARGV[i + 1]) end` },
	// then (name version)...
	directoryForget: { numberOfKeys: 2, lua: `${LUA}
for i = 1, #ARGV, 2 do forget(ARGV[i], ARGV[i + 1]) end` },
};

export class Directory {
	constructor(redis, prefix) {
		this.redis = redis;
		this.prefix = prefix;
		for (const [name, script] of Object.entries(SCRIPTS))
			redis.defineCommand(name, script);
	}

	// The same braces as certsyncd's keys: one slot, so one script may touch both.
	key(p, name) {
		return `${this.prefix}:{${p}}:${name}`;
	}

	// Forgets what cannot come again; also tells whether the directory can be written.
	async tidy(p) {
		await this.redis.hset(this.key(p, 'state'), 'tidied', new Date().toISOString());
		await this.redis.zremrangebyscore(this.key(p, 'seen'), '-inf', Date.now() - SEEN_MS);
		await this.redis.zremrangebyrank(this.key(p, 'seen'), 0, -1 - SEEN_MAX);
	}

	// Acts on an event once and acknowledges it: "done" or "duplicate".  badge: its fields
	// in Redis now, at least as new as the event; undefined: gone, or not about a badge.
	apply(p, stream, group, entry, event, badge) {
		const about = aboutBadge(event), { data, source } = event, kind = event.type.split('.')[3];
		// By now another change may have come: say only what is still true.
		const mail = about && MAILED.includes(kind) && MAIL_CAUSES.includes(data.cause) &&
			data.to === badge?.status;
		return this.redis.directoryApply(this.key(p, 'badges'), this.key(p, 'state'),
			stream, this.key(p, 'seen'), this.key(p, 'mails'), group, entry,
			JSON.stringify({ id: event.id, source, again: READ_AGAIN.includes(event.type),
				...(about && { about: data.badge, version: data.version, new: !data.from }) }),
			badge ? row(source, badge) : '',
			mail ? JSON.stringify({ event: `${source} ${event.id}`, profile: data.profile, what: kind }) : '');
	}

	// Puts an entry aside for a person; what it may have said is read from the badges.
	async park(p, stream, group, entry, text, error) {
		await this.redis.multi()
			.xadd(this.key(p, 'parked'), 'MAXLEN', '~', PARKED_MAX, '*', 'entry', entry, 'event', text, 'error', error)
			.hincrby(this.key(p, 'state'), 'wanted', 1)
			.xack(stream, group, entry).exec();
	}

	// --- all badges ---

	wantResync(p) {
		return this.redis.hincrby(this.key(p, 'state'), 'wanted', 1);
	}

	// Which resync is wanted; null: all badges of this life of the store have been read.
	async wanted(p, source) {
		const [wanted, done, known] = await this.redis.hmget(this.key(p, 'state'), 'wanted', 'done', 'source');
		return Number(done) >= Number(wanted) && known === source ? null : Number(wanted);
	}

	resynced(p, source, wanted) {
		return this.redis.hset(this.key(p, 'state'), 'source', source, 'done', wanted);
	}

	async put(p, source, badges) {
		const rows = [...badges].flatMap(([name, badge]) => [name, row(source, badge)]);
		await this.redis.directoryPut(this.key(p, 'badges'), this.key(p, 'state'), ...rows);
	}

	// Name -> version of the badges held, in pages.
	async *pages(p) {
		let cursor = '0';
		do {
			const [next, list] = await this.redis.hscan(this.key(p, 'badges'), cursor, 'COUNT', 500);
			const held = new Map();
			for (let i = 0; i < list.length; i += 2)
				held.set(list[i], JSON.parse(list[i + 1]).version);
			yield held;
			cursor = next;
		} while (cursor !== '0');
	}

	async forget(p, badges) {
		await this.redis.directoryForget(this.key(p, 'badges'), this.key(p, 'state'), ...badges.flat());
	}
}

function row(source, badge) {
	return JSON.stringify({ source, ...badge, version: Number(badge.version) });
}
