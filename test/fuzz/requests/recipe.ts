// Requests that are right, as data, and what an input changes of them.
import fc from 'fast-check'
import { base64url, utf8 } from '../../../src/crypto/encoding.ts'
import type { Key } from '../../federation/providers.ts'
import { issuer } from '../../support/http.ts'
import { type Edit, type JsonEdit, changed, edit, edited, jsonEdit } from '../edits.ts'
import { type Json, hostileNames, hostileTexts } from '../hostile.ts'

type Texts = Readonly<Record<string, string>>

/** A JWT that is signed anew for each request, after its claims and header were changed. */
type Unsigned = { key: Key; header: { [name: string]: Json }; claims: { [name: string]: Json } }

export type Recipe = {
  name: string
  method: string
  path: string
  query?: Texts
  headers?: Texts
  /** At most one of these is the body. */
  form?: Texts
  json?: Json
  /** The JSON is a list whose elements are lines of the body. */
  isLines?: true
  /** By the parameter that it stands in; `DPoP` is the header. */
  jwts?: Readonly<Record<string, () => Unsigned>>
}

/** One change of a request. */
type Change = {
  part: (typeof parts)[number]
  at: number
  name: string
  value: string
  edits: Edit[]
  json: JsonEdit
}

const parts = [
  ...([
    'value',
    'value',
    'value',
    'add',
    'double',
    'drop',
    'rename',
    'json',
    'json',
    'jwt',
  ] as const),
  ...(['jwt', 'header', 'add header', 'method', 'path', 'query', 'body', 'type'] as const),
] as const

/** An input: which request, its changes, and whether everything secret in it is wrong. */
export type Input = { recipe: string; isStripped: boolean; changes: Change[] }

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'PROPFIND']
const types = [
  ...['application/x-www-form-urlencoded', 'application/json', 'multipart/form-data; boundary=a'],
  ...['text/plain', 'application/merge-patch+json', 'application/json; charset=utf-16', ''],
  ...['application/x-ndjson', 'application/octet-stream', 'a'],
]
const headerNames = [
  ...['Accept', 'Accept-Language', 'Authorization', 'Cookie', 'Origin', 'DPoP', 'Content-Length'],
  ...['Sec-Fetch-Site', 'Referer', 'User-Agent', 'CF-Connecting-IP', 'Idempotency-Key', 'If-Match'],
  ...['X-Forwarded-Host', 'X-HTTP-Method-Override', 'Range', 'Content-Encoding', 'Expect'],
  ...['Access-Control-Request-Method', 'Sec-Fetch-Mode', 'X-Original-URL', 'Client-Cert'],
]
const fieldNames = [
  ...[
    'client_id',
    'client_secret',
    'client_assertion',
    'client_assertion_type',
    'scope',
    'resource',
  ],
  ...[
    'audience',
    'grant_type',
    'code',
    'code_verifier',
    'redirect_uri',
    'refresh_token',
    'username',
  ],
  ...['password', 'token', 'token_type_hint', 'subject_token', 'subject_token_type', 'assertion'],
  ...[
    'request',
    'request_uri',
    'claims',
    'authorization_details',
    'response_mode',
    'prompt',
    'max_age',
  ],
  ...[
    'id_token_hint',
    'login_hint',
    'ui_locales',
    'acr_values',
    'display',
    'dpop_jkt',
    'user_code',
  ],
  ...[
    'screen',
    'form_token',
    'decision',
    'limit',
    'cursor',
    'q',
    'language',
    'email',
    ...hostileNames,
  ],
]

const change: fc.Arbitrary<Change> = fc.record({
  part: fc.constantFrom(...parts),
  at: fc.nat(60),
  name: fc.constantFrom(...headerNames, ...fieldNames),
  value: fc.constantFrom(...hostileTexts, ...types, 'x'.repeat(9_000), 'a=b; '.repeat(600)),
  edits: fc.array(edit, { minLength: 1, maxLength: 2 }),
  json: jsonEdit,
})

/** Requests near to the recipes. */
export function inputsNear(recipes: readonly Recipe[]): fc.Arbitrary<Input> {
  const names = recipes.map(({ name }) => name)
  return fc.record({
    recipe: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...names.filter((name) => !isOfRoute(name))) },
      { weight: 1, arbitrary: fc.constantFrom(...names) },
    ),
    isStripped: fc.boolean(),
    changes: fc.array(change, { maxLength: 4 }),
  })
}

// Routes are many, and most of these requests say nothing but their name.
const isOfRoute = (name: string): boolean => name.startsWith('route ')

type Pair = [name: string, value: string]

type Draft = {
  method: string
  path: string
  query: Pair[]
  headers: Pair[]
  form: Pair[] | null
  json: Json | undefined
  isLines: boolean
  body: ((text: string) => string) | null
  jwts: { name: string; unsigned: Unsigned }[]
}

let chunk = 0

function draftOf({
  method,
  path,
  query = {},
  headers = {},
  form,
  json,
  isLines,
  jwts = {},
}: Recipe): Draft {
  return {
    // Each time another part of an import.
    ...{
      method,
      path: path.replace('{number}', String(++chunk)),
      json,
      isLines: isLines === true,
      body: null,
    },
    query: Object.entries(query),
    headers: Object.entries(headers),
    form: form === undefined ? null : Object.entries(form),
    jwts: Object.entries(jwts).map(([name, make]) => ({ name, unsigned: make() })),
  }
}

