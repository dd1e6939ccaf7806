"""A receiver of alarms: writes each request as a line of JSON to the file REQUESTS, and answers with
the first line of the file ANSWER ("200 BODY"; empty: it closes the connection). Tells its port."""
import http.server
import json
import os
import sys

answer, requests = sys.argv[1:3]


class Robot(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with open(requests, "a", encoding="utf-8") as file:
            file.write(json.dumps({"path": self.path, "body": body, "headers": {
                name.lower(): value for name, value in self.headers.items()}}) + "\n")
        with open(answer, encoding="utf-8") as file:
            status, _, text = file.read().partition(" ")
        if not status:
            return
        data = text.encode()
        self.send_response(int(status))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Robot)
with open(requests + ".port", "w", encoding="utf-8") as file:
    file.write("%d %d\n" % (server.server_address[1], os.getpid()))
os.rename(requests + ".port", requests + ".listens")
server.serve_forever()
