"use strict";
const data = JSON.parse(document.getElementById("curves").textContent);
const colors = ["#1f6feb", "#d1652b", "#2f8f5b", "#8957e5", "#bf3989", "#6e7781", "#9a6700", "#0f7b8a"];

function draw(box, name) {
  const traces = data.metrics[name].map((line) => ({
    x: line.x, y: line.y, name: line.name, mode: line.x.length > 1 ? "lines" : "markers",
    line: { color: colors[line.color % colors.length], width: line.mean ? 2.5 : 1 },
    opacity: line.mean ? 1 : 0.35, showlegend: line.mean, legendgroup: line.name,
  }));
  const layout = {
    title: { text: name, font: { size: 14 } }, margin: { l: 48, r: 12, t: 36, b: 32 },
    xaxis: { title: { text: "" } }, legend: { orientation: "h", y: -0.15, font: { size: 11 } },
  };
  Plotly.newPlot(box, traces, layout, { displayModeBar: false, responsive: true });
}

function grid(parent, names) {
  const holder = document.createElement("div");
  holder.className = "grid";
  parent.append(holder);
  for (const name of names) {
    const box = document.createElement("div");
    box.className = "plot";
    holder.append(box);
    draw(box, name);
  }
}

grid(document.getElementById("first"), data.first);
const others = document.getElementById("others");
const spaces = new Map();
for (const name of Object.keys(data.metrics).filter((n) => !data.first.includes(n))) {
  const space = name.split("/")[0];
  spaces.set(space, [...(spaces.get(space) ?? []), name]);
}
for (const [space, names] of spaces) {
  const fold = document.createElement("details");
  const head = document.createElement("summary");
  head.textContent = `${space} (${names.length})`;
  fold.append(head);
  fold.addEventListener("toggle", () => { if (fold.open && fold.childElementCount === 1) grid(fold, names); });
  others.append(fold);
}
