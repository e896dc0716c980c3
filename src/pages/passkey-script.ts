// The script of the pages that ask for a passkey. Without it, or without WebAuthn, their button is
// absent and everything else works.

/**
 * Shows the button; asks the browser with the options of the page, by the button, or without it where the
 * browser can (conditional mediation), and posts its answer. Tells the sign-in page's form whether this
 * device could hold a passkey, and the browser which passkeys are no longer stored. It encodes by itself,
 * because not every browser and password manager has the methods for JSON.
 */
export const passkeyScript = `(async()=>{
const P=window.PublicKeyCredential,id=i=>document.getElementById(i),json=i=>id(i)&&JSON.parse(id(i).textContent),
bytes=t=>Uint8Array.from(atob(t.replace(/-/g,'+').replace(/_/g,'/')),c=>c.charCodeAt()),
text=b=>btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\\+/g,'-').replace(/\\//g,'_').replace(/=/g,'')
if(!P)return
const s=json('passkey-signal'),o=json('passkey-options'),b=id('passkey-button')
if(s)P[s.userId?'signalAllAcceptedCredentials':'signalUnknownCredential']?.(s).catch(()=>{})
if(!o)return
const f=b.form,e=f.elements,u=o.user
o.challenge=bytes(o.challenge)
if(u)u.id=bytes(u.id)
for(const c of o.excludeCredentials||[])c.id=bytes(c.id)
let a
const ask=async mediation=>{
a?.abort()
a=new AbortController
try{
const c=await navigator.credentials[u?'create':'get']({publicKey:o,mediation,signal:a.signal}),r=c.response,v={transports:r.getTransports?.()}
for(const k of['clientDataJSON','attestationObject','authenticatorData','signature','userHandle'])if(r[k])v[k]=text(r[k])
e.passkey.value=JSON.stringify({id:c.id,rawId:c.id,type:c.type,response:v})
if(mediation&&e.mediation)e.mediation.value=mediation
f.submit()
}catch(x){if(x.name=='InvalidStateError')id('passkey-here').hidden=false}}
b.onclick=()=>ask()
b.hidden=false
const C=await P.getClientCapabilities?.()||{}
if(e.webauthn&&await P.isUserVerifyingPlatformAuthenticatorAvailable())e.webauthn.value=1
if(u?e.mediation&&C.conditionalCreate:C.conditionalGet??await P.isConditionalMediationAvailable?.())ask('conditional')
})()`
