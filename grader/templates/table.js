"use strict";
// The table of students: search, order and pages over the rows in #data. Text enters the page as text, never as markup.
(() => {
  const SIZE = 25;
  const find = (id) => document.getElementById(id);
  const data = JSON.parse(find("data").textContent);
  const words = data.words;
  const fold = (text) => text.normalize("NFKC").toLowerCase();
  const rows = data.rows.map(([link, id, name, score, max, looks, cells]) =>
    ({ link, id, name, score, max, looks, cells, key: fold(`${id}\n${name}`) }));
  const byName = new Intl.Collator(document.documentElement.lang, { numeric: true });
  const columns = [
    { title: words.student, value: (row) => row.name || row.id, kind: "" },
    { title: words.score, value: (row) => row.score ?? -1, kind: "num" },
    ...data.names.map((title, i) => ({ title, value: (row) => row.cells[i] ?? -1, kind: "num exercise" })),
    { title: words.look, value: (row) => -row.looks.length, kind: "" },
  ];
  let found = rows, page = 0, order = null, falling = false;

  function make(tag, text, kind) {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (kind) element.className = kind;
    return element;
  }

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  const pages = () => Math.max(1, Math.ceil(found.length / SIZE));
  const shown = (number) => String(Math.round(number * 100) / 100);

  function line(row) {
    const tr = make("tr"), who = make("td"), link = make("a");
    link.href = `${row.link}/feedback.html`;
    link.append(make("bdi", row.name || row.id));
    who.append(link);
    if (row.name) {
      const id = make("span", undefined, "soft small");
      id.append(make("bdi", row.id));
      who.append(id);
    }
    const points = make("td", row.score === null ? "–" : shown(row.score), "num");
    if (row.score !== null && row.max && row.max !== data.top) points.append(make("span", `/ ${shown(row.max)}`, "soft small")); // not all could be judged
    tr.append(who, points);
    for (const cell of row.cells) tr.append(make("td", cell === null ? "–" : shown(cell), "num exercise"));
    tr.append(make("td", row.looks.map((look) => data.looks[look]).join("; "), "small bad"));
    return tr;
  }

  function draw() {
    page = Math.min(Math.max(page, 0), pages() - 1);
    const begin = page * SIZE, visible = found.slice(begin, begin + SIZE);
    find("rows").replaceChildren(...visible.map(line));
    const count = (number) => number.toLocaleString(document.documentElement.lang);
    find("shown").textContent = found.length
      ? fill(words.range, { from: count(begin + 1), to: count(begin + visible.length), all: count(found.length), page: count(page + 1), pages: count(pages()) })
      : words.none;
    // Not `disabled`: a button that is disabled under a finger or a key loses the focus.
    for (const id of ["first", "previous"]) find(id).setAttribute("aria-disabled", String(page === 0));
    for (const id of ["next", "last"]) find(id).setAttribute("aria-disabled", String(page === pages() - 1));
    columns.forEach((column) => column.th.setAttribute("aria-sort", column !== order ? "none" : falling ? "descending" : "ascending"));
  }

  function choose() {
    const wanted = fold(find("search").value).split(/\s+/).filter(Boolean), onlyLooks = find("only-looks").checked;
    found = rows.filter((row) => (!onlyLooks || row.looks.length) && wanted.every((word) => row.key.includes(word)));
    if (order) {
      const sign = falling ? -1 : 1, value = order.value;
      const compare = order === columns[0] ? (a, b) => byName.compare(value(a), value(b)) : (a, b) => value(a) - value(b);
      found.sort((a, b) => sign * compare(a, b));
    }
    page = 0;
    draw();
  }

  for (const column of columns) {
    column.th = make("th", undefined, column.kind);
    column.th.scope = "col";
    const button = make("button", column.title);
    button.type = "button";
    button.addEventListener("click", () => {
      falling = order === column && !falling;
      order = column;
      choose();
    });
    column.th.append(button);
    find("columns").append(column.th);
  }
  const go = { first: () => 0, previous: () => page - 1, next: () => page + 1, last: () => pages() - 1 };
  for (const [id, target] of Object.entries(go)) find(id).addEventListener("click", () => { page = target(); draw(); });
  find("search").addEventListener("input", choose);
  find("only-looks").addEventListener("change", choose);
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    find("search").focus();
  });
  choose();
})();
