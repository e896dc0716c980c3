// OAuth 2.0 Form Post Response Mode: the authorization response as a form that posts itself to the
// client.

import { type Form, PostForm } from './form.tsx'
import { type Frame, renderDocument } from './layout.tsx'
import { textsIn } from './texts.ts'

/**
 * Renders the form. `form.action` is the verified redirect_uri, `form.hidden` the response
 * parameters.
 */
export function formPostPage(frame: Frame, form: Form): string {
  const texts = textsIn(frame.language)
  return renderDocument({
    frame,
    title: texts.formPost.title,
    scripts: ['formPost'],
    children: (
      <>
        <h1>{texts.formPost.title}</h1>
        <p class="lead">{texts.formPost.hint}</p>
        <PostForm form={form}>
          <button>{texts.formPost.submit}</button>
        </PostForm>
      </>
    ),
  })
}
