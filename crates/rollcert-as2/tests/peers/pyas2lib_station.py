"""An AS2 station on pyas2lib, at the other end of the tests in `pyas2lib.rs`.

It listens on a port of its own at 127.0.0.1 and prints, as one JSON document a line, first `{"port": …}` and then
an answer to each command that it reads, one JSON document a line too:

{"do": "receive", …}    how to take what comes from now on; answers {}
    name, partner       the AS2 names
    keys                our key and certificate for signing receipts and for decryption, a path without its endings
    decrypt_keys        the key for decryption, if it is another
    partner_keys        whose certificate the partner signs with
    sign, encrypt       whether the partner must
    sign_alg            how receipts are signed
{"do": "received"}      answers {"messages": […]}, all since the last time it was asked
{"do": "send", …}       sends one message and answers once its receipt is there, if it asks for one
    the members of "receive", and
    url, content_type, data (base64), compress, sign, digest_alg, encrypt, enc_alg, encrypt_for, mdn_mode,
    mdn_digest_alg, headers

A path of keys `p` stands for `p.key.pem` and `p.cert.pem`. The process ends with its standard input.
"""

import base64
import email.message
import http.server
import json
import logging
import re
import sys
import threading
import urllib.error
import urllib.request

# oscrypto 1.3.0 reads one digit in each place of libcrypto's version, and OpenSSL is past 3.0.9.
search = re.search
re.search = lambda pattern, text, flags=0: search(
    pattern.replace(r"\d\.\d\.\d[", r"\d+\.\d+\.\d+[") if isinstance(pattern, str) else pattern, text, flags
)
try:
    from pyas2lib import as2
finally:
    re.search = search

# Every exception comes back in an answer; the library would write each to standard error as well.
logging.getLogger("pyas2lib").setLevel(logging.CRITICAL)

# email.message takes no media type with a slash in a parameter, as that of multipart/related has one.
set_type = email.message.Message.set_type


def set_whole_type(self, value, *arguments, **options):
    if value.count("/") > 1 and "Content-Type" not in self:
        self["Content-Type"] = value
    else:
        set_type(self, value, *arguments, **options)


email.message.Message.set_type = set_whole_type

TIMEOUT = 30


def file(path):
    with open(path, "rb") as opened:
        return opened.read()


def key(path):
    return file(path + ".key.pem") + file(path + ".cert.pem")


def organization(settings):
    return as2.Organization(
        settings["name"],
        sign_key=key(settings["keys"]),
        decrypt_key=key(settings.get("decrypt_keys", settings["keys"])),
        mdn_url=f"http://127.0.0.1:{port}/receipts",
        domain="station.example",
    )


def partner(settings, **options):
    return as2.Partner(
        settings["partner"],
        verify_cert=file(settings["partner_keys"] + ".cert.pem"),
        validate_certs=False,
        sign=settings.get("sign", False),
        encrypt=settings.get("encrypt", False),
        sign_alg=settings.get("sign_alg", "rsassa_pkcs1v15"),
        **options,
    )


class Station(http.server.BaseHTTPRequestHandler):
    """Messages come to any path but /receipts, where the receipts come that answer later."""

    settings = None
    received = []
    sent = {}
    receipts = {}
    changed = threading.Condition()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        lines = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        raw = lines.encode("latin-1") + b"\r\n" + body
        if self.path == "/receipts":
            self.take_receipt(raw)
        else:
            self.take_message(raw)

    def take_message(self, raw):
        receiver, sender = organization(self.settings), partner(self.settings)
        message = as2.Message()
        status, (error, _), mdn = message.parse(
            raw,
            find_org_cb=lambda name: receiver if name == receiver.as2_name else None,
            find_partner_cb=lambda name: sender if name == sender.as2_name else None,
        )
        record = {
            "status": status,
            "error": None if error is None else type(error).__name__,
            "signed": message.signed,
            "encrypted": message.encrypted,
            "compressed": message.compressed,
            "digest": message.digest_alg,
            "mic": None if message.mic is None else message.mic.decode(),
            "content_type": message.payload["content-type"] if error is None else None,
            "content": base64.b64encode(message.content).decode() if error is None else None,
        }
        with self.changed:
            self.received.append(record)
        if mdn is None:
            self.answer({}, b"")
        elif mdn.mdn_mode == "ASYNC":
            self.answer({}, b"")
            post(mdn.mdn_url, mdn.headers, mdn.content)
        else:
            self.answer(mdn.headers, mdn.content)

    def take_receipt(self, raw):
        mdn = as2.Mdn()
        outcome = mdn.parse(raw, lambda message_id, _recipient: self.sent.get(message_id))
        self.answer({}, b"")
        with self.changed:
            self.receipts[mdn.orig_message_id] = outcome
            self.changed.notify_all()

    def answer(self, headers, body):
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_arguments):
        pass


def post(url, headers, body):
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
        lines = "".join(f"{name}: {value}\r\n" for name, value in response.headers.items())
        return response.status, lines.encode("latin-1") + b"\r\n" + response.read()


def send(settings):
    mode = settings.get("mdn_mode")
    receiver = partner(
        settings,
        encrypt_cert=file(settings.get("encrypt_for", settings["partner_keys"]) + ".cert.pem"),
        compress=settings.get("compress", False),
        digest_alg=settings.get("digest_alg", "sha256"),
        enc_alg=settings.get("enc_alg", "aes_256_cbc"),
        mdn_mode=mode,
        mdn_digest_alg=settings.get("mdn_digest_alg"),
    )
    message = as2.Message(organization(settings), receiver)
    message.build(
        base64.b64decode(settings["data"]),
        content_type=settings["content_type"],
        additional_headers=settings.get("headers"),
        disposition_notification_to="station@station.example",
    )
    Station.sent[message.message_id] = message
    status, raw = post(settings["url"], message.headers, message.content)
    answer = {
        "mic": None if message.mic is None else message.mic.decode(),
        "http": status,
        "receipt": None,
    }
    if mode == "SYNC":
        answer["receipt"] = as2.Mdn().parse(raw, lambda message_id, _recipient: Station.sent.get(message_id))
    elif mode == "ASYNC":
        with Station.changed:
            Station.changed.wait_for(lambda: message.message_id in Station.receipts, TIMEOUT)
            answer["receipt"] = Station.receipts.get(message.message_id)
    return answer


def obey(command):
    if command["do"] == "receive":
        Station.settings = command
        return {}
    if command["do"] == "received":
        with Station.changed:
            messages, Station.received[:] = list(Station.received), []
        return {"messages": messages}
    if command["do"] == "send":
        return send(command)
    raise ValueError(f"no such command: {command['do']}")


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Station)
server.daemon_threads = True
port = server.server_address[1]
threading.Thread(target=server.serve_forever, daemon=True).start()
print(json.dumps({"port": port}), flush=True)
for line in sys.stdin:
    try:
        answer = obey(json.loads(line))
    except Exception as error:  # the test shows it
        answer = {"exception": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
