// The scripts of the pages. Each page works without them. A page's policy allows those that the page
// contains, by their hashes.

import { raw } from 'hono/html'
import { passkeyScript } from './passkey-script.ts'

/** What each script does is said where a page uses it. */
export const scripts = {
  /**
   * Posts the only form of a page. It calls the prototype's method, because an input named `submit`
   * would hide the form's own.
   */
  formPost: 'HTMLFormElement.prototype.submit.call(document.forms[0])',
  passkey: passkeyScript,
  /**
   * Lets people see the password that they type; without it the button is absent. The field hides the
   * password again when it is sent, so that no browser keeps it among ordinary inputs.
   */
  showPassword: `for(const b of document.querySelectorAll('.show')){
let i=b.previousElementSibling,t='text'
b.onclick=()=>{[i.type,t]=[t,i.type];[b.textContent,b.value]=[b.value,b.textContent]}
b.form.addEventListener('submit',()=>{if(i.type=='text')b.click()})
b.hidden=0}`,
  /**
   * Shows the end of a wait by the person's own clock, and lets the button be pressed after it, or at
   * once for another name.
   */
  wait: `for(const t of document.querySelectorAll('time[data-wait]')){
const b=document.querySelector('main form button:disabled'),live=()=>{b.disabled=false}
t.textContent=new Date(t.dateTime).toLocaleTimeString(document.documentElement.lang,{hour:'numeric',minute:'2-digit'})
if(b){setTimeout(live,t.dataset.wait*1000);document.getElementById('username')?.addEventListener('input',live)}}`,
} as const

export type ScriptName = keyof typeof scripts

/** One of the scripts, at the end of a page. */
export function Script({ name }: { name: ScriptName }) {
  return <script>{raw(scripts[name])}</script>
}
