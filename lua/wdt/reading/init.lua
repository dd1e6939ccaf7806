--- The contract of a reader: a pure state machine that reads one window completely. It knows no
-- network and no clock; it asks for pages and is told their rows. spec/reading/conformance_spec.lua
-- holds every reader to it.
--
--     reader:ask()        -> { start, stop, page_no, page_size, params }; nil once it is done
--     reader:row(id, modified, time, x, y, z)
--                         -> true if the row is to be handed out; x, y, z: its values of `facts`
--     reader:again()      the page broke, and is told again from its first row
--     reader:page(total)  the page is complete; `total` as the gateway said it, maybe nil on pages
--                         after page 0
--     reader.certificate  once it is done (wdt.reading.certificate)
--     reader.stop         the window's end, which a reader may draw in while it learns the density
--
-- Of one that can end early: `hurry()`, and `unread()` -> the first second that was not read.
-- @module wdt.reading
return {
  --- Methods that every reader has.
  METHODS = { "ask", "row", "again", "page" },
}
