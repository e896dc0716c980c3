// The question to somebody whose account is about to be deleted: whether to keep it.

import { fill } from './fill.ts'
import { type Form, PostForm } from './form.tsx'
import { Day } from './instant.tsx'
import { type Frame, renderDocument } from './layout.tsx'
import { textsIn } from './texts.ts'
import { type ShownUser, UserName } from './user.tsx'

type RestoreProps = {
  form: Form
  user: ShownUser
  /** NumericDate seconds. */
  deleteAt: number
}

/** Renders the question. Posts `decision`: `allow` keeps the account, `deny` signs out. */
export function restorePage(frame: Frame, { form, user, deleteAt }: RestoreProps): string {
  const texts = textsIn(frame.language)
  const { title, text, keep } = texts.restore
  return renderDocument({
    frame,
    title,
    children: (
      <>
        <h1>{title}</h1>
        <p class="lead">{fill(texts.signedInAs, { user: <UserName user={user} /> })}</p>
        <p>{fill(text, { date: <Day language={frame.language} at={deleteAt} /> })}</p>
        <PostForm form={form}>
          <div class="actions">
            <button name="decision" value="allow">
              {keep}
            </button>
            <button name="decision" value="deny" class="quiet">
              {texts.signOut}
            </button>
          </div>
        </PostForm>
      </>
    ),
  })
}
