// The steps, in the order in which they are asked for. Pages, the values of `prompt` (prompt.ts), what a
// sealed screen says is done, and discovery's `prompt_values_supported` derive from this list.
import { codeRequest } from './code-request.ts'
import { consent } from './consent.ts'
import { enrolment } from './enrolment.ts'
import { login } from './login.ts'
import { newPassword } from './new-password.ts'
import { passkeyOffer } from './passkey-offer.ts'
import { restore } from './restore.ts'
import { secondFactor } from './second-factor.ts'
import { selectAccount } from './select-account.ts'
import { signUp } from './sign-up.ts'
import { stepUp } from './step-up.ts'
import { terms } from './terms.ts'

export const steps = [
  signUp,
  codeRequest,
  login,
  secondFactor,
  restore,
  newPassword,
  enrolment,
  passkeyOffer,
  selectAccount,
  stepUp,
  terms,
  consent,
] as const

export type StepName = (typeof steps)[number]['name']
