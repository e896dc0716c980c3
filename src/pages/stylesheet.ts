// The stylesheet of all pages. A page is a door (one question, in a panel) or a room (the account page).
// A deployment has its door as an arch in a wall, or plain. It uses system fonts and loads nothing.
//
// A button that decides something ignores clicks for its first 0.7 seconds (`arm`). Otherwise the
// second half of a double click on the previous page could allow a request that nobody has read.
// Keyboard input is not affected.

import { accentOn, surfaceOn } from './accent.ts'
import { day, night, type Palette } from './palette.ts'

/** Whether a page of one question is an arched door in a wall, or a plain panel. */
export type Shape = 'arch' | 'plain'

/**
 * Returns the stylesheet of all pages. `accentColour` is #rrggbb; any other text gives the default.
 */
export function stylesheet(accentColour: string, shape: Shape = 'arch'): string {
  const sheet = `:root{color-scheme:light dark;${variables(day, accentColour, day.wall)}}
@media (prefers-color-scheme:dark){:root{${variables(night, accentColour, night.panel)}}}
${rules}${shape === 'arch' ? arch : ''}${conditions}`
  return sheet.replaceAll(/\n */g, '').replaceAll(';}', '}')
}

/** `ground` is the background with the least contrast to the accent. */
function variables(palette: Palette, accentColour: string, ground: string): string {
  const surface = surfaceOn(accentColour, ground)
  const colours = {
    ...palette,
    accent: accentOn(accentColour, ground).colour,
    brand: surface.colour,
    'on-brand': surface.text,
    'brand-edge': surface.edge,
    'brand-hover': surface.hover,
  }
  return Object.entries(colours)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(';')
}

