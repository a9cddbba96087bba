-- For wrk with one thread: every request creates an account of a new name of 16 characters, as a page under development would.
-- After -- come PREFIX, one character that sets the names of this load apart from those of another on the same server; SPACES:
-- unless 0, requests go to so many spaces in turn; PAUSE: unless 0, each connection waits so many milliseconds before each request.
function init(args)
  prefix, spaces, count = args[1] or "a", tonumber(args[2] or 0), 0
  local pause = tonumber(args[3] or 0)
  if pause > 0 then delay = function() return pause end end
  before = "POST "
  after = wrk.path .. "/users/ HTTP/1.1\r\nHost: " .. wrk.host .. ":" .. wrk.port ..
    "\r\nOrigin: http://localhost:3000\r\nContent-Length: 0\r\nUsername: "
end

function request()
  count = count + 1
  local space = spaces > 0 and string.format("/~soak-%d", count % spaces) or ""
  return before .. space .. after .. string.format("%s%015d\r\n\r\n", prefix, count)
end

-- One line for the script: creates a second, p99 in microseconds, requests, and those that were not answered with success.
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("load %.1f %d %d %d\n", summary.requests / summary.duration * 1e6, latency:percentile(99),
    summary.requests, e.status + e.connect + e.read + e.write + e.timeout))
end
