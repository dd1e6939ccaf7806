--- How a sink fails.
-- @module wdt.sink.failure

--- @tparam {en=string,zh=string} words formats, or a text that is the same in every language
-- @param ... what they take
-- @treturn nil
-- @treturn string "output: text"
-- @treturn string "output"
-- @treturn string the text in Chinese
return function(words, ...)
  if type(words) == "string" then return nil, "output: " .. words, "output", words end
  return nil, "output: " .. words.en:format(...), "output", words.zh:format(...)
end
