"""Known mistakes of week 18, app."""

import app as solution

from grader.mistakes import mistake

Session = solution.Session


@mistake(
    of="Session",
    en="It looks like a file is read and added again when it is uploaded again: every rerun of the page would do that.",
    zh="看起来同一个文件再次上传时又读取并加入了一遍：页面每次重新运行都会这样。",
    breaks='"known": a document with the same bytes is there already',
)
class ReadsAgain(Session):
    def upload(self, files, progress=None):
        results = []
        for number, file in enumerate(files):
            kept, self._documents = self._documents, _Forgetful(self._documents)
            try:
                told = None if progress is None else lambda n, s, i=number: progress(n, (i + s) / len(files))
                results += super().upload([file], told)
            finally:
                self._documents = kept | {(number, key): value for key, value in self._documents.new.items()}
        return results


class _Forgetful(dict):
    """Documents in which no digest is found."""

    def __init__(self, others):
        super().__init__(others)
        self.new = {}

    def __contains__(self, key):
        return False

    def __setitem__(self, key, value):
        self.new[key] = value


@mistake(
    of="Session",
    en="It looks like a file is known by its name: the same bytes under another name are added twice.",
    zh="看起来是按文件名判断是否已有：内容相同、名字不同的文件被加入了两次。",
    breaks='"known": a document with the same bytes is there already, whatever it is called',
)
class KnowsByName(Session):
    def _take(self, name, data, tell):
        status, detail = "", ""
        names = {document["name"]: document for document in self._documents.values()}
        if name in names and data and name.lower().endswith(solution.ENDINGS) and len(data) <= solution.LARGEST:
            return "known", name
        return super()._take(name, data + b"", tell) if not status else (status, detail)

    def upload(self, files, progress=None):
        real = solution.hashlib.sha256
        results = []
        for number, (name, data) in enumerate(files):
            solution.hashlib = _Named(name, real)
            try:
                told = None if progress is None else lambda n, s, i=number: progress(n, (i + s) / len(files))
                results += super().upload([(name, data)], told)
            finally:
                import hashlib

                solution.hashlib = hashlib
        return results


class _Named:
    """A digest of a name."""

    def __init__(self, name, real):
        self.name, self.real = name, real

    def sha256(self, data):
        return self.real(self.name.encode())


@mistake(
    of="Session",
    en="It looks like the ending is compared as it is written: `.PDF` is refused.",
    zh="看起来后缀按原样比较：`.PDF` 被拒绝了。",
    breaks="where upper and lower case are the same",
)
class OnlyLowerCase(Session):
    def _take(self, name, data, tell):
        return super()._take(name, data, tell) if name.endswith(solution.ENDINGS) else ("kind", "")


@mistake(
    of="Session",
    en='It looks like a file that failed counts as a document from then on: a second try is answered with "known".',
    zh="看起来失败的文件也算成了文档：再次上传时得到的是“known”。",
    breaks="any other file may be uploaded again",
)
class RemembersFailures(Session):
    def _take(self, name, data, tell):
        failed = self.__dict__.setdefault("_failed", set())
        if data in failed:
            return "known", name
        status, detail = super()._take(name, data, tell)
        if status == "failed":
            failed.add(data)
        return status, detail


@mistake(
    of="Session",
    en="It looks like one file that cannot be read ends the upload: the files behind it are lost.",
    zh="看起来一个文件读不了就中止了整个上传：后面的文件都丢了。",
    breaks="One file that is not taken in does not keep the others out",
)
class StopsAtFirstFailure(Session):
    def upload(self, files, progress=None):
        results = []
        for number, file in enumerate(files):
            told = None if progress is None else lambda n, s, i=number: progress(n, (i + s) / len(files))
            results += super().upload([file], told)
            if results[-1]["status"] == "failed":
                break
        return results


@mistake(
    of="Session",
    en="It looks like only ValueError is caught: any other error of the reader or the library ends the page.",
    zh="看起来只捕获了 ValueError：read 或 add 的其他异常会让页面崩溃。",
    breaks="`read` or `add` raised an Exception",
)
class CatchesValueErrorOnly(Session):
    def upload(self, files, progress=None):
        kept = self._read, self._add
        self._read, self._add = (_let_through(function, but=ValueError) for function in kept)
        try:
            return super().upload(files, progress)
        except _Through as error:
            raise error.args[0] from None
        finally:
            self._read, self._add = kept


