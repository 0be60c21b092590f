// The page's style. Colours have one meaning each and are named for it; the charts read them from
// here, so that light and dark are decided in one place. The hues keep apart for colour-blind people
// (Okabe and Ito's), and nothing is told by colour alone.

const LIGHT = `
    --paper: #ffffff; --ink: #1d2329; --quiet: #5b6670; --line: #dfe3e7; --wash: #f3f5f7;
    --answered: #44607a; --failed: #b8420a; --unanswered: #8d6500; --asked: #6b7680;
    --measure: #1f68ad; --second: #7a5bb0; --third: #b06a00; --fault: #b8420a; --live: #00765a; --valid: #00765a; --unknown: #8d6500;
    --role-primary: #1f68ad; --role-backup: #7a5bb0; --role-going: #b06a00; --role-solo: #00765a; --role-halted: #65707a;
    --client: #44607a; --log: #1f68ad; --ack: #7a5bb0; --disk: #86551f; --arbiter: #1d2329; --held: #c28a00; --highlight: #d0107f;
    --link: #1f5f9f;`;
const DARK = `
    --paper: #14181c; --ink: #e3e7ea; --quiet: #9aa5af; --line: #2e353c; --wash: #1c2126;
    --answered: #a3b9cc; --failed: #ff9460; --unanswered: #e0b14a; --asked: #8d98a3;
    --measure: #6fb1ee; --second: #b9a0ea; --third: #eba64a; --fault: #ff9460; --live: #4fcfa6; --valid: #4fcfa6; --unknown: #e0b14a;
    --role-primary: #6fb1ee; --role-backup: #b9a0ea; --role-going: #eba64a; --role-solo: #4fcfa6; --role-halted: #98a3ad;
    --client: #a3b9cc; --log: #6fb1ee; --ack: #b9a0ea; --disk: #d3a36b; --arbiter: #e3e7ea; --held: #f0c040; --highlight: #ff6fbe;
    --link: #8bc0f2;`;
/** The system's choice, unless the page's button chose otherwise; paper is always light. */
export const ROOT_STYLE: string = `
:root {
    --text-face: system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
    --mono-face: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
    color-scheme: light;${LIGHT}
}
@media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) { color-scheme: dark;${DARK}
} }
:root[data-theme="dark"] { color-scheme: dark;${DARK}
}
@media print { :root, :root[data-theme="dark"] { color-scheme: light;${LIGHT}
} }`;

