"use strict";
// Paints the charts of the page from the block `data-charts`. A chart is drawn when it comes into view.
const COLORS = ["#1f6feb", "#d1652b", "#1a7f4b", "#8957e5", "#bf3989", "#57606a", "#9a6700", "#0f7b8a", "#a40e26", "#3d5a80", "#6a994e", "#5e3c99"];
const byId = (id) => document.getElementById(id);
const make = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
};
const option = (select, value, text) => { const o = make("option", "", text); o.value = value; select.append(o); };
const report = JSON.parse(byId("data-charts").textContent);
const state = { hidden: new Set(), env: "", band: "interval" };
const colorOf = (label) => COLORS[label % COLORS.length];
// Plotly reads a little markup in names and hovers.
const safe = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const faded = (color, part) => color + Math.round(part * 255).toString(16).padStart(2, "0");
const average = (values) => values.reduce((a, b) => a + b, 0) / values.length;

function bandTraces(line) {
  const [low, high] = state.band === "interval" ? [line.low, line.high] : [line.least, line.most];
  if (state.band === "none" || !low || line.x.length < 2) return [];
  // Gaps would be bridged by the filled area: only whole stretches are filled.
  const traces = [];
  let start = 0;
  for (let i = 0; i <= line.x.length; i++) {
    if (i < line.x.length && low[i] !== null && high[i] !== null) continue;
    if (i - start > 1) {
      const x = line.x.slice(start, i);
      traces.push({ x: [...x, ...x.slice().reverse()], y: [...high.slice(start, i), ...low.slice(start, i).reverse()], fill: "toself",
        fillcolor: faded(colorOf(line.label), 0.16), line: { width: 0 }, mode: "lines", hoverinfo: "skip", showlegend: false });
    }
    start = i + 1;
  }
  return traces;
}

function lineTraces(line) {
  const name = safe(report.labels[line.label] + (line.note ? `, ${line.note}` : ""));
  const runs = line.runs > 1 ? ` (${line.runs} runs)` : "";
  return [...bandTraces(line), { x: line.x, y: line.y, name, mode: line.x.length > 24 ? "lines" : "lines+markers", marker: { size: 5 },
    line: { color: colorOf(line.label), width: 2, dash: line.dashed ? "dot" : "solid" }, showlegend: false,
    hovertemplate: `%{y:.4g}${runs}` }];
}

function pointTraces(line) {
  const color = colorOf(line.label), name = safe(report.labels[line.label]);
  const reach = (values) => ({ type: "data", symmetric: false, array: [Math.max(...values) - average(values)],
    arrayminus: [average(values) - Math.min(...values)], color, thickness: 1, width: 0 });
  return [
    { x: line.x, y: line.y, mode: "markers", marker: { color: faded(color, 0.45), size: 6 }, hoverinfo: "skip", showlegend: false },
    { x: [average(line.x)], y: [average(line.y)], name, mode: "markers", marker: { color, size: 12, line: { color: "#fff", width: 1 } },
      error_x: line.x.length > 1 ? reach(line.x) : undefined, error_y: line.x.length > 1 ? reach(line.y) : undefined,
      hovertemplate: "%{x:.3f}, %{y:.3f}", showlegend: false },
  ];
}

function barTraces(lines) {
  return lines.map((line) => ({ type: "bar", orientation: "h", y: [safe(report.labels[line.label])], x: [line.y[0]],
    marker: { color: colorOf(line.label) }, name: "", showlegend: false, hovertemplate: "%{x:.3g}",
    error_x: line.low ? { type: "data", symmetric: false, array: [line.high[0] - line.y[0]], arrayminus: [line.y[0] - line.low[0]], thickness: 1 } : undefined }));
}

function tracesOf(chart) {
  const lines = chart.lines.filter((line) => !state.hidden.has(line.label));
  if (chart.kind === "bars") return barTraces(lines);
  return lines.flatMap(chart.kind === "points" ? pointTraces : lineTraces);
}

function draw(box, chart) {
  const bars = chart.kind === "bars", axis = { gridcolor: "#eceff2", zerolinecolor: "#d9dde3", automargin: true };
  const ticks = chart.log ? { type: "log", tickvals: chart.lines[0].x, ticktext: chart.lines[0].x.map(String) } : {};
  const layout = {
    margin: { l: 46, r: 14, t: 10, b: 38 }, font: { size: 11, color: "#59636e" }, hovermode: bars || chart.kind === "points" ? "closest" : "x",
    xaxis: { ...axis, ...ticks, title: { text: safe(chart.x), standoff: 6 } }, yaxis: bars ? { ...axis, autorange: "reversed" } : axis,
    showlegend: false, hoverlabel: { namelength: 40 }, bargap: 0.4,
  };
  Plotly.react(box, tracesOf(chart), layout, { displayModeBar: false, responsive: true });
}

const drawn = new Map();
const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    watcher.unobserve(entry.target);
    const chart = entry.target.chart;
    drawn.set(entry.target, chart);
    draw(entry.target, chart);
  }
}, { rootMargin: "300px" });

function figure(chart) {
  const holder = make("figure", "chart"), caption = make("figcaption", "", chart.title), box = make("div", "plot");
  holder.append(caption, box);
  box.chart = chart;
  watcher.observe(box);
  return holder;
}

function clear(parent) {
  for (const box of parent.querySelectorAll(".plot")) {
    watcher.unobserve(box);
    if (drawn.delete(box)) Plotly.purge(box);
  }
  parent.replaceChildren();
}

function fill(parent, charts) {
  parent.append(...(charts.length ? charts.map(figure) : [make("p", "empty", "Nothing of this was recorded.")]));
}

function showCharts() {
  const mine = report.charts.filter((chart) => chart.env === state.env || chart.env === "");
  const fixed = ["learning", "pass", "trade", "profile", "cost"];
  for (const section of fixed) {
    clear(byId(section));
    fill(byId(section), mine.filter((chart) => chart.section === section));
  }
  const holder = byId("topics"), open = new Set([...holder.querySelectorAll("details[open]")].map((d) => d.dataset.topic));
  clear(holder);
  for (const topic of [...report.topics, "Other"]) {
    const charts = mine.filter((chart) => chart.section === topic);
    if (!charts.length) continue;
    const fold = make("details"), grid = make("div", "grid");
    fold.dataset.topic = topic;
    fold.append(make("summary", "", `${topic} (${charts.length})`), grid);
    fold.addEventListener("toggle", () => { if (fold.open && !grid.childElementCount) fill(grid, charts); });
    fold.open = open.has(topic);
    holder.append(fold);
  }
}

const redraw = () => drawn.forEach((chart, box) => draw(box, chart));

report.labels.forEach((label, index) => {
  const button = make("button"), dot = make("span", "dot");
  dot.style.background = colorOf(index);
  button.append(dot, label);
  button.title = label;
  button.setAttribute("aria-pressed", "true");
  button.addEventListener("click", () => {
    const off = !state.hidden.delete(index);
    if (off) state.hidden.add(index);
    button.setAttribute("aria-pressed", String(!off));
    redraw();
  });
  byId("legend").append(button);
});
const envs = [...new Set(report.charts.map((chart) => chart.env))];
state.env = envs[0] ?? "";
envs.forEach((env) => option(byId("env"), env, env || "unnamed"));
byId("env-box").hidden = envs.length < 2;
byId("env").addEventListener("change", (event) => { state.env = event.target.value; showCharts(); });
byId("band").addEventListener("change", (event) => { state.band = event.target.value; redraw(); });
showCharts();
