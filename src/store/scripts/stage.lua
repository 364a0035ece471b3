-- stage.lua: adds lines to the diff of a running poll.
-- KEYS: fence, staged hash.  ARGV: 3 as in head.lua, most lines a field may
-- have, then field and line pairs.
-- Replies {OK|FULL, {operation id, count}}; FULL: a number has too many records.
local answer = id()
local most = tonumber(ARGV[4])
for i = 5, #ARGV, 2 do
	local old = redis.call('HGET', KEYS[2], ARGV[i])
	if not old then
		redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
	else
		local found, lines = false, 0
		for line in string.gmatch(old, '[^\n]+') do
			lines = lines + 1
			found = found or line == ARGV[i + 1]
		end
		if lines >= most then
			return { 'FULL', answer }
		end
		if not found then
			redis.call('HSET', KEYS[2], ARGV[i], old .. '\n' .. ARGV[i + 1])
		end
	end
end
return { 'OK', answer }
