--- A real terminal: tmux on a socket of its own, of a given size, in which a shell runs. What it
-- shows is read off its screen.
--
--     local t = terminal.open(cli, { columns = 40, edition = "enterprise", language = "zh" })
--     t:type "wdt init\n"
--     t:wait "序号："            -- fails, with the screen, where that never comes
--     t:close()
local shell = require "support.shell"
local quote = shell.quote

local M = {}

local Terminal = {}
Terminal.__index = Terminal

-- Looks at the screen, of some milliseconds each, before a text counts as one that never comes.
local LOOKS = 3000

-- Tells what stands at the end of a shell's prompt, so that it is found.
local PROMPT = "~$"

-- Makes the locale that a user in China has, where wcwidth and messages come from.
local function locales(folder)
  local place = folder .. "/.locales"
  local name = quote(place .. "/zh_CN.UTF-8")
  shell.must(("mkdir -p %s && { test -d %s || localedef -i zh_CN -f UTF-8 %s; }"):format(
    quote(place), name, name))
  return place
end

--- Opens one; its shell stands in the command's folder.
-- @tparam Command cli `support.command`
-- @tparam ?table o `columns` = 80, `rows` = 24, `edition` (whose account stands in the
-- environment), `language` ("zh" or "C"), `shell` = a plain bash, `variables`
-- @treturn Terminal
function M.open(cli, o)
  local self = setmetatable({ cli = cli, socket = cli.folder .. "/.tmux",
    columns = o.columns or 80 }, Terminal)
  local v = cli:variables(o.edition, o.variables)
  v.LANG, v.LOCPATH = "C", false
  if o.language == "zh" then v.LANG, v.LOCPATH = "zh_CN.UTF-8", locales(cli.folder) end
  v.TMUX, v.TERM, v.HISTFILE = false, "xterm-256color", "/dev/null"
  shell.write(cli.folder .. "/.tmux.conf", "set -g history-limit 50000\nset -g status off\n")
  shell.must(("cd %s && tmux -u -S %s -f .tmux.conf new-session -d -x %d -y %d %s")
    :format(quote(cli.folder), quote(self.socket), self.columns, o.rows or 24,
      quote(o.shell or "exec env PS1=" .. quote(PROMPT .. " ") .. " bash --norc --noprofile")), v)
  self:wait(PROMPT)
  return self
end

local function tmux(self, words)
  return shell.must("tmux -S " .. quote(self.socket) .. " " .. words)
end

--- Tells what has been shown, its lines joined where the terminal broke them.
-- @tparam ?boolean broken true: as they stand on the screen
-- @treturn string
function Terminal:shown(broken)
  return (tmux(self, "capture-pane -p -S - " .. (broken and "" or "-J")):gsub("[ \n]+$", "\n"))
end

--- Presses keys; a "\n" is Enter.
-- @tparam string text
function Terminal:type(text)
  for line, rest in text:gmatch "([^\n]*)(\n?)" do
    if line ~= "" then tmux(self, "send-keys -l " .. quote(line)) end
    if rest ~= "" then tmux(self, "send-keys Enter") end
  end
end

--- Presses a key by tmux's name for it: "C-c", "Tab".
function Terminal:key(name)
  tmux(self, "send-keys " .. name)
end

--- Waits until a text is shown, blanks at its end aside: a screen has none.
-- @tparam string text
-- @tparam ?integer times so often
-- @treturn string all that is shown
function Terminal:wait(text, times)
  local shown
  text = text:gsub(" +$", "")
  for _ = 1, LOOKS do
    shown = self:shown()
    local n, at = 0, 1
    repeat
      at = shown:find(text, at, true)
      if at then n, at = n + 1, at + #text end
    until not at
    if n >= (times or 1) then return shown end
  end
  error(("'%s' was never shown:\n%s"):format(text, shown), 2)
end

--- Runs a command line to its end.
-- @tparam string line
-- @treturn string what it showed
-- @treturn integer its exit status
function Terminal:run(line)
  tmux(self, "send-keys -R")
  tmux(self, "clear-history")
  self.runs = (self.runs or 0) + 1
  local mark = "end" .. self.runs .. ":"
  local typed = line .. "; echo " .. mark:sub(1, -2) .. "'':$?"
  -- a line that fills the last column would be joined with the one after it
  if (#PROMPT + 1 + #typed) % self.columns == 0 then typed = typed .. " " end
  self:type(typed .. "\n")
  local shown = self:wait("\n" .. mark)
  local text, status = shown:match("''[^\n]*\n(.*)\n?" .. mark .. "(%d+)")
  return text, tonumber(status)
end

--- Has a text printed, and asks the terminal in which column it ends.
-- @tparam string text of one line
-- @treturn integer
function Terminal:column(text)
  self.columns_asked = (self.columns_asked or 0) + 1
  local mark = "<" .. self.columns_asked .. ">"
  self:type(("clear; printf %%s%%s%%s %s '%s' '%s'; read -r _\n"):format(quote(text),
    mark:sub(1, 1), mark:sub(2)))
  self:wait(text .. mark)
  local column = tonumber(tmux(self, "display-message -p '#{cursor_x}'")) - #mark
  self:type "\n"
  return column
end

--- Lines as they stand on the screen, none wider than it.
-- @treturn {string}
function Terminal:lines()
  local list = {}
  for line in self:shown(true):gmatch "[^\n]*" do list[#list + 1] = line end
  return list
end

--- Ends it, its shell and what runs in that: when this returns, nothing of them writes any more.
function Terminal:close()
  local pid = tmux(self, "display-message -p '#{pane_pid} #{pid}'")
  shell.run(("tmux -S %s kill-server; for pid in %s; do until [ ! -e /proc/$pid ] || "
    .. "grep -qs '^State:.Z' /proc/$pid/status; do :; done; done"):format(quote(self.socket),
      (pid:gsub("\n", ""))))
end

return M
