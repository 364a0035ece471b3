-- meta.lua: creates the store's description on first use, or reads it, and
-- takes the next fencing number, unless another daemon has the lease.
-- KEYS: meta, its fence, the hash key, the lease.
-- ARGV: operation id, schema, partitions, epoch for a store that is new or was
-- rolled back, hash key (hex) for a new store, the fencing number we took last,
-- the id that begins our lease.
-- Replies {status, operation id, schema, partitions, epoch, hash key, fence}.
-- Status: NEW (created now), OK, RESET (its fence is lower than the one we took).
-- {HELD, operation id, lease}: another daemon lives, and nothing was done.
local holder = redis.call('GET', KEYS[4])
if holder and string.match(holder, '^%S*') ~= ARGV[7] then
	return { 'HELD', ARGV[1], holder }
end
local status = 'OK'
local known = tonumber(ARGV[6])
local fence = tonumber(redis.call('GET', KEYS[2]) or '0')
if redis.call('EXISTS', KEYS[1]) == 0 then
	redis.call('HSET', KEYS[1], 'schema', ARGV[2], 'partitions', ARGV[3], 'epoch', ARGV[4])
	status = 'NEW'
elseif fence < known then
	redis.call('HSET', KEYS[1], 'epoch', ARGV[4])
	status = 'RESET'
end
redis.call('SETNX', KEYS[3], ARGV[5])
if fence < known then
	fence = known
end
fence = fence + 1
redis.call('SET', KEYS[2], string.format('%.0f', fence))
local m = redis.call('HMGET', KEYS[1], 'schema', 'partitions', 'epoch')
return { status, ARGV[1], m[1], m[2], m[3], redis.call('GET', KEYS[3]), string.format('%.0f', fence) }
