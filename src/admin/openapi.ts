// The OpenAPI 3.1 document of the admin interface, generated from the operations and their schemas.
import { adminScopes } from '../core/server/admin-token.ts'
import type { ClientMember } from '../core/clients/dialect-traits.ts'
import { type JsonSchema, describeSchema } from '../protocol/json-schema.ts'
import * as v from '../protocol/schema.ts'
import { detailsValue } from '../core/tokens/details-schema.ts'
import { grantAnswer, sessionAnswer } from './access.ts'
import { clientAnswer, clientPatch, newClient, newClientAnswer } from './client.ts'
import { detailsTypeAnswer, detailsTypePatch, newDetailsType } from './details-type.ts'
import { eventAnswer } from './event.ts'
import {
  exportedConsentAnswer,
  exportedGrantAnswer,
  exportedLinkAnswer,
  exportedUserAnswer,
} from './exported.ts'
import { idempotencyParameter } from './idempotency.ts'
import { chunkAnswer, importAnswer, newImport, newImportAnswer, undoAnswer } from './import.ts'
import { keyAnswer } from './keys.ts'
import { type Operation, scopesOf } from './operation.ts'
import { problemAnswer, titleOf } from './problem.ts'
import { providerLinkAnswer } from './provider-links.ts'
import { newProvider, providerAnswer, providerPatch } from './provider.ts'
import { newResource, resourceAnswer, resourcePatch } from './resource.ts'
import { settingAnswer } from './settings.ts'
import { dayAnswer } from './statistics.ts'
import { newToken, newTokenAnswer, tokenAnswer } from './tokens.ts'
import { userAnswer, userMembers, userPatch } from './user.ts'

const named: ReadonlyMap<() => v.GenericSchema, string> = new Map<() => v.GenericSchema, string>([
  [userMembers, 'NewUser'],
  [userPatch, 'UserPatch'],
  [userAnswer, 'User'],
  [newClient, 'NewClient'],
  [clientPatch, 'ClientPatch'],
  [clientAnswer, 'Client'],
  [newClientAnswer, 'ClientWithSecret'],
  [newResource, 'NewResource'],
  [resourcePatch, 'ResourcePatch'],
  [resourceAnswer, 'Resource'],
  [newDetailsType, 'NewAuthorizationDetailsType'],
  [detailsTypePatch, 'AuthorizationDetailsTypePatch'],
  [detailsTypeAnswer, 'AuthorizationDetailsType'],
  [detailsValue, 'AuthorizationDetailsValue'],
  [newProvider, 'NewProvider'],
  [providerPatch, 'ProviderPatch'],
  [providerAnswer, 'Provider'],
  [newImport, 'NewImport'],
  [importAnswer, 'Import'],
  [newImportAnswer, 'ImportWithKey'],
  [chunkAnswer, 'ImportReport'],
  [undoAnswer, 'ImportUndone'],
  [keyAnswer, 'Key'],
  [eventAnswer, 'Event'],
  [settingAnswer, 'Setting'],
  [dayAnswer, 'DayOfStatistics'],
  [newToken, 'NewAdminToken'],
  [tokenAnswer, 'AdminToken'],
  [newTokenAnswer, 'AdminTokenWithText'],
  [grantAnswer, 'Grant'],
  [sessionAnswer, 'Session'],
  [providerLinkAnswer, 'ProviderLink'],
  [exportedUserAnswer, 'ExportedUser'],
  [exportedLinkAnswer, 'ExportedProviderLink'],
  [exportedConsentAnswer, 'ExportedConsent'],
  [exportedGrantAnswer, 'ExportedGrant'],
  [problemAnswer, 'Problem'],
])

// Responses with a client, which include the members that dialects add.
const clientAnswers: readonly (() => v.GenericSchema)[] = [clientAnswer, newClientAnswer]

