// The change of a temporary password, before the person goes on.
import { ChangePassword, type PasswordChange } from './account-password.tsx'
import { type ShownClient, ToClient } from './client.tsx'
import { type Frame, renderDocument } from './layout.tsx'
import { textsIn } from './texts.ts'
import { passwordScripts } from './throttled.tsx'

type NewPasswordProps = { change: PasswordChange; username: string; client?: ShownClient }

/** Posts `current_password` and `new_password`. */
export function newPasswordPage(
  frame: Frame,
  { change, username, client }: NewPasswordProps,
): string {
  const texts = textsIn(frame.language)
  return renderDocument({
    frame,
    title: texts.newPassword.title,
    isRefusal: change.refusal !== undefined,
    scripts: passwordScripts(change.refusal),
    children: (
      <>
        <h1>{texts.newPassword.title}</h1>
        {client && <ToClient client={client} texts={texts} />}
        <p>{texts.newPassword.reason}</p>
        <ChangePassword change={change} username={username} frame={frame} />
      </>
    ),
  })
}
