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


@mistake(
    of="Session",
    en="It looks like a number is added to the last name that was tried: the third becomes `a (2) (3).txt`.",
    zh="看起来编号加在上一次尝试的名字后面：第三个变成了 `a (2) (3).txt`。",
    breaks='" (2)" is put before the ending, or the next number that is free',
)
class PilesUpNumbers(Session):
    def _free(self, name):
        taken, number = {document["name"] for document in self._documents.values()}, 1
        while name in taken:
            number += 1
            stem, _, ending = name.rpartition(".")
            name = f"{stem} ({number}).{ending}"
        return name


@mistake(
    of="Session",
    en="It looks like the number comes behind the ending: `a.txt (2)` is no text file any more.",
    zh="看起来编号放在了后缀之后：`a.txt (2)` 不再像文本文件。",
    breaks='" (2)" is put before the ending',
)
class NumbersBehindTheEnding(Session):
    def _free(self, name):
        taken, number, free = {document["name"] for document in self._documents.values()}, 1, name
        while free in taken:
            number += 1
            free = f"{name} ({number})"
        return free


@mistake(
    of="Session",
    en="It looks like the name is cut at its first dot, not before its ending: `a.b.txt` becomes `a (2).b.txt`.",
    zh="看起来在第一个点处断开了名字，而不是在后缀之前：`a.b.txt` 变成了 `a (2).b.txt`。",
    breaks='" (2)" is put before the ending',
)
class CutsAtTheFirstDot(Session):
    def _free(self, name):
        taken, number, free = {document["name"] for document in self._documents.values()}, 1, name
        stem, _, ending = name.partition(".")
        while free in taken:
            number += 1
            free = f"{stem} ({number}).{ending}"
        return free


@mistake(
    of="Session",
    en="It looks like the library gets the file's name and not the document's: two documents become one there.",
    zh="看起来交给文档库的是文件名而不是文档名：两个文档在库里成了一个。",
    breaks="`add` gets the document's name, and `read` the file's",
)
class AddsUnderTheFilesName(Session):
    def _take(self, name, data, tell):
        kept = self._add
        self._add = lambda title, pages, told: kept(name, pages, told)
        try:
            return super()._take(name, data, tell)
        finally:
            self._add = kept


@mistake(
    of="Session",
    en="It looks like the end of a file is told only if it was added: with a refused file the bar stands still.",
    zh="看起来只有加入成功的文件才通知结束：遇到被拒绝的文件，进度条就不动了。",
    breaks="at the end of every file, whatever its status",
)
class TellsEndsOfAddedFiles(Session):
    def upload(self, files, progress=None):
        results = []
        for number, file in enumerate(files):
            told = []
            results += super().upload([file], lambda name, share, told=told: told.append((name, share)))
            end = told.pop()
            told += [end] if results[-1]["status"] == "added" else []
            for name, share in told if progress is not None else []:
                progress(name, (number + share) / len(files))
        return results


@mistake(
    of="Session",
    en="It looks like the share that `read` tells is taken for the whole file's: reading is its first half alone.",
    zh="看起来把 read 报告的比例当成了整个文件的：读取只占前一半。",
    breaks="(i + t / 2) / n while it is read",
)
class ReadingIsAllOfIt(Session):
    def _take(self, name, data, tell):
        kept = self._read
        self._read = lambda one, content, told: kept(one, content, lambda share: told(2 * share))
        try:
            return super()._take(name, data, tell)
        finally:
            self._read = kept


@mistake(
    of="Session",
    en="It looks like every file that was tried counts as known, also one without text or one that failed.",
    zh="看起来试过的文件都算已有，没有文字的和失败的也算。",
    breaks='Only what was "added" is a document',
)
class RemembersEveryTry(Session):
    def _take(self, name, data, tell):
        tried = self.__dict__.setdefault("_tried", {})
        if name.lower().endswith(solution.ENDINGS) and 0 < len(data) <= solution.LARGEST:
            if data in tried:
                return "known", tried[data]
            tried[data] = name
        status, detail = super()._take(name, data, tell)
        if status == "added":
            tried[data] = detail
        return status, detail

    def reset(self, documents=False):
        super().reset(documents)
        if documents:
            self.__dict__.pop("_tried", None)


