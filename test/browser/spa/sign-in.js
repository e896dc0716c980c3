// What both pages share: the one object that speaks OAuth and OpenID Connect for them. The endpoints
// come from the issuer's discovery document; code flow, PKCE, state and nonce are its defaults.
const { issuer, clientId, dpop } = await (await fetch('settings.json')).json()

export const userManager = new oidc.UserManager({
  authority: issuer,
  client_id: clientId,
  redirect_uri: new URL('callback.html', location.origin).href,
  post_logout_redirect_uri: new URL('/', location.origin).href,
  // offline_access: the refresh token outlives the browser session at the issuer.
  scope: 'openid profile email offline_access',
  // The key of DPoP stays in the browser: no script can read it, so that stolen tokens are worth nothing
  // elsewhere. The library asks userinfo as with bearer tokens: with DPoP the page asks by itself.
  ...(dpop
    ? { dpop: { bind_authorization_code: true, store: new oidc.IndexedDbDPoPStore() } }
    : { loadUserInfo: true }),
  // The library would leave out how the user signed in (acr).
  filterProtocolClaims: ['nbf', 'jti', 'nonce', 'amr', 'azp', 'at_hash'],
  // Once with a refresh token, a minute before the access token ends; no hidden frame, no cookie.
  automaticSilentRenew: true,
  revokeTokensOnSignout: true,
})

/**
 * Asks an API with the user's access token. A server that wants a nonce in the proof says so in its
 * first answer (RFC 9449 9).
 */
export async function ask(url, user, method = 'GET') {
  const headers = { Authorization: `${user.token_type} ${user.access_token}` }
  if (!dpop) return fetch(url, { method, headers })
  const send = async (nonce) => {
    const proof = await userManager.dpopProof(url, user, method, nonce)
    return fetch(url, { method, headers: { ...headers, DPoP: proof } })
  }
  const answer = await send()
  const isAskedForNonce = answer.headers.get('WWW-Authenticate')?.includes('use_dpop_nonce')
  return isAskedForNonce ? send(answer.headers.get('DPoP-Nonce')) : answer
}
