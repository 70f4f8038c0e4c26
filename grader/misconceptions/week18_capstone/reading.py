"""Known mistakes of week 18, reading."""

import re
import unicodedata

import pypdf
import reading as solution

from grader.mistakes import mistake


def mended(lines, join, spell=solution._spelled_out):
    """The solution's loop with another rule for two lines, or for a line's characters."""
    text = ""
    for line in lines:
        line = " ".join(spell(line).split())
        if line:
            text = join(text, line) if text else line
    return text


@mistake(
    of="mend_lines",
    en="It looks like words that are divided at the end of a line stay divided.",
    zh="看起来在行尾断开的单词没有重新连上。",
)
def leaves_words_divided(lines):
    def join(text, line):
        return f"{text}\n{line}" if text[-1] in solution.HYPHENS else solution._joined(text, line)

    return mended(lines, join)


@mistake(
    of="mend_lines",
    en="It looks like every hyphen at the end of a line is removed, also that of a name such as GPT-4 or Jean-Paul.",
    zh="看起来行尾的连字符全都去掉了，连 GPT-4、Jean-Paul 这样的名称中的也去掉了。",
)
def removes_hyphens_of_names(lines):
    def join(text, line):
        if text[-1] in solution.HYPHENS and text[-2:-1].isalnum() and line[0].isalnum():
            return text[:-1] + line
        return solution._joined(text, line)

    return mended(lines, join)


@mistake(
    of="mend_lines",
    en="It looks like hyphens inside a line are removed too: self-service becomes selfservice.",
    zh="看起来行内的连字符也去掉了：self-service 变成了 selfservice。",
)
def removes_hyphens_inside(lines):
    text = solution.mend_lines(lines)
    return re.sub(r"(?<=[^\W\d_])[-\u2010\u00ad](?=[a-z])", "", text)


@mistake(
    of="mend_lines",
    en='It looks like the hyphen goes but the line break becomes a space: "capabili ties" is not found as a word.',
    zh="看起来去掉了连字符，但换行变成了空格：“capabili ties” 搜索不到。",
)
def leaves_a_space(lines):
    def join(text, line):
        joined = solution._joined(text, line)
        return text[:-1] + " " + line if joined == text[:-1] + line else joined

    return mended(lines, join)


@mistake(
    of="mend_lines",
    en="It looks like only the hyphen of the keyboard is known: U+2010 and the soft hyphen divide words too.",
    zh="看起来只认识键盘上的连字符：U+2010 和软连字符也会断开单词。",
)
def knows_one_hyphen(lines):
    def join(text, line):
        return f"{text}\n{line}" if text[-1] in "\u2010\u00ad" else solution._joined(text, line)

    return mended(lines, join)


@mistake(
    of="mend_lines",
    en="It looks like only the letters a to z count, so that words with accents stay divided.",
    zh="看起来只把 a 到 z 算作字母，所以带重音符号的单词没有连上。",
)
def knows_ascii_alone(lines):
    def join(text, line):
        ascii_letters = re.search(r"[A-Za-z]\Z", text[-2:-1]) and line[0].isascii()
        hyphen = text[-1] in solution.HYPHENS and text[-2:-1].isalpha() and line[0].islower()
        return f"{text}\n{line}" if hyphen and not ascii_letters else solution._joined(text, line)

    return mended(lines, join)


@mistake(
    of="mend_lines",
    en="It looks like a dash with a space in front of it, or a hyphen behind a mark, is taken for a divided word.",
    zh="看起来把前面有空格的破折号、或标点后面的连字符当成了断词。",
)
def joins_behind_any_hyphen(lines):
    def join(text, line):
        if text[-1] in solution.HYPHENS and line[0].islower() and not text[-2:-1].isdigit():
            return text[:-1] + line
        return solution._joined(text, line)

    return mended(lines, join)


@mistake(
    of="mend_lines",
    en="It looks like ligatures stay single characters: a search for “first” does not find “\ufb01rst”.",
    zh="看起来连字仍是单个字符：搜索 “first” 找不到 “\ufb01rst”。",
)
def keeps_ligatures(lines):
    return mended(lines, solution._joined, spell=str)


