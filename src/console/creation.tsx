// Forms that create or edit something.
import type { Child } from 'hono/jsx'
import type { Endpoint } from '../http/endpoint.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { Editor } from './fields.tsx'
import type { Section } from './layout.tsx'
import { type Refusal, formScreen } from './screen.tsx'
import type { ConsoleTexts } from './texts/en.ts'
import type { Visit } from './visit.ts'

type Creation = {
  /** Where the form is, if not at `new` below the list. */
  path?: `/${string}`
  section: Section
  /** The title of the list that it leads back to. */
  listTitle: (texts: ConsoleTexts) => string
  /** What the heading and the button say. */
  title: (texts: ConsoleTexts) => string
  fields: (visit: Visit, refusal: Refusal | undefined) => Child
  act: (visit: Visit, sent: Parameters) => Promise<Response | Refusal | null>
}

/** Returns the endpoint of a form that adds to a list. */
export const creation = (
  list: string,
  { path, section, listTitle, title, fields, act }: Creation,
): Endpoint =>
  formScreen(path ?? `${list}/new`, {
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

type Edition<Thing> = {
  section: Section
  /** Reads what is edited; null = it is not there. */
  read: (visit: Visit) => Promise<Thing | null>
  /** The way up to the screen of the thing, whose title is its label. */
  upTo: (thing: Thing) => { href: string; title: string }
  fields: (visit: Visit, thing: Thing, refusal: Refusal | undefined) => Child
  act: (visit: Visit, thing: Thing, sent: Parameters) => Promise<Response | Refusal | null>
}

/** Returns the endpoint of a form that edits one thing. `act` gets the thing as it is now. */
export const edition = <Thing,>(
  path: string,
  { section, read, upTo, fields, act }: Edition<Thing>,
): Endpoint =>
  formScreen<Thing>(path, {
    needsFresh: true,
    read,
    show: (visit, thing, form, refusal) => {
      const up = upTo(thing)
      return {
        title: visit.texts.users.editTitle(up.title),
        section,
        up,
        body: (
          <Editor
            form={form}
            texts={visit.texts}
            submit={visit.texts.save}
            cancelHref={up.href}
            refusal={refusal}
          >
            {fields(visit, thing, refusal)}
          </Editor>
        ),
      }
    },
    act: async (visit, sent) => {
      const thing = await read(visit)
      if (thing === null) return null
      try {
        return await act(visit, thing, sent)
      } catch (thrown) {
        if (!(thrown instanceof Overtaken)) throw thrown
        return { faults: { '': visit.texts.changedMeanwhile }, sent: new Map() }
      }
    },
  })

/** Somebody has changed the thing since the form was shown. */
class Overtaken extends Error {}

/** The version of a thing that a form was shown for, which the form sends back. */
export const ShownVersion = ({ updatedAt }: { updatedAt: number }) => (
  <input type="hidden" name="version" value={String(updatedAt)} />
)

/** Returns whether a thing is still as it was when the form was shown. */
export const isAsShown = ({ updatedAt }: { updatedAt: number }, sent: Parameters): boolean =>
  String(updatedAt) === sent.get('version')

/** Demands that a thing is still as it was when the form was shown; `edition` shows the form again. */
export function requireAsShown(thing: { updatedAt: number }, sent: Parameters): void {
  if (!isAsShown(thing, sent)) throw new Overtaken()
}
