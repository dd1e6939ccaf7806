"""Holds the output of a Singer tap against the specification's rules: one JSON message a line; a SCHEMA before the first RECORD
of its stream; every RECORD valid under the last SCHEMA, with its key properties; STATE with a value. Prints a summary.

    python3 tap.py < messages
"""
import json
import sys

from jsonschema import Draft7Validator

validators, keys, records, states = {}, {}, {}, 0
for number, line in enumerate(sys.stdin, 1):
    message = json.loads(line)
    kind = message["type"]
    if kind == "SCHEMA":
        stream = message["stream"]
        Draft7Validator.check_schema(message["schema"])
        assert message["schema"]["type"] == ["object"] and isinstance(message["key_properties"], list)
        for name in message["key_properties"] + message.get("bookmark_properties", []):
            assert name in message["schema"]["properties"], name
        validators[stream] = Draft7Validator(message["schema"])
        keys[stream] = message["key_properties"]
    elif kind == "RECORD":
        stream = message["stream"]
        validators[stream].validate(message["record"])
        assert all(message["record"].get(name) is not None for name in keys[stream]), number
        assert message["time_extracted"].endswith("+08:00")
        records[stream] = records.get(stream, 0) + 1
    elif kind == "STATE":
        assert isinstance(message["value"]["bookmarks"], dict)
        states += 1
    else:
        raise AssertionError(kind)
print(json.dumps({"records": records, "states": states}, sort_keys=True))
