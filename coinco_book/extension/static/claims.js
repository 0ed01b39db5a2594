/* Shows some of the ledger's claims: those of the pressed statuses (any when none is pressed) that hold every word searched. */
document.addEventListener("DOMContentLoaded", () => {
  const filter = document.querySelector(".claims-filter");
  if (!filter) return;
  const buttons = [...filter.querySelectorAll("button")];
  const field = filter.querySelector("input");
  const rows = [...document.querySelectorAll("table.claims tbody tr")];
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

  const show = () => {
    const statuses = buttons.filter((b) => b.getAttribute("aria-pressed") === "true").map((b) => b.dataset.status);
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const fits = !statuses.length || statuses.includes(row.dataset.status);
      row.hidden = !fits || !words.every((word) => texts.get(row).includes(word));
    }
    for (const table of document.querySelectorAll("table.claims")) {
      const empty = ![...table.tBodies[0].rows].some((row) => !row.hidden);
      (table.closest("section") ?? table).hidden = empty;
    }
    const shown = rows.filter((row) => !row.hidden).length;
    filter.querySelector(".claims-shown").textContent = `${shown} of ${rows.length} claims`;
  };

  for (const button of buttons) {
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      show();
    });
  }
  field.addEventListener("input", show);
  filter.hidden = false;
  show();
});
