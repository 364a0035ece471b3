-- fenced.lua: every write that is not a badge.
-- KEYS: the fence of the slot, then every key the commands touch.
-- ARGV: fence, operation id, then commands, each as argc and its words.
-- Replies {status, operation id, results...}: OK, or FENCED and nothing was done.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
	return { 'FENCED', ARGV[2] }
end
local out = { 'OK', ARGV[2] }
local i = 3
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