/** Returns the OpenAPI document for these operations, which the server of `issuer` has. */
export function describeOperations(
  operations: readonly Operation[],
  clientMembers: readonly ClientMember[],
  issuer: string,
): object {
  const paths = Map.groupBy(operations, (operation) => operation.path)
  return {
    openapi: '3.1.1',
    info: {
      title: 'Postern admin interface',
      version: '1',
      description: `The scopes of admin tokens are ${adminScopes.join(', ')}; ADMIN_TOKEN has them all.`,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: issuer }],
    tags: [...new Set(operations.map(({ path }) => tagOf(path)))].map((name) => ({
      name,
      description: `Operations under /admin/v1/${name}`,
    })),
    security: [{ adminToken: [] }],
    paths: Object.fromEntries(
      [...paths].map(([path, ofPath]) => [
        path,
        Object.fromEntries(ofPath.map((one) => [one.method.toLowerCase(), describe(one)])),
      ]),
    ),
    components: {
      securitySchemes: { adminToken: { type: 'http', scheme: 'bearer' } },
      schemas: Object.fromEntries(
        [...named].map(([schema, name]) => {
          const described = jsonSchema(schema)
          const isClient = clientAnswers.includes(schema)
          return [name, isClient ? withMembers(described, clientMembers) : described]
        }),
      ),
    },
  }
}

const withMembers = (schema: JsonSchema, members: readonly ClientMember[]): JsonSchema => ({
  ...schema,
  properties: {
    ...schema.properties,
    ...Object.fromEntries(
      members.map(({ name, description }) => [name, { type: 'string', description }]),
    ),
  },
})

/** Operations are grouped by the first word of their path. */
const tagOf = (path: string): string => path.split('/')[3]?.replace('.json', '') ?? 'admin'

function needed(method: Operation['method'], path: string): string {
  const scopes = scopesOf(method, path)
  return scopes === null ? 'Any admin token will do.' : `Needs the scope ${scopes.join(' or ')}.`
}

function describe(operation: Operation): object {
  const { id, method, path, summary, query, body, bodyType, success, refusals } = operation
  const inHeader = operation.idempotent === true ? [idempotencyParameter] : []
  const parameters = [...inPath(path), ...inQuery(query), ...inHeader]
  const isOpen = scopesOf(method, path) === null
  const problems = [401, ...(isOpen ? [] : [403]), ...refusals, 429, 503].toSorted(
    (one, other) => one - other,
  )
  const mediaType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  return {
    operationId: id,
    tags: [tagOf(path)],
    summary,
    description: needed(method, path),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: content(body, mediaType) } }),
    ...(bodyType === undefined
      ? {}
      : {
          requestBody: { required: true, content: { [bodyType]: { schema: { type: 'string' } } } },
        }),
    responses: {
      [success.status]: {
        description: summary,
        ...contentOfSuccess(success),
        ...(success.status === 201 && body !== undefined ? located : {}),
      },
      ...Object.fromEntries(problems.map((status) => [status, problem(status)])),
    },
  }
}

function contentOfSuccess({ body, mediaType, line }: Operation['success']): object {
  if (mediaType !== undefined) return { content: { [mediaType]: { schema: { type: 'string' } } } }
  if (body === undefined) return {}
  const lines = line === undefined ? {} : content(line, 'application/x-ndjson')
  return { content: { ...content(body), ...lines } }
}

const located = {
  headers: {
    Location: { description: 'The address of the created resource', schema: { type: 'string' } },
  },
}

const retried = {
  headers: { 'Retry-After': { description: 'Seconds to wait', schema: { type: 'integer' } } },
}

const problem = (status: number): object => ({
  description: titleOf(status),
  ...(status === 429 ? retried : {}),
  content: content(problemAnswer, 'application/problem+json'),
})

const content = (schema: () => v.GenericSchema, mediaType = 'application/json'): object => ({
  [mediaType]: { schema: reference(schema) },
})

function reference(schema: () => v.GenericSchema): object {
  const name = named.get(schema)
  if (name !== undefined) return { $ref: `#/components/schemas/${name}` }
  return jsonSchema(schema)
}

const inPath = (path: string): object[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: path.startsWith(`/admin/v1/users/{${name}}`)
      ? { type: 'integer', minimum: 1 }
      : { type: 'string' },
  }))

const inQuery = (query: (() => v.GenericSchema) | undefined): object[] =>
  Object.entries(query === undefined ? {} : (jsonSchema(query).properties ?? {})).map(
    ([name, schema]) => ({ name, in: 'query', required: false, schema }),
  )

/** Returns the JSON Schema of a schema, in which those with a name are references. */
const jsonSchema = (schema: () => v.GenericSchema): JsonSchema =>
  describeSchema(schema(), new Map([...named].map(([one, name]) => [one(), name])))
