--- The Model Context Protocol's server side over standard input and output: JSON-RPC 2.0, one
-- message a line. It knows no tool by name; the tools are given to it.
--
--     local server = protocol.new{ tools = …, resources = …, version = "0.2.0",
--                                  read = posix.input, write = function(bytes) … end }
--     server:run()        -- until the client closes its end
--
-- While a tool runs it may call `server:poll()`: what has come meanwhile is looked at, so that a
-- ping is answered and a cancelled request ends. Everything else waits for its turn.
-- @module wdt.cli.mcp.protocol
local check = require "wdt.cli.mcp.check"
local core = require "wdt.native".load "wdt.core"
local json = require "wdt.json"
local getmetatable, ipairs, next, setmetatable, type = getmetatable, ipairs, next, setmetatable,
  type
local floor, insert, remove = math.floor, table.insert, table.remove

local M = {}

--- Versions of the protocol, the newest first.
M.VERSIONS = { "2025-11-25", "2025-06-18", "2024-11-05" }

-- Bytes of one message of the client; a longer one is refused.
local LONGEST = 4194304

-- Error codes of JSON-RPC, and of MCP for a resource that there is not.
local PARSE, REQUEST, METHOD, PARAMS, RESOURCE = -32700, -32600, -32601, -32602, -32002

local Server = {}
Server.__index = Server

--- @tparam table o `tools`: a list of `{ name, title, description, inputSchema, outputSchema,
-- run }` where `run(arguments)` returns a table for the client, or raises; `resources`: a list of
-- `{ uri | uriTemplate, name, description, read }`; `version`, `instructions`; `attempt(f, …)`:
-- true and what f returns, or false and a text; `read([seconds])` as `wdt.posix`'s `input`;
-- `write(bytes)`
-- @treturn Server
function M.new(o)
  local server = setmetatable({ o = o, buffer = "", queue = {}, tools = {} }, Server)
  for _, tool in ipairs(o.tools) do server.tools[tool.name] = tool end
  return server
end

-- Writing -----------------------------------------------------------------------------------------

local BAD = "\239\191\189" -- U+FFFD

-- Bytes from 128 on that are no UTF-8 become U+FFFD: a text that was cut in the middle of a
-- character must not make the whole message unreadable.
local function only_utf8(text)
  return (text:gsub("[\128-\255]+", function(run)
    return (run:gsub("([\128-\255])([\128-\191]*)", function(lead, rest)
      local b = lead:byte()
      local more = b >= 240 and b < 245 and 3 or b >= 224 and b < 240 and 2
        or b >= 194 and b < 224 and 1 or nil
      if more == #rest then return lead .. rest end
      if more and more < #rest then return lead .. rest:sub(1, more) .. BAD end
      return BAD
    end))
  end))
end

function Server:send(message)
  message.jsonrpc = "2.0"
  self.o.write(only_utf8(json.line(message)))
end

function Server:answer(id, result)
  self:send{ id = id, result = result }
end

function Server:refuse(id, code, text)
  self:send{ id = id == nil and core.null or id, error = { code = code, message = text } }
end

-- Reading -----------------------------------------------------------------------------------------

local function is_list(value)
  return type(value) == "table" and getmetatable(value) == core.array_mt
end

local function is_object(value)
  return type(value) == "table" and not is_list(value)
end

local function parse(line)
  local decoder = core.decoder{ null = core.null }
  local fed, err = decoder:feed('{"message":' .. line .. "}")
  if fed then fed, err = decoder:finish() end
  local outer = fed and decoder:envelope()
  decoder:close()
  if not outer then return nil, err end
  local value = outer.message
  if next(outer, next(outer)) ~= nil then return nil, "more than one value in a line" end
  return value
end

local function is_id(id)
  return type(id) == "string" or type(id) == "number" and id == floor(id)
end

-- Looks at one line: what can be said at once is said, the rest goes to the queue.
function Server:take(line)
  local message, err = parse(line)
  if message == nil then return self:refuse(nil, PARSE, "Parse error: " .. (err or "")) end
  if not is_object(message) then
    return self:refuse(nil, REQUEST, "one JSON-RPC message a line is expected, not a list of them")
  end
  local id, method, params = message.id, message.method, message.params
  if message.jsonrpc ~= "2.0" or id ~= nil and not is_id(id) then
    return self:refuse(is_id(id) and id or nil, REQUEST,
      "jsonrpc is '2.0', and id a text or a whole number")
  end
  -- an answer: this server asks nothing
  if method == nil and (message.result ~= nil or message.error ~= nil) then return end
  if type(method) ~= "string" or params ~= nil and not is_object(params) then
    return self:refuse(id, REQUEST, "method is a text, and params an object")
  end
  if method == "notifications/cancelled" then return self:cancel((params or {}).requestId) end
  if id == nil then return end -- other notifications ask for nothing
  if method == "ping" then return self:answer(id, {}) end
  insert(self.queue, { id = id, method = method, params = params or {} })
end

function Server:cancel(id)
  if id == nil then return end
  if id == self.current then self.cancelled = true end
  for i, request in ipairs(self.queue) do
    if request.id == id and request.method ~= "initialize" then return remove(self.queue, i) end
  end
end

