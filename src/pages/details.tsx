// Authorization details (RFC 9396): what exactly a client asks for. The words are the operator's, the
// values the client's.

import { displayName } from './display-name.tsx'
import type { Texts } from './texts/en.ts'

/** One entry. */
export type ShownDetail = {
  title: string
  /** Words and values in turn, beginning with words. */
  summary: readonly string[]
  /** What the summary does not contain. */
  members: readonly { name: string; values: readonly string[] }[]
}

// The longest value that a type can allow: a person who agrees must have seen all of it.
const longestValue = 1_000

/** All entries, each with its title, its sentence and its other values. */
export function DetailList(props: { details: readonly ShownDetail[]; texts: Texts }) {
  const { details, texts } = props
  if (details.length === 0) return null
  return (
    <>
      <h2>{texts.consent.details}</h2>
      <ul class="scopes">
        {details.map(({ title, summary, members }) => (
          <li>
            <strong>{title}</strong>
            {summary.some((piece) => piece !== '') && (
              <p>
                {summary.map((piece, index) => (index % 2 === 1 ? <Value>{piece}</Value> : piece))}
              </p>
            )}
            {members.map(({ name, values }) => (
              <p>
                <code>{name}</code>:{' '}
                {values.map((value, index) => (
                  <>
                    {index > 0 && ', '}
                    <Value>{value}</Value>
                  </>
                ))}
              </p>
            ))}
          </li>
        ))}
      </ul>
    </>
  )
}

/** A value within our sentence, with its writing direction isolated. */
const Value = (props: { children: string }) => (
  <bdi class="name">{displayName(props.children, longestValue)}</bdi>
)
