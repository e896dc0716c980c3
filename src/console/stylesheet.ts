// The stylesheet of the console, on top of that of all pages: dense where those are airy. Colours are
// the variables of the other one.
import { digestOf } from '../crypto/secret.ts'
import { once } from '../protocol/once.ts'

/** Returns the address of the stylesheet, which changes with its content. */
export const stylesheetPath = once(
  async () => `/admin/style/${(await digestOf(stylesheet)).slice(0, 12)}.css`,
)

export const stylesheet = `
.desk{font-size:.9375rem;line-height:1.5;background:var(--panel)}
.desk header,.desk main,.desk footer{padding:1rem 1.25rem}
.desk header{display:flex;flex-wrap:wrap;align-items:center;gap:.5rem 1rem;background:var(--wall);border-bottom:1px solid var(--hairline)}
.desk .brand{flex:1}
.desk h1{margin:0;font-size:1.625rem}
.desk h1:focus{outline:none}
.desk h2{margin:0 0 .5rem;font-size:1.0625rem}
.desk section{margin:2rem 0 0;padding:0;background:none;border:0}
.desk section>:last-child{margin-bottom:0}
.skip{position:absolute;left:-999rem}
.skip:focus{left:1rem;top:.5rem;z-index:1;padding:.25rem .75rem;background:var(--panel)}
.sections{order:1;display:flex;flex-wrap:wrap;gap:.125rem 0;width:calc(100% + .875rem);margin:0 -.4375rem}
.sections a{padding:.25rem .4375rem;border-radius:.375rem;color:inherit;text-decoration:none}
.sections a:hover{background:var(--surround)}
.sections a[aria-current]{color:var(--on-brand);background:var(--brand)}
.who{display:flex;flex-wrap:wrap;align-items:center;gap:.25rem .75rem;font-size:.875rem}
.who form{margin:0}
.who a{color:inherit}
.up{margin-bottom:.25rem;font-size:.875rem}
.up a::before{content:'‹ '}
.heading{display:flex;flex-wrap:wrap;align-items:center;justify-content:space-between;gap:.5rem 1rem;margin-bottom:1rem}
.deeds{display:flex;flex-wrap:wrap;align-items:center;gap:.5rem}
.desk button,.desk .button{width:auto;min-height:2.25rem;margin:0;padding:.25rem .75rem;font-size:.9375rem}
.desk button.link{min-height:1.5rem;padding:0;font-size:inherit}
.desk .deeds .button{font-weight:500}
.desk .alert,.desk .notice{margin:0 0 1rem;padding:.5rem .875rem}
.desk .editor .alert{margin:0}
.desk input:not([type=hidden],[type=checkbox]),.desk select,.desk textarea{
  width:100%;min-height:2.25rem;padding:.25rem .625rem;font:inherit;color:inherit;
  background:var(--panel);border:1px solid var(--edge);border-radius:.375rem;
}
.desk textarea{display:block;resize:vertical}
.desk label{margin-bottom:.25rem}
.desk .hint,.fault{margin:.25rem 0 0;font-size:.875rem}
.fault{color:var(--danger)}
.desk label.tick{display:flex;align-items:center;gap:.5rem;margin:0;font-weight:400}
.desk .tick input{flex:none;width:1.25rem;min-height:1.25rem;margin:0}
.editor{max-width:32rem;margin:0;gap:1rem}
.editor fieldset{display:grid;gap:.5rem}
.editor legend{font-weight:600}
.submit{display:flex;flex-wrap:wrap;gap:.5rem}
.filters{display:flex;flex-wrap:wrap;align-items:flex-end;gap:.5rem .75rem;margin:0 0 1rem}
.filters .field{flex:1 1 9rem;max-width:15rem}
.filters label{font-size:.8125rem;font-weight:400;color:var(--quiet)}
.chips{display:flex;flex-wrap:wrap;gap:.25rem;margin:0 0 1rem;padding:0;list-style:none;font-size:.875rem}
.chips a{display:block;padding:.125rem .625rem;border:1px solid var(--hairline);border-radius:1rem;color:inherit;text-decoration:none}
.chips a:hover{border-color:var(--edge)}
.chips [aria-current]{border-color:var(--accent);color:var(--accent);font-weight:600}
.desk table{width:100%;border-collapse:collapse}
.desk th,.desk td{padding:.4375rem .75rem .4375rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--hairline)}
.desk thead th{padding-block:.25rem;font-size:.8125rem;font-weight:400;color:var(--quiet)}
.desk tbody th{font-weight:400}
.desk tbody tr:hover{background:color-mix(in srgb,var(--ink) 3%,transparent)}
.desk .name{font-weight:inherit}
.desk td,.desk thead th{min-width:5.5rem}
.desk tbody th a{font-weight:600}
.desk td form,.deeds form{display:block;margin:0}
.desk td button{min-height:1.75rem;padding:0 .625rem;font-size:.875rem;font-weight:500;color:var(--ink);background:none;border-color:var(--edge)}
.desk td button:hover{background:color-mix(in srgb,var(--ink) 7%,transparent)}
.desk time{white-space:nowrap}
.sub{display:block;color:var(--quiet);font-size:.875rem}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.empty{margin:0;padding:1.25rem;text-align:center;color:var(--quiet);border:1px dashed var(--hairline);border-radius:.5rem}
.pages{display:flex;gap:1rem;margin-top:.75rem}
.desk .badge{margin:0 .25rem 0 0;padding:0 .5rem;font-size:.8125rem;white-space:nowrap;border-color:var(--edge);color:var(--quiet)}
.desk .badge.bad{border-color:var(--danger);color:var(--danger)}
.desk .badge.good{border-color:var(--accent);color:var(--accent)}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(14rem,40%),1fr));gap:.75rem 1.5rem;margin:0}
.facts dt{font-size:.8125rem;color:var(--quiet)}
.facts dd{margin:0}
.secret{display:block;margin:.5rem 0;padding:.5rem .75rem;background:var(--panel);border:1px dashed var(--edge);border-radius:.375rem;user-select:all}
.once p{margin:0}
.chart{margin:0}
.chart svg{display:block;width:100%;height:5rem;border-bottom:1px solid var(--edge)}
.chart rect{fill:var(--accent)}
.chart figcaption{display:flex;flex-wrap:wrap;gap:.25rem .75rem;margin-bottom:.5rem}
.chart figcaption b{font-size:1.125rem}
.chart figcaption span::before{content:'';display:inline-block;width:.625rem;height:.625rem;margin-right:.375rem;border-radius:.125rem;background:var(--accent)}
.chart .second::before{background:var(--danger)}
.chart rect.second{fill:var(--danger)}
.warnings{margin:0;padding-left:1.25rem}
.chart details{margin:.5rem 0 0;font-size:.875rem}
.charts{display:grid;align-items:end;gap:2rem}
@media (min-width:60em){
  .desk{display:grid;grid-template-columns:13rem minmax(0,1fr);grid-template-rows:1fr auto;background:linear-gradient(90deg,var(--wall) 13rem,var(--panel) 0)}
  .desk header{grid-row:1/3;position:sticky;top:0;flex-direction:column;flex-wrap:nowrap;align-items:stretch;gap:1.5rem;height:100vh;padding:1.25rem;overflow:auto;border:0}
  .who{margin-top:auto;flex-direction:column;align-items:flex-start}
  .desk .brand{flex:none}
  .sections{order:0;flex-direction:column;width:auto}
  .desk main{padding:1.5rem 2rem 3rem;max-width:76rem}
  .charts{grid-template-columns:repeat(3,1fr)}
}
@media (max-width:42em){
  .desk table,.desk tbody,.desk tr,.desk tbody th,.desk td{display:block}
  .desk thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
  .desk tbody tr{padding:.625rem 0;border-bottom:1px solid var(--hairline)}
  .desk tbody th,.desk tbody td{padding:.0625rem 0;border:0}
  .desk tbody td[data-label]{position:relative;padding-left:7.5rem}
  .desk td[data-label]::before{content:attr(data-label);position:absolute;left:0;color:var(--quiet);font-size:.875rem}
  .desk td button{margin-top:.25rem}
  .desk td:empty{display:none}
}
`
