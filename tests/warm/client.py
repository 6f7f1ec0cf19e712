"""Stand for one Python that the server forks: streams, signals and exit code."""

import json
import os
import signal
import socket
import sys

server = socket.socket(socket.AF_UNIX)
server.connect(sys.argv[1])
folder = os.getcwd()  # noqa: PTH109 - pathlib would take half of this program's time
job = {"words": sys.argv[2:], "folder": folder, "environment": dict(os.environ)}
text = json.dumps(job).encode() + b"\n"
sent = socket.send_fds(server, [text], [0, 1, 2])
server.sendall(text[sent:])
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, lambda number, _: server.send(bytes([number])))
code = int(server.recv(16) or 1)
if code < 0:
    signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
sys.exit(code)
