--- The version of this library, a semantic one (semver.org). The only place it stands in:
-- `wdt._VERSION`, the User-Agent, the manual page and `wdt --version` take it from here; a spec
-- compares the rockspec and CHANGELOG.md with it.
-- @module wdt.version
return "0.2.0"
