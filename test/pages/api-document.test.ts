// The page that shows the OpenAPI document: it has all of it, escaped, and nothing that runs.
import { expect, it } from 'vitest'
import { apiDocumentPage } from '../../src/pages/api-document.tsx'

const frame = {
  language: 'en',
  now: 0,
  branding: { name: 'Postern' },
  stylesheetHref: '/assets/x.css',
} as const

const document = {
  info: { title: 'An <i>interface</i>', description: 'Says & shows' },
  servers: [{ url: 'https://id.example' }],
  paths: {
    '/things/{id}': {
      patch: {
        operationId: 'changeThing',
        tags: ['things'],
        summary: 'Changes <b>a thing</b>',
        description: 'Needs the scope things.',
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'integer', minimum: 1 } },
        ],
        requestBody: {
          content: {
            'application/json': { schema: { $ref: '#/components/schemas/Thing' } },
          },
        },
        responses: {
          200: {
            description: 'Changed',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } },
          },
          404: {
            description: 'Not Found',
            content: { 'application/problem+json': { schema: { type: 'object' } } },
          },
          409: {
            description: 'Conflict',
            content: { 'application/problem+json': { schema: { type: 'object' } } },
          },
        },
      },
    },
  },
  components: {
    schemas: {
      Thing: {
        type: 'object',
        required: ['name', 'kind', 'size', 'parts'],
        properties: {
          name: { type: 'string', description: 'what it is "called"', maxLength: 20 },
          kind: { enum: ['round', 'square'] },
          size: { anyOf: [{ type: 'integer', maximum: 9007199254740991 }, { type: 'null' }] },
          parts: { type: 'array', items: { $ref: '#/components/schemas/Thing' } },
          note: { type: 'string' },
        },
      },
    },
  },
}

const html = apiDocumentPage(frame, document)

it('has an anchor for each operation by its name, and a link to it', () => {
  expect(html).toContain('<article id="changeThing">')
  expect(html).toContain('<a href="#changeThing">changeThing</a>')
})

it('shows a line of curl with what is required, and variables for what varies', () => {
  const line = /<pre><code>(.*?)<\/code><\/pre>/.exec(html)?.[1]
  expect(line?.replaceAll('&quot;', '"').replaceAll('&#39;', "'")).toBe(
    'curl -X PATCH "https://id.example/things/$ID" -H "Authorization: Bearer $ADMIN_TOKEN"' +
      ` -H 'Content-Type: application/json' -d '{"name":"...","kind":"round","size":1,"parts":[]}'`,
  )
})

it('shows each member with its type, its limits, and whether it is required', () => {
  expect(html).toContain(
    '<dt><code>name</code> string <span class="hint">required</span></dt><dd>what it is &quot;called&quot;; maxLength 20</dd>',
  )
  expect(html).toContain('<code>size</code> integer or null')
  expect(html).toContain('array of <a href="#schema-Thing">Thing</a>')
  expect(html).toContain('<dt><code>note</code> string <span class="hint"></span></dt>')
  expect(html).not.toContain('9007199254740991')
})

it('shows the statuses with the same answer in one line', () => {
  expect(html).toContain('<li><code>200</code> <a href="#schema-Thing">Thing</a>')
  expect(html).toContain(
    '<li><code>404, 409</code> object <span class="hint">application/problem+json</span>',
  )
})

it('escapes what the document says, and has no script, style or form', () => {
  expect(html).toContain('Changes &lt;b&gt;a thing&lt;/b&gt;')
  expect(html).not.toMatch(/<(script|style|form|iframe|i|b)\b|\son\w+=|\sstyle=/)
})