@mistake(
    of="Session",
    en="It looks like errors of `read` are caught and those of `add` are not: a full disk ends the page.",
    zh="看起来只捕获了 read 的异常，没有捕获 add 的：磁盘满了页面就会崩溃。",
    breaks="`read` or `add` raised an Exception",
)
class GuardsTheReaderAlone(Session):
    def upload(self, files, progress=None):
        kept = self._add
        self._add = _let_through(kept)
        try:
            return super().upload(files, progress)
        except _Through as error:
            raise error.args[0] from None
        finally:
            self._add = kept


def _let_through(function, but=()):
    """The function, whose errors pass through the solution's `except`, but for these."""

    def called(*args):
        try:
            return function(*args)
        except but:
            raise
        except Exception as error:
            raise _Through(error) from error

    return called


class _Through(BaseException):
    """Passes through every `except Exception`."""


@mistake(
    of="Session",
    en="It looks like a document whose pages are all blank is added: a scan without text then answers nothing, and "
    "nobody is told why.",
    zh="看起来所有页都空白的文档也被加入了：没有文字的扫描件什么也答不了，却没人知道原因。",
    breaks='"no_text": every page is blank',
)
class AddsBlankDocuments(Session):
    def _take(self, name, data, tell):
        kept, asked = self._read, {}

        def read(*args):
            found = kept(*args)
            asked["pages"] = list(found["pages"])
            blank = not any(page.strip() for page in found["pages"])
            return {**found, "pages": _Never(found["pages"])} if blank else found

        self._read = read
        try:
            return super()._take(name, data, tell)
        finally:
            self._read = kept


class _Never(list):
    """Pages that seem to have text."""

    def __iter__(self):
        return iter([_Loud(page) for page in list.__iter__(self)])


class _Loud(str):
    def strip(self, *args):
        return "x"


@mistake(
    of="Session",
    en="It looks like a second document of the same name keeps that name: nobody can tell their pages apart.",
    zh="看起来第二个同名文档沿用了原名：它的页和第一个文档的页无法区分。",
    breaks="two documents never share a name",
)
class SharesNames(Session):
    def _free(self, name):
        return name


@mistake(
    of="Session",
    en="It looks like progress begins anew with every file: it should go from 0 to 1 once for all of them.",
    zh="看起来每个文件的进度都从头开始：所有文件合起来应当只从 0 走到 1 一次。",
    breaks="`progress(name, share)` is then called",
)
class ProgressOfEachFile(Session):
    def upload(self, files, progress=None):
        return [result for file in files for result in super(ProgressOfEachFile, self).upload([file], progress)]


@mistake(
    of="Session",
    en="It looks like the assistant is asked although there is no document yet.",
    zh="看起来还没有文档时也调用了助手。",
    breaks="the function `ask` of the constructor is not called",
)
class AsksWithoutDocuments(Session):
    def ask(self, question):
        kept, self._documents = self._documents, self._documents or {"": {}}
        try:
            return super().ask(question)
        finally:
            self._documents = kept


@mistake(
    of="Session",
    en="It looks like an error of the assistant leaves `ask`: it should become an entry, so that the page stays.",
    zh="看起来助手的异常直接从 ask 抛了出去：应当变成一条记录，页面才不会崩溃。",
    breaks='"error": that function raised an Exception',
)
class LetsErrorsOut(Session):
    def ask(self, question):
        kept = self._ask

        def asked(*args):
            try:
                return kept(*args)
            except Exception as error:
                raise _Through(error) from error

        self._ask = asked
        try:
            return super().ask(question)
        except _Through as error:
            raise error.args[0] from None
        finally:
            self._ask = kept


@mistake(
    of="Session",
    en="It looks like the history holds entries that failed: the model then reads error messages as its own words.",
    zh="看起来历史里包含出错的记录：模型会把错误信息当成自己说过的话。",
    breaks="the other kinds are for the reader alone",
)
class ErrorsInTheHistory(Session):
    def _history(self):
        return [
            {"role": role, "content": entry[key]}
            for entry in self._entries
            for role, key in (("user", "question"), ("assistant", "text"))
        ]


@mistake(
    of="Session",
    en="It looks like the history leaves out refusals: they are replies too, and a question may go back to them.",
    zh="看起来历史里漏掉了拒答：拒答也是回复，后面的问题可能会提到它。",
    breaks='The history has for each earlier entry with the kind "answer" or "refusal"',
)
class NoRefusalsInTheHistory(Session):
    def _history(self):
        kept = self._entries
        self._entries = [entry for entry in kept if entry["kind"] != "refusal"]
        try:
            return super()._history()
        finally:
            self._entries = kept


@mistake(
    of="Session",
    en="It looks like page numbers are not put in order, or stand there more than once.",
    zh="看起来页码没有排序，或者有重复。",
    breaks="its page numbers, each once, ascending",
)
class PagesAsTheyCome(Session):
    def ask(self, question):
        entry = super().ask(question)
        for group in self._entries[-1]["sources"]:
            group["pages"] = [passage["page"] for passage in group["passages"]]
        return solution._copy(self._entries[-1]) if entry["sources"] else entry


