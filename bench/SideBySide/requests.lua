-- wrk script: sends ready-made requests from a file in turn. Each is its length in decimal, a line feed, and its bytes; the file's path
-- stands in REQUESTS_FILE. With BODY_FILE, its bytes follow each of them, so that a long table needs no copy of the body for each.
-- Requests signed in the Authorization field stay valid for 15 minutes.
local requests = {}
local next_request = 0
local body = ""

function init(args)
    local file = assert(io.open(os.getenv("REQUESTS_FILE"), "rb"))
    while true do
        local length = file:read("*l")
        if not length then break end
        requests[#requests + 1] = file:read(tonumber(length))
    end
    file:close()
    local body_file = os.getenv("BODY_FILE") or ""
    if body_file ~= "" then
        local opened = assert(io.open(body_file, "rb"))
        body = opened:read("*a")
        opened:close()
    end
end

function request()
    next_request = next_request % #requests + 1
    return body == "" and requests[next_request] or requests[next_request] .. body
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        '{"requests": %d, "seconds": %.3f, "bytes": %d, "p50_us": %d, "p99_us": %d, "failures": %d}\n',
        summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(50), latency:percentile(99),
        errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
