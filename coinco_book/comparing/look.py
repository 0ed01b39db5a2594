"""How the page that compares two runs looks: the book's colours, light and dark, and narrow screens."""

STYLE = """
:root { color-scheme: light dark; --ink: #1d2b33; --soft: #55646c; --line: #d8dfdf; --card: #f7f6f1; --page: #fff;
  --accent: #0f5c6e; --other: #b3321f; --near: #7a5200; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecec; --soft: #a9b6ba; --line: #3b4a52; --card: #1d272d;
  --page: #12181c; --accent: #6cc5d6; --other: #ff8d78; --near: #f2c14e; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 82rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
h1 { margin: 0 0 1rem; font-size: 1.7rem; letter-spacing: -0.01em; }
h2 { margin: 2.6rem 0 0.6rem; padding-bottom: 0.25rem; border-bottom: 1px solid var(--line); font-size: 1.25rem; }
a { color: var(--accent); }
p.soft, summary, figcaption, dt { color: var(--soft); }
summary { cursor: pointer; padding: 0.5rem 0; }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }
.side { padding: 0.7rem 1rem; border: 1px solid var(--line); border-left: 4px solid var(--accent); border-radius: 6px;
  background: var(--card); overflow-wrap: anywhere; }
.side h2 { margin: 0 0 0.4rem; padding: 0; border: 0; font-size: 1.05rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.1rem 1rem; margin: 0; }
dd { margin: 0; }
table { width: 100%; border-collapse: collapse; font-size: 0.88rem; }
th { text-align: left; border-bottom: 2px solid var(--accent); font-weight: 600; }
th, td { padding: 0.3rem 0.7rem 0.3rem 0; vertical-align: top; overflow-wrap: anywhere; }
tbody tr { border-bottom: 1px solid var(--line); }
.summary { margin-top: 1.4rem; }
.summary td, .summary th { text-align: right; }
.summary td:first-child, .summary th:first-child { text-align: left; }
.match { white-space: nowrap; font-weight: 600; }
.m-different .match, .m-only-in-a .match, .m-only-in-b .match { color: var(--other); }
.m-close .match, .m-differs-only-in-times .match { color: var(--near); }
.rows td:nth-child(1) { width: 16%; } .rows td:nth-child(2) { width: 24%; }
.rows td:nth-child(3), .rows td:nth-child(4) { width: 20%; }
.images { margin: 0 0 2rem; }
.images h3 { margin: 0 0 0.4rem; font-size: 0.95rem; font-weight: 600; overflow-wrap: anywhere; }
.images .three { display: grid; grid-template-columns: repeat(3, 1fr); gap: 0.8rem; }
figure { margin: 0; } figcaption { font-size: 0.82rem; }
img { display: block; max-width: 100%; height: auto; background: #fff; border: 1px solid var(--line); }
@media (max-width: 700px) {
  .sides, .images .three { grid-template-columns: 1fr; }
  .rows thead, .summary thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .rows, .rows tbody, .rows tr, .rows td { display: block; }
  .rows tr { padding: 0.5rem 0; }
  .rows tbody tr td:nth-child(n) { width: auto; padding: 0.05rem 0; }
  .rows td[data-label]:not(:empty)::before { content: attr(data-label) " "; color: var(--soft); }
  .summary tr { display: block; padding: 0.3rem 0; }
  .summary tbody td { display: inline-block; padding: 0 0.8rem 0 0; } .summary td:empty { display: none; }
  .summary tbody td:first-child { display: block; font-weight: 600; }
  .summary td[data-label]::after { content: " " attr(data-label); color: var(--soft); }
}
"""
