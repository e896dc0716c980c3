// The operator's description of a type of authorization details: which entries are valid, and how they
// are shown to a person. RFC 9396 2.1 and 12.
import { managedBy } from '../../protocol/managed-by.ts'
import { once } from '../../protocol/once.ts'
import * as v from '../../protocol/schema.ts'
import { type ObjectSchema, detailsSchema, requiredMember } from './details-schema.ts'
import { localizedText, textsOf } from './localized-text.ts'

/** The name of a type: a word of the API, or a URI. */
export const detailsTypeName = once(() =>
  v.pipe(
    v.string(),
    v.regex(/^[\w.:/~-]{1,200}$/, 'must be 1 to 200 of the characters A-Z a-z 0-9 _ . : / ~ -'),
  ),
)

/** What a placeholder of a summary looks like: `{amount.value}`. */
export const placeholder = /\{([\w.-]+)\}/

/** A type as the admin interface takes and gives it. */
export const detailsTypeShape = once(() => ({
  type: detailsTypeName(),
  /** Which entries are valid. */
  schema: detailsSchema(),
  /** What the entries are called on the consent page. */
  title: localizedText(100),
  /** A sentence about one entry; `{member}` is replaced by the value of that member. */
  summary: v.optional(localizedText(300)),
  managed_by: v.optional(managedBy()),
}))

/** The operator's description of a type. */
export const detailsTypeMetadata = once(() =>
  v.pipe(
    v.object(detailsTypeShape()),
    v.noFault(
      ({ schema, summary }) =>
        summary === undefined ? null : summaryFault(schema, textsOf(summary)),
      'summary',
    ),
  ),
)

export type DetailsTypeMetadata = v.InferOutput<ReturnType<typeof detailsTypeMetadata>>

// A sentence with a gap could be read as another one.
function summaryFault(schema: ObjectSchema, summaries: readonly string[]): string | null {
  const paths = summaries.flatMap((summary) =>
    [...summary.matchAll(new RegExp(placeholder, 'g'))].map(([, path = '']) => path),
  )
  const isUsable = (path: string): boolean => {
    const type = requiredMember(schema, path.split('.'))?.type
    return type !== undefined && type !== 'object' && type !== 'array'
  }
  const wrong = paths.find((path) => !isUsable(path))
  return wrong === undefined ? null : `{${wrong}} must be a required text, number or boolean`
}
