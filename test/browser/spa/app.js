// The page: shows who is signed in, and lets them sign in, renew their access, and sign out.
import { ask, userManager } from './sign-in.js'

const element = (id) => document.getElementById(id)
let renewals = 0

function show(user, status) {
  element('status').textContent = status
  element('signed-out').hidden = user !== null
  element('signed-in').hidden = user === null
  if (user === null) return
  const { name, email, sub } = user.profile
  const expires = new Date(user.expires_at * 1000)
  element('name').textContent = name
  element('email').textContent = email
  element('subject').textContent = sub
  element('scope').textContent = user.scope
  element('acr').textContent = user.profile.acr
  element('expires').textContent = expires.toLocaleTimeString()
  element('expires').dateTime = expires.toISOString()
  element('renewals').textContent = renewals
}

// What the issuer says now, where the facts above are those of the sign-in.
async function askWho() {
  const [user, { userinfo_endpoint: url }] = await Promise.all([
    userManager.getUser(),
    userManager.metadataService.getMetadata(),
  ])
  const answer = await ask(url, user)
  const { name } = answer.ok ? await answer.json() : { name: `an error, ${answer.status}` }
  element('status').textContent = `The issuer says: ${name}`
}

function renew() {
  return userManager.signinSilent().catch(explain)
}

// Only an answer of the issuer ends the access; without one, the tokens are as good as before.
async function explain(error) {
  if (!(error instanceof oidc.ErrorResponse)) {
    element('status').textContent = `Your access could not be renewed: ${error.message}`
    return
  }
  await userManager.removeUser()
  show(null, 'Your access has ended. Please sign in again.')
}

userManager.events.addUserLoaded((user) => {
  renewals += 1
  show(user, 'You are signed in.')
})
userManager.events.addSilentRenewError(explain)

element('sign-in').addEventListener('click', () => userManager.signinRedirect())
// Something that needs a second factor comes next: whoever has proved one already is not asked again.
element('step-up').addEventListener('click', () =>
  userManager.signinRedirect({ acr_values: 'urn:postern:acr:2' }),
)
element('sign-out').addEventListener('click', () => userManager.signoutRedirect())
element('renew').addEventListener('click', renew)
element('ask').addEventListener('click', () => {
  askWho().catch((error) => {
    element('status').textContent = `The issuer could not be asked: ${error.message}`
  })
})

const user = await userManager.getUser()
if (user === null) show(null, 'You are signed out.')
else if (user.expired) await renew()
else show(user, 'You are signed in.')
