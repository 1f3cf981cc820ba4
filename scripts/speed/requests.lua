-- What wrk sends and reports; used by measurement.mjs beside it.
-- wrk … -s requests.lua URL -- lookup             sends GET to the URL
-- wrk … -s requests.lua URL -- orders A,B,C       sends POST with sells and buys of one share of A, B and C

local requests = {}
local turn = 0

-- Each stock is sold before it is bought, so that no stock runs out.
function init(args)
  if args[1] ~= "orders" then
    requests[1] = wrk.format("GET")
    return
  end
  local headers = { ["Content-Type"] = "application/json" }
  for name in string.gmatch(args[2], "[^,]+") do
    for _, type in ipairs({ "sell", "buy" }) do
      local body = string.format('{"name":"%s","quantity":1,"type":"%s"}', name, type)
      requests[#requests + 1] = wrk.format("POST", nil, headers, body)
    end
  end
end

-- Formatted once above: formatting each request anew would measure Lua.
function request()
  turn = turn % #requests + 1
  return requests[turn]
end

-- One line for the script to read; wrk counts microseconds.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'result {"requests":%d,"seconds":%f,"p50Ms":%f,"p99Ms":%f,"badStatuses":%d,"brokenConnections":%d}\n',
    summary.requests,
    summary.duration / 1e6,
    latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3,
    errors.status,
    errors.connect + errors.read + errors.write + errors.timeout
  ))
end
