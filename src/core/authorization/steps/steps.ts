// The steps, in the order in which they are asked for. Pages, the values of `prompt`, what a sealed
// screen says is done, and discovery's `prompt_values_supported` derive from this list.
import type { Settings } from '../../server/settings.ts'
import { codeRequest } from './code-request.ts'
import { consent } from './consent.ts'
import { login } from './login.ts'
import { newPassword } from './new-password.ts'
import { selectAccount } from './select-account.ts'
import { signUp } from './sign-up.ts'
import type { Step } from './step.ts'
import { terms } from './terms.ts'

export const steps = [
  signUp,
  codeRequest,
  login,
  newPassword,
  selectAccount,
  terms,
  consent,
] as const

export type StepName = (typeof steps)[number]['name']

/** Returns whether these settings have a step. */
export const isOn = (settings: Settings, step: Step): boolean => step.isOn?.(settings) ?? true

/** Returns the values of `prompt` that a request may name (OpenID Connect Core 3.1.2.1). */
export const promptValues = (settings: Settings): readonly string[] => [
  'none',
  ...steps.filter((step) => step.isPrompt && isOn(settings, step)).map(({ name }) => name),
]
