// The step-up: a code, before a person who is signed in goes on to something that needs it.
import { ClientName, type ShownClient } from './client.tsx'
import { fill } from './fill.ts'
import { Alert, Field, type Form, PostForm } from './form.tsx'
import { duration } from './instant.tsx'
import { type Frame, renderDocument } from './layout.tsx'
import { textsIn } from './texts.ts'
import { type ShownUser, UserName } from './user.tsx'

/** Why the last code was refused. `retryAfter` is in seconds. */
export type CodeRefusal = { reason: 'code' } | { reason: 'throttled'; retryAfter: number }

type StepUpProps = { form: Form; user: ShownUser; client?: ShownClient; refusal?: CodeRefusal }

/** Posts `code`, or `decision=switch` (another account). */
export function stepUpPage(frame: Frame, { form, user, client, refusal }: StepUpProps): string {
  const texts = textsIn(frame.language)
  return renderDocument({
    frame,
    title: texts.stepUp.title,
    isRefusal: refusal !== undefined,
    children: (
      <>
        <h1>{texts.stepUp.title}</h1>
        {client && (
          <p class="lead">
            {fill(texts.toClient, { client: <ClientName client={client} texts={texts} /> })}
          </p>
        )}
        {refusal && (
          <Alert id="refusal">
            {refusal.reason === 'throttled'
              ? fill(texts.throttled, { delay: duration(frame.language, refusal.retryAfter) })
              : texts.stepUp.wrong}
          </Alert>
        )}
        <p>{fill(texts.stepUp.reason, { user: <UserName user={user} /> })}</p>
        <PostForm form={form}>
          <Field
            name="code"
            label={texts.stepUp.code}
            autocomplete="one-time-code"
            enterkeyhint="go"
            autofocus
            refusedBy={refusal && 'refusal'}
          />
          <button>{texts.stepUp.submit}</button>
          <button name="decision" value="switch" class="quiet" formnovalidate>
            {texts.anotherAccount}
          </button>
        </PostForm>
      </>
    ),
  })
}
