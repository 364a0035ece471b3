-- claims.lua: reads commands of a stream for the group, without ever sending
-- an entry larger than a command can be: those come as id and size only.
-- KEYS: fence, stream.
-- ARGV: 3 as in head.lua, group, consumer, "0" (own pending) or ">", how many,
-- most bytes of an entry.
-- Replies {OK, {operation id, count}, {id, bytes, {field, value...}}...}; without
-- entries {OK|NOGROUP, {operation id}}: nothing was changed, and an idle daemon
-- writes nothing.
local r = redis.pcall('XREADGROUP', 'GROUP', ARGV[4], ARGV[5], 'COUNT', ARGV[7],
    'STREAMS', KEYS[2], ARGV[6])
if type(r) == 'table' and r.err then
	if string.find(r.err, '^NOGROUP') then
		return { 'NOGROUP', { ARGV[2] } }
	end
	return redis.error_reply(r.err)
end
if not r or #r[1][2] == 0 then
	return { 'OK', { ARGV[2] } }
end
local out = { 'OK', id() }
for _, entry in ipairs(r[1][2]) do
	local fields = entry[2]
	local bytes = 0
	if type(fields) ~= 'table' then
		fields = {}		-- deleted while pending
	end
	for _, f in ipairs(fields) do
		bytes = bytes + #f
	end
	if bytes > tonumber(ARGV[8]) then
		fields = {}
	end
	out[#out + 1] = { entry[1], bytes, fields }
end
return out
