// prompt=select_account: continue as the signed-in user, or use another account (OpenID Connect
// Core 3.1.2.1).

import { type ShownClient, ToClient } from './client.tsx'
import { fill } from './fill.ts'
import { type Form, PostForm } from './form.tsx'
import { type Frame, renderDocument } from './layout.tsx'
import { textsIn } from './texts.ts'
import { type ShownUser, UserName } from './user.tsx'

type SelectAccountProps = { form: Form; user: ShownUser; client?: ShownClient }

/** Posts `decision=allow` (continue as `user`) or `decision=switch` (another account). */
export function selectAccountPage(frame: Frame, select: SelectAccountProps): string {
  const texts = textsIn(frame.language)
  return renderDocument({
    frame,
    title: texts.selectAccount.title,
    children: (
      <>
        <h1>{texts.selectAccount.title}</h1>
        {select.client && <ToClient client={select.client} texts={texts} />}
        <PostForm form={select.form}>
          <button name="decision" value="allow">
            <span>
              {fill(texts.selectAccount.continueAs, { user: <UserName user={select.user} /> })}
            </span>
          </button>
          <button name="decision" value="switch" class="quiet">
            {texts.anotherAccount}
          </button>
        </PostForm>
      </>
    ),
  })
}
