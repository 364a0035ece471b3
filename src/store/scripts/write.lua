-- write.lua: one version of one badge: hash, tile, filter sets, index, review
-- set, history and events change together or not at all.
-- All checks come before the first write: a script is atomic against crashes,
-- not against its own errors.
--
-- KEYS: 1 fence, 2 badge, 3 profile, 4 certified, 5-9 certified:<category> in
-- the order of ARGV 9, 10 badges, 11 review, 12 history, 13 events, 14 applied,
-- 15 tombstone, 16 stuck commands.
-- ARGV: 1-3 as in head.lua, 4 badge id, 5 profile id, 6 number of the
-- commit this one was decided on (0: the badge must not exist; not every commit
-- makes a version, but every one counts), 7 "put" or "erase", 8 score of the version in
-- Unix ms ("": no new version), 9 categories joined by ",", 10 tile ("": not
-- shown), 11 history entry ("": none), 12 history entries kept, 13 review due
-- ("": not in review), 14 command stream ("": none), 15 command's round and id,
-- 16 tombstone, 17 its life in seconds, 18 the stuck command that this is ("": none),
-- 19 number of events, events, number of fields to set, field and value pairs, number
-- of fields to delete, fields.
-- Replies {status, {operation id, count}, number}: OK, STALE (another commit came
-- between), DUP (that command was applied before), TYPE (a key of another type).
local answer = id()
local kinds = { 'hash', 'hash', 'hash', 'set', 'set', 'set', 'set', 'set', 'set',
    'zset', 'zset', 'list', 'stream', 'hash', 'string', 'hash' }
for i, kind in ipairs(kinds) do
	local t = redis.call('TYPE', KEYS[i]).ok
	if t ~= 'none' and t ~= kind then
		return { 'TYPE', answer, KEYS[i] }
	end
end
local stream, command = ARGV[14], ARGV[15]
if stream ~= '' and was_applied(KEYS[14], stream, command) then
	return { 'DUP', answer }
end
-- One that was stuck looks at no mark: it is done when it is stuck no more.
local stuck = ARGV[18]
if stuck ~= '' and redis.call('HEXISTS', KEYS[16], stuck) == 0 then
	return { 'DUP', answer }
end
local number = redis.call('HGET', KEYS[2], 'commit') or '0'
if number ~= ARGV[6] then
	return { 'STALE', answer, number }
end

local badge, profile, erase = ARGV[4], ARGV[5], ARGV[7] == 'erase'
local at = 20
for _ = 1, tonumber(ARGV[19]) do
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
if ARGV[8] ~= '' and not erase then
	redis.call('ZADD', KEYS[10], ARGV[8], badge)
end
if ARGV[11] ~= '' and not erase then
	redis.call('LPUSH', KEYS[12], ARGV[11])
	redis.call('LTRIM', KEYS[12], 0, tonumber(ARGV[12]) - 1)
end
if ARGV[13] ~= '' then
	redis.call('ZADD', KEYS[11], ARGV[13], badge)
else
	redis.call('ZREM', KEYS[11], badge)
end
if ARGV[10] ~= '' then
	redis.call('HSET', KEYS[3], badge, ARGV[10])
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
for category in string.gmatch(ARGV[9], '[^,]+') do
	redis.call(has[category] and 'SADD' or 'SREM', KEYS[k], profile)
	k = k + 1
end
if stream ~= '' then
	redis.call('HSET', KEYS[14], stream, command)
end
if stuck ~= '' then
	redis.call('HDEL', KEYS[16], stuck)
end
if ARGV[16] ~= '' then
	redis.call('SET', KEYS[15], ARGV[16], 'EX', ARGV[17])
elseif not erase then
	redis.call('DEL', KEYS[15])
end
return { 'OK', answer, redis.call('HGET', KEYS[2], 'commit') or '' }
