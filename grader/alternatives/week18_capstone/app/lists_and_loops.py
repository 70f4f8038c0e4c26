"""Documents as a plain list with their bytes, settings as attributes, deep copies, one long function for a file."""

import copy
import os

from app import BOUNDS, DEFAULTS, ENDINGS, LARGEST


class Session:
    def __init__(self, read, add, ask, clear):
        self.read, self.add, self.answer, self.clear = read, add, ask, clear
        self.documents = []
        self.entries = []
        self.settings = copy.deepcopy(DEFAULTS)

    def upload(self, files, progress=None):
        out = []
        count = len(files)
        for i in range(count):
            name, data = files[i]
            result = {"name": name, "status": "", "detail": ""}
            say = progress or (lambda name, share: None)
            same = [document for document in self.documents if document["data"] == data]
            if os.path.splitext("x" + name)[1].lower() not in ENDINGS:
                result["status"] = "kind"
            elif len(data) == 0:
                result["status"] = "empty"
            elif len(data) > LARGEST:
                result["status"] = "large"
            elif same:
                result.update(status="known", detail=same[0]["shown"]["name"])
            else:
                self._read_and_add(result, data, say, i, count)
            say(name, (i + 1) / count)
            out.append(result)
        return out

    def _read_and_add(self, result, data, say, i, count):
        name = result["name"]
        try:
            answer = self.read(name, data, lambda t: say(name, (i + t / 2) / count))
            if "".join(answer["pages"]).strip() == "":
                result["status"] = "no_text"
                return
            stem, ending = os.path.splitext(name)
            candidate, n = name, 2
            while candidate in [document["shown"]["name"] for document in self.documents]:
                candidate = f"{stem} ({n}){ending}"
                n += 1
            self.add(candidate, copy.deepcopy(answer["pages"]), lambda t: say(name, (i + 1 / 2 + t / 2) / count))
        except Exception as error:  # noqa: BLE001 - whatever a reader or a system raises is a status
            result.update(status="failed", detail=str(error))
            return
        shown = {"name": candidate, "pages": len(answer["pages"]), "skipped": answer["skipped"][:]}
        self.documents.append({"data": data, "shown": shown})
        result.update(status="added", detail=candidate)

    def ask(self, question):
        question = question.strip()
        if question == "":
            raise ValueError("blank")
        history = []
        for entry in self.entries:
            if entry["kind"] not in ("error", "no_documents"):
                history += [{"role": "user", "content": entry["question"]}]
                history += [{"role": "assistant", "content": entry["text"]}]
        entry = dict(question=question, kind="no_documents", text="", sources=[], ignored=[])
        if self.documents:
            try:
                answer = copy.deepcopy(self.answer(question, history, copy.deepcopy(self.settings)))
            except Exception as error:  # noqa: BLE001 - whatever a reader or a system raises is a status
                entry["kind"] = "error"
                entry["text"] = str(error) if str(error) else error.__class__.__name__
            else:
                entry.update(kind="refusal" if answer["refused"] else "answer", text=answer["text"])
                entry["ignored"] = answer["ignored"]
                if not answer["refused"]:
                    entry["sources"] = self._grouped(answer["sources"])
        self.entries.append(entry)
        return copy.deepcopy(entry)

    def _grouped(self, passages):
        groups = []
        for passage in passages:
            for group in groups:
                if group["document"] == passage["document"]:
                    break
            else:
                group = {"document": passage["document"], "pages": [], "passages": []}
                groups.append(group)
            piece = {"page": passage["page"], "text": passage["text"]}
            if piece not in group["passages"]:
                group["passages"].append(piece)
            if passage["page"] not in group["pages"]:
                group["pages"].append(passage["page"])
                group["pages"].sort()
        return groups

    def configure(self, **changes):
        new = dict(self.settings)
        for key in changes:
            if key not in new:
                raise ValueError(key)
            if key in BOUNDS:
                low, high = BOUNDS[key]
                try:
                    within = changes[key] >= low and changes[key] <= high
                except TypeError:
                    within = False
                if not within:
                    raise ValueError(key)
            new[key] = changes[key]
        self.settings = new

    def reset(self, documents=False):
        self.entries = []
        if documents:
            self.documents = []
            self.clear()

    def view(self):
        documents = [document["shown"] for document in self.documents]
        return copy.deepcopy({"documents": documents, "entries": self.entries, "settings": self.settings})
