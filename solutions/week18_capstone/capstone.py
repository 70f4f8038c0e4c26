"""Given: starts the page of the document assistant: `make capstone`, or `python capstone.py --from folder`.

The page can be reached from this computer alone, and sends nothing anywhere unless you choose a server at its side.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

ADDRESS = "127.0.0.1"
HERE = Path(__file__).resolve().parent
OPTIONS = {
    "server.address": ADDRESS,
    "server.headless": "true",  # asks for no e-mail address, opens no browser
    "server.fileWatcherType": "none",
    "server.maxUploadSize": "20",
    "browser.gatherUsageStats": "false",
    "browser.serverAddress": ADDRESS,
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
}


def free_port(wanted):
    """Return a port: the wanted one, or another if it cannot be had."""
    for port in (wanted, 0):
        try:
            with socket.create_server((ADDRESS, port)) as probe:  # as servers do: also where one has just ended
                return probe.getsockname()[1]
        except (OSError, OverflowError):  # taken, or no port at all
            continue
    raise SystemExit("No port is free. 没有空闲的端口。")


def command(port):
    """The command that serves the page."""
    options = {**OPTIONS, "server.port": str(port)}
    told = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(HERE / "page.py"), *told]


def environment(folder, lang):
    """What the page is told: where the exercises are, and in which language it begins."""
    return {**os.environ, "CAPSTONE_FROM": str(folder), "CAPSTONE_LANG": "zh" if lang.startswith("zh") else "en"}


def main():
    """Serve until Ctrl-C, or until somebody ends this program."""
    parser = argparse.ArgumentParser(description="Start the page of the document assistant.")
    parser.add_argument(
        "--from", dest="source", type=Path, help="folder with week18_capstone/*.py; your own if not given"
    )
    parser.add_argument("--lang", default="en")
    parser.add_argument("--port", type=int, default=8501)
    told = parser.parse_args()
    folder = (told.source.resolve() / HERE.name) if told.source else HERE
    if not folder.is_dir():
        raise SystemExit(f"There is no folder {folder}. 没有文件夹 {folder}。")
    port = free_port(told.port)
    print(f"http://{ADDRESS}:{port}   (Ctrl-C ends it · 按 Ctrl-C 结束)", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that "finally" ends the server too
    process = subprocess.Popen(command(port), env=environment(folder, told.lang), stdout=subprocess.DEVNULL)
    try:
        raise SystemExit(process.wait())
    except KeyboardInterrupt:
        process.wait()
    finally:
        process.terminate()


if __name__ == "__main__":
    main()
