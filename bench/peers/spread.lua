-- For wrk: asks one path after the other.
local paths = { @PATHS@ }
local requests, at = {}, 0

init = function()
    for i, path in ipairs(paths) do
        requests[i] = wrk.format("GET", path)
    end
end

request = function()
    at = at % #requests + 1
    return requests[at]
end
