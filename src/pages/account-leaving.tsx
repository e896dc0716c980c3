// The pages of a copy of one's data, and of the end of one's account.

import type { Child } from 'hono/jsx'
import { type AccountFrame, ConfirmFirst, accountSection } from './account-frame.tsx'
import { Name } from './display-name.tsx'
import { fill } from './fill.ts'
import { Alert, type Form, PasswordField, PostForm } from './form.tsx'
import { Day, duration } from './instant.tsx'
import { CodeField, mailDonePage } from './mail-action.tsx'
import type { Frame } from './layout.tsx'
import { textsIn } from './texts.ts'
import { Throttled, passwordScripts } from './throttled.tsx'

type DataProps = {
  form: Form
  notice?: string | undefined
  isConfirmed: boolean
  /** Seconds until the next copy, if one was refused. */
  retryAfter?: number | undefined
}

/** Renders the page from which a copy is downloaded. */
export function dataPage(frame: AccountFrame, props: DataProps): string {
  const { form, notice, isConfirmed, retryAfter } = props
  const { data } = textsIn(frame.language).accountPages
  return accountSection(frame, {
    current: 'data',
    lead: data.lead,
    notice,
    isRefusal: retryAfter !== undefined,
    children: (
      <section>
        {retryAfter !== undefined && (
          <Alert>{fill(data.tooSoon, { delay: duration(frame.language, retryAfter) })}</Alert>
        )}
        <p>{data.contents}</p>
        {isConfirmed ? (
          <PostForm form={form} class="narrow">
            <button>{data.submit}</button>
          </PostForm>
        ) : (
          <ConfirmFirst form={form} frame={frame} />
        )}
      </section>
    ),
  })
}

/** How far a deletion is, and what it asks for. */
export type DeletionStage =
  | { ask: 'confirm first' | 'mail' | 'nothing' }
  | { ask: 'code'; address: string; isRefusal: boolean }
  | { ask: 'password'; refusal?: { retryAfter?: number } }

type DeletionProps = {
  form: Form
  notice?: string | undefined
  /** NumericDate seconds; null = at once. */
  deleteAt: number | null
  stage: DeletionStage
}

/** Renders the page that deletes an account. Posts `send`, `code` or `password`. */
export function deletionPage(frame: AccountFrame, props: DeletionProps): string {
  const { form, notice, deleteAt, stage } = props
  const texts = textsIn(frame.language).accountPages.delete
  const isRefusal = 'isRefusal' in stage ? stage.isRefusal : 'refusal' in stage
  return accountSection(frame, {
    current: 'delete',
    lead: texts.lead,
    notice,
    isRefusal,
    ...(stage.ask === 'password' ? { scripts: passwordScripts(stage.refusal) } : {}),
    children: (
      <section>
        <p>
          {deleteAt === null
            ? texts.atOnce
            : fill(texts.later, { date: <Day language={frame.language} at={deleteAt} /> })}
        </p>
        {stage.ask === 'confirm first' ? (
          <ConfirmFirst form={form} frame={frame} />
        ) : (
          <PostForm form={form} class="narrow">
            <Asked frame={frame} stage={stage} />
          </PostForm>
        )}
      </section>
    ),
  })
}

function Asked({ frame, stage }: { frame: AccountFrame; stage: DeletionStage }): Child {
  const texts = textsIn(frame.language)
  const { delete: words } = texts.accountPages
  const wait = stage.ask === 'password' ? stage.refusal?.retryAfter : undefined
  const submit = (
    <button class="danger" disabled={wait !== undefined}>
      {words.submit}
    </button>
  )
  if (stage.ask === 'mail') {
    return (
      <button name="send" value="on">
        {words.send}
      </button>
    )
  }
  if (stage.ask === 'code') {
    const { address, isRefusal } = stage
    return (
      <>
        <p>{fill(words.sent, { address: <Name>{address}</Name> })}</p>
        <CodeField
          texts={texts.mail}
          {...(isRefusal ? { error: texts.mail.refusals.wrongCode } : {})}
        />
        {submit}
      </>
    )
  }
  if (stage.ask !== 'password') return submit
  return (
    <>
      <Throttled frame={frame} refusal={stage.refusal} />
      <PasswordField
        texts={texts}
        name="password"
        label={words.password}
        autocomplete="current-password"
        enterkeyhint="done"
        error={stage.refusal && wait === undefined ? words.wrongPassword : undefined}
      />
      {submit}
    </>
  )
}

/** Renders what is said after a deletion; `deleteAt` null = it is done. */
export function leftPage(frame: Frame, { deleteAt }: { deleteAt: number | null }): string {
  const texts = textsIn(frame.language).accountPages.delete
  return mailDonePage(frame, {
    title: deleteAt === null ? texts.doneTitle : texts.requestedTitle,
    text:
      deleteAt === null
        ? texts.done
        : fill(texts.requested, { date: <Day language={frame.language} at={deleteAt} /> }),
    next: { href: '/', label: texts.signIn },
  })
}
