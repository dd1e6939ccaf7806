--- Where a synchronisation keeps its state.
--
--     wdt.state.file "shipped.state"     -- a file; survives everything a file survives
--     wdt.state.memory()                 -- this process
--
-- **A store of your own** is any table with these four methods. A state is one text of a few kilobytes, whatever the length of
-- the history; what stands in it, and whether it is damaged, is not the store's business.
--
-- | method | |
-- | --- | --- |
-- | `store:lock()` | true; or nil, "state: text", "state" while another job uses it. The lock should end with its holder |
-- | `store:unlock()` | idempotent |
-- | `store:load()` | the text saved last; nil when there never was one; nil, "state: text", "state" |
-- | `store:save(text)` | true once it is safe; nil, "state: text", "state" when it isn't, and then what was saved before stands |
--
-- They may yield. In nginx, over a shared dict: `lock` is `dict:add("name.lock", ngx.worker.pid(), 60)` (renewed in `save`),
-- `load` is `dict:get`, `save` is `dict:set`, of which a restart leaves nothing; a database's row is better.
-- @module wdt.state
return {
  file = require "wdt.state.file",
  memory = require "wdt.state.memory",
}
