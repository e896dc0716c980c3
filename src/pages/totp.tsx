// The authenticator app and the recovery codes of an account.

import { type AccountFrame, ConfirmFirst, accountSection } from './account-frame.tsx'
import { fill } from './fill.ts'
import { type Form, PostForm } from './form.tsx'
import { textsIn } from './texts.ts'
import { SetUpTotp, type TotpSetUp } from './totp-set-up.tsx'

type TotpProps = {
  form: Form
  notice?: string | undefined
  /** The state: on, off, or off with a secret that waits for its first code. */
  state: 'on' | 'off' | TotpSetUp
}

/** Renders /account/totp. Posts `remove`, nothing (to begin), or `code` with the secret. */
export function totpPage(frame: AccountFrame, { form, notice, state }: TotpProps): string {
  const { factors, accountPages } = textsIn(frame.language)
  const setUp = typeof state === 'string' ? null : state
  return accountSection(frame, {
    current: 'totp',
    ...(notice === undefined ? {} : { notice }),
    isRefusal: setUp?.refusal !== undefined,
    lead: state === 'on' ? factors.isOn : factors.isOff,
    children: (
      <section>
        {state === 'on' && (
          <>
            <p>
              <a href="/account/recovery-codes">{accountPages.sections.recoveryCodes}</a>
            </p>
            <PostForm form={form} class="row">
              <p>{factors.removeHint}</p>
              <button name="remove" value="on" class="danger">
                {factors.remove}
              </button>
            </PostForm>
          </>
        )}
        {state === 'off' && <ConfirmFirst form={form} frame={frame} />}
        {setUp && <SetUpTotp frame={frame} setUp={setUp} />}
      </section>
    ),
  })
}

type RecoveryCodesProps = {
  form: Form
  notice?: string | undefined
  /** How many are left; null = the user has nothing that they could stand for. */
  left: number | null
  /** Whether so few are left that new ones are due. */
  isFew: boolean
  /** New codes, which are shown once. */
  created?: readonly string[]
}

/** Renders /account/recovery-codes. Posts nothing but its hidden inputs. */
export function recoveryCodesPage(frame: AccountFrame, shown: RecoveryCodesProps): string {
  const { factors } = textsIn(frame.language)
  const { form, notice, left, isFew, created } = shown
  const state = left === 0 ? factors.noCodes : fill(factors.codesLeft, { count: left })
  return accountSection(frame, {
    current: 'recoveryCodes',
    ...(created === undefined ? {} : { title: factors.yourCodes }),
    ...(notice === undefined ? {} : { notice }),
    lead: created === undefined ? factors.codesHint : factors.keepCodes,
    children: (
      <section>
        {created && (
          <>
            <ul class="codes">
              {created.map((code) => (
                <li>
                  <code>{code}</code>
                </li>
              ))}
            </ul>
            <a class="button narrow" href="/account">
              {factors.haveKept}
            </a>
          </>
        )}
        {!created && left === null && (
          <p>
            <a href="/account/totp">{factors.codesNeedApp}</a>
          </p>
        )}
        {!created && left !== null && (
          <>
            <p>
              {state} {isFew && left > 0 && <strong>{factors.fewCodes}</strong>}
            </p>
            <PostForm form={form} class="row">
              {left > 0 && <p>{factors.newCodesHint}</p>}
              <button>{factors.newCodes}</button>
            </PostForm>
          </>
        )}
      </section>
    ),
  })
}
