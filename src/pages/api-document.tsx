// An OpenAPI document as a page to read: each operation under an anchor of its name, with a line of curl,
// and each schema member by member. No script draws it.

import { isJsonObject } from '../protocol/strict-json.ts'
import { type Frame, renderDocument } from './layout.tsx'

type Members = Record<string, unknown>

const membersOf = (value: unknown, name: string): Members => {
  const member = isJsonObject(value) ? value[name] : undefined
  return isJsonObject(member) ? member : {}
}

const listOf = (value: unknown, name: string): unknown[] => {
  const member = isJsonObject(value) ? value[name] : undefined
  return Array.isArray(member) ? member : []
}

const textOf = (value: unknown, name: string): string => {
  const member = isJsonObject(value) ? value[name] : undefined
  return typeof member === 'string' ? member : ''
}

type Described = { method: string; path: string; operation: unknown }

/** Renders an OpenAPI 3.1 document. Its operations have an `operationId` and one tag each. */
export function apiDocumentPage(frame: Frame, document: object): string {
  const [server] = listOf(document, 'servers')
  const operations = Object.entries(membersOf(document, 'paths')).flatMap(([path, ofPath]) =>
    Object.entries(isJsonObject(ofPath) ? ofPath : {}).map(([method, operation]) => ({
      ...{ method: method.toUpperCase(), path, operation },
    })),
  )
  const byTag = [
    ...Map.groupBy(operations, ({ operation }) => String(listOf(operation, 'tags')[0])),
  ]
  const schemas = membersOf(membersOf(document, 'components'), 'schemas')
  const title = textOf(membersOf(document, 'info'), 'title')
  return renderDocument({
    frame,
    title,
    shape: 'room',
    children: (
      <>
        <h1>{title}</h1>
        <p class="lead">{textOf(membersOf(document, 'info'), 'description')}</p>
        <section>
          <h2>Contents</h2>
          {byTag.map(([tag, ofTag]) => (
            <p>
              <a href={`#${tag}`}>{tag}</a>:{' '}
              {ofTag.map(({ operation }, index) => (
                <>
                  {index === 0 ? '' : ', '}
                  <a href={`#${textOf(operation, 'operationId')}`}>
                    {textOf(operation, 'operationId')}
                  </a>
                </>
              ))}
            </p>
          ))}
          <p>
            <a href="#schemas">schemas</a>
          </p>
        </section>
        {byTag.map(([tag, ofTag]) => (
          <section id={tag}>
            <h2>{tag}</h2>
            {ofTag.map((described) => (
              <Operation {...described} server={textOf(server, 'url')} schemas={schemas} />
            ))}
          </section>
        ))}
        <section id="schemas">
          <h2>Schemas</h2>
          {Object.entries(schemas).map(([name, schema]) => (
            <article id={`schema-${name}`}>
              <h3>{name}</h3>
              <SchemaMembers schema={schema} />
            </article>
          ))}
        </section>
      </>
    ),
  })
}

type OperationProps = Described & { server: string; schemas: Members }

function Operation({ method, path, operation, server, schemas }: OperationProps) {
  const body = membersOf(membersOf(operation, 'requestBody'), 'content')
  const [mediaType, content] = Object.entries(body)[0] ?? []
  const schema = mediaType === undefined ? undefined : membersOf(content, 'schema')
  const parameters = listOf(operation, 'parameters')
  return (
    <article id={textOf(operation, 'operationId')}>
      <h3>{textOf(operation, 'operationId')}</h3>
      <p>
        <code>
          {method} {path}
        </code>
      </p>
      <p>{textOf(operation, 'summary')}</p>
      <p class="hint">{textOf(operation, 'description')}</p>
      <pre>
        <code>{curlOf(method, server + path, mediaType, exampleOf(schema, schemas))}</code>
      </pre>
      {parameters.length > 0 && (
        <dl>
          {parameters.map((parameter) => (
            <Member
              name={textOf(parameter, 'name')}
              note={`in the ${textOf(parameter, 'in')}`}
              schema={membersOf(parameter, 'schema')}
              description={textOf(parameter, 'description')}
            />
          ))}
        </dl>
      )}
      {schema !== undefined && (
        <p>
          Body, as <code>{mediaType}</code>: <Type schema={schema} />
        </p>
      )}
      <ul>
        {answersOf(operation).map(([statuses, response]) => (
          <Answer statuses={statuses} response={response} />
        ))}
      </ul>
    </article>
  )
}

/** Groups the responses with one content: most refusals have the same. */
function answersOf(operation: unknown): [statuses: string, response: unknown][] {
  const responses = Object.entries(membersOf(operation, 'responses'))
  const contentOf = (response: unknown) => JSON.stringify(membersOf(response, 'content'))
  return [...Map.groupBy(responses, ([, response]) => contentOf(response)).values()].map((same) => [
    same.map(([status]) => status).join(', '),
    same[0]?.[1],
  ])
}

