"""The archive that a learner hands in: all that a check looks at, and what is still missing in it.

What belongs to it and what counts is told by intake's own rule, so that a submission is graded as it was checked.
"""

from __future__ import annotations

import ast
import hashlib
import io
import json
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from grader.course import stubs
from grader.course.weeks import Week, digest
from grader.errors import UserError
from grader.files import write_atomically
from grader.intake.choosing import Chosen, chosen_sources
from grader.intake.entries import ARCHIVE_BYTES, NOTEBOOK_BYTES, Piece, size_of
from grader.intake.folders import read_folder
from grader.intake.work import UNREADABLE
from grader.messages import render

MANIFEST_VERSION = 1


class Archive:
    """One archive in the making; `say` tells the learner a sentence by its key."""

    def __init__(self, root: Path, lang: str, say: Callable[..., None], tell: Callable[[str], None]) -> None:
        self.root = root
        self.lang = lang
        self.say = say
        self.tell = tell
        self.generated = stubs.read_manifest(root)
        self.files: dict[str, bytes] = {}
        self.times: dict[str, float] = {}

    def add(self, week: Week) -> None:
        """Add a week's folder, and say what of it counts, and what is missing or unreadable."""
        if not week.folder.is_dir():
            return
        hand_in = read_folder(week.folder)
        for finding in [*hand_in.refused, *([hand_in.problem] if hand_in.problem else [])]:
            self.tell(render(finding, self.lang))
        given = week.given()
        for piece in hand_in.pieces:
            is_work = piece.name.endswith((".py", ".ipynb")) and not piece.name.startswith(("test_", "conftest"))
            ours = piece.name in given or piece.parts == ("figures", "draw.py")
            if is_work and not ours and not self.is_untouched_notebook(week, piece):
                self.put(week, piece)
        chosen = chosen_sources(week.folder, week)
        untouched = [name for name, one in chosen.items() if one.path and not one.work.begun]
        if untouched:
            self.say("submit_untouched", week=week.number, names=", ".join(untouched))
        for exercise, one in chosen.items():
            self.look_at(week.folder / f"{exercise}.py", one, week.exercise(exercise).writes)

    def is_untouched_notebook(self, week: Week, piece: Piece) -> bool:
        """Whether a notebook is as it was generated."""
        path = week.folder.joinpath(*piece.parts)
        key = self.generated.get(path.relative_to(self.root).as_posix())
        return key is not None and piece.name.endswith(".ipynb") and key == digest(path.read_bytes())

    def put(self, week: Week, piece: Piece) -> None:
        """Take a file, with its outputs where they are not too large."""
        path, name = week.folder.joinpath(*piece.parts), "/".join((week.name, *piece.parts))
        whole = path.is_file() and path.stat().st_size <= NOTEBOOK_BYTES  # it may lie in an archive in the folder
        self.files[name] = path.read_bytes() if whole else piece.data
        self.times[name] = piece.changed

    def look_at(self, named: Path, chosen: Chosen, writes: list[str]) -> None:
        """Say which file counts where two could, and what keeps it from counting."""
        if chosen.path is None:
            self.say("submit_missing", path=named.relative_to(self.root))
            return
        path = chosen.path.relative_to(self.root)
        for note in chosen.notes:
            self.tell(render(note, self.lang))
        missing = [name for name in writes if name not in chosen.work.written]
        if chosen.work.begun and missing:
            self.say("submit_unfinished", path=path, names=", ".join(missing))
        try:
            ast.parse(chosen.files.get(named.name, b""))
        except UNREADABLE as error:
            line, problem = getattr(error, "lineno", None) or 1, error.args[0] if error.args else type(error).__name__
            self.say("submit_unreadable", path=path, line=line, problem=problem)

    def write(self, out: Path) -> str:
        """Write the archive, in the place of an earlier one; return the key of what there is to say.

        Raises:
            UserError: there is nothing in it, or too much; another file has that name.
        """
        if not self.files:
            raise UserError("submit_nothing")
        if out.is_file() and not zipfile.is_zipfile(out):
            raise UserError("submit_in_the_way", path=out)
        out.parent.stat()  # a misspelt folder is refused, not made
        data = self.packed()
        if len(data) > ARCHIVE_BYTES:
            raise UserError("submit_too_large", path=out, limit=size_of(ARCHIVE_BYTES))
        key = "submit_replaced" if out.exists() else "submit_written"
        write_atomically(out, data)
        return key

    def packed(self) -> bytes:
        """Return the archive with a manifest; files keep their times, by which the later of two copies is known."""
        manifest = {
            "version": MANIFEST_VERSION,
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "files": {name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()},
        }
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("manifest.json", json.dumps(manifest, indent=2) + "\n")
            for name, data in self.files.items():
                changed = time.localtime(max(self.times[name], 315_619_200))[:6]  # a zip begins with 1980
                archive.writestr(zipfile.ZipInfo(name, changed), data, zipfile.ZIP_DEFLATED)
        return out.getvalue()
