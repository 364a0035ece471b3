-- meta.lua: creates the store's description on first use, or reads it, and
-- takes the next fencing number, unless another daemon has the lease.
-- KEYS: meta, its fence, the hash key, the lease, the rules that badges were decided by.
-- ARGV: 1 operation id, 2 schema, 3 partitions, 4 epoch for a store that is new or
-- was rolled back, 5 hash key (hex) for a new store, 6 the fencing number we took
-- last, 7 the id that begins our lease, 8 the highest count that an answer of this
-- slot has had, 9 "older": another slot has been found with a lower one, "adopt":
-- an operator takes whatever store there is, or "", 10 what we have known: "store",
-- "badges" (one with some) or "", 11 the epochs that were ours, each with a blank
-- behind it.
-- Replies {status, operation id, schema, partitions, epoch, hash key, fence, count}.
-- Status: NEW (created now), OK, RESET (its fence or a count is lower than it was),
-- AGAIN (it was reset, and not all badges were decided anew since).
-- {HELD, operation id, lease}: another daemon lives; {EMPTY, operation id}: there is
-- no store, but we have known badges; {FOREIGN, operation id}: it has an epoch that
-- never was ours.  Then nothing was done.
local holder = redis.call('GET', KEYS[4])
if holder and string.match(holder, '^%S*') ~= ARGV[7] then
	return { 'HELD', ARGV[1], holder }
end
local there = redis.call('EXISTS', KEYS[1]) == 1
local epoch = redis.call('HGET', KEYS[1], 'epoch') or ''
if ARGV[9] ~= 'adopt' then
	if not there and ARGV[10] == 'badges' then
		return { 'EMPTY', ARGV[1] }
	end
	if there and ARGV[11] ~= '' and not string.find(ARGV[11], epoch .. ' ', 1, true) then
		return { 'FOREIGN', ARGV[1] }
	end
end
local status = 'OK'
local known = tonumber(ARGV[6])
local fence, count = fence_read(KEYS[2])
if not there then
	redis.call('HSET', KEYS[1], 'schema', ARGV[2], 'partitions', ARGV[3], 'epoch', ARGV[4])
	status = 'NEW'
elseif fence < known or count < tonumber(ARGV[8]) or ARGV[9] ~= '' then
	redis.call('HSET', KEYS[1], 'epoch', ARGV[4])
	status = 'RESET'
end
if status == 'RESET' or (status == 'NEW' and ARGV[10] ~= '') then
	redis.call('SET', KEYS[5], 'rebuild')
elseif status == 'OK' and redis.call('GET', KEYS[5]) == 'rebuild' then
	status = 'AGAIN'
end
redis.call('SETNX', KEYS[3], ARGV[5])
if fence < known then
	fence = known
end
local number = string.format('%.0f', fence + 1)
redis.call('HSET', KEYS[2], 'fence', number)
local m = redis.call('HMGET', KEYS[1], 'schema', 'partitions', 'epoch')
return { status, ARGV[1], m[1], m[2], m[3], redis.call('GET', KEYS[3]), number,
    redis.call('HINCRBY', KEYS[2], 'count', 1) }
