# SPDX-License-Identifier: Apache-2.0
"""Commands and what they cost: wall time, CPU time of all their processes, memory of the largest one."""
import os
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass, field


@dataclass
class Cost:
    wall: float = 0.0   # seconds
    cpu: float = 0.0    # seconds, user and system
    memory: int = 0     # bytes, resident, of the largest process


class Failure(Exception):
    """A command ended with a code that it may not end with."""


def run(command, folder=None, codes=(0,), environment=None):
    """A list is a command, a string a line for bash. Gives its cost; raises Failure with its last words."""
    words = command if isinstance(command, list) else ["bash", "-euo", "pipefail", "-c", command]
    with tempfile.TemporaryFile() as output:
        start = time.monotonic()
        process = subprocess.Popen(words, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                   env={**os.environ, **(environment or {})})
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in codes:
            output.seek(max(0, output.tell() - 2000))
            raise Failure(f"{command}: exit code {process.returncode}\n{output.read().decode(errors='replace')}")
    # That of a shell counts the children that it waited for, and has the memory of the largest of them.
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


@dataclass
class Series:
    """The rounds of one step of one peer."""
    costs: list = field(default_factory=list)
    bytes: int = 0   # of what travels, with its signature; 0 for an import

    def median(self):
        return Cost(statistics.median(c.wall for c in self.costs), statistics.median(c.cpu for c in self.costs),
                    max(c.memory for c in self.costs))

    def spread(self):
        walls = [c.wall for c in self.costs]
        return min(walls), max(walls)


def size_of(*paths):
    """Bytes of files, and of all files below folders."""
    total = 0
    for path in paths:
        if os.path.isdir(path):
            total += sum(os.path.getsize(os.path.join(root, name)) for root, _, names in os.walk(path) for name in names)
        else:
            total += os.path.getsize(path)
    return total
