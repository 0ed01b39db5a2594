/* The slide view: "Present" shows one slide at a time. Without this script the slides are a column to read. */
(() => {
  "use strict";
  const deck = document.querySelector(".deck");
  const slides = deck ? [...deck.querySelectorAll(".slide")] : [];
  if (!slides.length) return;
  const root = document.documentElement;
  const start = deck.querySelector(".present");
  const steps = {
    ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1, Home: -Infinity, End: Infinity,
  };
  let at = 0;

  const button = (text, label, action) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.setAttribute("aria-label", label);
    made.addEventListener("click", action);
    return made;
  };
  const number = document.createElement("output"); // read aloud when it changes
  const bar = document.createElement("div");
  bar.className = "slide-bar";
  bar.hidden = true;
  bar.append(
    button("‹", "Previous slide", () => show(at - 1)), number,
    button("›", "Next slide", () => show(at + 1)), button("×", "Stop presenting", () => stop()),
  );
  deck.append(bar);

  const presenting = () => root.classList.contains("presenting");

  function show(next) {
    at = Math.min(Math.max(next, 0), slides.length - 1);
    slides.forEach((slide, i) => slide.classList.toggle("current", i === at));
    slides[at].scrollTop = 0;
    number.textContent = `${at + 1} / ${slides.length}`;
  }

  /* The slide that a reader of the column is at: the first whose foot is in sight. */
  function inSight() {
    const found = slides.findIndex((slide) => slide.getBoundingClientRect().bottom > window.innerHeight / 3);
    return found < 0 ? 0 : found;
  }

  /* Whatever is no part of the deck can be neither seen nor reached while it is shown. */
  function setAside(aside) {
    for (let node = deck; node.parentElement && node !== document.body; node = node.parentElement) {
      for (const other of node.parentElement.children) if (other !== node) other.inert = aside;
    }
  }

  function begin() {
    const first = inSight();
    root.classList.add("presenting");
    bar.hidden = false;
    start.hidden = true;
    setAside(true);
    show(first);
    deck.focus();
    deck.requestFullscreen?.().catch(() => {}); // where it is refused the slides fill the window
  }

  function stop() {
    if (!presenting()) return;
    root.classList.remove("presenting");
    bar.hidden = true;
    start.hidden = false;
    setAside(false);
    if (document.fullscreenElement) document.exitFullscreen();
    slides[at].scrollIntoView();
    start.focus({ preventScroll: true });
  }

  document.addEventListener("keydown", (event) => {
    if (!presenting() || event.ctrlKey || event.altKey || event.metaKey) return;
    const pressed = event.target.closest?.("a, button");
    if (event.key === "Escape") stop();
    else if (event.key in steps && !(pressed && event.key === " ")) show(at + steps[event.key]);
    else return;
    event.preventDefault();
  });
  document.addEventListener("fullscreenchange", () => {
    if (!document.fullscreenElement) stop(); // the browser keeps Escape for itself when it fills the screen
  });

  deck.tabIndex = -1;
  start.hidden = false;
  start.addEventListener("click", begin);
})();
