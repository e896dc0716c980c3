import { describe, expect, it } from 'vitest'
import { auditKinds, logEvents, otherRevocationReasons } from '../../../src/core/server/events.ts'
import { errorCodes, refusalReasons } from '../../../src/core/server/refusals.ts'
import { OAuthError, type OAuthErrorCode } from '../../../src/protocol/error.ts'

const sources = Object.values(
  import.meta.glob<string>(['../../../src/**/*.{ts,tsx}', '!../../../src/core/server/events.ts'], {
    query: '?raw',
    import: 'default',
    eager: true,
  }),
).join('\n')

describe('The catalogue of events', () => {
  it('is the page src/operator/events.md: npm test -- test/core/server/events.test.ts -u writes it', async () => {
    await expect(page).toMatchFileSnapshot('../../../src/operator/events.md')
  })

  it.each([
    ['log events', logEvents],
    ['audit kinds', auditKinds],
    ['revocation reasons', otherRevocationReasons],
  ])('holds no %s that nothing records', (_what, catalogue) => {
    const unused = Object.keys(catalogue).filter((name) => !sources.includes(`'${name}'`))
    expect(unused).toEqual([])
  })
})

const code = (text: string) => `\`${text}\``
const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
const meanings = (of: Readonly<Record<string, string>>): string[][] =>
  Object.entries(of).map(([name, means]) => [code(name), means])
const isCode = (name: string): name is OAuthErrorCode => Object.hasOwn(errorCodes, name)
const statusOf = (name: string): string =>
  isCode(name) ? String(new OAuthError(name, '').status) : ''

const page = `# Events, reasons and codes

Everything that Postern records. This page is made from [core/server/events.ts](../core/server/events.ts), and the
types there allow nothing else.

## Log events

One JSON object a line, by its \`event\`. Every line of a request also has \`request_id\`, \`method\`,
\`path\`, \`address\` (the network, not the whole address) and, once it is known, \`client_id\`. No line
holds a secret, a token, a password or a query. A field without a value is left out.

${table(
  ['event', 'meaning', 'fields'],
  Object.entries(logEvents).map(([name, { means, fields }]) => [
    code(name),
    means,
    fields.map(code).join(', '),
  ]),
)}

## Error codes

\`code\` of \`request refused\` and \`request failed\`. The OAuth endpoints send it as \`error\`; each dialect
has its own words for it.

${table(
  ['code', 'status', 'meaning'],
  Object.entries(errorCodes).map(([name, means]) => [code(name), statusOf(name), means]),
)}

## Refusal reasons

\`reason\` of \`request refused\`, where it says more than the code. OAuth clients never see it.

${table(['reason', 'meaning'], meanings(refusalReasons))}

## Audit kinds

\`kind\` of a row of \`audit_events\`, written by the statement batch that makes it true.

${table(['kind', 'meaning'], meanings(auditKinds))}

## Revocation reasons

\`revoked_reason\` of a row of \`grants\`: the kind of the audit row that ended it, or one of these.

${table(['reason', 'meaning'], meanings(otherRevocationReasons))}
`
