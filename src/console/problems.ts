// What the admin interface finds wrong with a form, beside the fields of the form.
import { Problem } from '../admin/problem.ts'
import type { Parameters } from '../protocol/parameters.ts'
import type { Refusal } from './screen.tsx'
import { refusalOf } from './user-forms.tsx'
import type { Visit } from './visit.ts'

/** Does something; what is wrong with the members is said beside the `fields` of their names. */
export async function faultsBeside<Done>(
  visit: Visit,
  sent: Parameters,
  fields: readonly string[],
  act: () => Done | Promise<Done>,
): Promise<Done | Refusal> {
  try {
    return await act()
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.errors.length === 0) throw thrown
    const faults = thrown.errors.map(({ field, detail }) => {
      const [name = ''] = field.split('.')
      return fields.includes(name)
        ? { field: name, detail }
        : { field: '', detail: `${field} ${detail}` }
    })
    return refusalOf(visit, faults, sent)
  }
}

/** Returns the lines of a text, without empty ones. */
export const linesOf = (text: string | undefined): string[] =>
  (text ?? '').split(/\s+/).filter((line) => line !== '')
