"""Given: reads an uploaded PDF in a program of its own, which can be ended if it takes too long.

A damaged or malicious file of a few kilobytes can keep pypdf busy for hours, and nothing ends a function that runs in
the page's own program. `python read_apart.py reading.py upload.pdf` prints what `read_pdf` said, as JSON.
"""

import contextlib
import importlib.util
import json
import logging
import subprocess
import sys
from pathlib import Path

import pypdf

SECONDS = 60
"""How long a file may take."""


class Unreadable(ValueError):
    """A file that is not taken in; the text is a code, such as "slow", and what `read_pdf` said, if anything."""


def read_pages(module, path):
    """Return the pages that `read_pdf` of the file `module` finds in a PDF.

    Raises:
        Unreadable: "locked: …", "damaged: …" (`read_pdf` raised a ValueError), "raised: …" (anything else), "slow".
    """
    command = [sys.executable, str(Path(__file__).resolve()), str(module), str(path)]
    try:
        said = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False).stdout
    except subprocess.TimeoutExpired:
        raise Unreadable("slow") from None
    try:
        told = json.loads(said)
    except ValueError:  # the program itself broke down: it ran out of memory, for instance
        raise Unreadable("damaged") from None
    if "pages" not in told:
        raise Unreadable(": ".join(filter(None, (told["code"], told["text"]))))
    return told["pages"]


def _answer(module, path):
    """What the program prints: {"pages": …} or {"code": …, "text": …}."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        spec = importlib.util.spec_from_file_location("reading", module)
        reading = importlib.util.module_from_spec(spec)
        sys.modules["reading"] = reading
        spec.loader.exec_module(reading)
        return {"pages": reading.read_pdf(Path(path))}
    except ValueError as error:
        text = str(error).replace(str(path), "it").replace(Path(path).name, "it")
        return {"code": "locked" if _is_locked(path) else "damaged", "text": text}
    except Exception as error:  # noqa: BLE001 - whatever was written, the page says what came of it
        return {"code": "raised", "text": f"{type(error).__name__}: {error}"}


def _is_locked(path):
    """Whether a password is missing."""
    try:
        reader = pypdf.PdfReader(path)
        return reader.is_encrypted and not reader.decrypt("")
    except Exception:  # noqa: BLE001 - it is damaged
        return False


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):  # what the exercise prints is no answer
        answer = json.dumps(_answer(*sys.argv[1:]))
    print(answer)
