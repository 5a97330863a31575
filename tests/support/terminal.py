# SPDX-License-Identifier: Apache-2.0
"""Runs a program at a terminal, as a person would: terminal.py OUT ERR [--type TEXT]... -- COMMAND...

Standard output and standard error are two terminals; the files OUT and ERR get what came out of each. The second
is the one that the program may ask at. Whenever it asks, with a colon at the end and nothing more to come, the next
TEXT is typed. Ends with the program's exit code; 98 when it asked too often, 99 when it took longer than 20 s.
For each question a line "echo off" or "echo on" goes to ERR.questions, with the question.
"""
import fcntl
import os
import pty
import select
import signal
import sys
import termios
import time

out_path, err_path = sys.argv[1:3]
at = sys.argv.index("--")
texts = [sys.argv[i + 1] for i in range(3, at) if sys.argv[i] == "--type"]
command = sys.argv[at + 1:]

ends = []
for _ in range(2):
    ours, theirs = pty.openpty()
    modes = termios.tcgetattr(theirs)
    modes[1] &= ~termios.OPOST  # a line feed stays one
    termios.tcsetattr(theirs, termios.TCSANOW, modes)
    ends.append((ours, theirs))
(out, out_theirs), (err, err_theirs) = ends

child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(err_theirs, termios.TIOCSCTTY, 0)
    os.dup2(err_theirs, 0)
    os.dup2(out_theirs, 1)
    os.dup2(err_theirs, 2)
    os.closerange(3, 64)
    try:
        os.execvp(command[0], command)
    finally:
        os._exit(127)

os.close(out_theirs)
seen = {out: b"", err: b""}
questions = []
asked = 0
deadline = time.monotonic() + 20
status = None
while True:
    ready = select.select(list(seen), [], [], 0.1)[0]
    moved = False
    for end in ready:
        try:
            data = os.read(end, 65536)
        except OSError:  # the other end of a terminal has gone
            data = b""
        seen[end] += data
        moved = moved or data != b""
    if moved:
        continue
    if status is None:
        pid, found = os.waitpid(child, os.WNOHANG)
        if pid == child:
            status = os.waitstatus_to_exitcode(found)
            continue  # once more, for what is still on its way
    else:
        break
    if time.monotonic() > deadline:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        status = 99
        break
    if seen[err][asked:].rstrip(b" ").endswith(b":"):
        echo = termios.tcgetattr(err_theirs)[3] & termios.ECHO
        questions.append(("echo on " if echo else "echo off ") + seen[err][asked:].decode(errors="replace").strip())
        asked = len(seen[err])
        if not texts:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            status = 98
            break
        os.write(err, texts.pop(0).encode() + b"\n")

for end, path in ((out, out_path), (err, err_path)):
    with open(path, "wb") as file:
        file.write(seen[end])
with open(err_path + ".questions", "w", encoding="utf-8") as file:
    file.writelines(line + "\n" for line in questions)
sys.exit(status if status >= 0 else 128 - status)
