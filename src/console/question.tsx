// Questions before something ends: what will end, the button that ends it, and the name to be typed
// where there is no undo.
import type { Child } from 'hono/jsx'
import type { Endpoint } from '../http/endpoint.ts'
import { displayName } from '../pages/display-name.tsx'
import { fill } from '../pages/fill.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { Editor, ShownOnce, TextField } from './fields.tsx'
import type { Section } from './layout.tsx'
import { type Refusal, answer, doneAt, formScreen } from './screen.tsx'
import { Facts } from './table.tsx'
import type { Visit } from './visit.ts'

/** What is asked about one thing. */
export type Question = {
  title: string
  /** What will end, in sentences. */
  text: Child
  submit: string
  /** Where it is shown that is asked about. */
  up: { href: string; title: string }
  /** What has to be typed. */
  typed?: string
  isHarmless?: true
}

type QuestionScreen<Facts> = {
  section: Section
  /** The list that the thing stands in: who comes after it is gone is led there. */
  list: string
  /** Reads what is asked about; null = it is not there. */
  read: (visit: Visit) => Promise<Facts | null>
  ask: (visit: Visit, facts: Facts) => Question
  /** Does it; null = it was gone already. */
  act: (visit: Visit, facts: Facts, sent: Parameters) => Promise<Response | Refusal | null>
}

/** Returns the endpoint of a question. Whoever answers it has just signed in. */
export function question<Facts>(
  path: string,
  { section, list, read, ask, act }: QuestionScreen<Facts>,
): Endpoint {
  return formScreen<Facts>(path, {
    needsFresh: true,
    read,
    show: (visit, facts, form, refusal) => {
      const { title, text, submit, up, typed, isHarmless } = ask(visit, facts)
      return {
        title,
        section,
        up,
        body: (
          <Editor
            form={form}
            texts={visit.texts}
            submit={submit}
            cancelHref={up.href}
            isDangerous={isHarmless !== true}
            refusal={refusal}
          >
            <p>{text}</p>
            {typed !== undefined && (
              <TextField
                name="typed"
                label={fill(visit.texts.typeName, { name: <bdi>{displayName(typed)}</bdi> })}
                fault={refusal?.faults.typed}
                isRequired
              />
            )}
          </Editor>
        ),
      }
    },
    act: async (visit, sent) => {
      const facts = await read(visit)
      if (facts === null) return doneAt(visit, list, 'gone')
      const { typed } = ask(visit, facts)
      if (typed !== undefined && displayName(sent.get('typed') ?? '') !== displayName(typed)) {
        return { faults: { typed: visit.texts.wrongName }, sent }
      }
      return (await act(visit, facts, sent)) ?? doneAt(visit, list, 'gone')
    },
  })
}

/** Responds with a new secret, which no other page shows. */
export const secretAnswer = (
  visit: Visit,
  shown: {
    title: string
    section: Section
    up: { href: string; title: string }
    label: string
    secret: string
    facts?: readonly (readonly [name: string, value: Child])[]
  },
): Promise<Response> => {
  const { label, secret, facts = [], ...view } = shown
  return answer(visit, {
    ...view,
    body: (
      <>
        <ShownOnce label={label} secret={secret} texts={visit.texts} />
        <Facts facts={facts} />
      </>
    ),
  })
}