@mistake(
    of="Session",
    en="It looks like `reset(documents=True)` forgets the documents but not their bytes: the same file is still "
    '"known".',
    zh="看起来 reset(documents=True) 忘掉了文档，却还记得它们的字节：同一文件仍然被当作“known”。",
)
class KnowsForgottenDocuments(Session):
    def _take(self, name, data, tell):
        seen = self.__dict__.setdefault("_seen", {})
        if name.lower().endswith(solution.ENDINGS) and len(data) <= solution.LARGEST and data in seen:
            return "known", seen[data]
        status, detail = super()._take(name, data, tell)
        if status == "added":
            seen[data] = detail
        return status, detail


@mistake(
    of="Session",
    en='It looks like an error is shown by its `repr`, class and quotes included: the page shows "text" to a reader.',
    zh="看起来用 repr 显示异常，连类名和引号一起：text 是给读者看的。",
    breaks='"text" is `str` of it',
)
class ShowsTheRepr(Session):
    def _answer(self, question):
        kept = self._ask

        def asked(*args):
            try:
                return kept(*args)
            except Exception as error:
                raise RuntimeError(repr(error)) from error

        self._ask = asked
        try:
            return super()._answer(question)
        finally:
            self._ask = kept


@mistake(
    of="Session",
    en="It looks like an error without a text leaves an empty entry: then the name of its class is the text.",
    zh="看起来没有文字的异常留下了空记录：这时应以异常的类名作为 text。",
    breaks='or the name of its class where that is ""',
)
class SaysNothingOfQuietErrors(Session):
    def _answer(self, question):
        kept, quiet = self._ask, []

        def asked(*args):
            try:
                return kept(*args)
            except Exception as error:
                quiet.append(not str(error))
                raise

        self._ask = asked
        try:
            found = super()._answer(question)
        finally:
            self._ask = kept
        return found | ({"text": ""} if any(quiet) else {})


@mistake(
    of="Session",
    en="It looks like the history leaves out only questions from before any document: errors belong to the reader too.",
    zh="看起来历史只去掉了上传文档之前的问题：出错的记录同样只给读者看。",
    breaks="the other kinds are for the reader alone",
)
class SendsErrorsAlong(Session):
    def _history(self):
        return [
            {"role": role, "content": entry[key]}
            for entry in self._entries
            if entry["kind"] != "no_documents"
            for role, key in (("user", "question"), ("assistant", "text"))
        ]


@mistake(
    of="Session",
    en="It looks like the history holds the questions alone: the answers belong to it.",
    zh="看起来历史里只有问题：回答也属于历史。",
    breaks='{"role": "assistant", "content": text}',
)
class SendsQuestionsAlone(Session):
    def _history(self):
        return super()._history()[::2]


@mistake(
    of="Session",
    en="It looks like page numbers stand in the order in which they are named: they should ascend.",
    zh="看起来页码按出现的先后排列：应当升序。",
    breaks="its page numbers, each once, ascending",
)
class PagesInTheOrderNamed(Session):
    def _answer(self, question):
        found = super()._answer(question)
        for group in found.get("sources", []):
            group["pages"] = list(dict.fromkeys(passage["page"] for passage in group["passages"]))
        return found


@mistake(
    of="Session",
    en="It looks like one passage of a page is shown and the others are lost: only the same page and text is the same.",
    zh="看起来每页只显示一个段落，其余的丢了：页码和文字都相同才算同一段。",
    breaks="the same page and text only once",
)
class OnePassageAPage(Session):
    def _answer(self, question):
        found = super()._answer(question)
        for group in found.get("sources", []):
            first = {passage["page"]: passage for passage in reversed(group["passages"])}
            group["passages"] = [passage for passage in group["passages"] if first[passage["page"]] is passage]
        return found