function Answer({ statuses, response }: { statuses: string; response: unknown }) {
  const contents = Object.entries(membersOf(response, 'content'))
  return (
    <li>
      <code>{statuses}</code>{' '}
      {contents.length === 0
        ? textOf(response, 'description')
        : contents.map(([mediaType, content]) => (
            <>
              <Type schema={membersOf(content, 'schema')} />{' '}
              <span class="hint">{mediaType}</span>{' '}
            </>
          ))}
    </li>
  )
}

function SchemaMembers({ schema }: { schema: unknown }) {
  const properties = Object.entries(membersOf(schema, 'properties'))
  if (properties.length === 0) {
    return (
      <p>
        <Type schema={schema} />
      </p>
    )
  }
  const required = listOf(schema, 'required')
  return (
    <dl>
      {properties.map(([name, member]) => (
        <Member
          name={name}
          note={required.includes(name) ? 'required' : ''}
          schema={member}
          description={textOf(member, 'description')}
        />
      ))}
    </dl>
  )
}

type MemberProps = { name: string; note: string; schema: unknown; description: string }

function Member({ name, note, schema, description }: MemberProps) {
  const limit = limitsOf(schema)
  return (
    <>
      <dt>
        <code>{name}</code> <Type schema={schema} /> <span class="hint">{note}</span>
      </dt>
      <dd>{[description, limit].filter((text) => text !== '').join('; ')}</dd>
    </>
  )
}

const limits = ['default', 'minimum', 'maximum', 'minLength', 'maxLength', 'maxItems', 'pattern']

const limitsOf = (schema: unknown): string =>
  limits
    .flatMap((name) => {
      const limit = isJsonObject(schema) ? schema[name] : undefined
      // An integer of JavaScript ends where its precision does: that is no limit of ours.
      const isTold = limit !== undefined && Math.abs(Number(limit)) !== Number.MAX_SAFE_INTEGER
      return isTold ? [`${name} ${JSON.stringify(limit)}`] : []
    })
    .join(', ')

/** What a value is, with a link to the schema that has a name. */
function Type({ schema }: { schema: unknown }) {
  const reference = textOf(schema, '$ref').replace('#/components/schemas/', '')
  if (reference !== '') return <a href={`#schema-${reference}`}>{reference}</a>
  const choices = [...listOf(schema, 'anyOf'), ...listOf(schema, 'oneOf')]
  if (choices.length > 0) {
    return (
      <>
        {choices.map((choice, index) => (
          <>
            {index === 0 ? '' : ' or '}
            <Type schema={choice} />
          </>
        ))}
      </>
    )
  }
  const values = listOf(schema, 'enum')
  if (values.length > 0) return <>{values.map((value) => JSON.stringify(value)).join(' or ')}</>
  if (isJsonObject(schema) && 'const' in schema) return <>{JSON.stringify(schema['const'])}</>
  const type = textOf(schema, 'type')
  if (type !== 'array') return <>{type === '' ? 'any value' : type}</>
  return (
    <>
      array of <Type schema={membersOf(schema, 'items')} />
    </>
  )
}

/** Returns a line for a shell. Parts of a path that vary are variables of the shell. */
function curlOf(
  method: string,
  url: string,
  mediaType: string | undefined,
  example: unknown,
): string {
  const address = url.replaceAll(/\{(\w+)\}/g, (_, name: string) => `$${name.toUpperCase()}`)
  return [
    'curl',
    ...(method === 'GET' ? [] : [`-X ${method}`]),
    `"${address}"`,
    '-H "Authorization: Bearer $ADMIN_TOKEN"',
    ...(mediaType === undefined ? [] : [`-H 'Content-Type: ${mediaType}'`]),
    ...(mediaType === undefined ? [] : [`-d '${JSON.stringify(example)}'`]),
  ].join(' ')
}

/** Returns a value of a schema, with what is required alone. */
function exampleOf(schema: unknown, schemas: Members): unknown {
  const reference = textOf(schema, '$ref').replace('#/components/schemas/', '')
  if (reference !== '') return exampleOf(schemas[reference], schemas)
  const [choice] = [...listOf(schema, 'anyOf'), ...listOf(schema, 'oneOf')]
  if (choice !== undefined) return exampleOf(choice, schemas)
  const [value] = listOf(schema, 'enum')
  if (value !== undefined) return value
  switch (textOf(schema, 'type')) {
    case 'integer':
    case 'number':
      return 1
    case 'boolean':
      return true
    case 'array':
      return []
    case 'string':
      return '...'
    default: {
      const properties = membersOf(schema, 'properties')
      const required = listOf(schema, 'required').map(String)
      return Object.fromEntries(
        required.map((name) => [name, exampleOf(properties[name], schemas)]),
      )
    }
  }
}
