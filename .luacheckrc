std = "min"
max_line_length = 130
exclude_files = { ".build" }
files["spec"] = { std = "min+busted" }
files["rockspec"] = { std = "rockspec" }
