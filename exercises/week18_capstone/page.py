"""Given: the page of the document assistant, drawn by Streamlit. `make capstone` starts it.

Streamlit runs this file from top to bottom after every click, so nothing is kept in it: what the page knows is in the
`Session` that you wrote, and here is only how that looks, and the words, in English and Chinese.
"""

import os
import re
import sys
from pathlib import Path

import streamlit as st

HERE = Path(__file__).resolve().parent
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

import product  # noqa: E402 - found only now
import read_apart  # noqa: E402 - as above
import rules  # noqa: E402 - as above

WORDS = {
    "en": {
        "title": "Ask your documents",
        "intro": "Upload PDF, Markdown or text, then ask in English or Chinese. "
        "Everything stays on this computer, unless you choose a server.",
        "upload": "Documents",
        "reading": "Reading {name} …",
        "added": "You can now ask about {name}.",
        "kind": "{name} was not taken: only PDF, Markdown (.md, .markdown) and text (.txt) can be read.",
        "empty": "{name} was not taken: the file is empty.",
        "large": "{name} was not taken: it is larger than 20 MB.",
        "known": "{name} is here already, as {detail}.",
        "failed": "{name} was not taken: {detail}",
        "no_text": "{name} was not taken: no page of it has text. A scan needs text recognition first.",
        "pages": "{pages} pages",
        "one_page": "1 page",
        "skipped": "could not be read, probably pictures: page {pages}",
        "question": "Ask a question",
        "no_documents": "There is nothing to look into yet. Upload a document first.",
        "error": "The question could not be answered: {text}",
        "sources": "Sources: {where}",
        "and": "; ",
        "comma": ", ",
        "brackets": " ({text})",
        "ignored": "Ignored, because it looked like an instruction to the assistant ({count})",
        "settings": "Settings",
        "k": "Passages for each question",
        "threshold": "How well a passage must match",
        "threshold_help": "Higher: more refusals. Lower: more answers that rest on little.",
        "model": "Who writes the answer",
        "extract": "The documents' own sentences",
        "wren": "wren, our small model",
        "huggingface": "A Hugging Face model",
        "server": "A server that speaks OpenAI's API",
        "model_name": "The model's name, or its folder",
        "address": "Address, such as http://127.0.0.1:11434/v1",
        "key": "Key, if one is needed",
        "leaves": "The question, its passages and the conversation so far are sent to this address.",
        "reset": "Forget the conversation",
        "reset_all": "Forget the documents too",
        "embedder": "Passages are found by: {name}.",
        "missing": "`{file}` is not there. Run `make reset WEEK=18 EX={name}` to get the stub.",
        "unwritten": "`{file}` is not written yet ({detail}). Check it later with `make check WEEK=18 EX={name}`.",
        "broken": "`{file}` cannot be loaded: {detail}",
        "unfinished": "Your assistant is not complete yet, and this page uses only what you wrote. What is missing:",
        "without_reading": "Until then, Markdown and text can be read, but no PDF.",
        "without_guard": "Until then, nobody looks for instructions in documents.",
        "restart": "The page notices when you start it again.",
        "reading_unwritten": "reading.py is not written yet.",
        "file_locked": "it is encrypted, and opens with a password only",
        "file_damaged": "it is damaged, or it is no PDF",
        "file_slow": "it could not be read within {seconds} seconds. It may be damaged.",
        "file_encoding": "its text is neither UTF-8 nor GB 18030",
        "file_raised": "reading.py broke down",
        "thinking": "Looking …",
        "wrote_wren": "Written by wren.",
        "wrote_extract": "wren is too small for this one: these are the documents' own sentences.",
    },
    "zh": {
        "title": "问问你的文档",
        "intro": "上传 PDF、Markdown 或纯文本，然后用英文或中文提问。一切都留在这台电脑上，除非你选用了服务器。",
        "upload": "文档",
        "reading": "正在读取 {name}……",
        "added": "现在可以就 {name} 提问了。",
        "kind": "没有接收 {name}：只能读取 PDF、Markdown（.md、.markdown）和纯文本（.txt）。",
        "empty": "没有接收 {name}：文件是空的。",
        "large": "没有接收 {name}：文件超过 20 MB。",
        "known": "{name} 已经有了，名为 {detail}。",
        "failed": "没有接收 {name}：{detail}",
        "no_text": "没有接收 {name}：没有一页含有文字。它可能是扫描件，需要先做文字识别。",
        "pages": "{pages} 页",
        "one_page": "1 页",
        "skipped": "无法读取（可能是图片）的页：{pages}",
        "question": "请提问",
        "no_documents": "还没有可以查找的内容。请先上传文档。",
        "error": "无法回答这个问题：{text}",
        "sources": "来源：{where}",
        "and": "；",
        "comma": "、",
        "brackets": "（{text}）",
        "ignored": "已忽略：看起来像是给助手的指令（{count}）",
        "settings": "设置",
        "k": "每个问题使用的段落数",
        "threshold": "段落的最低匹配度",
        "threshold_help": "越高，拒答越多；越低，依据不足的回答越多。",
        "model": "由谁写回答",
        "extract": "文档中的原句",
        "wren": "我们的小模型 wren",
        "huggingface": "Hugging Face 上的模型",
        "server": "兼容 OpenAI 接口的服务器",
        "model_name": "模型的名字，或所在文件夹",
        "address": "地址，例如 http://127.0.0.1:11434/v1",
        "key": "密钥（需要时填写）",
        "leaves": "问题、段落以及之前的对话会发送到这个地址。",
        "reset": "忘掉对话",
        "reset_all": "文档也忘掉",
        "embedder": "检索所用的嵌入：{name}。",
        "missing": "没有 `{file}`。运行 `make reset WEEK=18 EX={name}` 可以得到题目文件。",
        "unwritten": "`{file}` 还没有写完（{detail}）。写好之后，用 `make check WEEK=18 EX={name}` 检查。",
        "broken": "`{file}` 无法加载：{detail}",
        "unfinished": "你的助手还没有完成，而这个页面只使用你自己写的代码。还缺少：",
        "without_reading": "在那之前，可以读取 Markdown 和纯文本，但不能读取 PDF。",
        "without_guard": "在那之前，没有人检查文档里是否藏有指令。",
        "restart": "写好之后重新启动页面即可。",
        "reading_unwritten": "reading.py 还没有写好。",
        "file_locked": "文件已加密，需要密码才能打开",
        "file_damaged": "文件已损坏，或者不是 PDF",
        "file_slow": "{seconds} 秒之内没有读完，文件可能已损坏。",
        "file_encoding": "文字编码既不是 UTF-8，也不是 GB 18030",
        "file_raised": "reading.py 出错了",
        "thinking": "正在查找……",
        "wrote_wren": "由 wren 撰写。",
        "wrote_extract": "这个问题超出了 wren 的能力：以上是文档中的原句。",
    },
}
LANGUAGES = {"en": "English", "zh": "中文"}
MODELS = ("extract", "wren", "huggingface", "server")
SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&@/=^\"'])")


