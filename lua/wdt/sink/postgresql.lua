--- `postgresql://…`: another name that libpq has for `postgres://…`.
-- @module wdt.sink.postgresql
return require "wdt.sink.postgres"
