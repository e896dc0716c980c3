// Authorization details in the words of the operator, for the page on which a person decides about
// them. What the summary does not say is listed, so that nothing is granted unseen. RFC 9396 2.1, 12.
import { isJsonObject } from '../../protocol/strict-json.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import type { AuthorizationDetail } from './details.ts'
import { placeholder } from './details-type.ts'
import { textIn } from './localized-text.ts'

/** One entry for a person. All values are text of the client: they must be escaped. */
type DetailInWords = {
  title: string
  /** Words of the operator and values of the client, in turn, beginning with words. */
  summary: readonly string[]
  /** The members that the summary does not contain. */
  members: readonly { name: string; values: readonly string[] }[]
}

/**
 * Returns entries in the words of their types.
 * @throws temporarily_unavailable
 */
export async function detailsInWords(
  as: AuthorizationServer,
  details: readonly AuthorizationDetail[],
  language: string,
): Promise<readonly DetailInWords[]> {
  if (details.length === 0) return []
  const types = await as.detailsTypes.all(as.now)
  return details.map(({ type, ...members }) => {
    const { title = type, summary = '' } = types.get(type)?.metadata ?? {}
    const pieces = (textIn(summary, language) ?? '').split(placeholder)
    const listed = [...leavesOf(members, '')]
    const values = new Map(listed.map(({ name, values: [value = ''] }) => [name, value]))
    const isPath = (_piece: string, index: number): boolean => index % 2 === 1
    const said = pieces.filter(isPath)
    return {
      title: textIn(title, language) ?? type,
      summary: pieces.map((piece, index) =>
        isPath(piece, index) ? (values.get(piece) ?? '') : piece,
      ),
      members: listed.filter(({ name }) => !said.includes(name)),
    }
  })
}

/** Yields the values in an object by their paths; a list of single values is one of them. */
function* leavesOf(
  value: object,
  path: string,
): Generator<{ name: string; values: readonly string[] }> {
  const members: [string, unknown][] = Object.entries(value)
  for (const [key, member] of members) {
    const name = path === '' ? key : `${path}.${key}`
    const isList = Array.isArray(member) && !member.some((item) => typeof item === 'object')
    if (isList) yield { name, values: member.map(String) }
    else if (isJsonObject(member) || Array.isArray(member)) yield* leavesOf(member, name)
    else yield { name, values: [String(member)] }
  }
}
