// The widget by which Cloudflare knows people from programs. It is the one thing on our pages that comes from elsewhere, so a
// page has it only where the operator has keys for it.

/** What it needs to know about the page. */
export type HumanWidget = { siteKey: string; action: string }

/** Where its script and its frame come from. */
export const humanCheckOrigin = 'https://challenges.cloudflare.com'

/** The element that loads it. A page's policy allows the origin if the page contains this. */
export const humanCheckScript = `<script src="${humanCheckOrigin}/turnstile/v0/api.js"`

/** The widget: it adds an input with its token to the form around it. */
export function HumanCheck({ widget }: { widget: HumanWidget }) {
  return (
    <>
      <div class="cf-turnstile" data-sitekey={widget.siteKey} data-action={widget.action} />
      <script src={`${humanCheckOrigin}/turnstile/v0/api.js`} async defer />
    </>
  )
}