const rules = `
*,::before,::after{box-sizing:border-box}
html{
  font:100%/1.55 system-ui,'Segoe UI',Roboto,sans-serif;
  -webkit-text-size-adjust:100%;
  background:var(--wall);color:var(--ink);accent-color:var(--brand-edge);
}
body{margin:0;min-height:100svh;overflow-wrap:anywhere}
h1{margin:0 0 .5rem;font-size:1.75rem;font-weight:600;line-height:1.2;letter-spacing:-.01em;text-wrap:balance;hyphens:auto}
h2{margin:0 0 .5rem;font-size:1rem;font-weight:600;line-height:1.4}
section h2{margin-bottom:1rem;font-size:1.125rem}
p,ul{margin:0 0 1rem}
a{color:var(--accent);text-underline-offset:.2em}
pre{margin:0 0 1rem;padding:.75rem 1rem;white-space:pre-wrap;background:var(--wall);border:1px solid var(--hairline);border-radius:.375rem}
h3{margin:0 0 .5rem;font-size:1rem;font-weight:600}
article+article{margin-top:1.5rem;padding-top:1.5rem;border-top:1px solid var(--hairline)}
dl{margin:0 0 1rem}
dd{margin:0 0 .5rem;color:var(--quiet);font-size:.875rem}
code{font:.9375em/1.4 ui-monospace,Menlo,Consolas,monospace}
.lead{font-size:1.0625rem;text-wrap:pretty}
.hint,.reference,.or,footer,.whoami{color:var(--quiet);font-size:.875rem}
.name,.place{font-weight:600}
.hint .name,.hint .place,.whoami .name{color:var(--ink)}

.brand{display:flex;align-items:center;gap:.75rem;font-size:1.0625rem;line-height:1.3}
.brand img{max-width:10rem;height:2.5rem;object-fit:contain}
.app{width:2rem;height:2rem;margin-inline-end:.5rem;object-fit:contain;vertical-align:middle;border-radius:.25rem}
.mark{flex:none;width:1.75rem;height:2.1875rem;color:var(--accent)}
.mark .light{opacity:.2}
.mark .leaf{transform:scaleX(.62);transform-origin:9px 0}

.door{
  display:flex;flex-direction:column;align-items:center;justify-content:center;
  padding:2.75rem 1.5rem 1.5rem;
}
.door main{
  position:relative;width:100%;max-width:27rem;padding:2.5rem 1.5rem 2rem;
  background:var(--panel);border:1px solid var(--hairline);border-radius:.75rem;
  box-shadow:0 1rem 2.5rem -1.5rem rgb(0 0 0/.25);
}
.door .brand{flex-direction:column;gap:.5rem;margin-bottom:2rem;padding:0 2rem;text-align:center}
.door .mark{width:2.5rem;height:3.125rem}

.room header,.room main,.room footer{width:100%;max-width:46rem;margin:0 auto;padding:0 1.25rem}
.room header{display:flex;align-items:center;justify-content:space-between;gap:1rem;padding-block:1.25rem}
.room main{padding-block:1.5rem 2rem}
.room h1{font-size:2.125rem}
.parts{width:100%;max-width:46rem;margin:0 auto;padding:0 1.25rem}
.parts a{display:none;padding:.5rem .75rem;font-size:.9375rem;hyphens:auto;border-radius:.375rem;color:inherit;text-decoration:none}
.parts a:first-child{display:inline-block;margin-inline-start:-.75rem;color:var(--accent)}
.parts a:first-child::before{content:'‹ '/''}
.parts a:hover{background:color-mix(in srgb,var(--ink) 7%,transparent)}
.cards{display:grid;gap:1rem;margin:1.5rem 0}
.cards section{margin:0}
.cards h2{margin-bottom:.5rem}
.cards ul{padding:0;list-style:none}
.cards li{position:relative;display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1rem;padding:.625rem 0;border-top:1px solid var(--hairline)}
.cards li:first-child{border-top:0}
.cards li:last-child{padding-bottom:0}
.cards .name{font-weight:400}
.cards a::after{content:'';position:absolute;inset:0}
section{margin:1.25rem 0;padding:1.25rem;background:var(--panel);border:1px solid var(--hairline);border-radius:.5rem}
section>.alert:first-child{margin-top:0}
section>:last-child,section form>:last-child,.entries>:last-child>:last-child,.field>:last-child,.alert>:last-child{margin-bottom:0}

.door section{margin:0;padding:0;background:none;border:0}
.door section h2{display:none}

form{display:grid;gap:1.125rem;margin:1.5rem 0 0}
form+form,.button+form,.or+form{margin-top:.75rem}
form:has(>.quiet,>.by){gap:.75rem}
section form,.room header form{margin:0}
section form+form{margin-top:1rem;padding-top:1rem;border-top:1px solid var(--hairline)}
label{display:block;margin-bottom:.375rem;font-size:.9375rem;font-weight:600}
fieldset{margin:0;padding:0;border:0}
legend{margin-bottom:.5rem;padding:0}
.choice{display:flex;align-items:flex-start;gap:.75rem;margin:0;padding:.5rem 0;font-weight:400}
.choice input:is([type=checkbox],[type=radio]){flex:none;width:1.25rem;min-height:1.25rem;margin:.125rem 0}
.choice .hint{display:block}
input:not([type=hidden]){
  display:block;width:100%;min-height:3rem;padding:.625rem .875rem;
  font:inherit;color:inherit;background:transparent;border:1px solid var(--edge);border-radius:.375rem;
}
input[aria-invalid]{border-color:var(--danger)}
.field .hint,.error{margin-top:.375rem}
.error{color:var(--danger);font-size:.875rem;font-weight:600}
.field:has(.show){display:grid;grid-template-columns:1fr auto}
.field:has(.show)>:not(label,.show){grid-column:1/3}
.field .show{grid-area:1/2;align-self:end;min-height:1.5rem;margin-bottom:.25rem;font-size:.875rem}
.links{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:1rem 0 0;font-size:.9375rem}
.links a{padding-block:.25rem}
[hidden]:not([type=hidden]){display:none}
.unseen{position:absolute;inset-inline-start:-100vw;width:1px;height:1px;overflow:hidden}
.code,.usercode{font-family:ui-monospace,Menlo,Consolas,monospace;letter-spacing:.15em;text-transform:uppercase}
.usercode{padding:1rem;font-size:1.5rem;text-align:center;border:1px dashed var(--edge);border-radius:.375rem}
.narrow{max-width:24rem}
.qr{display:block;width:13rem;max-width:100%;margin:0 0 1rem}
.codes{columns:8rem 2;max-width:20rem;padding:0;list-style:none;font-size:1.125rem}
.row{display:flex;flex-wrap:wrap;align-items:center;justify-content:space-between;gap:1rem}
.row p{flex:1 1 18rem;margin:0}
.row button{width:auto}
.older{display:inline-block;margin-top:1rem;padding:.25rem 0}

button,.button{
  display:flex;align-items:center;justify-content:center;width:100%;min-height:3rem;padding:.625rem 1rem;
  font:inherit;font-weight:600;line-height:1.3;text-align:center;text-decoration:none;cursor:pointer;
  color:var(--on-brand);background:var(--brand);border:1px solid var(--brand-edge);border-radius:.375rem;
}
button[name=decision]{animation:arm .7s}
button:hover,.button:hover{background:var(--brand-hover)}
button:disabled{cursor:default;opacity:.5}
.quiet,.small,.entries button{font-weight:500}
.quiet,.small,.entries button,.danger{color:var(--ink);background:transparent;border-color:var(--edge)}
.quiet:hover,.small:hover,.entries button:hover{background:color-mix(in srgb,var(--ink) 7%,transparent)}
.small,.entries button{flex:none;width:auto;max-width:100%;min-height:2.5rem;padding:.375rem .875rem;font-size:.9375rem}
.by{gap:.75rem;font-weight:500;color:var(--by);background:var(--of);border-color:var(--rim)}
.by:hover{background:color-mix(in srgb,var(--of) 92%,var(--by))}
.by svg{flex:none;width:1.25rem;height:1.25rem}
.google{--by:#1f1f1f;--of:#fff;--rim:#747775}
.microsoft{--by:#5e5e5e;--of:#fff;--rim:#8c8c8c}
.apple{--by:#fff;--of:#000;--rim:#000}
.github{--by:var(--ink);--of:transparent;--rim:var(--edge)}
@media (prefers-color-scheme:dark){
  .google{--by:#e3e3e3;--of:#131314;--rim:#8e918f}
  .microsoft{--by:#fff;--of:#2f2f2f;--rim:#2f2f2f}
  .apple{--by:#000;--of:#fff;--rim:#fff}
}
.danger{color:var(--danger);border-color:currentColor}
.danger:hover{color:var(--panel);background:var(--danger)}
.link{width:auto;min-height:1.75rem;padding:0;border:0;font-weight:400;color:var(--accent);background:none;text-decoration:underline;text-underline-offset:.2em}
.link:hover{color:var(--ink);background:none}
.button{margin-top:1.5rem}
form .button{margin-top:0}
.actions{display:flex;flex-wrap:wrap;gap:.75rem}
.actions>*{flex:1 1 40%;width:auto;min-width:fit-content}
.actions+.hint{margin:0}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
main:focus{outline:none}

.alert,.notice{margin:1.25rem 0;padding:.75rem 1rem;border-inline-start:4px solid var(--danger);border-radius:.25rem;background:var(--danger-wash)}
.alert a{color:inherit}
.notice{border-color:var(--accent);background:var(--notice-wash)}
.or{display:flex;align-items:center;gap:1rem;margin:1.5rem 0 0}
.or::before,.or::after{content:'';flex:1;height:1px;background:var(--hairline)}
.whoami{display:flex;flex-wrap:wrap;align-items:center;justify-content:space-between;gap:.25rem 1rem;padding-top:1rem;border-top:1px solid var(--hairline)}
.scopes{padding:0;list-style:none}
.scopes li{position:relative;padding-block:.25rem;padding-inline-start:1.5rem}
.scopes li::before{content:'';position:absolute;inset-inline-start:.25rem;top:.7rem;width:.5rem;height:.75rem;border-radius:.25rem .25rem 0 0;background:var(--accent)}
.entries{padding:0;list-style:none}
.entries>li{display:flex;align-items:flex-start;justify-content:space-between;gap:1rem;padding:1rem 0;border-top:1px solid var(--hairline)}
.entries>li:first-child{padding-top:.25rem;border-top:0}
.entries>li:last-child{padding-bottom:0}
.entries .hint{margin:0}
.entries .scopes{margin:.5rem 0 0;line-height:1.4;color:var(--quiet);font-size:.875rem}
.entries .scopes li::before{top:.5rem}
.badge{display:inline-block;margin-inline-start:.5rem;padding:0 .5rem;font-size:.8125rem;border:1px solid var(--accent);border-radius:1rem;color:var(--accent)}
.entries .place{display:block;font-size:.875rem;font-weight:400}
details{margin:1.5rem 0}
summary{min-height:1.75rem;cursor:pointer}
.reference{margin:1.5rem 0 0;padding-top:1rem;border-top:1px solid var(--hairline)}
footer{margin-top:2.75rem}
footer nav{display:flex;flex-wrap:wrap;justify-content:center;gap:0 .5rem;background:var(--wall);border-radius:.25rem}
footer{display:flex;flex-wrap:wrap;justify-content:center;gap:0 1.5rem}
footer :is(a,.link){display:inline-block;padding:.375rem .5rem;color:inherit;font-size:inherit}
footer [aria-current]{text-decoration:none;font-weight:600}
`

