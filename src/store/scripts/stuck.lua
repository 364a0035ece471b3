-- stuck.lua: a command that cannot be carried out now leaves its stream's order: it is
-- kept among the stuck ones of its partition, and counts as applied there.
-- KEYS: fence, stuck, applied.
-- ARGV: 3 as in head.lua, field, the command as JSON, its stream, round and id, how many
-- stuck ones there may be.
-- Replies {status, {operation id, count}}: OK, DUP (it was applied before), FULL, TYPE
-- (a key of another type, named).
local answer = id()
for i = 2, 3 do
	local t = redis.call('TYPE', KEYS[i]).ok
	if t ~= 'none' and t ~= 'hash' then
		return { 'TYPE', answer, KEYS[i] }
	end
end
-- Once more, after a lost answer.
if redis.call('HEXISTS', KEYS[2], ARGV[4]) == 1 then
	return { 'OK', answer }
end
if was_applied(KEYS[3], ARGV[6], ARGV[7]) then
	return { 'DUP', answer }
end
if redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[8]) then
	return { 'FULL', answer }
end
redis.call('HSET', KEYS[2], ARGV[4], ARGV[5])
redis.call('HSET', KEYS[3], ARGV[6], ARGV[7])
return { 'OK', answer }
