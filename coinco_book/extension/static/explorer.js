/* Leaf through the samples: filters, a strip of images, and what each model said.
   The data come from explorer/samples.js. Every text in them is set as text, never as HTML. */
(() => {
  "use strict";
  const root = document.getElementById("explorer");
  const data = window.coincoSamples;
  if (!root || !data) return; // the page's own sentence stays

  const START = { question: "in_context", who: "consensus", says: "", agree: "", right: "", text: "", sample: "", box: "on" };
  const SAYS = { in: "In context", out: "Out of context", unread: "Cannot be read", split: "Divided" };
  const MARKS = { in: "✓", out: "✗", unread: "?", split: "≠" };
  const AGREEMENT = { unanimous: "All agree", split: "Two to one", incomplete: "One cannot be read" };
  const models = data.models;
  const hasTruth = data.samples.some((sample) => sample.truth);
  const words = new Map(data.samples.map((sample) => [sample, wordsOf(sample)]));

  const CHOICES = {
    question: ["Criterion", Object.fromEntries(data.questions.map((question) => [question.id, question.title]))],
    who: ["Verdict of", { consensus: "All three together", ...titles(models), ...(hasTruth && { truth: "The truth" }) }],
    says: ["Verdict", { "": "Any", in: SAYS.in, out: SAYS.out, unread: SAYS.unread }],
    agree: ["Agreement", { "": "Any", ...AGREEMENT }],
    ...(hasTruth && { right: ["Unanimous and", { "": "Any", yes: "Right", no: "Wrong" }] }),
  };
  const PLACES_TO_BEGIN = {
    "All three agree and are wrong": { right: "no" },
    "Divided on the size": { question: "size", agree: "split" },
    "In context, say all": { says: "in" },
    "An answer cannot be read": { agree: "incomplete" },
  };
  const IN_ALL = new Set(["question", "who"]); // choices that filter nothing by themselves

  let view = fromHash();
  let found = [];

  /* ---- reading the data ---- */

  function titles(list) {
    return Object.fromEntries(list.map((item) => [item.id, item.title]));
  }

  function wordsOf(sample) {
    const said = [...Object.values(sample.said), sample.truth].filter(Boolean);
    return [sample.object, sample.was, ...said.flatMap((one) => [...one.reasons, one.text])].join("\n").toLowerCase();
  }

  function verdictOf(sample, who, at) {
    if (who === "consensus") return sample.states[at] === "incomplete" ? "unread" : sample.states[at];
    const verdict = (who === "truth" ? sample.truth : sample.said[who])?.verdicts[at] ?? null;
    return verdict === null ? "unread" : verdict ? "in" : "out";
  }

  function agreementOf(sample, at) {
    return sample.states[at] in AGREEMENT ? sample.states[at] : "unanimous";
  }

  function rightness(sample, at) {
    if (!sample.truth || agreementOf(sample, at) !== "unanimous") return "";
    return verdictOf(sample, "consensus", at) === verdictOf(sample, "truth", at) ? "yes" : "no";
  }

  function matching(wanted) {
    const at = data.questions.findIndex((question) => question.id === wanted.question);
    const text = wanted.text.trim().toLowerCase();
    return data.samples.filter(
      (sample) =>
        (!wanted.says || verdictOf(sample, wanted.who, at) === wanted.says) &&
        (!wanted.agree || agreementOf(sample, at) === wanted.agree) &&
        (!wanted.right || rightness(sample, at) === wanted.right) &&
        (!text || words.get(sample).includes(text))
    );
  }

  /* ---- the address: a view can be linked ---- */

  function fromHash() {
    const given = new URLSearchParams(location.hash.slice(1));
    const asked = Object.entries(START).map(([name, usual]) => [name, given.get(name) ?? usual]);
    const known = ([name, value]) => !(name in CHOICES) || value in CHOICES[name][1];
    return { ...START, ...Object.fromEntries(asked.filter(known)) };
  }

  function toHash() {
    const changed = Object.entries(view).filter(([name, value]) => value !== START[name]);
    history.replaceState(null, "", `#${new URLSearchParams(changed)}`);
  }

  /* ---- building the page ---- */

  function el(tag, attributes = {}, ...children) {
    const node = document.createElementNS(SVG.has(tag) ? "http://www.w3.org/2000/svg" : "http://www.w3.org/1999/xhtml", tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value !== false && value !== null) node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children); // strings become text
    return node;
  }

  function chooser(name) {
    const [title, options] = CHOICES[name];
    const items = Object.keys(options).map((value) => el("option", { value }));
    const select = el("select", { name, onchange: () => change({ [name]: select.value }) }, ...items);
    return el("label", {}, el("span", {}, title), select);
  }

  const SVG = new Set(["svg", "rect"]);
  const search = el("input", {
    type: "search", name: "text", placeholder: "objects and reasons",
    oninput: () => change({ text: search.value }),
  });
  const showBox = el("input", { type: "checkbox", name: "box", onchange: () => change({ box: showBox.checked ? "on" : "off" }) });
  const filters = el("form", { class: "explorer-filters", "aria-label": "Filter the samples", onsubmit: (event) => event.preventDefault() },
    ...Object.keys(CHOICES).map(chooser),
    el("label", {}, el("span", {}, "Words"), search),
    el("button", { type: "button", onclick: () => change({ ...START, sample: view.sample, box: view.box }) }, "Clear"));
  const begin = el("p", { class: "explorer-begin" }, "Begin with: ", ...Object.entries(PLACES_TO_BEGIN)
    .filter(([, part]) => matching({ ...START, ...part }).length)
    .map(([title, part]) => el("button", { type: "button", onclick: () => change({ ...START, ...part }) }, title)));
  const count = el("p", { class: "explorer-count", role: "status", "aria-live": "polite" });
  const back = el("button", { type: "button", onclick: () => step(-1) }, "‹ Previous");
  const next = el("button", { type: "button", onclick: () => step(1) }, "Next ›");
  const strip = el("ol", { class: "explorer-strip", "aria-label": "The samples found" });
  const stage = el("div", { class: "explorer-sample" });
  const note = root.querySelector(".explorer-note");
  root.replaceChildren(...(note ? [note] : []), filters, begin,
    el("div", { class: "explorer-bar" }, back, next, count, el("label", {}, showBox, " Show the box")), strip, stage);

  function image(sample) {
    const [width, height] = sample.size, [x, y, w, h] = sample.box;
    const frame = { x, y, width: w, height: h };
    const image = el("img", { src: root.dataset.images + sample.image, alt: `The image, with ${sample.object} in the box` });
    const box = el("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true", class: view.box === "off" ? "hidden" : "" },
      el("rect", { ...frame, class: "halo" }), el("rect", { ...frame, class: "box" }));
    const changed = sample.was === sample.object ? "nothing was replaced" : `there was: ${sample.was}`;
    return el("div", { class: "explorer-view" }, el("div", { class: "explorer-image" }, image, box),
      el("p", {}, `In the box: ${sample.object}; ${changed}. Sample ${sample.id}.`));
  }

  function verdict(value) {
    const kind = { in: "verdict-in", out: "verdict-out" }[value] ?? "verdict-none";
    return el("span", { class: kind }, el("span", { "aria-hidden": "true" }, `${MARKS[value]} `), SAYS[value]);
  }

  function line(title, colour, value, reason) {
    const name = el("span", { class: "who" }, el("i", { style: `background: ${colour}` }), title);
    return el("li", {}, name, verdict(value), ...(reason ? [el("span", { class: "reason" }, reason)] : []));
  }

  function finding(sample, question, at) {
    const lines = models.map((model) =>
      line(model.title, model.colour, verdictOf(sample, model.id, at), sample.said[model.id]?.reasons[at]));
    if (sample.truth) lines.push(line("The truth", "currentColor", verdictOf(sample, "truth", at), sample.truth.reasons[at]));
    const alone = models.find((model) => model.id === sample.alone[at]);
    const wrong = rightness(sample, at) === "no" ? ", and wrong" : "";
    const how = AGREEMENT[agreementOf(sample, at)] + (alone ? `: ${alone.title} stands alone` : wrong);
    const chosen = question.id === view.question ? "chosen" : "";
    return el("section", { class: chosen }, el("h2", {}, question.title, el("small", {}, how)), el("ul", {}, ...lines));
  }

  function answers(sample) {
    return models.filter((model) => sample.said[model.id]).map((model) =>
      el("details", {}, el("summary", {}, `The answer of ${model.title}, as it was written`), el("pre", { tabindex: "0" }, sample.said[model.id].text)));
  }

  /* ---- showing a view ---- */

  function option(name, item) {
    const title = CHOICES[name][1][item.value];
    item.textContent = IN_ALL.has(name) ? title : `${title} (${matching({ ...view, [name]: item.value }).length})`;
    item.selected = item.value === view[name];
  }

  function showFilters() {
    for (const name of Object.keys(CHOICES)) for (const item of filters.elements[name].options) option(name, item);
    if (search.value !== view.text) search.value = view.text;
    showBox.checked = view.box !== "off";
  }

  function thumbnail(sample) {
    const current = sample.id === view.sample;
    const image = el("img", { src: root.dataset.images + sample.image, alt: sample.object, loading: "lazy", width: 64, height: 64 });
    const attributes = { type: "button", tabindex: current ? 0 : -1, "aria-current": current ? "true" : null };
    return el("li", {}, el("button", { ...attributes, onclick: () => change({ sample: sample.id }, true) }, image));
  }

  function show(focus) {
    found = matching(view);
    const sample = found.find((one) => one.id === view.sample) ?? found[0];
    const at = found.indexOf(sample);
    view.sample = sample ? sample.id : view.sample;
    showFilters();
    count.textContent = sample
      ? `${at + 1} of ${found.length} found, among ${data.samples.length}: ${sample.object}`
      : `None of ${data.samples.length} samples is like that.`;
    back.disabled = at <= 0;
    next.disabled = at < 0 || at === found.length - 1;
    strip.replaceChildren(...found.map(thumbnail));
    const current = strip.querySelector("[aria-current]");
    if (current) strip.scrollLeft = current.offsetLeft - strip.clientWidth / 2;
    if (current && focus) current.focus({ preventScroll: true });
    stage.replaceChildren(...(sample ? [image(sample), el("div", { class: "explorer-findings" },
      ...data.questions.map((question, k) => finding(sample, question, k)), ...answers(sample))] : []));
  }

  function change(part, focus = false) {
    view = { ...view, ...part };
    show(focus);
    toHash();
  }

  function step(by) {
    const to = found[found.findIndex((sample) => sample.id === view.sample) + by];
    if (to) change({ sample: to.id }, strip.contains(document.activeElement));
  }

  document.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest?.("input, select, textarea, pre")) return;
    event.preventDefault();
    step(by);
  });
  window.addEventListener("hashchange", () => { view = fromHash(); show(false); });
  show(false);
})();
