-- claims.lua: reads commands of a stream for the group, without ever sending
-- an entry larger than a command can be: those come as id and size only.
-- KEYS: fence, stream.
-- ARGV: fence, operation id, group, consumer, "0" (own pending) or ">", count,
-- most bytes of an entry.
-- Replies {OK|FENCED|NOGROUP, operation id, {id, bytes, {field, value...}}...}.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
	return { 'FENCED', ARGV[2] }
end
local r = redis.pcall('XREADGROUP', 'GROUP', ARGV[3], ARGV[4], 'COUNT', ARGV[6],
    'STREAMS', KEYS[2], ARGV[5])
if type(r) == 'table' and r.err then
	if string.find(r.err, '^NOGROUP') then
		return { 'NOGROUP', ARGV[2] }
	end
	return redis.error_reply(r.err)
end
local out = { 'OK', ARGV[2] }
if not r then
	return out
end
for _, entry in ipairs(r[1][2]) do
	local fields = entry[2]
	local bytes = 0
	if type(fields) ~= 'table' then
		fields = {}		-- deleted while pending
	end
	for _, f in ipairs(fields) do
		bytes = bytes + #f
	end
	if bytes > tonumber(ARGV[7]) then
		fields = {}
	end
	out[#out + 1] = { entry[1], bytes, fields }
end
return out
