// What the settings make of the list of steps: which of them exist, and which a client may ask for.
import type { Settings } from '../server/settings.ts'
import type { Step } from './steps/step.ts'
import { steps } from './steps/steps.ts'

/** Returns whether these settings have a step. */
export const isOn = (settings: Settings, step: Step): boolean => step.isOn?.(settings) ?? true

/** Returns the values of `prompt` that a request may name (OpenID Connect Core 3.1.2.1). */
export const promptValues = (settings: Settings): readonly string[] => [
  'none',
  ...steps.filter((step) => step.isPrompt && isOn(settings, step)).map(({ name }) => name),
]
