--- Starts spec/support/peer.c, the other end of the transport's specs, and writes the scripts it
-- follows.
local concat, format = table.concat, string.format

local M = {}
local Peer = {}
Peer.__index = Peer

local here = debug.getinfo(1, "S").source:match("^@(.*)/[^/]*$") or "."

-- A sanitizer that is preloaded for the interpreter is none of these programs' business.
local function run(command)
  local pipe = assert(io.popen("unset LD_PRELOAD; { " .. command .. "; } 2>&1 && echo DONE", "r"))
  local out = pipe:read("*a")
  pipe:close()
  local said = out:match("^(.-)DONE\n$")
  return said or error(command .. "\n" .. out, 2)
end

local quote = require "wdt.shell".quote

--- Compiles and starts a peer with a certificate of its own.
function M.start()
  local dir = run("mktemp -d"):gsub("%s+$", "")
  local at = function(name) return quote(dir .. "/" .. name) end
  run(format("%s -O1 -o %s %s -lssl -lcrypto -lpthread", os.getenv("CC")
    or "cc", at "peer", quote(here .. "/peer.c")))
  run(format("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
    .. "-subj /CN=localhost "
    .. "-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout %s -out %s", at "key.pem",
      at "cert.pem"))
  -- When this pipe is closed, by close() or by our death, the peer ends.
  local pipe = assert(io.popen(format("unset LD_PRELOAD; exec %s %s %s", at "peer", at "cert.pem",
    at "key.pem"), "r"))
  local plain, tls, silent, refusing, names =
    (pipe:read("*l") or ""):match("^(%d+) (%d+) (%d+) (%d+) (%d+)$")
  assert(plain, "the peer does not start")
  return setmetatable({ dir = dir, pipe = pipe, ca_file = dir .. "/cert.pem", plain = plain,
    tls = tls, silent = silent,
                        refusing = refusing, names = names }, Peer)
end

--- A file for the test at hand.
function Peer:file(name, content)
  local path = self.dir .. "/" .. name
  local f = assert(io.open(path, "wb"))
  f:write(content)
  f:close()
  return path
end

--- Returns what a command prints.
function Peer:output(command)
  return run("cd " .. quote(self.dir) .. "; " .. command)
end

function Peer:close()
  self.pipe:close()
  run("rm -rf " .. quote(self.dir))
end

--- Steps of a script (see peer.c).
M.steps = {
  send = function(bytes) return format("S %d\n%s", #bytes, bytes) end,
  rep = function(times, bytes) return format("X %d %d\n%s", times, #bytes, bytes) end,
  echo = "E\n", count = "T\n", requests = "Q\n", first = "K\n", alone = "O\n", wait = "W\n",
  finish = "F\n", cut = "C\n", reset = "R\n",
  finish_and_tell = function(gate) return "F " .. gate .. "\n" end,
  block = function(gate) return "B " .. gate .. "\n" end,
  unblock = function(gate) return "U " .. gate .. "\n" end,
}

--- The first bytes of an answer: status line and header lines.
function M.head(status, headers)
  return "HTTP/1.1 " .. status .. " Whatever\r\n" .. concat(headers, "\r\n")
    .. (headers[1] and "\r\n\r\n" or "\r\n")
end

--- A step: a whole answer with its length.
function M.answer(body, status, ...)
  return M.steps.send(M.head(status or 200, { "Content-Length: " .. #body, ... }) .. body)
end

return M