/** The door in its wall. */
const arch = `
h1,.brand{font-family:'Iowan Old Style','Palatino Linotype',Palatino,P052,'URW Palladio L',ui-serif,Georgia,serif}
.door{
  background:
    radial-gradient(circle at 50% 24rem,transparent 16rem,var(--wall) 44rem),
    linear-gradient(var(--joint) 2px,transparent 2px) 50% 0/100% 4rem,
    conic-gradient(at 2px 4rem,transparent 75%,var(--joint) 0) 50% 0/9rem 8rem,
    conic-gradient(at 2px 4rem,transparent 75%,var(--joint) 0) calc(50% + 4.5rem) 4rem/9rem 8rem;
}
.door main{
  border-radius:50% 50% 0 0/5.5rem 5.5rem 0 0;
  box-shadow:0 0 0 .75rem var(--surround),0 2rem 3rem -1rem rgb(0 0 0/.25);
}
.door main::before{
  content:'';position:absolute;top:-1.125rem;left:50%;width:2.25rem;height:1.5rem;margin-left:-1.125rem;
  background:var(--stone);clip-path:polygon(0 0,100% 0,82% 100%,18% 100%);
}
.door main::after{
  content:'';position:absolute;top:calc(100% + .75rem);left:50%;width:calc(100% + 2rem);height:.75rem;
  transform:translateX(-50%);background:var(--stone);border-radius:2px;
}
.door footer{margin-top:4.25rem}
@media (max-width:30em),(max-height:48em){.door main{border-radius:50% 50% 0 0/2.5rem 2.5rem 0 0}}
`

