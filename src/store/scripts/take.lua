-- take.lua: put before the scripts that take the writer's place in a slot.
-- The number and the count that are there; before counts there was the number alone.
local function fence_read(key)
	if redis.call('TYPE', key).ok == 'string' then
		local number = redis.call('GET', key)
		redis.call('DEL', key)
		redis.call('HSET', key, 'fence', number)
	end
	local f = redis.call('HMGET', key, 'fence', 'count')
	return tonumber(f[1] or '0'), tonumber(f[2] or '0')
end
