// What the list of steps says of each.
import { expect, it } from 'vitest'
import { steps } from '../../../../src/core/authorization/steps/steps.ts'

it('A client may ask by prompt for these steps alone, whatever is switched on', () => {
  const prompts = steps.filter(({ isPrompt }) => isPrompt).map(({ name }) => name)
  expect(prompts).toEqual(['create', 'login', 'select_account', 'consent'])
})

it('Without a session a person can take the steps of a sign-in alone', () => {
  const open = steps.filter(({ needsSession }) => !needsSession).map(({ name }) => name)
  expect(open).toEqual(['create', 'code_request', 'login', 'second_factor'])
})
