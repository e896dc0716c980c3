// Paged lists: `?limit=&cursor=`, with the cursor of the next page in the response.
import { digestOf } from '../crypto/secret.ts'
import { readQuery } from '../http/form.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import { readAs } from './json.ts'
import { invalid } from './problem.ts'

/**
 * The query parameters of a list. Others are rejected, so that nobody mistakes one for a filter.
 */
export const pageRequest = once(() =>
  v.strictObject({
    limit: v.optional(v.pipe(v.int(), v.minValue(1), v.maxValue(500)), 50),
    cursor: v.pipe(
      v.optional(v.pipe(v.string(), v.maxLength(2000)), ''),
      v.description('next_cursor of the previous page'),
    ),
  }),
)

/** A page of a list in a response. */
export const pageAnswer = <Item extends v.GenericSchema>(item: () => Item) =>
  once(() => v.object({ items: v.array(item()), next_cursor: v.nullable(v.string()) }))

/** Reads which page is requested. @throws 400 */
export const readPageRequest = (request: Request): v.InferOutput<ReturnType<typeof pageRequest>> =>
  readListRequest(request, pageRequest, [])

/** Reads a page request with filters; `numbers` names those that are whole numbers. @throws 400 */
export function readListRequest<Schema extends v.GenericSchema>(
  request: Request,
  schema: () => Schema,
  numbers: readonly string[],
): v.InferOutput<Schema> {
  const parameters = [...readQuery(request)].map(([name, text]) => {
    const isNumber = [...numbers, 'limit'].includes(name) && /^\d{1,15}$/.test(text)
    return [name, isNumber ? Number(text) : text]
  })
  return readAs(schema, Object.fromEntries(parameters))
}

/**
 * Returns a cursor that goes on with this list alone. Under another filter the same position would
 * skip entries in silence.
 */
export async function boundCursor(list: readonly unknown[], position: string): Promise<string> {
  return `${position}.${(await digestOf(JSON.stringify(list))).slice(0, 8)}`
}

/** Returns the position in a cursor of this list; null for the first page. @throws 400 */
export async function readBoundCursor(
  list: readonly unknown[],
  cursor: string,
): Promise<string | null> {
  if (cursor === '') return null
  const position = cursor.slice(0, cursor.lastIndexOf('.'))
  if (cursor === (await boundCursor(list, position))) return position
  throw invalid([{ field: 'cursor', detail: 'is not the next_cursor of a page of this list' }])
}
