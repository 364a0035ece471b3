-- meta.lua: creates the store's description on first use, or reads it, and
-- takes the next fencing number.
-- KEYS: meta, its fence, the hash key.
-- ARGV: operation id, schema, partitions, epoch for a new store, hash key (hex)
-- for a new store, the least fencing number to take, "1" to force the epoch.
-- Replies {status, operation id, schema, partitions, epoch, hash key, fence}.
-- Status: NEW (created now), OK, RESET (epoch replaced).
local status = 'OK'
if redis.call('EXISTS', KEYS[1]) == 0 then
	redis.call('HSET', KEYS[1], 'schema', ARGV[2], 'partitions', ARGV[3], 'epoch', ARGV[4])
	status = 'NEW'
elseif ARGV[7] == '1' then
	redis.call('HSET', KEYS[1], 'epoch', ARGV[4])
	status = 'RESET'
end
redis.call('SETNX', KEYS[3], ARGV[5])
local fence = tonumber(redis.call('GET', KEYS[2]) or '0') + 1
if fence < tonumber(ARGV[6]) then
	fence = tonumber(ARGV[6])
end
redis.call('SET', KEYS[2], string.format('%.0f', fence))
local m = redis.call('HMGET', KEYS[1], 'schema', 'partitions', 'epoch')
return { status, ARGV[1], m[1], m[2], m[3], redis.call('GET', KEYS[3]), string.format('%.0f', fence) }
