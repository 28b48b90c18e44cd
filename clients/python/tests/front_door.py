"""A server that checks signatures as AWS describes it, written without botocore."""

import hashlib
import hmac
import json
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote


@dataclass
class Seen:
    method: str
    path: str
    query: list
    headers: dict
    body: bytes
    valid: bool


@dataclass
class FrontDoor:
    secret: str
    # Statuses that the next requests get, whatever their signature; then it is checked.
    statuses: list = field(default_factory=list)
    # How far its clock is ahead of the machine's.
    ahead: timedelta = timedelta()
    forbidden: dict | None = None
    location: str | None = None
    seen: list = field(default_factory=list)

    def __enter__(self):
        door = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                door._answer(self)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer

            def date_time_string(self, timestamp=None):
                return format_datetime(door.now(), usegmt=True)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def now(self):
        return datetime.now(timezone.utc) + self.ahead

    def _answer(self, request):
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        path, _, query = request.path.partition("?")
        # AWS decodes the query, a plus stays a plus, and encodes it again.
        pairs = parse_qsl(query.replace("+", "%2B"), keep_blank_values=True)
        headers = {name.lower(): value for name, value in request.headers.items()}
        valid = self._valid(request.command, path, pairs, headers, body)
        self.seen.append(Seen(request.command, path, pairs, headers, body, valid))
        status = self.statuses.pop(0) if self.statuses else (200 if valid else 403)
        answer = {} if status < 400 else self.forbidden or {"message": "Forbidden"}
        content = json.dumps(answer).encode()
        request.send_response(status)
        if status == 302:
            request.send_header("Location", self.location)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    def _valid(self, method, path, pairs, headers, body):
        authorization = headers.get("authorization", "")
        if not authorization.startswith("AWS4-HMAC-SHA256 "):
            return False
        fields = dict(
            part.strip().split("=", 1) for part in authorization.split(" ", 1)[1].split(",")
        )
        _, day, region, service, _ = fields["Credential"].split("/")
        stamp = headers["x-amz-date"]
        signed_at = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
        if abs(signed_at - self.now()) > timedelta(minutes=5):
            return False
        names = fields["SignedHeaders"].split(";")
        encoded = sorted(tuple(quote(text, safe="-_.~") for text in pair) for pair in pairs)
        while "//" in path:
            path = path.replace("//", "/")
        canonical = "\n".join(
            [
                method,
                quote(path, safe="/-_.~"),
                "&".join(f"{key}={value}" for key, value in encoded),
                *(f"{name}:{' '.join(headers[name].split())}" for name in names),
                "",
                ";".join(names),
                hashlib.sha256(body).hexdigest(),
            ]
        )
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{day}/{region}/{service}/aws4_request\n{digest}"
        key = f"AWS4{self.secret}".encode()
        for part in (day, region, service, "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        expected = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected, fields["Signature"])
