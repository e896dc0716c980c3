// Where the issuer sends the browser back to: proves the answer, fetches the tokens, and goes home.
import { userManager } from './sign-in.js'

try {
  await userManager.signinRedirectCallback()
  location.replace('/')
} catch (error) {
  document.querySelector('h1').textContent = 'Not signed in'
  document.querySelector('#status').textContent = error.message
}