def as_typed(text):
    """Return Markdown that shows a text as it is.

    Documents and models are not trusted: a picture's address in their text would otherwise be fetched, and tell its
    owner what was asked.
    """
    return SPECIAL.sub(r"\\\1", text).replace("\n", "  \n")


def say(key, /, **values):
    """Return a sentence of the page in its language."""
    return WORDS[st.session_state.lang][key].format(**values)


def why(detail):
    """Return in the page's language why a file was not taken.

    What `read_pdf` said itself is shown too, and alone where it is in this language.
    """
    code, _, told = detail.partition(": ")
    if f"file_{code}" not in WORDS["en"]:
        return detail
    if told and code != "raised" and rules.language(told) == st.session_state.lang:
        return told
    words = say(f"file_{code}", seconds=read_apart.SECONDS)
    return f"{words}{say('brackets', text=told)}" if told else words


def begin():
    """Load what was written, once a visitor; stop with a friendly list where too little of it is there."""
    state = st.session_state
    state.setdefault("lang", os.environ.get("CAPSTONE_LANG", "en"))
    if "loaded" not in state:
        state.loaded = product.load(os.environ.get("CAPSTONE_FROM", HERE))
    modules, problems = state.loaded
    if not set(product.NEEDED) & set(problems) and "session" not in state:
        state.product = product.Product(modules, os.environ.get("CAPSTONE_EMBEDDER"))
        made = state.product
        state.session = modules["app"].Session(made.read, made.add, made.ask, made.clear)
        state.seen, state.told, state.midway, state.uploads, state.wrote = set(), [], False, 0, {}
    return problems


def missing(problems):
    """Say which exercises are not there yet."""
    if not problems:
        return
    complete = "session" in st.session_state
    lines = [
        "- " + say(code, file=f"{name}.py", name=name, detail=as_typed(detail))
        for name, (code, detail) in problems.items()
    ]
    more = [say(f"without_{what}") for what, name in (("reading", "reading"), ("guard", "guarded")) if name in problems]
    more = [*(more if complete else []), say("restart")]
    (st.info if complete else st.warning)("\n".join([say("unfinished"), "", *lines, "", " ".join(more)]))
    if not complete:
        st.stop()


def settings(session, made):
    """Draw the settings at the side, and set them."""
    with st.sidebar:
        st.radio("Language · 语言", list(LANGUAGES), format_func=LANGUAGES.get, key="lang", horizontal=True)
        if session is None:
            return
        now = session.view()["settings"]
        st.subheader(say("settings"))
        k = st.slider(say("k"), 1, 10, now["k"], key="k")
        threshold = st.slider(
            say("threshold"), 0.0, 1.0, now["threshold"], 0.02, key="threshold", help=say("threshold_help")
        )
        names = {kind: say(kind) for kind in MODELS}
        # A key for each language: of a list that it knows, Streamlit shows what was chosen in the old words.
        chosen, lang = MODELS.index(now["model"]), st.session_state.lang
        model = st.selectbox(say("model"), MODELS, chosen, format_func=names.get, key=f"model-{lang}")
        if model in ("huggingface", "server"):
            made.model["name"] = st.text_input(say("model_name"), key="model_name")
        if model == "server":
            made.model["address"] = st.text_input(say("address"), key="address")
            made.model["key"] = st.text_input(say("key"), type="password", key="key")
            st.caption(say("leaves"))
        session.configure(k=k, threshold=threshold, model=model)
        if st.button(say("reset"), key="reset", width="stretch"):
            session.reset()
            st.session_state.wrote = {}
        if st.button(say("reset_all"), key="reset_all", width="stretch"):
            session.reset(documents=True)
            state = st.session_state
            state.wrote = {}
            state.seen, state.told, state.uploads = set(), [], state.uploads + 1  # a new uploader is an empty one
        st.caption(say("embedder", name=made.embedder))


