"""Given: runs a Python program in a process of its own, with limits. This is no sandbox.

The limits stop accidents: an endless loop, a list that eats all memory, a program that never stops printing. They do
not stop malice: the program can read your files, open connections and delete what you can delete. Code that you would
not run yourself belongs into a container or a virtual machine without a network, as coding agents use them.

Why this is given: grading runs your code in a box that starts no process, so what starts one cannot be judged there.
"""

import contextlib
import io
import os
import signal
import subprocess
import sys
import tempfile
import traceback

LIMITS = """
import resource
def limit(kind, value):
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))
limit(resource.RLIMIT_AS, {memory} << 20)
limit(resource.RLIMIT_CPU, {cpu})
limit(resource.RLIMIT_FSIZE, {output})
limit(resource.RLIMIT_CORE, 0)
del limit, resource
"""


def run_program(program, seconds, *, memory_mb=512, output_bytes=100_000):
    """Run a program and return what it printed: {"stdout": …, "stderr": …, "stopped": …}.

    `stopped` is "time" if it ran longer than `seconds`, "output" if it wrote more than `output_bytes` to one of the
    two, and "" if it ended by itself, in whatever way. What it printed before is there in all three cases.
    """
    limits = ""
    if sys.platform.startswith("linux"):  # elsewhere memory cannot be limited in this way; time and output still are
        limits = LIMITS.format(memory=memory_mb, cpu=int(seconds) + 2, output=output_bytes + 1)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            [sys.executable, "-I", "-c", limits + "exec(compile(__import__('sys').stdin.read(), 'program', 'exec'))"],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=err,
            cwd=folder,  # what it writes by accident lands in a folder that goes away
            env={"PATH": os.environ.get("PATH", ""), "PYTHONIOENCODING": "utf-8"},  # no keys and tokens of yours
            start_new_session=True,  # so that what it starts can be ended with it
        )
        stopped = ""
        try:
            process.communicate(program.encode("utf-8", "replace"), timeout=seconds)
        except subprocess.TimeoutExpired:
            stopped = "time"
        finally:
            _end(process)
        texts = []
        for file in (out, err):
            file.seek(0)
            written = file.read(output_bytes + 1)
            if len(written) > output_bytes and not stopped:
                stopped = "output"
            texts.append(written[:output_bytes].decode("utf-8", "replace"))
    return {"stdout": texts[0], "stderr": texts[1], "stopped": stopped}


def _end(process):
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


class _Printed(io.StringIO):
    """What was printed, and up to where it had been flushed each time."""

    def __init__(self):
        super().__init__()
        self.flushed = [0]

    def flush(self):
        self.flushed.append(self.tell())


class InThisProcess:
    """Runs a program in the process that calls it, without limits: for grading, where no process can be started.

    When the text `cut` is printed, the program counts as stopped: what was not flushed by then is lost, as it is in a
    process, and `stopped` says `how`. Of all that is printed the first `keep` characters are kept.
    """

    def __init__(self, cut=None, how="time", keep=None):
        self.cut, self.how, self.keep = cut, how, keep

    def __call__(self, program, seconds):
        """Return the same as `run_program`."""
        printed, errors, stopped = _Printed(), io.StringIO(), ""
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(errors):
            try:
                exec(compile(program, "program", "exec"), {"__name__": "__main__"})
            except SystemExit:
                pass
            except BaseException:  # noqa: BLE001 - a program ends in any way
                traceback.print_exc()
        text = printed.getvalue()
        if self.cut is not None and self.cut in text:
            here = text.index(self.cut)
            text, stopped = text[: max(place for place in printed.flushed if place <= here)], self.how
        if self.keep is not None and len(text) > self.keep:
            text, stopped = text[: self.keep], self.how
        return {"stdout": text, "stderr": errors.getvalue(), "stopped": stopped}
