-- fence.lua: takes the writer's place in one slot, never from a higher number.
-- KEYS: the fence.  ARGV: the number, operation id, the highest count that an
-- answer of this slot has had.
-- Replies {OK, {operation id, count}}; {FENCED|OLDER, {operation id}} as head.lua.
local number, count = fence_read(KEYS[1])
if number > tonumber(ARGV[1]) then
	return { 'FENCED', { ARGV[2] } }
end
if count < tonumber(ARGV[3]) then
	return { 'OLDER', { ARGV[2] } }
end
redis.call('HSET', KEYS[1], 'fence', ARGV[1])
return { 'OK', { ARGV[2], redis.call('HINCRBY', KEYS[1], 'count', 1) } }