def documents(session):
    """Draw the upload and the documents; files that are new since the last run are taken in."""
    state = st.session_state
    files = st.file_uploader(say("upload"), accept_multiple_files=True, key=f"files-{state.uploads}")
    new = [file for file in files if file.file_id not in state.seen]
    if new:
        state.told = state.told if state.midway else []
        state.midway = True  # a click or another upload ends this run of the script; the next one reads the rest
        bar = st.progress(0.0)
        for place, file in enumerate(new):

            def show(name, share, place=place):
                if share < 1:  # a run ends only where it draws: never between a file's end and the two lines below
                    bar.progress((place + share) / len(new), say("reading", name=as_typed(name)))

            state.told += session.upload([(file.name, file.getvalue())], show)
            state.seen.add(file.file_id)
        state.midway = False
        bar.empty()
    for result in state.told:
        detail = result["detail"] if result["detail"] != "reading" else say("reading_unwritten")
        detail = why(detail) if result["status"] == "failed" else detail
        name = result["detail"] if result["status"] == "added" else result["name"]
        sentence = say(result["status"], name=as_typed(name), detail=as_typed(detail))
        (st.success if result["status"] == "added" else st.info if result["status"] == "known" else st.warning)(
            sentence
        )
    for document in session.view()["documents"]:
        pages = document["pages"]
        parts = [f"**{as_typed(document['name'])}**", say("one_page") if pages == 1 else say("pages", pages=pages)]
        if document["skipped"]:
            parts.append(say("skipped", pages=say("comma").join(map(str, document["skipped"]))))
        st.caption(" · ".join(parts))


def place_of(document, pages):
    """Return how pages of a document are named: "guide.pdf, p. 3, 5" or "guide.pdf，第 3、5 页"."""
    if st.session_state.lang == "zh":
        return f"{as_typed(document)}，第 {'、'.join(map(str, pages))} 页"
    return f"{as_typed(document)}, p. {', '.join(map(str, pages))}"


def entry(told, wrote=None):
    """Draw a question and what came of it; `wrote` says who wrote the answer, where that needs saying."""
    with st.chat_message("user"):
        st.markdown(as_typed(told["question"]))
    with st.chat_message("assistant"):
        if told["kind"] == "no_documents":
            st.info(say("no_documents"))
        elif told["kind"] == "error":
            chinese = st.session_state.product.chinese if st.session_state.lang == "zh" else {}
            st.error(say("error", text=as_typed(chinese.get(told["text"], told["text"]))))
        else:
            st.markdown(as_typed(told["text"]))
        if wrote and told["kind"] == "answer":
            st.caption(say(f"wrote_{wrote}"))
        if told["sources"]:
            where = say("and").join(place_of(one["document"], one["pages"]) for one in told["sources"])
            with st.expander(say("sources", where=where)):
                for one in told["sources"]:
                    for passage in one["passages"]:
                        st.caption(place_of(one["document"], [passage["page"]]))
                        st.markdown(as_typed(passage["text"]))
        if told["ignored"]:
            with st.expander(say("ignored", count=len(told["ignored"]))):
                for one in told["ignored"]:
                    st.caption(place_of(one["document"], [one["page"]]))
                    st.markdown(as_typed(one["text"]))


def conversation(session, made):
    """Draw the history, and the new question while it is answered."""
    wrote = st.session_state.wrote
    for number, told in enumerate(session.view()["entries"]):
        entry(told, wrote.get(number))
    question = st.chat_input(say("question"))
    if question and question.strip():
        with st.chat_message("user"):
            st.markdown(as_typed(question))
        with st.chat_message("assistant"):
            writing = st.empty()
            made.show = lambda text: writing.markdown(as_typed(text))
            with st.spinner(say("thinking")):
                session.ask(question)
            made.show = lambda text: None
        view = session.view()
        if view["settings"]["model"] == "wren":  # it is sometimes too small, and then others write
            wrote[len(view["entries"]) - 1] = made.wrote("wren")
        st.rerun()  # now the view says it all


def main():
    """Draw the page."""
    st.set_page_config(page_title="LLM Exercises 18", layout="centered")
    problems = begin()
    session, made = st.session_state.get("session"), st.session_state.get("product")
    settings(session, made)
    st.title(say("title"))
    st.caption(say("intro"))
    missing(problems)
    documents(session)
    conversation(session, made)


main()
