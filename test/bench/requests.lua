-- What wrk sends and reports; used by wrk.ts beside it.
-- wrk … -s requests.lua URL -- FILE FIRST    sends the requests of the file in turn, beginning with number FIRST from 0

local requests = {}
local turn = 0

-- Formatted once: formatting each request anew would measure Lua.
function init(args)
  local headers = { ["Content-Type"] = "application/json" }
  for line in io.lines(args[1]) do
    local method, path, body = line:match("^(%S+) (%S+) ?(.*)$")
    if body == "" then
      requests[#requests + 1] = wrk.format(method, path)
    else
      requests[#requests + 1] = wrk.format(method, path, headers, body)
    end
  end
  turn = tonumber(args[2])
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

-- One line for the program to read; wrk counts microseconds.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'result {"requests":%d,"seconds":%f,"p50Ms":%f,"p99Ms":%f,"p999Ms":%f,"badStatuses":%d,"brokenConnections":%d}\n',
    summary.requests,
    summary.duration / 1e6,
    latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3,
    latency:percentile(99.9) / 1e3,
    errors.status,
    errors.connect + errors.read + errors.write + errors.timeout
  ))
end