const conditions = `
@media (min-width:30em){
  .door main{padding:2.75rem 2.5rem 2.5rem}
  section{padding:1.5rem}
}
@media (max-width:68em){.parts+main{padding-top:.75rem}}
@media (min-width:48em){.cards{grid-template-columns:1fr 1fr}}
@media (min-width:68em){
  .room:has(.parts){display:grid;grid-template:auto 1fr auto/17rem minmax(0,46rem);justify-content:center}
  .room:has(.parts) :is(header,footer){grid-column:1/-1;max-width:none}
  .parts{padding-top:2rem;padding-inline-end:0}
  .parts a,.parts a:first-child{display:block;margin:0;color:inherit}
  .parts a:first-child::before{display:none}
  .parts [aria-current]{font-weight:600;background:var(--panel)}
}
@media (max-width:24em){.room .entries>li{flex-direction:column}}
@media (max-width:30em),(max-height:48em){
  .door{justify-content:start;padding:1.375rem 1rem 1rem}
  .door main{padding:1rem 1.375rem 1.5rem}
  .door .brand{flex-direction:row;justify-content:center;margin-bottom:.5rem}
  .door .mark{width:1.5rem;height:1.875rem}
  .door h1{margin-bottom:.25rem;font-size:1.5rem}
  .door .lead{font-size:1rem}
  .door label{margin-bottom:.25rem}
  .door p,.door ul{margin-bottom:.625rem}
  .door :is(.alert,.notice){margin-block:.75rem}
  .door form{gap:.75rem;margin-top:.75rem}
  .door .scopes li{padding-block:.125rem;line-height:1.4}
  .door .scopes li::before{top:.45rem}
}
@media (max-width:30em){.room h1{font-size:1.625rem}}
@media (prefers-reduced-motion:no-preference){
  button,.button{transition:background-color .15s,color .15s}
  .mark .leaf{animation:open .7s .15s ease-out backwards}
}
@keyframes open{from{transform:none}}
@keyframes arm{from,to{pointer-events:none}}
@media (prefers-contrast:more){:root{--quiet:var(--ink);--hairline:var(--edge)}.door{background:none}}
@media (forced-colors:active){
  .door{background:none}
  .door main::after,.scopes li::before{border:1px solid CanvasText}
  .door main::before{display:none}
  .mark{color:CanvasText}
}
@media print{.door{background:none}.door main{box-shadow:none}}
`
