# A contestant of compare.lua: python3-requests, its json, whole rows.   peer.py URL BODIES PAGES
import sys

import requests

url, bodies, pages = sys.argv[1], open(sys.argv[2]).read().split("\n"), int(sys.argv[3])
session, rows = requests.Session(), 0
headers = {"Content-Type": "application/x-www-form-urlencoded"}
for i in range(pages):
    answer = session.post(url, data=bodies[i], headers=headers).json()
    assert answer["code"] == 0
    for row in answer["stockout_list"]:
        rows += 1
assert rows == pages * 100