export const PAGE_STYLE: string = `
${ROOT_STYLE}
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); scroll-padding-top: 2rem; }
body { margin: 0 auto; padding: 1.25rem 1.5rem 4rem; max-width: 84rem;
  font: 15px/1.5 var(--text-face); }
code, pre, .mono { font-family: var(--mono-face); font-size: 0.87em; }
h1 { font-size: 1rem; font-weight: 400; color: var(--quiet); margin: 0 0 1rem; }
h1 b { color: var(--ink); font-weight: 600; }
h2 { font-size: 1.15rem; font-weight: 600; margin: 2.5rem 0 0.5rem; padding-top: 0.75rem; border-top: 1px solid var(--line); }
h3 { font-size: 0.95rem; font-weight: 600; margin: 1.25rem 0 0; }
p { margin: 0.25rem 0; max-width: 72rem; }
a { color: var(--link); text-underline-offset: 2px; }
.quiet { color: var(--quiet); }
.verdict { font-size: 1.3rem; line-height: 1.4; margin: 0 0 0.5rem; max-width: none; text-wrap: pretty; }
.verdict b { font-weight: 650; }
.valid b.word { color: var(--valid); } .invalid b.word { color: var(--failed); } .unknown b.word { color: var(--unknown); }
.notice { color: var(--failed); font-weight: 600; margin-bottom: 0.4rem; max-width: none; }
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
.excerpt td, .consoles td { font-family: var(--mono-face); font-size: 0.82rem; }
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
.legend { display: flex; flex-wrap: wrap; gap: 0 1rem; font-size: 0.82em; color: var(--quiet); white-space: nowrap; align-items: center; }
figcaption .legend { margin-left: auto; }
.legend button { color: inherit; text-decoration: none; font-size: 1em; padding: 0.1rem 0; }
.legend button[aria-pressed="false"] { text-decoration: line-through; opacity: 0.6; }
.legend .keys { margin-left: auto; }
.swatch { display: inline-block; width: 1.6em; height: 0; border-top: 2px solid; margin-right: 0.4em; vertical-align: middle; }
.line-client { border-color: var(--client); } .line-log { border-color: var(--log); } .line-ack { border-color: var(--ack); border-top-style: dashed; }
.line-disk { border-color: var(--disk); } .line-arbiter { border-color: var(--arbiter); border-top-width: 3px; }
.swatch.held { border-color: var(--held); border-top-width: 4px; }
#picture h2 { margin-top: 1rem; }
.picture { position: relative; margin-top: 0.4rem; }
.picture canvas { display: block; width: 100%; height: 440px; touch-action: pan-y; cursor: crosshair; }
.tip { position: absolute; z-index: 2; pointer-events: none; max-width: 34rem; padding: 0.25rem 0.5rem; font-size: 0.8rem; line-height: 1.4; color: var(--ink); background: var(--paper); border: 1px solid var(--line); overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
#theme { float: right; }
.finding { margin: 0.5rem 0; }
.jump { white-space: nowrap; font-weight: 600; }
.commands { display: flex; flex-wrap: wrap; gap: 0 2.5rem; margin: 0.3rem 0; } .commands .command { margin: 0.1rem 0; } .commands .command span { min-width: 0; }
#details { margin: 0.75rem 0; padding-left: 0.9rem; border-left: 3px solid var(--highlight); }
#details h3 { margin: 0; } #details h3 a { font-weight: 400; font-size: 0.87em; margin-left: 0.5rem; } #details h4 { margin: 0.4rem 0 0; font-size: 0.85rem; color: var(--quiet); font-weight: 600; }
#details ul { margin: 0; padding: 0; list-style: none; font-size: 0.87rem; }
.chain { display: grid; grid-template-columns: 1fr 1fr; gap: 0 2rem; }
dl.fields { display: flex; flex-wrap: wrap; gap: 0.1rem 1.6rem; font-size: 0.87rem; }
dl.fields div { display: flex; gap: 0.45rem; } dl.fields dd { font-family: var(--mono-face); font-size: 0.95em; }
#state { font-size: 0.87rem; min-height: 19.5rem; }
table.state th[scope="row"] { font-weight: 400; width: 9rem; white-space: nowrap; font-size: 1em; }
table.state { table-layout: fixed; margin: 0.2rem 0; } table.state th:first-child { width: 9rem; }
table.state td, table.state th { padding-top: 0.12rem; padding-bottom: 0.12rem; font-variant-numeric: tabular-nums; }
dl.others { margin: 0.2rem 0; grid-template-columns: 9rem 1fr; column-gap: 0; }
.changed { font-weight: 650; } .changed::after { content: " \\25C2 changed"; font-weight: 400; color: var(--highlight); font-size: 0.87em; white-space: nowrap; }
td.role-primary { color: var(--role-primary); } td.role-backup { color: var(--role-backup); } td.role-solo { color: var(--role-solo); } td.role-suspect, td.role-tas-wait, td.role-going-live { color: var(--role-going); } td.role-halted { color: var(--role-halted); } td.role-down { color: var(--fault); }
.consoles tr.now td { background: var(--wash); } .consoles tr.now td.time { box-shadow: inset 3px 0 var(--highlight); }
.notice-quiet { font-size: 0.87rem; color: var(--unknown); }
dl.help { grid-template-columns: max-content 1fr; } dialog { max-width: 40rem; } dialog form { margin: 0.6rem 0 0 -0.3rem; }
.legend i { font-style: normal; font-weight: 700; margin-right: 0.3em; }
.chart { width: 100%; min-height: 172px; touch-action: pan-y; }
.chart canvas { display: block; cursor: crosshair; }
.empty { color: var(--quiet); padding: 0.5rem 0; }
#cursor { position: absolute; top: 0; bottom: 0; width: 0; border-left: 1px solid var(--quiet); pointer-events: none; }
#cursor span { position: absolute; top: -1.1rem; left: 0.3rem; font-size: 0.78rem; color: var(--ink); background: var(--paper); white-space: nowrap; font-variant-numeric: tabular-nums; }
#cursor.left span { left: auto; right: 0.3rem; }
.keys { font-size: 0.87em; color: var(--quiet); }
kbd { font: inherit; font-family: var(--mono-face); font-size: 0.87em; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.1rem 1.5rem; margin: 0.5rem 0; }
dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
.parameters { columns: 22rem 3; column-gap: 2.5rem; }
.parameters dl { display: block; margin: 0; }
.parameters div { display: flex; justify-content: space-between; gap: 1rem; break-inside: avoid; font-size: 0.87em; }
.parameters dd { text-align: right; }
footer { margin-top: 3rem; color: var(--quiet); font-size: 0.87em; }
#vg-tooltip-element { font: inherit; font-size: 0.85rem; color: var(--ink); background: var(--paper); border: 1px solid var(--line); box-shadow: none; }
#vg-tooltip-element table tr td.key { color: var(--quiet); }
@media (max-width: 60rem) { body { padding: 1.25rem 1rem 3rem; } figcaption .legend, .legend .keys { margin-left: 0; } .chain { grid-template-columns: 1fr; } }
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  button, #cursor, .keys { display: none; }
  /* Canvases drawn for the dark page are turned over for paper. */
  .dark-charts canvas { filter: invert(1) hue-rotate(180deg); }
  h2 { break-after: avoid; } tr { break-inside: avoid; }
}
`;
