-- account.lua: what of all that the daemon does its account may not do.  Inside
-- a script Redis does not say which command or key it refused, so it is asked
-- before the first one.
-- ARGV: names of keys, one of every kind.
-- Replies {commands, keys} that are refused: none, if all is allowed or Redis
-- cannot tell (before 7.0).
if not redis.acl_check_cmd then
	return { {}, {} }
end
-- Keys by a command that is allowed, as we are in it; then commands by a key
-- that is, so that each is named only if it is refused itself.
local keys, commands, mine = {}, {}, nil
for _, key in ipairs(ARGV) do
	if redis.acl_check_cmd('EVAL', 'x', 1, key) then
		mine = mine or key
	else
		keys[#keys + 1] = key
	end
end
-- @ stands for that key.
local all = [[
EVAL x 1 @
EVALSHA x 1 @
SCRIPT LOAD x
TIME
EXISTS @
TYPE @
GET @
SET @ v
SETNX @ v
DEL @
UNLINK @
EXPIRE @ 1
HGET @ f
HMGET @ f
HGETALL @
HVALS @
HSCAN @ 0
HEXISTS @ f
HLEN @
HSET @ f v
HDEL @ f
HINCRBY @ f 1
SADD @ m
SREM @ m
ZADD @ 1 m
ZREM @ m
ZCARD @
ZRANGE @ 0 0
ZSCAN @ 0
LPUSH @ v
LRANGE @ 0 0
LTRIM @ 0 0
XADD @ * f v
XACK @ g 0
XDEL @ 0
XLEN @
XRANGE @ - +
XREVRANGE @ + -
XREADGROUP GROUP g c STREAMS @ 0
XPENDING @ g
XTRIM @ MAXLEN 0
XGROUP CREATE @ g 0
XINFO GROUPS @
XINFO STREAM @
]]
if mine then
	for line in string.gmatch(all, '[^\n]+') do
		local words = {}
		for word in string.gmatch(line, '%S+') do
			words[#words + 1] = word == '@' and mine or word
		end
		if not redis.acl_check_cmd(unpack(words)) then
			commands[#commands + 1] = string.match(line, '^%u+ %u%u+') or words[1]
		end
	end
end
return { commands, keys }
