// The passkeys of an account.

import { type AccountFrame, ConfirmFirst, accountSection } from './account-frame.tsx'
import { browserName } from './browser-name.ts'
import { Name } from './display-name.tsx'
import { fill } from './fill.ts'
import { Alert, EntryButton, Field, type Form, PostForm } from './form.tsx'
import { Ago, Day } from './instant.tsx'
import { AlreadyHere, AskForPasskey, type PasskeyAsking, PasskeySignal } from './passkey.tsx'
import { textsIn } from './texts.ts'
import type { Texts } from './texts/en.ts'

/** A passkey in the list. Instants are NumericDate seconds. */
export type PasskeyEntry = {
  id: string
  /** What its person calls it; null = nothing yet. */
  name: string | null
  userAgent: string | null
  isSynced: boolean
  createdAt: number
  lastUsedAt: number | null
}

export type PasskeysProps = {
  /** Posts `remove=<id>`, or `name` and `rename=<id>`. */
  form: Form
  entries: readonly PasskeyEntry[]
  /** The passkey that is about to get another name. */
  renamed: PasskeyEntry | undefined
  /** Posts `passkey`; `confirm` = the person must sign in anew first, `most` = there are too many. */
  adding: (PasskeyAsking & { form: Form }) | 'confirm' | 'most'
  /** What the browser is told of the passkeys that are stored. */
  signal: object
  notice: string | undefined
  isRefused: boolean
}

/** Renders the page of the passkeys. */
export function passkeysPage(frame: AccountFrame, props: PasskeysProps): string {
  const { passkeys } = textsIn(frame.language)
  return accountSection(frame, {
    current: 'passkeys',
    lead: passkeys.introduction,
    notice: props.notice,
    isRefusal: props.isRefused,
    scripts: ['passkey'],
    children: (
      <>
        {props.isRefused && <Alert>{passkeys.notAdded}</Alert>}
        <PasskeySignal signal={props.signal} />
        <section>
          {props.entries.length === 0 ? (
            <p class="hint">{passkeys.none}</p>
          ) : (
            <PostForm form={props.form}>
              <ul class="entries">
                {props.entries.map((entry, index) => (
                  <Entry entry={entry} id={`p${index}`} frame={frame} />
                ))}
              </ul>
            </PostForm>
          )}
        </section>
        {props.renamed && <Rename {...props} entry={props.renamed} texts={passkeys} />}
        <section>
          <Adding frame={frame} {...props} />
        </section>
      </>
    ),
  })
}

function Entry(props: { entry: PasskeyEntry; id: string; frame: AccountFrame }) {
  const { entry, id, frame } = props
  const { language, now } = frame
  const texts = textsIn(language)
  const { account, passkeys } = texts
  const browser = browserName(entry.userAgent ?? '', texts)
  return (
    <li>
      <div>
        <strong id={id}>{entry.name === null ? browser : <Name>{entry.name}</Name>}</strong>
        <p class="hint">
          {entry.name !== null && `${browser} · `}
          {fill(account.since, { date: <Day language={language} at={entry.createdAt} /> })}
          {' · '}
          {entry.lastUsedAt === null
            ? account.neverUsed
            : fill(account.lastUsed, {
                time: <Ago language={language} at={entry.lastUsedAt} now={now} />,
              })}
          {' · '}
          {entry.isSynced ? passkeys.synced : passkeys.onOneDevice}
          {' · '}
          <a
            href={`?rename=${entry.id}`}
            id={`${id}-rename`}
            aria-labelledby={`${id}-rename ${id}`}
          >
            {passkeys.rename}
          </a>
        </p>
      </div>
      <EntryButton name="remove" value={entry.id} of={id}>
        {passkeys.remove}
      </EntryButton>
    </li>
  )
}

function Rename(props: { form: Form; entry: PasskeyEntry; texts: Texts['passkeys'] }) {
  const { form, entry, texts } = props
  return (
    <section>
      <PostForm form={form} class="narrow">
        <Field
          name="name"
          label={texts.name}
          autocomplete="off"
          enterkeyhint="done"
          value={entry.name ?? ''}
          autofocus
        />
        <button name="rename" value={entry.id}>
          {texts.rename}
        </button>
      </PostForm>
    </section>
  )
}

function Adding({
  frame,
  adding,
  form,
}: Pick<PasskeysProps, 'adding' | 'form'> & { frame: AccountFrame }) {
  const { passkeys } = textsIn(frame.language)
  if (adding === 'confirm') return <ConfirmFirst form={form} frame={frame} />
  if (adding === 'most') return <p class="hint">{passkeys.most}</p>
  return (
    <>
      <noscript>
        <p class="hint">{passkeys.needsScript}</p>
      </noscript>
      <PostForm form={adding.form} class="narrow">
        <AlreadyHere text={passkeys.alreadyHere} />
        <AskForPasskey asking={adding} label={passkeys.add} />
      </PostForm>
    </>
  )
}