-- Reads what there is, waiting so long; false at the end of the input.
function Server:receive(seconds)
  local bytes = self.o.read(seconds)
  if bytes == nil then
    self.ended = true
    return false
  end
  self.buffer = self.buffer .. bytes
  while true do
    local line, rest = self.buffer:match "^([^\n]*)\n(.*)$"
    if not line then break end
    self.buffer = rest
    if self.skips then
      self.skips = false
    elseif line:find "%S" then
      self:take(line)
    end
  end
  if #self.buffer > LONGEST then
    if not self.skips then
      self:refuse(nil, REQUEST, ("a message of more than %d bytes"):format(LONGEST))
    end
    self.buffer, self.skips = "", true
  end
  return true
end

--- Looks at what has come while a tool runs.
-- @treturn boolean true: the tool's request was cancelled
function Server:poll()
  if not self.ended then self:receive(0) end
  return self.cancelled or false
end

-- Requests ----------------------------------------------------------------------------------------

local HANDLERS = {}

function HANDLERS:initialize(id, params)
  if type(params.protocolVersion) ~= "string" then
    return self:refuse(id, PARAMS, "protocolVersion is a text")
  end
  local version = M.VERSIONS[1]
  for _, one in ipairs(M.VERSIONS) do
    if one == params.protocolVersion then version = one end
  end
  self.initialized = true
  self:answer(id, { protocolVersion = version, capabilities = { tools = {}, resources = {} },
    serverInfo = { name = "wdt", version = self.o.version }, instructions = self.o.instructions })
end

-- There is one page of each list, so a cursor is never one that was handed out.
local function listed(self, id, params, name, list)
  if params.cursor ~= nil then return self:refuse(id, PARAMS, "cursor is not known") end
  self:answer(id, { [name] = json.list(list) })
end

HANDLERS["tools/list"] = function(self, id, params)
  local list = {}
  for i, tool in ipairs(self.o.tools) do
    list[i] = { name = tool.name, title = tool.title, description = tool.description,
      inputSchema = tool.inputSchema, outputSchema = tool.outputSchema,
      annotations = { readOnlyHint = true, destructiveHint = false, idempotentHint = true,
        openWorldHint = true } }
  end
  listed(self, id, params, "tools", list)
end

local function texts(text)
  return json.list{ { type = "text", text = text } }
end

HANDLERS["tools/call"] = function(self, id, params)
  local tool, arguments = self.tools[params.name], params.arguments
  if not tool then
    return self:refuse(id, PARAMS, "Unknown tool: " .. (type(params.name) == "string"
      and params.name or "name is a text"))
  end
  if arguments == nil then arguments = {} end
  if not is_object(arguments) then return self:refuse(id, PARAMS, "arguments is an object") end
  local fine, result = check.arguments(tool.inputSchema, arguments)
  if fine then
    self.current, self.cancelled = id, false
    fine, result = self.o.attempt(tool.run, arguments)
    self.current = nil
    if self.cancelled then return end -- nothing is said of a request that was cancelled
  end
  if not fine then return self:answer(id, { content = texts(result), isError = true }) end
  self:answer(id, { content = texts(json.encode(result)), structuredContent = result,
    isError = false })
end

HANDLERS["resources/list"] = function(self, id, params)
  local list = {}
  for _, one in ipairs(self.o.resources) do
    if one.uri then
      list[#list + 1] = { uri = one.uri, name = one.name, description = one.description,
        mimeType = "application/json" }
    end
  end
  listed(self, id, params, "resources", list)
end

HANDLERS["resources/templates/list"] = function(self, id, params)
  local list = {}
  for _, one in ipairs(self.o.resources) do
    if one.uriTemplate then
      list[#list + 1] = { uriTemplate = one.uriTemplate, name = one.name,
        description = one.description, mimeType = "application/json" }
    end
  end
  listed(self, id, params, "resourceTemplates", list)
end

HANDLERS["resources/read"] = function(self, id, params)
  local uri = params.uri
  if type(uri) ~= "string" then return self:refuse(id, PARAMS, "uri is a text") end
  for _, one in ipairs(self.o.resources) do
    local name = one.uri == uri and "" or one.prefix and uri:sub(1, #one.prefix) == one.prefix
      and uri:sub(#one.prefix + 1)
    local fine, value = false, nil
    if name then fine, value = self.o.attempt(one.read, name) end
    if fine then
      return self:answer(id, { contents = json.list{ { uri = uri, mimeType = "application/json",
        text = json.encode(value) } } })
    end
  end
  self:refuse(id, RESOURCE, "Resource not found: " .. uri)
end

function Server:handle(request)
  local handler = HANDLERS[request.method]
  if not handler then
    return self:refuse(request.id, METHOD, "Method not found: " .. request.method)
  end
  if not self.initialized and request.method ~= "initialize" then
    return self:refuse(request.id, REQUEST, "initialize comes first")
  end
  handler(self, request.id, request.params)
end

--- Serves until the client closes its end; what it had asked for by then is still answered.
function Server:run()
  while true do
    local request = remove(self.queue, 1)
    if request then
      self:handle(request)
    elseif self.ended or not self:receive() then
      if #self.queue == 0 then return true end
    end
  end
end

return M