@mistake(
    of="mend_lines",
    en="It looks like the whole line is normalised by NFKC: that changes Chinese marks, fractions and powers too.",
    zh="看起来对整行做了 NFKC 规范化：中文标点、分数和上标数字也被改掉了。",
)
def normalises_everything(lines):
    return mended(lines, solution._joined, spell=lambda line: unicodedata.normalize("NFKC", line))


@mistake(
    of="mend_lines",
    en="It looks like only fi and fl are known: ff, ffi, ffl and the two of st are ligatures as well.",
    zh="看起来只认识 fi 和 fl：ff、ffi、ffl 以及两个 st 也是连字。",
)
def knows_two_ligatures(lines):
    return mended(lines, solution._joined, spell=lambda line: line.replace("\ufb01", "fi").replace("\ufb02", "fl"))


@mistake(
    of="mend_lines",
    en="It looks like Chinese lines keep their line breaks, which stand in the middle of words.",
    zh="看起来中文行之间的换行还在，而它们可能正好在词的中间。",
)
def leaves_chinese_divided(lines):
    def join(text, line):
        joined = solution._joined(text, line)
        both = solution.CHINESE.match(text[-1]) and solution.CHINESE.match(line[0])
        return f"{text}\n{line}" if both and text[-1] not in solution.HYPHENS else joined

    return mended(lines, join)


@mistake(
    of="mend_lines",
    en="It looks like Chinese lines are joined behind 。！？ too, where the line break should stay.",
    zh="看起来在 。！？ 之后也把中文行连在一起了，那里应保留换行。",
)
def joins_chinese_sentences(lines):
    def join(text, line):
        if solution.CHINESE.match(text[-1]) and solution.CHINESE.match(line[0]):
            return text + line
        return solution._joined(text, line)

    return mended(lines, join)


@mistake(
    of="mend_lines",
    en="It looks like all lines are joined by a space; between other lines a line break should stay.",
    zh="看起来所有的行都用空格连接；其他的行之间应保留换行。",
)
def joins_by_spaces(lines):
    return mended(lines, lambda text, line: solution._joined(text, line).replace("\n", " "))


@mistake(
    of="mend_lines",
    en="It looks like the white space inside a line stays as it is.",
    zh="看起来行内的空白保持原样，没有合并成一个空格。",
)
def keeps_inner_spaces(lines):
    text = ""
    for line in lines:
        line = solution._spelled_out(line).strip()
        if line:
            text = solution._joined(text, line) if text else line
    return text


@mistake(
    of="mend_lines",
    en="It looks like the hyphen goes before anything but a capital letter: GPT- and 4 become GPT4.",
    zh="看起来只要下一行不以大写字母开头，就去掉了连字符：GPT- 和 4 变成了 GPT4。",
)
def joins_before_all_but_capitals(lines):
    def join(text, line):
        if text[-1] in solution.HYPHENS and text[-2:-1].isalpha() and line[0].isalnum() and not line[0].isupper():
            return text[:-1] + line
        return solution._joined(text, line)

    return mended(lines, join)


@mistake(
    of="mend_lines",
    en="It looks like one Chinese side is enough to lose the line break: it goes only between two.",
    zh="看起来只要有一边是中文就去掉了换行：两边都是中文时才去掉。",
)
def asks_one_side_for_chinese(lines):
    def join(text, line):
        one = solution.CHINESE.match(text[-1]) or solution.CHINESE.match(line[0])
        if one and text[-1] not in solution.CHINESE_ENDS and text[-1] not in solution.HYPHENS:
            return text + line
        return solution._joined(text, line)

    return mended(lines, join)


def dropped(pages, *, edge=solution.EDGE, key=solution._key, needed=lambda total: max(2, total / 2), counted=None):
    """The solution with its decisions as arguments."""
    with_lines = [lines for lines in pages if lines] if counted is None else counted(pages)

    def running(edges):
        keys = [{key(line) for line in lines} for lines in edges]
        return {one for group in keys for one in group if sum(one in each for each in keys) >= needed(len(edges))}

    top, bottom = running([page[:edge] for page in with_lines]), running([page[-edge:] for page in with_lines])
    return [
        [
            line
            for at, line in enumerate(page)
            if not (at < edge and key(line) in top or at >= len(page) - edge and key(line) in bottom)
        ]
        for page in pages
    ]


