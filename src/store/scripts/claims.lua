-- claims.lua: reads commands of a stream for the group, without ever sending
-- an entry larger than a command can be: those come as id and size only.
-- KEYS: fence, stream, what is known of the stream: a hash of its last id (`last`), how
-- many entries were ever added (`added`), and its round: how often it began again.
-- ARGV: 3 as in head.lua, group, consumer, "0" (own pending) or ">", how many,
-- most bytes of an entry.
-- Replies {OK, {operation id, count}, {round, 1 if it has just begun again}, {id, bytes,
-- {field, value...}}...}; without entries {OK|NOGROUP, {operation id}}: nothing was
-- changed, and an idle daemon writes nothing.
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
local info = redis.call('XINFO', 'STREAM', KEYS[2])
local now = {}
for i = 1, #info, 2 do
	now[info[i]] = info[i + 1]
end
local function parts(text)
	return string.match(text, '^(%d+)-(%d+)$')
end
-- A stream that was deleted and made anew counts from its beginning, and its ids may be
-- lower than those that were applied: both only ever rise in one stream.
local known = redis.call('HMGET', KEYS[3], 'last', 'added', 'round')
local round, begun = known[3] or '0', 0
local added = tostring(now['entries-added'] or 0)
if known[1] then
	local m, s = parts(now['last-generated-id'])
	local lm, ls = parts(known[1])
	if less(m, lm) or (m == lm and less(s, ls)) or less(added, known[2]) then
		round, begun = tostring(redis.call('HINCRBY', KEYS[3], 'round', 1)), 1
	end
end
redis.call('HSET', KEYS[3], 'last', now['last-generated-id'], 'added', added)
local out = { 'OK', id(), { round, begun } }
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
