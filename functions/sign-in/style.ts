/** The panel's colours and shapes, as far as these pages need them. */
export const style = `
:root { color-scheme: light dark;
  --ground: light-dark(#f6f6f3, #121316); --surface: light-dark(#fff, #191b1f); --line: light-dark(#e3e3dd, #2a2d33);
  --edge: light-dark(#84857f, #72777f); --ink: light-dark(#1b1c1e, #ececea); --ink-2: light-dark(#53565b, #b0b4ba);
  --on-ink: light-dark(#fff, #16171a); --ink-hover: light-dark(#37393d, #fff); --focus: light-dark(#1d55b8, #8fb6ff);
  --bad: light-dark(#a8231c, #ff9d92); --bad-tint: light-dark(#fcebe8, #341c1a) }
* { box-sizing: border-box; margin: 0 }
body { background: var(--ground); color: var(--ink);
  font: 400 .875rem/1.45 -apple-system, "Segoe UI Variable Text", "Segoe UI", Roboto, Inter, "Noto Sans", Arial, sans-serif }
.alone { display: grid; place-content: center; grid-template-columns: minmax(0, 25rem); gap: 1.5rem; min-height: 100vh; padding: 1rem }
.logo { display: flex; align-items: center; gap: .5rem; font-size: 1rem; font-weight: 600; letter-spacing: -.015em }
.logo svg { width: 1.375rem; height: 1.375rem; fill: none }
.card { overflow: hidden; border: 1px solid var(--line); border-radius: 8px; background: var(--surface) }
.card > * { padding: 1rem 1.25rem }
.card > * + * { border-top: 1px solid var(--line) }
h1 { font-size: 1.5rem; font-weight: 600; line-height: 1.25; letter-spacing: -.011em }
form { display: grid; gap: 1.25rem }
.field { display: grid; gap: .375rem }
label { font-weight: 600 }
input { width: 100%; min-height: 2.25rem; padding: .375rem .625rem; border: 1px solid var(--edge); border-radius: 6px;
  background: var(--surface); color: inherit; font: inherit; font-size: 1rem }
input:hover { border-color: var(--ink-2) }
button { justify-self: start; min-height: 2.25rem; padding: .25rem .75rem; border: 1px solid var(--ink); border-radius: 6px;
  background: var(--ink); color: var(--on-ink); font: inherit; font-weight: 500; cursor: pointer }
button:hover { background: var(--ink-hover) }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px }
.hint { color: var(--ink-2); font-size: .8125rem }
.bad { background: var(--bad-tint); color: var(--bad); overflow-wrap: anywhere }
a { color: var(--focus) }
`;
