// The page's style. Colours have one meaning each and are named for it; the charts read them from
// here, so that light and dark are decided in one place. The hues keep apart for colour-blind people
// (Okabe and Ito's), and nothing is told by colour alone.

export const PAGE_STYLE: string = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1d2329; --quiet: #5b6670; --line: #dfe3e7; --wash: #f5f6f8;
  --answered: #2a6fb0; --failed: #b8420a; --unanswered: #8d6500; --asked: #6b7680;
  --measure: #2a6fb0; --fault: #b8420a; --live: #00765a; --valid: #00765a; --unknown: #8d6500;
  --link: #1f5f9f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181c; --ink: #e3e7ea; --quiet: #9aa5af; --line: #2e353c; --wash: #1c2126;
    --answered: #6fb1ee; --failed: #ff9460; --unanswered: #e0b14a; --asked: #8d98a3;
    --measure: #6fb1ee; --fault: #ff9460; --live: #4fcfa6; --valid: #4fcfa6; --unknown: #e0b14a;
    --link: #8bc0f2;
  }
}
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); scroll-padding-top: 2rem; }
body { margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 74rem;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
code, pre, .mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.87em; }
h1 { font-size: 1rem; font-weight: 400; color: var(--quiet); margin: 0 0 1rem; }
h1 b { color: var(--ink); font-weight: 600; }
h2 { font-size: 1.15rem; font-weight: 600; margin: 2.75rem 0 0.5rem; padding-top: 0.75rem; border-top: 1px solid var(--line); }
h3 { font-size: 0.95rem; font-weight: 600; margin: 1.25rem 0 0; }
p { margin: 0.25rem 0; max-width: 60rem; }
a { color: var(--link); text-underline-offset: 2px; }
.quiet { color: var(--quiet); }
.verdict { font-size: 1.35rem; line-height: 1.4; margin: 0 0 0.75rem; max-width: 62rem; }
.verdict b { font-weight: 650; }
.valid b.word { color: var(--valid); } .invalid b.word { color: var(--failed); } .unknown b.word { color: var(--unknown); }
.notice { color: var(--failed); font-weight: 600; margin-bottom: 0.75rem; }
.command { display: flex; gap: 0.75rem; align-items: baseline; margin: 0.35rem 0; flex-wrap: wrap; }
.command span { color: var(--quiet); min-width: 7.5rem; }
.command code { user-select: all; overflow-wrap: anywhere; }
button { font: inherit; font-size: 0.85em; color: var(--link); background: none; border: 0; padding: 0.1rem 0.3rem; cursor: pointer; text-decoration: underline; text-underline-offset: 2px; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0; }
th { text-align: left; font-weight: 600; color: var(--quiet); font-size: 0.85em; }
th, td { padding: 0.28rem 1.25rem 0.28rem 0; vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
tr + tr td, thead + tbody tr:first-child td { border-top: 1px solid var(--line); }
td.time, td.number { white-space: nowrap; font-variant-numeric: tabular-nums; }
td.time { width: 1%; text-align: right; }
td.name { white-space: nowrap; }
.timeline td.name, .marks td:first-child, .faults td:first-child { width: 1%; white-space: nowrap; }
.timeline td, .excerpt td, .consoles td { border-top: 0 !important; padding-top: 0.1rem; padding-bottom: 0.1rem; }
.excerpt td, .consoles td { font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.82rem; }
.consoles td { white-space: pre-wrap; overflow-wrap: anywhere; width: 45%; }
.consoles td.time { white-space: nowrap; width: 1%; }
.excerpt tr.cause td { color: var(--failed); font-weight: 600; }
tr.cause .mark::after { content: "\\00a0\\00a0\\2190 here"; } tr.again .mark::after { content: "\\00a0\\00a0\\2190 follows"; }
.state-valid { color: var(--valid); } .state-invalid { color: var(--failed); font-weight: 600; } .state-unknown { color: var(--unknown); font-weight: 600; } .state-idle, tr.idle { color: var(--quiet); }
.kind-fault { color: var(--fault); } .kind-live { color: var(--live); font-weight: 600; }
abbr { text-decoration: underline dotted; text-underline-offset: 3px; cursor: help; }
#charts { position: relative; outline-offset: 0.5rem; }
figure { margin: 1.1rem 0 0; break-inside: avoid; }
figcaption { position: relative; z-index: 1; background: var(--paper); display: flex; flex-wrap: wrap; gap: 0 1rem; align-items: baseline; }
figcaption h3 { margin: 0; } figcaption p { margin: 0; } figure p { font-size: 0.87em; }
dialog { color: var(--ink); background: var(--paper); border: 1px solid var(--line); padding: 1rem 1.5rem; }
.legend { display: flex; gap: 1rem; margin-left: auto; font-size: 0.82em; color: var(--quiet); white-space: nowrap; }
.legend i { font-style: normal; font-weight: 700; margin-right: 0.3em; }
.chart { width: 100%; min-height: 172px; touch-action: pan-y; }
.chart canvas { display: block; cursor: crosshair; }
.empty { color: var(--quiet); padding: 0.5rem 0; }
#cursor { position: absolute; top: 0; bottom: 0; width: 0; border-left: 1px solid var(--quiet); pointer-events: none; }
#cursor span { position: absolute; top: -1.1rem; left: 0.3rem; font-size: 0.78rem; color: var(--ink); background: var(--paper); white-space: nowrap; font-variant-numeric: tabular-nums; }
#cursor.left span { left: auto; right: 0.3rem; }
.keys { font-size: 0.87em; color: var(--quiet); }
kbd { font: inherit; font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 0.87em; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.1rem 1.5rem; margin: 0.5rem 0; }
dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
.parameters { columns: 22rem 3; column-gap: 2.5rem; }
.parameters dl { display: block; margin: 0; }
.parameters div { display: flex; justify-content: space-between; gap: 1rem; break-inside: avoid; font-size: 0.87em; }
.parameters dd { text-align: right; }
footer { margin-top: 3rem; color: var(--quiet); font-size: 0.87em; }
#vg-tooltip-element { font: inherit; font-size: 0.85rem; color: var(--ink); background: var(--paper); border: 1px solid var(--line); box-shadow: none; }
#vg-tooltip-element table tr td.key { color: var(--quiet); }
@media (max-width: 60rem) { body { padding: 1.25rem 1rem 3rem; } .legend { margin-left: 0; } }
@media print {
  :root { --paper: #fff; --ink: #000; --quiet: #444; --line: #bbb; --answered: #2a6fb0; --failed: #b8420a; --unanswered: #8d6500; --asked: #6b7680; --measure: #2a6fb0; --fault: #b8420a; --live: #00765a; --valid: #00765a; --unknown: #8d6500; --link: #000; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  button, #cursor, .keys { display: none; }
  /* Canvases drawn for the dark page are turned over for paper. */
  .dark-charts canvas { filter: invert(1) hue-rotate(180deg); }
  h2 { break-after: avoid; } tr { break-inside: avoid; }
}
`;
