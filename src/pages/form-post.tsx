// OAuth 2.0 Form Post Response Mode: the answer to an authorization request as a form that posts
// itself to the client.

import { type Form, PostForm } from './form.tsx'
import { type Frame, renderDocument } from './layout.tsx'
import { textsIn } from './texts.ts'

/**
 * The only script of any page, to be allowed in this page's CSP by its SHA-256 hash. Taken from the
 * prototype because an input named `submit` would hide the form's own method.
 */
export const formPostScript = 'HTMLFormElement.prototype.submit.call(document.forms[0])'

/** `form.action` is the proved redirect_uri, `form.hidden` the response parameters. */
export function formPostPage(frame: Frame, form: Form): string {
  const texts = textsIn(frame.language)
  return renderDocument({
    frame,
    title: texts.formPost.title,
    children: (
      <>
        <h1>{texts.formPost.title}</h1>
        <p class="lead">{texts.formPost.hint}</p>
        <PostForm form={form}>
          <button>{texts.formPost.submit}</button>
        </PostForm>
        <script>{formPostScript}</script>
      </>
    ),
  })
}
