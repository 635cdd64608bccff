/** Shared by all pages: light and dark by the reader's setting, readable on paper, nothing fetched from anywhere. */
export const STYLE = `
:root { color-scheme: light dark; --bg: #fff; --fg: #1c2024; --dim: #60646c; --line: #d9d9e0; --soft: #f4f5f7; --red: #c62a2f; --redsoft: #fdeaea; --green: #2a7e3b; --amber: #9a6700; --amberbg: #fff4d6; --blue: #0b68cb; --violet: #6e56cf; }
@media (prefers-color-scheme: dark) { :root { --bg: #111315; --fg: #edeef0; --dim: #a1a7b0; --line: #33373d; --soft: #1b1e22; --red: #ff8f8f; --redsoft: #391a1c; --green: #6fce83; --amber: #f1c04d; --amberbg: #33290c; --blue: #70b8ff; --violet: #baa7ff; } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem 1.25rem 4rem; background: var(--bg); color: var(--fg); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .35rem } h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem } h3 { font-size: .95rem; margin: 1.2rem 0 .4rem }
code, pre, .mono { font: 12.5px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; } a { color: var(--blue) }
p { margin: .35rem 0 } .dim { color: var(--dim) } .right { text-align: right } .nowrap { white-space: nowrap }
pre { margin: .3rem 0; padding: .6rem .75rem; background: var(--soft); border-radius: 6px; overflow-x: auto; white-space: pre; tab-size: 4; max-height: 28rem }
pre.wrap { white-space: pre-wrap; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100%; font-size: .87rem } th, td { text-align: left; padding: .28rem .6rem .28rem 0; border-bottom: 1px solid var(--line); vertical-align: top } th { font-weight: 600; color: var(--dim); white-space: nowrap } .scroll { overflow-x: auto }
td { overflow-wrap: break-word } td code:not(.nowrap) { overflow-wrap: anywhere }
.badge { display: inline-block; min-width: 6.6em; padding: 0 .5em; border-radius: 4px; border: 1px solid currentColor; font-size: .78rem; line-height: 1.5; font-weight: 600; text-align: center; white-space: nowrap }
.passed, .identical, .ok { color: var(--green) } .failed, .different { color: var(--red) } .flaky, .equivalent, .expired { color: var(--amber) } .indeterminate, .accepted { color: var(--violet) } .not-covered { color: var(--red) } .skipped, .not-compared, .not-run, .not-tested, .not-in-this-run { color: var(--dim) }
.verdict { border-left: 5px solid currentColor; padding: .2rem 0 .2rem .9rem; margin: 0 0 1rem } .verdict > * { color: var(--fg) } .verdict h1 { color: inherit }
.counts { display: flex; flex-wrap: wrap; gap: .3rem 1.3rem; margin: .5rem 0 } .counts b { font-variant-numeric: tabular-nums }
.filters { position: sticky; top: 0; z-index: 2; display: flex; flex-wrap: wrap; gap: .5rem .9rem; align-items: center; padding: .6rem 0; background: var(--bg); border-bottom: 1px solid var(--line) }
.filters input[type=search] { flex: 1 1 14rem; min-width: 10rem } .filters label { white-space: nowrap }
input[type=search], select, button { font: inherit; color: inherit; background: var(--bg); border: 1px solid var(--line); border-radius: 6px; padding: .25rem .6rem } button { cursor: pointer }
:focus-visible { outline: 2px solid var(--blue); outline-offset: 2px }
details.run { border-bottom: 1px solid var(--line); scroll-margin-top: 4rem } details.run > summary { display: grid; grid-template-columns: 7.2rem 1fr auto; gap: .3rem .7rem; align-items: baseline; padding: .45rem .2rem; cursor: pointer; list-style: none }
details.run > summary::-webkit-details-marker { display: none } details.run > summary:hover { background: var(--soft) } details.run[open] > summary { background: var(--soft) }
details.run > summary .where { color: var(--dim); font-size: .82rem } details.run > summary .why { display: block; color: var(--red); font-size: .85rem; overflow-wrap: anywhere } details.run[open] > summary .why { display: none } details.run > div { padding: .2rem .4rem 1.2rem 8.1rem } .parity details.run > div { padding-left: .4rem }
@media (max-width: 48rem) { details.run > div { padding-left: .4rem } details.run > summary { grid-template-columns: 1fr } }
details > summary { cursor: pointer } details.sub { margin: .2rem 0 } details.sub > summary { color: var(--blue); font-size: .87rem }
.error { margin: .5rem 0; padding: .6rem .8rem; border-radius: 6px; background: var(--redsoft) } .error pre { background: none; padding: 0; margin: 0 } .error .dim { margin-top: .35rem }
ol.steps { list-style: none; margin: .3rem 0; padding: 0 } ol.steps > li { display: grid; grid-template-columns: 1.4rem 1fr auto; gap: .1rem .4rem; padding: .18rem 0 } ol.steps .extra { grid-column: 2 / -1 }
.axis { margin: .3rem 0 .6rem } .axis svg { display: block; width: 100%; min-width: 40rem; height: auto; font: 11px ui-monospace, monospace } .axis text { fill: var(--fg) } .axis .grid { stroke: var(--line) } .axis .tick { fill: var(--dim) }
.axis .bar { fill: var(--blue) } .axis .bar.waiting { fill: var(--amber) } .axis .bar.failed { fill: var(--red) } .axis .bar.pending { fill: var(--violet) } .axis .bar.discarded { fill: var(--dim) } .axis .link { stroke: var(--dim); fill: none }
.side { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem } .side > div { min-width: 0 } mark { background: var(--amberbg); color: inherit }
.sign { margin-top: 3rem; display: grid; grid-template-columns: 2fr 1fr 2fr; gap: 2.2rem } .sign.conditions { grid-template-columns: 1fr } .sign div { border-top: 1px solid var(--fg); padding-top: .25rem; font-size: .85rem }
[hidden], .no-clipboard .copy { display: none !important }
@media print {
  @page { size: A4; margin: 16mm 14mm }
  :root { color-scheme: light; --bg: #fff; --fg: #000; --dim: #444; --line: #bbb; --soft: #f4f5f7; --red: #a1161b; --redsoft: #fdeaea; --green: #1d6330; --amber: #7a5200; --amberbg: #fff4d6; --blue: #000; --violet: #4f3ea8 }
  html { font-size: 10px } body { max-width: none; padding: 0; font-size: 10px; print-color-adjust: exact } code, pre, .mono { font-size: 8.5px } th, td { padding-right: .4rem }
  .filters, .noprint, .axis { display: none } a { color: inherit; text-decoration: none }
  h1, h2, h3, summary { break-after: avoid } tr, .signing, .verdict { break-inside: avoid } thead { display: table-header-group }
  pre { white-space: pre-wrap; max-height: none } details.run:not([open]) { display: none } th { white-space: normal }
}
`;
