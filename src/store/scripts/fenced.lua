-- fenced.lua: every write that is not a badge.
-- KEYS: the fence of the slot, then every key the commands touch.
-- ARGV: 3 as in head.lua, then commands, each as argc and its words.
-- Replies {OK, {operation id, count}, results...}.
local out = { 'OK', id() }
local i = 4
while i <= #ARGV do
	local n = tonumber(ARGV[i])
	local r = redis.pcall(unpack(ARGV, i + 1, i + n))
	if type(r) == 'table' and r.err then
		-- Creating a group that is there is what was wanted.
		if not string.find(r.err, '^BUSYGROUP') then
			return redis.error_reply(r.err)
		end
		r = 'BUSYGROUP'
	end
	out[#out + 1] = r
	i = i + n + 1
end
return out
