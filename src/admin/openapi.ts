// The OpenAPI 3.1 document of the admin interface, generated from the operations and their schemas.
import * as z from 'zod/mini'
import type { ClientMember } from '../core/clients/dialect-traits.ts'
import { grantAnswer, sessionAnswer } from './access.ts'
import { clientAnswer, clientPatch, newClient, newClientAnswer } from './client.ts'
import { detailsTypeAnswer, detailsTypePatch, newDetailsType } from './details-type.ts'
import { eventAnswer } from './event.ts'
import { idempotencyParameter } from './idempotency.ts'
import { keyAnswer } from './keys.ts'
import { type Operation, scopesOf } from './operation.ts'
import { problemAnswer, titleOf } from './problem.ts'
import { providerLinkAnswer } from './provider-links.ts'
import { newProvider, providerAnswer, providerPatch } from './provider.ts'
import { newResource, resourceAnswer, resourcePatch } from './resource.ts'
import { newToken, newTokenAnswer, tokenAnswer } from './tokens.ts'
import { userAnswer, userMembers, userPatch } from './user.ts'

const named: ReadonlyMap<() => z.ZodMiniType, string> = new Map<() => z.ZodMiniType, string>([
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
  [newProvider, 'NewProvider'],
  [providerPatch, 'ProviderPatch'],
  [providerAnswer, 'Provider'],
  [keyAnswer, 'Key'],
  [eventAnswer, 'Event'],
  [newToken, 'NewAdminToken'],
  [tokenAnswer, 'AdminToken'],
  [newTokenAnswer, 'AdminTokenWithText'],
  [grantAnswer, 'Grant'],
  [sessionAnswer, 'Session'],
  [providerLinkAnswer, 'ProviderLink'],
  [problemAnswer, 'Problem'],
])

// Responses with a client, which include the members that dialects add.
const clientAnswers: readonly (() => z.ZodMiniType)[] = [clientAnswer, newClientAnswer]

/** Returns the OpenAPI document for these operations. */
export function describeOperations(
  operations: readonly Operation[],
  clientMembers: readonly ClientMember[],
): object {
  const paths = Map.groupBy(operations, (operation) => operation.path)
  return {
    openapi: '3.1.1',
    info: { title: 'Postern admin interface', version: '1' },
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
        [...named].map(([schema, name]) => [
          name,
          clientAnswers.includes(schema)
            ? withMembers(jsonSchema(schema), clientMembers)
            : jsonSchema(schema),
        ]),
      ),
    },
  }
}

const withMembers = (
  schema: ReturnType<typeof jsonSchema>,
  members: readonly ClientMember[],
): object => ({
  ...schema,
  properties: {
    ...schema.properties,
    ...Object.fromEntries(
      members.map(({ name, description }) => [name, { type: 'string', description }]),
    ),
  },
})

function describe(operation: Operation): object {
  const { method, path, summary, query, body, success, refusals } = operation
  const inHeader = operation.idempotent === true ? [idempotencyParameter] : []
  const parameters = [...inPath(path), ...inQuery(query), ...inHeader]
  const isOpen = scopesOf(method, path) === null
  const problems = [401, ...(isOpen ? [] : [403]), ...refusals, 503].toSorted(
    (one, other) => one - other,
  )
  const mediaType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  return {
    summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: content(body, mediaType) } }),
    responses: {
      [success.status]: {
        description: summary,
        ...(success.body === undefined ? {} : { content: content(success.body) }),
        ...(success.status === 201 && body !== undefined ? located : {}),
      },
      ...Object.fromEntries(problems.map((status) => [status, problem(status)])),
    },
  }
}

const located = {
  headers: {
    Location: { description: 'The address of the created resource', schema: { type: 'string' } },
  },
}

const problem = (status: number): object => ({
  description: titleOf(status),
  content: content(problemAnswer, 'application/problem+json'),
})

const content = (schema: () => z.ZodMiniType, mediaType = 'application/json'): object => ({
  [mediaType]: { schema: reference(schema) },
})

function reference(schema: () => z.ZodMiniType): object {
  const name = named.get(schema)
  return name === undefined ? jsonSchema(schema) : { $ref: `#/components/schemas/${name}` }
}

const inPath = (path: string): object[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))

const inQuery = (query: (() => z.ZodMiniObject) | undefined): object[] =>
  Object.entries(query === undefined ? {} : (jsonSchema(query).properties ?? {})).map(
    ([name, schema]) => ({ name, in: 'query', required: false, schema }),
  )

function jsonSchema(schema: () => z.ZodMiniType) {
  const { $schema: _, ...rest } = z.toJSONSchema(schema(), { io: 'input' })
  return rest
}