@mistake(
    of="drop_running_lines",
    en="It looks like lines are compared with their digits, so page numbers stay on every page.",
    zh="看起来比较时没有忽略数字，所以页码还留在每一页上。",
)
def keeps_page_numbers(pages):
    return dropped(pages, key=str)


@mistake(
    of="drop_running_lines",
    en="It looks like digits are replaced one by one, so that page 9 and page 10 have different footers.",
    zh="看起来是逐个数字替换，而不是整段数字，所以第 9 页和第 10 页的页脚不同。",
)
def replaces_digit_by_digit(pages):
    return dropped(pages, key=lambda line: re.sub(r"\d", "#", line))


@mistake(
    of="drop_running_lines",
    en="It looks like only the first line and the last line of a page are looked at, not two of each.",
    zh="看起来只看了每页的第一行和最后一行，而不是各两行。",
)
def looks_at_one_line(pages):
    return dropped(pages, edge=1)


@mistake(
    of="drop_running_lines",
    en="It looks like a running line is removed everywhere on the page, also from the middle of the text.",
    zh="看起来重复行在整页都被去掉了，正文中间的也不例外。",
)
def removes_it_everywhere(pages):
    with_lines = [lines for lines in pages if lines]
    running = solution._running([page[:2] for page in with_lines]) | solution._running(
        [page[-2:] for page in with_lines]
    )
    return [[line for line in page if solution._key(line) not in running] for page in pages]


@mistake(
    of="drop_running_lines",
    en="It looks like top and bottom are not kept apart: a line that runs in one is removed from the other as well.",
    zh="看起来没有把顶部和底部分开处理：一端的重复行在另一端也被去掉了。",
)
def mixes_top_and_bottom(pages):
    with_lines = [lines for lines in pages if lines]
    running = solution._running([page[:2] + page[2:][-2:] for page in with_lines])
    kept = []
    for page in pages:
        edge = {*range(2), *range(len(page) - 2, len(page))}
        kept.append([line for at, line in enumerate(page) if at not in edge or solution._key(line) not in running])
    return kept