const isObject = (value: Json | undefined): value is { [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function applied(draft: Draft, { part, at, name, value, edits, json }: Change): Draft {
  const fields = draft.form ?? draft.query
  const withFields = (changedFields: Pair[]): Draft =>
    draft.form === null ? { ...draft, query: changedFields } : { ...draft, form: changedFields }
  const place = fields.length === 0 ? 0 : at % fields.length
  const atPlace = (of: (pair: Pair) => Pair[]) =>
    withFields(fields.flatMap((pair, index) => (index === place ? of(pair) : [pair])))
  switch (part) {
    case 'value':
      return at % 3 === 0
        ? atPlace(([key]) => [[key, value]])
        : atPlace(([key, text]) => [[key, edited(text, edits)]])
    case 'add':
      return withFields([...fields, [name, value]])
    case 'double':
      return atPlace((pair) => [pair, pair])
    case 'drop':
      return atPlace(() => [])
    case 'rename':
      return atPlace(([, text]) => [[name, text]])
    case 'json':
      if (draft.json !== undefined) return { ...draft, json: changed(draft.json, json) }
      return withFields(fields.map(([key, text]) => [key, withChangedJson(text, json)]))
    case 'jwt':
      return {
        ...draft,
        jwts: draft.jwts.map((one) => ({ ...one, unsigned: changedJwt(one.unsigned, json) })),
      }
    case 'header':
      return {
        ...draft,
        headers: draft.headers.map(([key, text], index) =>
          index === at % draft.headers.length ? [key, edited(text, edits)] : [key, text],
        ),
      }
    case 'add header':
      return {
        ...draft,
        headers: [...draft.headers, [headerNames[at % headerNames.length] ?? 'A', value]],
      }
    case 'method':
      return { ...draft, method: methods[at % methods.length] ?? 'GET' }
    case 'path':
      return { ...draft, path: edited(draft.path, edits) }
    case 'query':
      return { ...draft, query: [...draft.query, [name, value]] }
    case 'body':
      return { ...draft, body: (text) => edited(text, edits) }
    case 'type':
      return {
        ...draft,
        headers: [...draft.headers, ['Content-Type', types[at % types.length] ?? '']],
      }
  }
}

/** Changes a parameter that is JSON; any other stays as it is. */
function withChangedJson(text: string, json: JsonEdit): string {
  if (!/^[[{]/.test(text)) return text
  try {
    const value: Json = JSON.parse(text)
    return JSON.stringify(changed(value, json))
  } catch {
    return text
  }
}

function changedJwt({ key, header, claims }: Unsigned, json: JsonEdit): Unsigned {
  if (json.at % 3 === 0) {
    const other = changed(header, json)
    return { key, claims, header: isObject(other) ? other : header }
  }
  const other = changed(claims, json)
  return { key, header, claims: isObject(other) ? other : claims }
}

/** What stands in a URL or a header, as a client library would still send it. */
const headerText = (text: string): string => text.replace(/[^\t\x20-\x7e]/g, '').trim()
const encoded = (pairs: readonly Pair[]): string =>
  pairs
    .map((pair) => pair.map((text) => encodeURIComponent(text.toWellFormed())).join('='))
    .join('&')

/** Makes the request of an input; null if no client could send it. */
export async function requestOf(
  recipe: Recipe,
  { changes, isStripped }: Input,
  strip: (text: string) => string,
): Promise<Request | null> {
  const draft = changes.reduce(applied, draftOf(recipe))
  const clean = isStripped ? strip : (text: string) => text
  for (const { name, unsigned } of draft.jwts) {
    const { key, claims, header } = unsigned
    const token = await signed(key, header, claims)
    if (name === 'DPoP') draft.headers.push([name, token])
    else
      (draft.form ?? draft.query).push([
        name,
        isStripped ? `${token.slice(0, -9)}AAAAAAAAA` : token,
      ])
  }
  const body = bodyOf(draft)
  const hasBody = !['GET', 'HEAD'].includes(draft.method) && body !== null
  const headers = new Headers()
  const type = draft.isLines
    ? 'application/x-ndjson'
    : draft.json === undefined
      ? 'application/x-www-form-urlencoded'
      : 'application/json'
  if (hasBody) headers.set('Content-Type', type)
  for (const [name, value] of draft.headers) headers.set(name, clean(headerText(value)))
  const query = draft.query.length === 0 ? '' : `?${encoded(draft.query)}`
  const url = URL.parse(clean(`${issuer}${draft.path.replace(/^\/*/, '/')}${query}`))
  if (url === null || url.origin !== issuer) return null
  const { method } = draft
  return new Request(url, {
    ...{ method, headers, redirect: 'manual' },
    body: hasBody ? clean(body) : null,
  })
}

/** Signs whatever the header says: a library would refuse to. */
async function signed(key: Key, header: Json, claims: Json): Promise<string> {
  const content = [header, claims].map((part) => base64url(utf8(JSON.stringify(part)))).join('.')
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
  const signature = await crypto.subtle.sign(algorithm, key.privateKey, utf8(content))
  return `${content}.${base64url(new Uint8Array(signature))}`
}

function bodyOf({ form, json, isLines, body }: Draft): string | null {
  const text = json === undefined ? (form === null ? null : encoded(form)) : printed(json, isLines)
  return text === null ? null : (body?.(text) ?? text)
}

const printed = (json: Json, isLines: boolean): string =>
  isLines && Array.isArray(json)
    ? json.map((line) => `${JSON.stringify(line)}\n`).join('')
    : JSON.stringify(json)
