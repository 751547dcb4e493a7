"use strict";
// The browser of transcripts, from the block `data-transcripts`. Only the rows in view exist, so thousands cost nothing.
(() => {
  const said = JSON.parse(byId("data-transcripts").textContent);
  const WORDS = ["wrong", "right", "ungraded"], ROW = 58, MOST = 20;
  const list = byId("list"), spacer = byId("spacer"), shown = byId("shown");
  const labelOf = (item) => said.runs[item.r].label;
  const labels = [...new Set(said.items.map(labelOf))];
  const texts = said.items.map((item) => [said.prompts[item.p], item.answer, item.reason, item.id, ...item.turns.map((turn) => turn[1])].join("\n").toLowerCase());
  const meets = new Map();
  said.items.forEach((item) => meets.set(item.p, (meets.get(item.p) ?? new Set()).add(labelOf(item))));
  let found = said.items.map((_, index) => index), current = -1;

  function filter() {
    const verdict = byId("f-verdict").value, label = byId("f-label").value, run = byId("f-run").value;
    const words = byId("f-text").value.toLowerCase(), shared = byId("f-shared").checked;
    found = [];
    said.items.forEach((item, index) => {
      if (verdict && item.v !== Number(verdict)) return;
      if (label && labelOf(item) !== label) return;
      if (run && item.r !== Number(run)) return;
      if (shared && meets.get(item.p).size < 2) return;
      if (words && !texts[index].includes(words)) return;
      found.push(index);
    });
    const kept = said.recorded > said.items.length ? ` (of ${said.recorded.toLocaleString("en")} recorded)` : "";
    byId("count").textContent = `${found.length.toLocaleString("en")} of ${said.items.length.toLocaleString("en")} transcripts${kept}`;
    spacer.style.height = `${found.length * ROW}px`;
    list.scrollTop = 0;
    select(found.length ? 0 : -1);
  }

  function row(position) {
    const item = said.items[found[position]], node = make("div", `item ${WORDS[item.v]}`);
    node.style.top = `${position * ROW}px`;
    node.setAttribute("role", "option");
    node.setAttribute("aria-selected", String(position === current));
    node.dataset.position = position;
    const last = item.turns.length ? item.turns[item.turns.length - 1][1] : "";
    node.append(make("div", "", (item.answer || last || "(empty)").slice(0, 120)));
    node.append(make("div", "what", `${labelOf(item)} · step ${item.step} · ${said.prompts[item.p].slice(-90)}`));
    return node;
  }

  function rows() {
    const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 4);
    const end = Math.min(found.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + 4);
    const nodes = [];
    for (let position = first; position < end; position++) nodes.push(row(position));
    spacer.replaceChildren(...nodes);
  }

  function facts(item) {
    const node = make("div", "facts"), run = said.runs[item.r];
    node.append(make("span", `badge ${WORDS[item.v]}`, WORDS[item.v]));
    const pairs = [["reason", item.reason], ["stage", item.stage], ["reward", item.reward], ["answer", item.answer.slice(0, 200)], ["tokens", item.tokens],
      ["cut", item.cut ? "by the token budget" : ""], ["run", run.name], ["step", item.step], ["split", item.split], ["problem", item.id]];
    for (const [name, value] of pairs) if (value !== "") node.append(make("span", "", `${name}: ${value}`));
    return node;
  }

  const turnsOf = (item) => item.turns.flatMap(([role, text]) => [make("div", "role", role === "assistant" ? "response" : role), make("pre", role === "assistant" ? "said" : "", text || "(empty)")]);

  function column(label, prompt) {
    const node = make("div"), mine = said.items.filter((item) => item.p === prompt && labelOf(item) === label);
    const right = mine.filter((item) => item.v === 1).length;
    node.append(make("h4", "", `${label}: ${right} right of ${mine.length}`));
    for (const item of mine.slice(0, MOST)) {
      const card = make("div", `card ${WORDS[item.v]}`);
      card.append(facts(item), ...turnsOf(item));
      node.append(card);
    }
    if (!mine.length) node.append(make("p", "empty", "No transcript of this algorithm on this problem."));
    if (mine.length > MOST) node.append(make("p", "empty", `The first ${MOST} are shown.`));
    return node;
  }

  function detail() {
    const side = byId("side").checked;
    byId("pair").hidden = !side;
    if (current < 0) { shown.replaceChildren(make("p", "empty", said.items.length ? "No transcript fits these filters." : "No transcript was recorded.")); return; }
    const item = said.items[found[current]];
    const asked = [make("div", "role", "prompt"), make("pre", "", said.prompts[item.p])];
    if (side) {
      const columns = make("div", "columns");
      columns.append(column(byId("left").value, item.p), column(byId("right").value, item.p));
      shown.replaceChildren(...asked, columns);
    } else shown.replaceChildren(facts(item), ...asked, ...turnsOf(item));
  }

  function choosePair() {
    if (current < 0) return;
    const item = said.items[found[current]], others = [...meets.get(item.p)].filter((label) => label !== labelOf(item));
    byId("left").value = labelOf(item);
    byId("right").value = others.includes(byId("right").value) ? byId("right").value : others[0] ?? labels.find((label) => label !== labelOf(item)) ?? labelOf(item);
  }

  function select(position) {
    current = position;
    choosePair();
    rows();
    detail();
    byId("detail").scrollTop = 0;
  }

  function move(position) {
    position = Math.max(0, Math.min(found.length - 1, position));
    if (!found.length) return;
    if (position * ROW < list.scrollTop) list.scrollTop = position * ROW;
    if ((position + 1) * ROW > list.scrollTop + list.clientHeight) list.scrollTop = (position + 1) * ROW - list.clientHeight;
    select(position);
  }

  option(byId("f-label"), "", "all");
  labels.forEach((label) => { option(byId("f-label"), label, label); option(byId("left"), label, label); option(byId("right"), label, label); });
  option(byId("f-run"), "", "all");
  said.runs.forEach((run, index) => option(byId("f-run"), String(index), run.name));
  for (const id of ["f-verdict", "f-label", "f-run", "f-shared"]) byId(id).addEventListener("change", filter);
  let waiting = 0;
  byId("f-text").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 120); });
  for (const id of ["side", "left", "right"]) byId(id).addEventListener("change", detail);
  list.addEventListener("scroll", rows);
  list.addEventListener("click", (event) => { const node = event.target.closest(".item"); if (node) select(Number(node.dataset.position)); });
  list.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -found.length, End: found.length };
    if (!(event.key in steps)) return;
    event.preventDefault();
    move(current + steps[event.key]);
  });
  addEventListener("resize", rows);
  filter();
})();
