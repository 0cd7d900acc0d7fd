"""A program that is told by webhooks: says each POST as a line of JSON, with what its own HMAC over it is.

    receiver.py PORT        (any free one if it is 0; the port is the first line that it says)

The key, as the API gives it, comes by standard input.
"""

import base64
import hashlib
import hmac
import http.server
import json
import sys
import threading

key = None


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signed = b".".join([
            self.headers["webhook-id"].encode(),
            self.headers["webhook-timestamp"].encode(),
            body,
        ])
        digest = hmac.new(key, signed, hashlib.sha256).digest() if key else b""
        print(json.dumps({
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "expected": "v1," + base64.b64encode(digest).decode(),
            "body": json.loads(body),
        }), flush=True)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
for line in sys.stdin:
    key = base64.b64decode(line.strip().removeprefix("whsec_"))
    print("ready", flush=True)
