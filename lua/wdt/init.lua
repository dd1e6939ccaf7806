--- The face of the library (`wdt.face`), on libcurl.
-- @module wdt
return require "wdt.face".new(require "wdt.client".CURL, require "wdt.state")
