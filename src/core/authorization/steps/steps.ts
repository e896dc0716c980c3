// The steps, in the order in which they are asked for. Pages, the values of `prompt` (prompt.ts), what a
// sealed screen says is done, and discovery's `prompt_values_supported` derive from this list.
import { codeRequest } from './code-request.ts'
import { consent } from './consent.ts'
import { login } from './login.ts'
import { newPassword } from './new-password.ts'
import { secondFactor } from './second-factor.ts'
import { selectAccount } from './select-account.ts'
import { signUp } from './sign-up.ts'
import { terms } from './terms.ts'

export const steps = [
  signUp,
  codeRequest,
  login,
  secondFactor,
  newPassword,
  selectAccount,
  terms,
  consent,
] as const

export type StepName = (typeof steps)[number]['name']
