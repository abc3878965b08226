import { createHash } from 'node:crypto'

export interface Script {
  readonly text: string
  readonly sha: string
}

function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}

/**
 * KEYS: the value. ARGV: the expected and the new value, with a colon before each, or empty for an
 * absent one; the TTL in ms. A driver may repeat the command, so the new value is written again if
 * it is there already: `WAIT` counts only writes of its own connection.
 */
export const SWAP: Script = script(`
local value = redis.call('GET', KEYS[1])
local held = value and ':' .. value or ''
if held ~= ARGV[1] and held ~= ARGV[2] then
  return held
end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], string.sub(ARGV[2], 2), 'PX', ARGV[3])
end
return ARGV[2]
`)

/**
 * A sliding log of turns, by the clock of Redis. KEYS: the turns, and the time of the last call.
 * ARGV: the id, the limit, the interval in ms, and the longest delay or nothing. Returns the delay
 * in ms, or -1 if it is too long.
 *
 * - If the clock was set back, also by a failover, the turns move with it.
 * - A process is the start of an id, before the last dot. One that has more than its share of the
 *   last 100 turns waits a moment longer, so that the others go first.
 */
export const RESERVE: Script = script(`
local function owned(id)
  return string.match(id, '^(.+)%.%d+$') or id
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit, interval = tonumber(ARGV[2]), tonumber(ARGV[3])
local before = tonumber(redis.call('GET', KEYS[2]) or now)
if now < before then
  local turns = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
  for i = 1, #turns, 2 do
    redis.call('ZADD', KEYS[1], turns[i + 1] + now - before, turns[i])
  end
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - interval)
local at = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or nil)
if not at then
  at = now
  local rank = redis.call('ZCARD', KEYS[1]) - limit
  if rank >= 0 then
    at = math.max(now, redis.call('ZRANGE', KEYS[1], rank, rank, 'WITHSCORES')[2] + interval)
  end
  local owner, owners, total, turns = owned(ARGV[1]), 0, 0, {}
  for _, id in ipairs(redis.call('ZRANGE', KEYS[1], -100, -1)) do
    local other = owned(id)
    owners = owners + (turns[other] and 0 or 1)
    turns[other] = (turns[other] or 0) + 1
    total = total + 1
  end
  if (turns[owner] or 0) * owners > total then
    at = at + interval * 0.005
  end
  if ARGV[4] ~= '' and at - now > tonumber(ARGV[4]) then
    return -1
  end
  redis.call('ZADD', KEYS[1], at, ARGV[1])
end
local ttl = math.max(math.ceil(at - now + interval) + 1, redis.call('PTTL', KEYS[1]))
redis.call('PEXPIRE', KEYS[1], ttl)
redis.call('SET', KEYS[2], now, 'PX', ttl)
return math.max(0, math.ceil(at - now))
`)