@mistake(
    of="Session",
    en="It looks like a refusal does not say what was ignored: a reader should see it there too.",
    zh="看起来拒答时没有给出被忽略的内容：读者在拒答时也应看到。",
    breaks='"ignored" comes with the answer of the function, refusals too',
)
class IgnoredWithAnswersAlone(Session):
    def _answer(self, question):
        found = super()._answer(question)
        return found | ({"ignored": []} if found["kind"] == "refusal" else {})


@mistake(
    of="Session",
    en="It looks like a question from before any document is not kept: it is an entry like the others.",
    zh="看起来没有记下上传文档之前的问题：它和其他问题一样也是一条记录。",
)
class ForgetsEarlyQuestions(Session):
    def ask(self, question):
        entry = super().ask(question)
        if entry["kind"] == "no_documents":
            self._entries.pop()
        return entry


@mistake(
    of="Session",
    en="It looks like NaN is let in: all comparisons with it are false, so ask whether the value is within the bounds.",
    zh="看起来放行了 NaN：与它的比较都为假，所以应当判断值是否在范围之内。",
    breaks="NaN is not within",
)
class TakesNan(Session):
    def configure(self, **changes):
        odd = {name: value for name, value in changes.items() if name in solution.BOUNDS and value != value}
        super().configure(**{name: value for name, value in changes.items() if name not in odd})
        self._settings |= odd


@mistake(
    of="Session",
    en="It looks like `reset` takes the settings back to DEFAULTS: they stay.",
    zh="看起来 reset 把设置也恢复成了 DEFAULTS：设置应当保留。",
)
class ResetsTheSettings(Session):
    def reset(self, documents=False):
        super().reset(documents)
        self._settings = dict(solution.DEFAULTS)


@mistake(
    of="Session",
    en="It looks like the library is cleared at every `reset`: without `documents` it stays as it is.",
    zh="看起来每次 reset 都清空了文档库：没有 documents 时它应保持不变。",
)
class ClearsAlways(Session):
    def reset(self, documents=False):
        super().reset(documents)
        if not documents:
            self._clear()


@mistake(
    of="Session",
    en="It looks like `reset(documents=True)` keeps the conversation: it goes in any case.",
    zh="看起来 reset(documents=True) 保留了对话：无论如何都应忘掉对话。",
)
class KeepsTheConversation(Session):
    def reset(self, documents=False):
        kept = self._entries
        super().reset(documents)
        self._entries = kept if documents else []


@mistake(
    of="Session",
    en="It looks like `ask` returns the session's own entry: what the page does to it changes the conversation.",
    zh="看起来 ask 返回的就是会话自己的那条记录：页面改动它就会改动对话。",
)
class ReturnsItsOwnEntry(Session):
    def ask(self, question):
        super().ask(question)
        return self._entries[-1]


@mistake(
    of="Session",
    en="It looks like the number is always (2): the third document of one name shares its name with the second.",
    zh="看起来编号总是 (2)：第三个同名文档和第二个又重名了。",
    breaks="or the next number that is free",
)
class AlwaysATwo(Session):
    def _free(self, name):
        stem, _, ending = name.rpartition(".")
        return f"{stem} (2).{ending}" if name in {one["name"] for one in self._documents.values()} else name


@mistake(
    of="Session",
    en="It looks like `view` hands out the very list in which the session keeps its documents: whoever empties it "
    "empties the session. Hand out copies, of what is in the list too.",
    zh="看起来 view 直接交出了会话保存文档的那个列表：谁清空它，会话里的文档就没了。请返回副本，列表里的内容也要复制。",
)
class SharesTheListOfDocuments(Session):
    def __init__(self, read, add, ask, clear):
        super().__init__(read, add, ask, clear)
        self._list = []  # the documents in the order in which they were added

    def _take(self, name, data, tell):
        before = set(self._documents)
        taken = super()._take(name, data, tell)
        self._list += [document for key, document in self._documents.items() if key not in before]
        return taken

    def reset(self, documents=False):
        super().reset(documents)
        self._list = [] if documents else self._list

    def view(self):
        return {"documents": self._list, "entries": self._entries, "settings": self._settings}
