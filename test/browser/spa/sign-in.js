// What both pages share: the one object that speaks OAuth and OpenID Connect for them. The endpoints
// come from the issuer's discovery document; code flow, PKCE, state and nonce are its defaults.
const { issuer, clientId } = await (await fetch('settings.json')).json()

export const userManager = new oidc.UserManager({
  authority: issuer,
  client_id: clientId,
  redirect_uri: new URL('callback.html', location.origin).href,
  post_logout_redirect_uri: new URL('/', location.origin).href,
  // offline_access: the refresh token outlives the browser session at the issuer.
  scope: 'openid profile email offline_access',
  loadUserInfo: true,
  // Once with a refresh token, a minute before the access token ends; no hidden frame, no cookie.
  automaticSilentRenew: true,
  revokeTokensOnSignout: true,
})
