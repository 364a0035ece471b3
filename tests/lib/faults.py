#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A registry that does everything wrong, for tests of HTTP clients.

Paths are named after the H rows of docs/reliability.md: /h8
sends a body shorter than its Content-Length, and so on.  Listens on loopback
ports of the kernel's choice and prints one line when ready:

    http=PORT https=PORT expired=PORT wrong=PORT self=PORT tls10=PORT ca=FILE

Certificates are made by openssl(1) in a temporary directory, removed at the
end.  Ends when its standard input does, so that it never outlives a test.
"""
import gzip
import os
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import warnings

ROWS = b"".join(b"%06d,Example Firm %d,2027-03-01\r\n" % (i, i) for i in range(200))
PACKED = gzip.compress(ROWS, mtime=0)
DRIP_S = 0.05       # between two bytes of a drip
PATIENCE_S = 20     # a handler that would wait for ever gives up after this


def answer(head, body=b"", length=True):
    lines = ["HTTP/1.1 " + head[0]] + list(head[1:])
    if length:
        lines.append("Content-Length: %d" % len(body))
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def ok(*headers, body=ROWS, length=True):
    return answer(("200 OK", "Content-Type: text/csv") + headers, body, length)


def drip(conn, data):
    for byte in data:
        conn.sendall(bytes([byte]))
        time.sleep(DRIP_S)


def endless(conn, data):
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        conn.sendall(data)


def reset(conn):
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    conn.close()


def reset_midway(conn):
    conn.sendall(ok()[:3000])
    reset(conn)


def silence(conn):
    conn.settimeout(PATIENCE_S)
    conn.recv(1)


def redirect(place, code="302 Found"):
    return answer((code, "Location: " + place), b"moved")


def pieces(conn):
    """A whole answer in many small writes."""
    data = ok()
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for i in range(0, len(data), 97):
        conn.sendall(data[i:i + 97])


HALF = len(ROWS) // 2
CHUNK = b"%x\r\n%s\r\n" % (len(ROWS), ROWS)
LENGTH = "Content-Length: %d" % len(ROWS)
CHUNKED = "Transfer-Encoding: chunked"

# Path: bytes to send, or a function of the connection.
FAULTS = {
    "/ok": ok('ETag: "v1"', "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT"),
    "/keep": ok(),
    "/ok-chunked": ok(CHUNKED, body=CHUNK + b"0\r\n\r\n", length=False),
    "/ok-trailer": ok(CHUNKED, body=CHUNK + b"0\r\nContent-Length: 5\r\nX: y\r\n\r\n",
                      length=False),
    "/ok-gzip": ok("Content-Encoding: gzip", body=PACKED),
    "/ok-pieces": pieces,
    "/big": ok(body=ROWS * 300),
    "/h1": answer(("429 Too Many Requests", "Retry-After: 3600")),
    "/h2-2100": answer(("503 Unavailable", "Retry-After: Fri, 01 Jan 2100 00:00:00 GMT")),
    "/h2-past": answer(("503 Unavailable", "Retry-After: Fri, 01 Jan 1999 00:00:00 GMT")),
    "/h2-minus": answer(("503 Unavailable", "Retry-After: -5")),
    "/h2-huge": answer(("503 Unavailable", "Retry-After: 100000000000000000000")),
    "/h2-junk": answer(("503 Unavailable", "Retry-After: soon")),
    "/h3-401": answer(("401 Unauthorized", "WWW-Authenticate: Basic")),
    "/h3-403": answer(("403 Forbidden",)),
    "/h4": answer(("404 Not Found",), b"nothing here"),
    "/h5": redirect("/h5"),
    "/h5-fine": redirect("/h5-next", "301 Moved Permanently"),
    "/h5-next": redirect("echo", "307 Temporary Redirect"),
    "/h5-nowhere": answer(("302 Found",), b"moved"),
    "/h6-file": redirect("file:///etc/passwd"),
    "/h6-gopher": redirect("gopher://127.0.0.1/"),
    "/h7": redirect("https://169.254.169.254/latest/meta-data/"),
    "/h7-user": redirect("//user:password@127.0.0.1/ok"),
    "/h8": ok(LENGTH, body=ROWS[:HALF], length=False),
    "/h9": ok("Content-Length: %d" % HALF, length=False),
    "/h10": ok("Content-Length: 5", LENGTH, length=False),
    "/h10-same": ok(LENGTH, LENGTH, length=False),
    "/h10-list": ok("Content-Length: 5, %d" % len(ROWS), length=False),
    "/h11": ok("Content-Length: -5", length=False),
    "/h12": ok(LENGTH, CHUNKED, body=CHUNK + b"0\r\n\r\n", length=False),
    "/h12-odd": ok("Transfer-Encoding: gzip, chunked", body=CHUNK + b"0\r\n\r\n", length=False),
    "/h13": ok(body=ROWS[:HALF], length=False),
    "/h15-cut": ok(CHUNKED, body=CHUNK, length=False),
    "/h15-bad": ok(CHUNKED, body=b"zz\r\nabc\r\n0\r\n\r\n", length=False),
    "/h15-huge": ok(CHUNKED, body=b"fffffffffffffffffff\r\nabc", length=False),
    "/h16": ok("Content-Encoding: gzip", body=PACKED[:len(PACKED) // 2]),
    "/h17-br": ok("Content-Encoding: br"),
    "/h17-two": ok("Content-Encoding: gzip, gzip", body=PACKED),
    "/h17-twice": ok("Content-Encoding: gzip", "Content-Encoding: gzip", body=PACKED),
    "/h19": lambda conn: (conn.sendall(ok(length=False)), endless(conn, ROWS)),
    "/h20": ok("Content-Length: 99000000000", length=False),
    "/h21-body": lambda conn: (conn.sendall(ok(LENGTH, body=b"", length=False)),
                               drip(conn, ROWS)),
    "/h21-head": lambda conn: drip(conn, ok()),
    "/h21-silence": silence,
    "/h22": ok("X-Long: " + "a" * 310000),
    "/h22-many": ok(*["X-%d: %s" % (i, "a" * 8000) for i in range(12)]),
    "/h23": ok(*["X-%d: y" % i for i in range(7000)]),
    "/h23-more": ok(*["X-%d: y" % i for i in range(30000)]),
    "/h24": b"HTTP/1.1 100 Continue\r\n\r\n" * 200000 + ok(),
    "/h24-one": b"HTTP/1.1 100 Continue\r\nContent-Length: 3\r\n\r\n" + ok(),
    "/h25-nul": ok("X-Nul: a\0b"),
    "/h25-09": ROWS,
    "/h25-folded": ok("X-Folded: a\r\n b"),
    "/h26": answer(("200 OK", "Content-Type: Text/HTML; charset=UTF-8"), b"<html>log in</html>"),
    "/h27-206": answer(("206 Partial Content", "Content-Range: bytes 0-99/7025"), ROWS[:100]),
    "/h27-204": answer(("204 No Content",), length=False),
    "/h27-304": answer(("304 Not Modified", 'ETag: "v1"'), length=False),
    "/h28": ok(body=b""),
    "/h29-midway": reset_midway,
    "/h29-at-once": reset,
    "/h29-nothing": lambda conn: None,
}


def request_read(conn):
    head = b""
    while b"\r\n\r\n" not in head:
        piece = conn.recv(65536)
        if not piece:
            return None, None
        head += piece
    head, _, body = head.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            while len(body) < int(line.split(b":")[1]):
                body += conn.recv(65536)
    return head, body


def serve(conn, ports):
    """Answers until the client leaves; only /keep keeps the connection."""
    while True:
        head, body = request_read(conn)
        if head is None:
            return
        path = head.split(b" ")[1].decode("latin-1").partition("?")[0]
        if path == "/echo":
            fault = ok(body=head + b"\r\n\r\n" + body)
        elif path == "/h6-http":
            fault = redirect("http://127.0.0.1:%d/ok" % ports["http"])
        elif path == "/h6-https":
            fault = redirect("https://127.0.0.1:%d/echo" % ports["https"])
        elif path == "/h6-host":
            fault = redirect("https://localhost:%d/echo" % ports["https"])
        elif path == "/h6-post":
            fault = redirect("https://localhost:%d/echo" % ports["https"], "307 Temporary Redirect")
        elif path == "/h6-see":
            fault = redirect("/echo", "303 See Other")
        elif path == "/h6-same":
            fault = redirect("/echo", "307 Temporary Redirect")
        else:
            fault = FAULTS.get(path, FAULTS["/h4"])
        if callable(fault):
            fault(conn)
        else:
            conn.sendall(fault)
        if path != "/keep":
            return


def connection(conn, context, ports):
    conn.settimeout(PATIENCE_S)
    try:
        if context is not None:
            conn = context.wrap_socket(conn, server_side=True)
        serve(conn, ports)
    except OSError:
        pass                # the client gave up, as it should
    finally:
        conn.close()        # over TLS without close_notify: /h13 there is H14


def listen(name, context, ports):
    server = socket.create_server(("127.0.0.1", 0), backlog=64)
    ports[name] = server.getsockname()[1]

    def accept():
        while True:
            conn, _ = server.accept()
            threading.Thread(target=connection, args=(conn, context, ports),
                             daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


def openssl(*args):
    subprocess.run(("openssl",) + args, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def validity(expired):
    """Options for a certificate valid for a month, or in the past: openssl 3.4 takes
    no negative days any more, and before it there are no dates."""
    if not expired:
        return ("-days", "30")
    usage = subprocess.run(("openssl", "x509", "-help"), stderr=subprocess.PIPE, check=False).stderr
    if b"-not_after" in usage:
        return ("-not_before", "20200101000000Z", "-not_after", "20200201000000Z")
    return ("-days", "-1")


def certificate(where, name, names, expired=False, issuer="ca"):
    """Makes NAME.pem with NAME.key, signed by issuer (itself if equal)."""
    def at(suffix):
        return os.path.join(where, name + suffix)

    with open(at(".ext"), "w") as ext:
        ext.write("subjectAltName=%s\n" % names)
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", at(".key"), "-out", at(".csr"), "-subj", "/CN=" + name)
    sign = ("-signkey", at(".key")) if issuer == name else (
        "-CA", os.path.join(where, issuer + ".pem"), "-CAkey",
        os.path.join(where, issuer + ".key"), "-CAcreateserial")
    openssl("x509", "-req", "-in", at(".csr"), "-extfile", at(".ext"), "-out", at(".pem"),
            *validity(expired), *sign)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(at(".pem"), at(".key"))
    return context


def authority(where):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", os.path.join(where, "ca.key"), "-out", os.path.join(where, "ca.pem"),
            "-subj", "/CN=Test authority", "-days", "30")


def main():
    where = tempfile.mkdtemp(prefix="certsync-faults-")
    ports = {}
    try:
        authority(where)
        ours = "IP:127.0.0.1,DNS:localhost"
        good = certificate(where, "good", ours)
        old = certificate(where, "tls10", ours)
        old.set_ciphers("ALL:@SECLEVEL=0")
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1
        listen("http", None, ports)
        listen("https", good, ports)
        listen("expired", certificate(where, "expired", ours, expired=True), ports)
        listen("wrong", certificate(where, "wrong", "DNS:elsewhere.example"), ports)
        listen("self", certificate(where, "self", ours, issuer="self"), ports)
        listen("tls10", old, ports)
        print(*("%s=%d" % item for item in ports.items()),
              "ca=" + os.path.join(where, "ca.pem"), flush=True)
        sys.stdin.read()
    finally:
        shutil.rmtree(where)


if __name__ == "__main__":
    main()
