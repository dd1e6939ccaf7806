std = "min"
max_line_length = false
exclude_files = { ".build" }
files["spec"] = { std = "min+busted" }
files["rockspec"] = { std = "rockspec" }