@mistake(
    of="Session",
    en="It looks like a refusal shows sources: they did not hold the answer.",
    zh="看起来拒答时也显示了来源：它们并没有答案。",
    breaks='"sources" are those of an "answer" alone',
)
class SourcesOfRefusals(Session):
    def _answer(self, question):
        kept, seen = self._ask, {}

        def asked(*args):
            seen.update(kept(*args))
            return seen

        self._ask = asked
        try:
            found = super()._answer(question)
        finally:
            self._ask = kept
        return found | ({"sources": solution._by_document(seen["sources"])} if seen else {})


@mistake(
    of="Session",
    en="It looks like a file of exactly LARGEST bytes is refused; only a larger one is too large.",
    zh="看起来恰好 LARGEST 个字节的文件也被拒绝了；更大的才算太大。",
    breaks='"large": it has more than LARGEST bytes',
)
class RefusesTheLargest(Session):
    def _take(self, name, data, tell):
        if name.lower().endswith(solution.ENDINGS) and len(data) == solution.LARGEST:
            return "large", ""
        return super()._take(name, data, tell)


@mistake(
    of="Session",
    en="It looks like settings that are right are changed although another one of the same call is refused.",
    zh="看起来同一次调用里有设置被拒绝时，其余设置仍然改了。",
    breaks="No setting is changed then",
)
class ChangesOneByOne(Session):
    def configure(self, **changes):
        for name, value in changes.items():
            super().configure(**{name: value})


@mistake(
    of="Session",
    en="It looks like an unknown setting is no error: nobody learns that a name was mistyped.",
    zh="看起来不存在的设置没有报错：名字写错了也没人知道。",
    breaks="a name that DEFAULTS does not have",
)
class TakesAnySetting(Session):
    def configure(self, **changes):
        super().configure(**{name: value for name, value in changes.items() if name in solution.DEFAULTS})
        self._settings |= changes


@mistake(
    of="Session",
    en="It looks like `reset` also forgets the documents although only the conversation was meant.",
    zh="看起来 reset 把文档也忘了，而本来只要忘掉对话。",
)
class ForgetsDocuments(Session):
    def reset(self, documents=False):
        self._documents = {}
        super().reset(documents)


@mistake(
    of="Session",
    en="It looks like `reset(documents=True)` does not empty the library: forgotten documents would still be cited.",
    zh="看起来 reset(documents=True) 没有清空文档库：已经忘掉的文档还会被引用。",
)
class KeepsTheLibrary(Session):
    def reset(self, documents=False):
        self._entries = []
        if documents:
            self._documents = {}


@mistake(
    of="Session",
    en="It looks like `view` hands out the session's own lists: what the page does to them changes the session.",
    zh="看起来 view 直接交出了会话自己的列表：页面改动它们就会改动会话。",
)
class SharesItsLists(Session):
    def view(self):
        return {
            "documents": list(self._documents.values()),
            "entries": self._entries,
            "settings": self._settings,
        }


@mistake(
    of="Session",
    en="It looks like the assistant is given the session's own settings: what it changes there stays changed.",
    zh="看起来把会话自己的设置字典交给了助手：助手一改，会话的设置也变了。",
    breaks="What the function does to the lists and dicts that it is given",
)
class SharesItsSettings(Session):
    def _answer(self, question):
        kept = self._ask
        self._ask = lambda text, history, settings: kept(text, history, self._settings)
        try:
            return super()._answer(question)
        finally:
            self._ask = kept


@mistake(
    of="Session",
    en="It looks like a document with one blank page counts as one without text: only if every page is blank has it "
    "none.",
    zh="看起来只要有一页空白就算没有文字：所有页都空白才算。",
    breaks='"no_text": every page is blank',
)
class AsksTextOfEveryPage(Session):
    def _take(self, name, data, tell):
        kept, blank = self._read, []

        def read(*args):
            found = kept(*args)
            blank.extend(page for page in found["pages"] if not page.strip())
            return found | ({"pages": []} if blank else {})

        self._read = read
        try:
            return super()._take(name, data, tell)
        finally:
            self._read = kept


@mistake(
    of="Session",
    en="It looks like the question is kept and asked with the white space at its ends.",
    zh="看起来问题两端的空白没有去掉，就这样记录和提问了。",
    breaks="White space at the ends of the question is dropped before anything else",
)
class KeepsTheSpaces(Session):
    def ask(self, question):
        if not question.strip():
            raise ValueError("blank")
        return super().ask(_Loud(question))
