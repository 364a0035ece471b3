-- head.lua: how every script begins that the daemon writes with; put before its
-- own text.
-- KEYS[1]: the fence of the slot, a hash of the writer's number (`fence`) and of
-- how many scripts were run (`count`).
-- ARGV: 1 the writer's number, 2 operation id, 3 the highest count that an
-- answer of this slot has had.
-- Replies {FENCED, {operation id}}: another one writes.  {OLDER, {operation id}}:
-- scripts that were answered have not been run here: the store is an older one.
local head = redis.pcall('HMGET', KEYS[1], 'fence', 'count')
if head.err then
	if not string.find(head.err, '^WRONGTYPE') then
		return redis.error_reply(head.err)
	end
	head = {}
end
if head[1] ~= ARGV[1] then
	return { 'FENCED', { ARGV[2] } }
end
if tonumber(head[2] or '0') < tonumber(ARGV[3]) then
	return { 'OLDER', { ARGV[2] } }
end
-- The second element of an answer: operation id and count.
local function id()
	return { ARGV[2], redis.call('HINCRBY', KEYS[1], 'count', 1) }
end
-- Of decimal numbers as Redis writes them: beyond 2^53 they are no Lua numbers.
local function less(a, b)
	return #a < #b or (#a == #b and a < b)
end
-- "MS-SEQ" of a command stream's first round, "ROUND:MS-SEQ" of a later one.
local function command_parts(text)
	local round, ms, seq = string.match(text, '^(%d+):(%d+)-(%d+)$')
	if not round then
		ms, seq = string.match(text, '^(%d+)-(%d+)$')
	end
	return round or '0', ms, seq
end
-- Whether that command, or one behind it, is the last that was applied here.
local function was_applied(key, stream, command)
	local last = redis.call('HGET', key, stream)
	if not last then
		return false
	end
	local lr, lm, ls = command_parts(last)
	local r, m, s = command_parts(command)
	return less(r, lr) or (r == lr and (less(m, lm) or (m == lm and not less(ls, s))))
end
