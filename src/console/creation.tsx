// Forms that create something.
import type { Child } from 'hono/jsx'
import type { Endpoint } from '../http/endpoint.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { Editor } from './fields.tsx'
import type { Section } from './layout.tsx'
import { type Refusal, formScreen } from './screen.tsx'
import type { ConsoleTexts } from './texts/en.ts'
import type { Visit } from './visit.ts'

type Creation = {
  section: Section
  /** The title of the list that it leads back to. */
  listTitle: (texts: ConsoleTexts) => string
  /** What the heading and the button say. */
  title: (texts: ConsoleTexts) => string
  fields: (visit: Visit, refusal: Refusal | undefined) => Child
  act: (visit: Visit, sent: Parameters) => Promise<Response | Refusal>
}

/** Returns the endpoint of a form that adds to a list, at the address `new` below that of the list. */
export const creation = (
  list: string,
  { section, listTitle, title, fields, act }: Creation,
): Endpoint =>
  formScreen(`${list}/new`, {
    needsFresh: true,
    read: () => Promise.resolve({}),
    show: (visit, _, form, refusal) => ({
      title: title(visit.texts),
      section,
      up: { href: list, title: listTitle(visit.texts) },
      body: (
        <Editor
          form={form}
          texts={visit.texts}
          submit={title(visit.texts)}
          cancelHref={list}
          refusal={refusal}
        >
          {fields(visit, refusal)}
        </Editor>
      ),
    }),
    act,
  })
