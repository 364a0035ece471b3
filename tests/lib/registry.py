# SPDX-License-Identifier: ISC
"""Sample registries over HTTP on the loopback, for tests and the demonstration.

    with Registry(texas=path) as r:
        ... r.url + "/texas/hub_name.csv" ...

They answer from threads of the caller's process.  Files are read again for
every request: replace one and the registry changed.

    /sam/entity-information/vN/entities           a sentence with a token
    /sam/entity-information/vN/entities?ueiSAM=   those entities, ten a page
    /sam/entity-information/vN/download-entities  400 "in progress" N times
                                                  per token, then bare gzip
    /texas/hub_name.csv   /nglcc/roster.csv   /nglcc/roster.xml
    /sbs/_api/v2/search          POST: the firms of the program asked for
    /sbs/_api/v2/profile/UEI     one of them, or 500 "No matching ..."
    /portal/resource/ID.json     rows of DIRECTORY/ID.json as asked for; also
    /portal/resource/ID.xml      counted, since a time, or as XML

Scripted answers come before these: script() takes a dict, a prefix of path and
query -> list of answers, used up in order, the last one for ever.  A longer
prefix wins; a new script replaces the old one.  Members of an answer:

    status 200           headers {}            body "text" | body_b64 | body_file
    gzip false           Content-Encoding: gzip, body packed
    raw_gzip false       body packed, no header that says so
    truncate n           closes after n bytes of the body
    content_length n     a header that may lie; null: none
    chunked false        chunked, in pieces of 1000 bytes
    close false          Connection: close, and does so
    reset false          a TCP reset instead of the end (after truncate bytes)
    delay_s x            before the answer     hold false  no answer at all
    gate false           answers only when another script has come
    drip false           a byte every 20 ms    pass false  the sample's answer

requests() lists what was asked: method, path, headers, body.
"""

import base64
import copy
import dataclasses
import gzip
import hashlib
import json
import pathlib
import re
import socket
import struct
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import portals

PENDING = (b'{"httpStatus":"400","title":"Extract File Generation is Still in Progress",'
           b'"detail":"File Processing in Progress. Please check again later ",'
           b'"type":"Still in Progress","errorCode":"FSP"}')
TRIGGER = ("Extract File will be available for download with url: "
           "https://api.sam.gov/entity-information/v4/download-entities"
           "?api_key=REPLACE_WITH_API_KEY&token=%s in some time. If you have requested for an "
           "email notification, you will receive it once the file is ready.")
DRIP_S = 0.02
HOLD_S = 600            # longer than any deadline of a test
REQUESTS_MAX = 10000


@dataclasses.dataclass
class Samples:
    """Files; None: no such list here."""
    sam: pathlib.Path = None
    texas: pathlib.Path = None
    nglcc: pathlib.Path = None
    nglcc_xml: pathlib.Path = None
    sbs: pathlib.Path = None
    socrata: pathlib.Path = None        # a directory
    api_key: str = None                 # what SAM asks for
    pending: int = 1                    # how often an extract is "in progress"


