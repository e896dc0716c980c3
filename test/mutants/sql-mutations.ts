// Mutants of the text of a statement: the rules of storage are conditions of SQL, and a condition that
// can be taken out unnoticed is a rule that no test holds.

/** A hole of a template, in the joined text: the number of the expression between two of these. */
const mark = '\u0000'

/** Joins the fixed parts of a template; `split` takes them apart. */
export const joined = (parts: readonly string[]): string =>
  parts.map((part, index) => (index === 0 ? part : `${mark}${index - 1}${mark}${part}`)).join('')

/** Returns the fixed parts of a text, and the numbers of the expressions that stand between them. */
export function split(text: string): { parts: string[]; holes: number[] } {
  const pieces = text.split(mark)
  return {
    parts: pieces.filter((_, index) => index % 2 === 0),
    holes: pieces.filter((_, index) => index % 2 === 1).map(Number),
  }
}

type Token = { text: string; at: number; depth: number }

const tokenPattern = new RegExp(
  `'(?:[^']|'')*'|${mark}\\d+${mark}|[A-Za-z_][\\w.]*|<=|>=|<>|!=|\\|\\||[^\\s]`,
  'g',
)

function tokensOf(text: string): Token[] {
  let depth = 0
  return [...text.matchAll(tokenPattern)].map((match) => {
    const [token] = match
    if (token === ')') depth -= 1
    const found = { text: token, at: match.index, depth }
    if (token === '(') depth += 1
    return found
  })
}

/** Words after which a condition begins, and words or marks at which it ends, at its own depth. */
const begins = new Set(['WHERE', 'ON', 'HAVING', 'WHEN', 'AND', 'OR'])
const ends = new Set([
  ...[
    'AND',
    'OR',
    'THEN',
    'GROUP',
    'ORDER',
    'LIMIT',
    'RETURNING',
    'UNION',
    'JOIN',
    'LEFT',
    'WHERE',
  ],
  ...['ON', 'SET', 'ELSE', 'END', 'DO', 'HAVING', ',', ')'],
])

/** Returns every mutation of a statement or of a part of one. */
export function sqlMutations(text: string): string[] {
  const tokens = tokensOf(text)
  const mutations = new Set([
    ...conditionsOf(text, tokens),
    ...tokens.flatMap((token, index) => tokenMutations(text, tokens, token, index)),
    ...unguarded(text),
  ])
  mutations.delete(text)
  return [...mutations]
}

/** A condition that always holds (or, among alternatives, never does): the rule is gone. */
function conditionsOf(text: string, tokens: readonly Token[]): string[] {
  return tokens.flatMap((token, index) => {
    const word = token.text
    const isFirst = index === 0 && !isStatement(text) && hasAnd(tokens)
    if (!begins.has(word) && !isFirst) return []
    if (word === 'AND' && isBetween(tokens, index)) return []
    if (word === 'ON' && isConflict(tokens[index + 1])) return []
    const from = isFirst ? 0 : index + 1
    const first = tokens[from]
    if (first === undefined) return []
    const last = lastOf(tokens, from, isFirst ? 0 : token.depth)
    if (last === null) return []
    const start = first.at
    const end = last.at + last.text.length
    const condition = text.slice(start, end)
    if (/^\d$/.test(condition) || condition === 'true') return []
    const isAlternative = word === 'OR' || tokens[indexAfter(tokens, last)]?.text === 'OR'
    const constant = isAlternative ? '0' : '1'
    return [text.slice(0, start) + constant + text.slice(end)]
  })
}

const indexAfter = (tokens: readonly Token[], token: Token): number => tokens.indexOf(token) + 1

/** The last token of the condition that begins at `from`, or null if it is empty. */
function lastOf(tokens: readonly Token[], from: number, depth: number): Token | null {
  let last: Token | null = null
  for (let index = from; index < tokens.length; index += 1) {
    const token = tokens[index]
    if (token === undefined || token.depth < depth) break
    const isInside =
      token.depth > depth ||
      token.text === '(' ||
      (token.text === ')' &&
        last !== null &&
        token.depth === depth &&
        isClosing(tokens, index, from))
    if (!isInside && ends.has(token.text) && !(token.text === 'AND' && isBetween(tokens, index)))
      break
    last = token
  }
  return last
}

/** Whether a bracket closes one that was opened within the condition. */
function isClosing(tokens: readonly Token[], index: number, from: number): boolean {
  const depth = tokens[index]?.depth
  return tokens.slice(from, index).some((token) => token.text === '(' && token.depth === depth)
}

const isStatement = (text: string): boolean =>
  /^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|CASE|VALUES|AND|OR|WHERE|ORDER|LIMIT|ON)\b/.test(text)

const hasAnd = (tokens: readonly Token[]): boolean =>
  tokens.some(
    ({ text, depth }, index) =>
      depth === 0 && (text === 'OR' || (text === 'AND' && !isBetween(tokens, index))),
  )

/** Whether an AND is that of BETWEEN ... AND. */
function isBetween(tokens: readonly Token[], index: number): boolean {
  const depth = tokens[index]?.depth
  for (let before = index - 1; before >= 0; before -= 1) {
    const token = tokens[before]
    if (token === undefined || token.depth !== depth) continue
    if (token.text === 'BETWEEN') return true
    if (token.text === 'AND' || token.text === 'OR' || token.text === 'WHERE') return false
  }
  return false
}

const isConflict = (token: Token | undefined): boolean => token?.text === 'CONFLICT'

const swaps = new Map([
  ['<', '<='],
  ['<=', '<'],
  ['>', '>='],
  ['>=', '>'],
  ['<>', '='],
  ['MIN', 'MAX'],
  ['MAX', 'MIN'],
  ['ASC', 'DESC'],
  ['DESC', 'ASC'],
  ['+', '-'],
])

function tokenMutations(
  text: string,
  tokens: readonly Token[],
  token: Token,
  index: number,
): string[] {
  const replacedBy = (by: string): string =>
    text.slice(0, token.at) + by + text.slice(token.at + token.text.length)
  const next = tokens[index + 1]?.text ?? ''
  if (token.text === 'NOT') {
    // NOT NULL of a column is no condition; IS NOT NULL is.
    return next === 'NULL' && tokens[index - 1]?.text !== 'IS' ? [] : [replacedBy('')]
  }
  if (token.text === 'IS' && next !== 'NOT') return [replacedBy('IS NOT')]
  const swap = swaps.get(token.text)
  if (swap === undefined || (isWord(swap) && swap.startsWith('M') && next !== '(')) return []
  return [replacedBy(swap)]
}

const isWord = (text: string): boolean => /^[A-Z]+$/.test(text)

/** An insertion that fails, or changes the row, where it should have left it alone. */
function unguarded(text: string): string[] {
  return [...text.matchAll(/ON CONFLICT(?:\s*\([^)]*\))?\s+DO NOTHING/g)].map(
    (match) => text.slice(0, match.index) + text.slice(match.index + match[0].length),
  )
}
