-- write.lua: one version of one badge: hash, tile, filter sets, index, review
-- set, history and events change together or not at all.
-- All checks come before the first write: a script is atomic against crashes,
-- not against its own errors.
--
-- KEYS: 1 fence, 2 badge, 3 profile, 4 certified, 5-9 certified:<category> in
-- the order of ARGV 8, 10 badges, 11 review, 12 history, 13 events, 14 applied,
-- 15 tombstone.
-- ARGV: 1 fence, 2 operation id, 3 badge id, 4 profile id, 5 number of the
-- commit this one was decided on (0: the badge must not exist; not every commit
-- makes a version, but every one counts), 6 "put" or "erase", 7 score of the version in
-- Unix ms ("": no new version), 8 categories joined by ",", 9 tile ("": not
-- shown), 10 history entry ("": none), 11 history entries kept, 12 review due
-- ("": not in review), 13 command stream ("": none), 14 command id,
-- 15 tombstone, 16 its life in seconds, 17 number of events, events, number of
-- fields to set, field and value pairs, number of fields to delete, fields.
-- Replies {status, operation id, number}: OK, FENCED, STALE (another commit came
-- between), DUP (that command was applied before), TYPE (a key of another type).
local op = ARGV[2]
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
	return { 'FENCED', op }
end
local kinds = { 'string', 'hash', 'hash', 'set', 'set', 'set', 'set', 'set', 'set',
    'zset', 'zset', 'list', 'stream', 'hash', 'string' }
for i, kind in ipairs(kinds) do
	local t = redis.call('TYPE', KEYS[i]).ok
	if t ~= 'none' and t ~= kind then
		return { 'TYPE', op, KEYS[i] }
	end
end
local stream, id = ARGV[13], ARGV[14]
if stream ~= '' then
	local last = redis.call('HGET', KEYS[14], stream)
	if last then
		local lm, ls = string.match(last, '^(%d+)-(%d+)$')
		local m, s = string.match(id, '^(%d+)-(%d+)$')
		lm, ls, m, s = tonumber(lm), tonumber(ls), tonumber(m), tonumber(s)
		if m < lm or (m == lm and s <= ls) then
			return { 'DUP', op }
		end
	end
end
local number = redis.call('HGET', KEYS[2], 'commit') or '0'
if number ~= ARGV[5] then
	return { 'STALE', op, number }
end

local badge, profile, erase = ARGV[3], ARGV[4], ARGV[6] == 'erase'
local at = 18
for _ = 1, tonumber(ARGV[17]) do
	redis.call('XADD', KEYS[13], '*', 'event', ARGV[at])
	at = at + 1
end
local sets = tonumber(ARGV[at])
if erase then
	redis.call('DEL', KEYS[2], KEYS[12])
	redis.call('ZREM', KEYS[10], badge)
elseif sets > 0 then
	redis.call('HSET', KEYS[2], unpack(ARGV, at + 1, at + 2 * sets))
	redis.call('HINCRBY', KEYS[2], 'commit', 1)
end
at = at + 1 + 2 * sets
local dels = tonumber(ARGV[at])
if dels > 0 and not erase then
	redis.call('HDEL', KEYS[2], unpack(ARGV, at + 1, at + dels))
end
if ARGV[7] ~= '' and not erase then
	redis.call('ZADD', KEYS[10], ARGV[7], badge)
end
if ARGV[10] ~= '' and not erase then
	redis.call('LPUSH', KEYS[12], ARGV[10])
	redis.call('LTRIM', KEYS[12], 0, tonumber(ARGV[11]) - 1)
end
if ARGV[12] ~= '' then
	redis.call('ZADD', KEYS[11], ARGV[12], badge)
else
	redis.call('ZREM', KEYS[11], badge)
end
if ARGV[9] ~= '' then
	redis.call('HSET', KEYS[3], badge, ARGV[9])
else
	redis.call('HDEL', KEYS[3], badge)
end

-- The filter sets follow from the profile's tiles, whatever they were before.
local any, has = false, {}
for _, tile in ipairs(redis.call('HVALS', KEYS[3])) do
	local ok, t = pcall(cjson.decode, tile)
	if ok and t.status == 'verified' then
		any = true
		has[t.category] = true
	end
end
redis.call(any and 'SADD' or 'SREM', KEYS[4], profile)
local k = 5
for category in string.gmatch(ARGV[8], '[^,]+') do
	redis.call(has[category] and 'SADD' or 'SREM', KEYS[k], profile)
	k = k + 1
end
if stream ~= '' then
	redis.call('HSET', KEYS[14], stream, id)
end
if ARGV[15] ~= '' then
	redis.call('SET', KEYS[15], ARGV[15], 'EX', ARGV[16])
elseif not erase then
	redis.call('DEL', KEYS[15])
end
return { 'OK', op, redis.call('HGET', KEYS[2], 'commit') or '' }