class State:
    """What the threads share; every member behind the lock."""

    def __init__(self, options):
        self.lock = threading.Lock()
        self.options = options
        self.script = {}
        self.gate = threading.Event()   # of this script
        self.requests = []
        self.tokens = {}        # token -> looks still answered "in progress"
        self.over = threading.Event()

    def script_set(self, script):
        """Who waits at a gate of the old one may go on."""
        with self.lock:
            self.gate.set()
            self.gate = threading.Event()
            for steps in script.values():
                for step in steps:
                    step["gate"] = self.gate if step.get("gate") else None
            self.script = script

    def end(self):
        """Who waits for anything stops waiting."""
        self.over.set()
        with self.lock:
            self.gate.set()

    def request_note(self, handler, body):
        with self.lock:
            if len(self.requests) < REQUESTS_MAX:
                self.requests.append({
                    "method": handler.command, "path": handler.path,
                    "headers": dict(handler.headers.items()),
                    "body": body.decode("utf-8", "replace")})

    def scripted(self, path):
        """The next scripted answer for path, or None."""
        with self.lock:
            fitting = [p for p in self.script if path.startswith(p)]
            if not fitting:
                return None
            answers = self.script[max(fitting, key=len)]
            return answers.pop(0) if len(answers) > 1 else answers[0]

    def token_new(self):
        with self.lock:
            token = "Tok%d" % (len(self.tokens) + 1)
            self.tokens[token] = self.options.pending
            return token

    def token_look(self, token):
        """None: unknown; True: still in progress."""
        with self.lock:
            if token not in self.tokens:
                return None
            self.tokens[token] -= 1
            return self.tokens[token] >= 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "sample-registry"
    sys_version = ""
    disable_nagle_algorithm = True      # an answer goes out in pieces: no waiting for the ACK

    @property
    def state(self):
        return self.server.state

    def log_message(self, *args):
        pass

    # --- sending -----------------------------------------------------------------

    def write(self, data, drip):
        if not drip:
            self.wfile.write(data)
            return
        for i in range(len(data)):
            self.wfile.write(data[i:i + 1])
            if self.state.over.wait(DRIP_S):
                return

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def answer(self, status, body, content_type, headers=()):
        """A plain, correct answer, with a validator where there is a body to validate."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def scripted_body(self, step):
        if "body_b64" in step:
            body = base64.b64decode(step["body_b64"])
        elif "body_file" in step:
            body = pathlib.Path(step["body_file"]).read_bytes()
        else:
            body = step.get("body", "").encode()
        if step.get("gzip") or step.get("raw_gzip"):
            body = gzip.compress(body, mtime=0)
        return body

    def scripted_head(self, step, body):
        self.send_response(step.get("status", 200))
        for name, value in step.get("headers", {}).items():
            self.send_header(name, value)
        if step.get("gzip"):
            self.send_header("Content-Encoding", "gzip")
        if step.get("chunked"):
            self.send_header("Transfer-Encoding", "chunked")
        elif "content_length" in step:
            if step["content_length"] is not None:
                self.send_header("Content-Length", str(step["content_length"]))
        elif step.get("status", 200) not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        if step.get("close"):
            self.send_header("Connection", "close")
        self.end_headers()

    def play(self, step):
        """One scripted answer, faults included."""
        if self.state.over.wait(HOLD_S if step.get("hold") else step.get("delay_s", 0)):
            return
        if step.get("reset") and "truncate" not in step:
            return self.reset()
        body = sent = self.scripted_body(step)
        if step.get("chunked"):
            sent = b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + 1000]), body[i:i + 1000])
                            for i in range(0, len(body), 1000)) + b"0\r\n\r\n"
        if "truncate" in step:
            sent = sent[:step["truncate"]]
        self.scripted_head(step, body)
        self.write(sent, step.get("drip"))
        self.wfile.flush()
        if step.get("reset"):
            return self.reset()
        if "truncate" in step or "content_length" in step or step.get("close"):
            self.close_connection = True

    # --- the samples -------------------------------------------------------------

    def file(self, name, content_type):
        if name is None:
            return self.answer(404, b"no such list here\n", "text/plain")
        body = pathlib.Path(name).read_bytes()
        tag = '"%s"' % hashlib.sha256(body).hexdigest()[:16]
        if self.headers.get("If-None-Match") == tag:
            self.send_response(304)
            self.send_header("ETag", tag)
            self.end_headers()
            return None
        return self.answer(200, body, content_type, [("ETag", tag)])

    def sam_lookup(self, ueis, page):
        """Ten entities a page, as SAM has it."""
        data = json.loads(pathlib.Path(self.state.options.sam).read_bytes() or b"{}")
        found = [e for e in data.get("entityData", ())
                 if e["entityRegistration"]["ueiSAM"] in ueis]
        body = json.dumps({"totalRecords": len(found),
                           "entityData": found[10 * page:10 * page + 10]})
        return self.answer(200, body.encode(), "application/json")

    def sam(self, what, token, ueis=(), page=0):
        options = self.state.options
        if options.sam is None:
            return self.answer(404, b"no such list here\n", "text/plain")
        if options.api_key is not None and self.headers.get("X-Api-Key") != options.api_key:
            return self.answer(403, b'{"error":{"code":"API_KEY_INVALID"}}', "application/json")
        if what == "entities" and ueis:
            return self.sam_lookup(ueis, page)
        if what == "entities":
            sentence = TRIGGER % self.state.token_new()
            return self.answer(200, sentence.encode(), "text/plain")
        pending = self.state.token_look(token)
        if pending is None:
            return self.answer(400, b'{"message":"The requested JSON or CSV file token is '
                               b'expired."}', "application/json")
        if pending:
            return self.answer(400, PENDING, "application/json")
        body = gzip.compress(pathlib.Path(options.sam).read_bytes(), mtime=0)
        return self.answer(200, body, "application/octet-stream")

    def sbs(self, path, body):
        firms = json.loads(pathlib.Path(self.state.options.sbs).read_bytes() or b"{}")
        firms = firms.get("results", [])
        if path.startswith("/sbs/_api/v2/profile/"):
            return self.answer(*portals.sbs_profile(firms, path.rpartition("/")[2]))
        return self.answer(*portals.sbs_search(firms, body))

    def portal(self, dataset, form, query):
        file = pathlib.Path(self.state.options.socrata) / (dataset + ".json")
        if not file.exists():
            return self.answer(404, b'{"error":true,"message":"Not found"}', "application/json")
        query = {k: v[0] for k, v in urllib.parse.parse_qs(query).items()}
        return self.answer(*portals.socrata(json.loads(file.read_bytes() or b"[]"), form, query))

    def sample(self, body):
        path, _, query = self.path.partition("?")
        options = self.state.options
        match = re.fullmatch(r"/portal/resource/([a-z0-9]{4}-[a-z0-9]{4})\.(json|xml)", path)
        if match and options.socrata is not None:
            return self.portal(match[1], match[2], query)
        if path.startswith("/sbs/_api/v2/") and options.sbs is not None:
            return self.sbs(path, body)
        match = re.fullmatch(r"/sam/entity-information/v[1-4]/(entities|download-entities)", path)
        if match:
            asked = urllib.parse.parse_qs(query)
            token = re.search(r"(?:^|&)token=([A-Za-z0-9_-]+)", query)
            ueis = asked.get("ueiSAM", [""])[0].strip("[]").split("~")
            return self.sam(match[1], token and token[1], [u for u in ueis if u],
                            int(asked.get("page", ["0"])[0]))
        if path == "/texas/hub_name.csv":
            return self.file(options.texas, "text/csv")
        if path == "/nglcc/roster.csv":
            return self.file(options.nglcc, "text/csv; charset=utf-8")
        if path == "/nglcc/roster.xml":
            return self.file(options.nglcc_xml, "application/xml")
        return self.answer(404, b"not here\n", "text/plain")

    # --- requests ----------------------------------------------------------------

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            self.state.request_note(self, body)
            step = self.state.scripted(self.path)
            if step is not None and step["gate"] is not None:
                step["gate"].wait(HOLD_S)
            return self.sample(body) if step is None or step.get("pass") else self.play(step)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True    # the client gave up, as it may
            return None

    do_GET = do_PUT = do_POST = do_DELETE = handle_any


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, state):
        self.state = state
        self.connections = set()        # touched by one operation at a time
        super().__init__(("127.0.0.1", 0), Handler)

    def get_request(self):
        connection, peer = super().get_request()
        self.connections.add(connection)
        return connection, peer

    def shutdown_request(self, request):
        self.connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def serve(self):
        """Until State.end(): without the timer of serve_forever()."""
        while not self.state.over.is_set():
            self.handle_request()


def hang_up(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass                            # it has gone by itself


class Registry:
    """A server with these Samples."""

    def __init__(self, **samples):
        self.state = State(Samples(**samples))
        self.server = Server(self.state)
        self.port = self.server.server_address[1]
        self.url = "http://127.0.0.1:%d" % self.port
        self.thread = threading.Thread(target=self.server.serve, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()

    def stop(self):
        """Nobody is answered any more, neither who comes nor who is connected; a second call
        does nothing."""
        if self.thread.is_alive():
            self.state.end()
            hang_up(self.server.socket)
            self.thread.join()
            for connection in self.server.connections.copy():
                hang_up(connection)
            self.server.server_close()

    def script(self, script):
        """See above; {} ends all scripted answers."""
        self.state.script_set({prefix: steps for prefix, steps in copy.deepcopy(script).items()
                               if steps})

    def requests(self, prefix="/"):
        """What was asked so far, oldest first, of paths beginning with prefix."""
        with self.state.lock:
            return [r for r in self.state.requests if r["path"].startswith(prefix)]

    def requests_clear(self):
        with self.state.lock:
            self.state.requests.clear()
