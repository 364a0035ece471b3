-- fence.lua: takes the writer's number in one slot, never lowers it.
-- KEYS: the fence.  ARGV: the number, operation id.
local now = tonumber(redis.call('GET', KEYS[1]) or '0')
if now > tonumber(ARGV[1]) then
	return { 'FENCED', ARGV[2] }
end
redis.call('SET', KEYS[1], ARGV[1])
return { 'OK', ARGV[2] }
