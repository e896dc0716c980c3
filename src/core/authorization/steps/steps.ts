// The steps, in the order in which they are asked for. Pages, the values of `prompt`, what a sealed
// screen says is done, and discovery's `prompt_values_supported` derive from this list.
import { consent } from './consent.ts'
import { enrolment } from './enrolment.ts'
import { login } from './login.ts'
import { newPassword } from './new-password.ts'
import { passkeyOffer } from './passkey-offer.ts'
import { restore } from './restore.ts'
import { secondFactor } from './second-factor.ts'
import { selectAccount } from './select-account.ts'
import { stepUp } from './step-up.ts'

export const steps = [
  login,
  secondFactor,
  restore,
  newPassword,
  enrolment,
  passkeyOffer,
  selectAccount,
  stepUp,
  consent,
] as const

export type StepName = (typeof steps)[number]['name']

/** The values of `prompt` that a request may name (OpenID Connect Core 3.1.2.1). */
export const promptValues: readonly string[] = [
  'none',
  ...steps.filter(({ isPrompt }) => isPrompt).map(({ name }) => name),
]