@mistake(
    of="drop_running_lines",
    en="It looks like a line must stand on more than half of the pages; half of them is enough.",
    zh="看起来要求一行出现在超过一半的页上；正好一半就够了。",
)
def asks_for_more_than_half(pages):
    return dropped(pages, needed=lambda total: max(2, total // 2 + 1))


@mistake(
    of="drop_running_lines",
    en="It looks like a line must stand on every page; a title page without a heading then keeps all headings alive.",
    zh="看起来要求一行出现在每一页上；只要封面没有页眉，所有页眉就都留下了。",
)
def asks_for_all_pages(pages):
    return dropped(pages, needed=lambda total: max(2, total))


@mistake(
    of="drop_running_lines",
    en="It looks like one page is enough, so a document of one or two pages loses its first and last lines.",
    zh="看起来只在一页上出现也算，所以一两页的文档会丢失开头和结尾的行。",
)
def is_content_with_one_page(pages):
    return dropped(pages, needed=lambda total: total / 2)


@mistake(
    of="drop_running_lines",
    en="It looks like pages without lines are counted too: a report with scanned pages keeps its headings.",
    zh="看起来没有行的页也计入了总数：含扫描页的报告因此留下了页眉。",
)
def counts_empty_pages(pages):
    return dropped(pages, counted=lambda pages: pages)


@mistake(
    of="drop_running_lines",
    en="It looks like a line that stands twice at the top of one page is counted as two pages.",
    zh="看起来同一页顶部出现两次的行被算成了两页。",
)
def counts_lines_not_pages(pages):
    with_lines = [lines for lines in pages if lines]

    def running(edges):
        keys = [solution._key(line) for lines in edges for line in lines]
        return {key for key in keys if keys.count(key) >= max(2, len(edges) / 2)}

    top, bottom = running([page[:2] for page in with_lines]), running([page[-2:] for page in with_lines])

    def stays(line, at, length):
        key = solution._key(line)
        return not (at < 2 and key in top or at >= length - 2 and key in bottom)

    return [[line for at, line in enumerate(page) if stays(line, at, len(page))] for page in pages]


@mistake(
    of="drop_running_lines",
    en="It looks like the bottom begins behind the top, so that a short page has no bottom: they may overlap.",
    zh="看起来底部从顶部之后才开始，短页就没有底部了：两者可以重叠。",
)
def lets_no_edges_overlap(pages):
    with_lines = [lines for lines in pages if lines]
    top = solution._running([page[:2] for page in with_lines])
    bottom = solution._running([page[2:][-2:] for page in with_lines])

    def stays(line, at, length):
        key = solution._key(line)
        return not (key in top if at < 2 else at >= length - 2 and key in bottom)

    return [[line for at, line in enumerate(page) if stays(line, at, len(page))] for page in pages]


@mistake(
    of="read_pdf",
    en="It looks like a page without text is left out, so nobody learns that it could not be read.",
    zh="看起来没有文本的页被直接略过，读者不会知道那一页没有读到。",
)
def skips_scanned_pages(path):
    return [page for page in solution.read_pdf(path) if not page["scanned"]]


@mistake(
    of="read_pdf",
    en="It looks like the pages that have text are numbered, so every number behind a scanned page is too small.",
    zh="看起来只给有文本的页编号，所以扫描页之后的页码都偏小。",
)
def numbers_what_has_text(path):
    pages, number = solution.read_pdf(path), 0
    for page in pages:
        number += not page["scanned"]
        page["number"] = number
    return pages


@mistake(
    of="read_pdf",
    en="It looks like pages are counted from 0; readers count from 1.",
    zh="看起来页码从 0 开始；读者从 1 开始数。",
)
def counts_from_zero(path):
    return [page | {"number": page["number"] - 1} for page in solution.read_pdf(path)]


@mistake(
    of="read_pdf",
    en="It looks like a page counts as readable if pypdf finds anything on it, a heading alone included.",
    zh="看起来只要 pypdf 在页上找到任何文字就算可读，哪怕只有页眉。",
)
def asks_before_dropping(path):
    pages = solution.read_pdf(path)
    for page, raw in zip(pages, pypdf.PdfReader(path).pages, strict=True):
        page["scanned"] = not raw.extract_text().strip()
    return pages


@mistake(
    of="read_pdf",
    en="It looks like words are mended before running lines are left out: the last word of a page swallows the footer.",
    zh="看起来先连接单词、后去掉页眉页脚：页末的断词把页脚也连了进来。",
)
def mends_first(path):
    with open(path, "rb") as file:
        texts = [solution.mend_lines(solution._lines(text)) for text in solution._texts(file, path)]
    kept = ["\n".join(lines) for lines in solution.drop_running_lines([solution._lines(text) for text in texts])]
    return [{"number": number, "text": text, "scanned": not text} for number, text in enumerate(kept, start=1)]


@mistake(
    of="read_pdf",
    en="It looks like running lines are looked for page by page, where nothing repeats, so headings stay.",
    zh="看起来逐页去找重复行，而单独一页里没有重复，所以页眉都留下了。",
)
def looks_page_by_page(path):
    with open(path, "rb") as file:
        pages = [solution._lines(text) for text in solution._texts(file, path)]
    texts = [solution.mend_lines(solution.drop_running_lines([lines])[0]) for lines in pages]
    return [{"number": number, "text": text, "scanned": not text} for number, text in enumerate(texts, start=1)]


@mistake(
    of="read_pdf",
    en="It looks like a file that cannot be read gives no pages and no error: nobody notices that it is missing.",
    zh="看起来读不了的文件返回空列表而不报错：没有人会发现它缺失了。",
)
def swallows_errors(path):
    try:
        return solution.read_pdf(path)
    except ValueError:
        return []


@mistake(
    of="read_pdf",
    en="It looks like every encrypted file is refused, also one that opens with the empty password.",
    zh="看起来所有加密文件都被拒绝了，用空密码就能打开的也不例外。",
)
def refuses_every_encrypted_file(path):
    pages = solution.read_pdf(path)
    if pypdf.PdfReader(path).is_encrypted:
        raise ValueError("encrypted")
    return pages


@mistake(
    of="read_pdf",
    en="It looks like the errors of pypdf come through as they are: whoever calls expects a ValueError.",
    zh="看起来直接抛出了 pypdf 自己的错误：调用者期待的是 ValueError。",
)
def lets_errors_through(path):
    with open(path, "rb") as file:
        reader = pypdf.PdfReader(file)
        pages = [solution._lines(page.extract_text()) for page in reader.pages]
    texts = [solution.mend_lines(lines) for lines in solution.drop_running_lines(pages)]
    return [{"number": number, "text": text, "scanned": not text} for number, text in enumerate(texts, start=1)]


@mistake(
    of="read_pdf",
    en="It looks like a missing file is called damaged: FileNotFoundError says what is the matter.",
    zh="看起来把不存在的文件也当成损坏的文件：FileNotFoundError 才说明了问题所在。",
)
def calls_missing_files_damaged(path):
    try:
        return solution.read_pdf(path)
    except FileNotFoundError as error:
        raise ValueError("damaged") from error


@mistake(
    of="mend_lines",
    en="It looks like the hyphen goes before a capital letter as well: Jean- and Paul become JeanPaul.",
    zh="看起来下一行以大写字母开头时也去掉了连字符：Jean- 和 Paul 变成了 JeanPaul。",
)
def joins_before_capitals(lines):
    def join(text, line):
        if text[-1] in solution.HYPHENS and text[-2:-1].isalpha() and line[0].isalpha():
            return text[:-1] + line
        return solution._joined(text, line)

    return mended(lines, join)


@mistake(
    of="mend_lines",
    en="It looks like the hyphen behind a digit goes too: 3- and fold become 3fold.",
    zh="看起来数字后面的连字符也去掉了：3- 和 fold 变成了 3fold。",
)
def joins_behind_digits(lines):
    def join(text, line):
        if text[-1] in solution.HYPHENS and text[-2:-1].isalnum() and line[0].islower():
            return text[:-1] + line
        return solution._joined(text, line)

    return mended(lines, join)


@mistake(
    of="mend_lines",
    en="It looks like the break stays behind 。 alone, and not behind ！ and ？, which end sentences too.",
    zh="看起来只在“。”之后保留换行，“！”和“？”之后没有：它们同样结束句子。",
)
def knows_one_chinese_end(lines):
    def join(text, line):
        return text + line if text[-1] in "！？" and solution.CHINESE.match(line[0]) else solution._joined(text, line)

    return mended(lines, join)


@mistake(
    of="mend_lines",
    en="It looks like the two rare ligatures are not known, U+FB05 and U+FB06: `LIGATURES` has seven.",
    zh="看起来不认识两个少见的连字 U+FB05 和 U+FB06：LIGATURES 里共有七个。",
)
def knows_five_ligatures(lines):
    five = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB05)}
    return mended(lines, solution._joined, lambda line: line.translate(five))


@mistake(
    of="drop_running_lines",
    en="It looks like two of five pages are enough for a running line: it must be at least half of them.",
    zh="看起来 5 页中有 2 页出现就算页眉页脚：至少要占一半的页。",
)
def takes_two_of_five(pages):
    return dropped(pages, needed=lambda total: max(2, total // 2))


@mistake(
    of="drop_running_lines",
    en="It looks like the digits are left out of a line and not replaced: a line without a number is then the same.",
    zh="看起来把数字删掉了，而不是换成一个符号：没有数字的行也就成了相同的行。",
)
def deletes_digits(pages):
    return dropped(pages, key=lambda line: re.sub(r"\d+", "", line))


@mistake(
    of="read_pdf",
    en="It looks like lines keep the white space at their ends: a heading with a space behind it is another line then.",
    zh="看起来行首行尾的空白没有去掉：末尾多一个空格的页眉就成了另一行。",
)
def keeps_outer_spaces(path):
    kept = solution._lines
    solution._lines = lambda text: [line for line in text.splitlines() if line.strip()]
    try:
        return solution.read_pdf(path)
    finally:
        solution._lines = kept
