"""A front door that checks signatures with botocore and answers with what it received."""

import datetime
import hashlib
import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<day>\d{8})/(?P<region>[^/]+)"
    r"/(?P<service>[^/]+)/aws4_request, SignedHeaders=(?P<headers>[^,]+), Signature=(?P<signature>\w+)"
)


def expected_signature(method, path, headers, body, parts):
    signed = parts["headers"].split(";")
    request = AWSRequest(
        method=method,
        url=f"http://{headers['host']}{path}",
        data=body,
        headers={name: headers[name] for name in signed},
    )
    token = headers.get("x-amz-security-token")
    signer = SigV4Auth(Credentials(KEY, SECRET, token), parts["service"], parts["region"])
    request.context["timestamp"] = headers["x-amz-date"]
    canonical = signer.canonical_request(request)
    return signer.signature(signer.string_to_sign(request, canonical), request)


class FrontDoor(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        match = AUTHORIZATION.fullmatch(headers.get("authorization", ""))
        problem = None
        if not match:
            problem = "Missing Authentication Token"
        elif match["key"] != KEY:
            problem = "The security token included in the request is invalid."
        elif expected_signature(self.command, self.path, headers, body, match) != match["signature"]:
            problem = "The request signature we calculated does not match the signature you provided."
        else:
            sent = datetime.datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ")
            age = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) - sent
            if abs(age.total_seconds()) > 300:
                problem = "Signature expired"
        url = urlsplit(self.path)
        answer = {
            "method": self.command,
            "path": url.path,
            "query": parse_qsl(url.query, keep_blank_values=True),
            "headers": headers,
            "bytes": len(body),
            "sha256": hashlib.sha256(body).hexdigest(),
        }
        text = json.dumps({"message": problem} if problem else answer).encode()
        self.send_response(403 if problem else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), FrontDoor)
    print(server.server_address[1], flush=True)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # Ends with the test that started it, whichever way that ends.
    sys.stdin.read()
