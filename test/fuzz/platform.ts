// What workerd has and Node 22 has not yet, so that parsers can be fuzzed in plain Node: a hundred
// thousand inputs in seconds. Only what is absent is added.
import { timingSafeEqual } from 'node:crypto'

const bytesOf = (text: string, encoding: 'base64' | 'base64url' | 'hex'): Uint8Array => {
  const isText =
    encoding === 'hex' ? /^(?:[\da-f]{2})*$/i.test(text) : /^[\w+/-]*={0,2}$/.test(text)
  if (!isText) throw new SyntaxError(`not ${encoding}`)
  return new Uint8Array(Buffer.from(text, encoding))
}

function add(target: object, name: string, value: unknown): void {
  if (name in target) return
  Object.defineProperty(target, name, { value, configurable: true, writable: true })
}

type Base64Options = { alphabet?: 'base64' | 'base64url'; omitPadding?: boolean }

/** Adds what is absent. */
export function completePlatform(): void {
  add(
    Uint8Array.prototype,
    'toBase64',
    function (this: Uint8Array, { alphabet = 'base64', omitPadding = false }: Base64Options = {}) {
      const text = Buffer.from(this).toString('base64')
      const spelled = alphabet === 'base64' ? text : text.replaceAll('+', '-').replaceAll('/', '_')
      return omitPadding ? spelled.replace(/=+$/, '') : spelled
    },
  )
  add(Uint8Array.prototype, 'toHex', function (this: Uint8Array) {
    return Buffer.from(this).toString('hex')
  })
  add(Uint8Array, 'fromBase64', (text: string, { alphabet = 'base64' }: Base64Options = {}) =>
    bytesOf(text, alphabet),
  )
  add(Uint8Array, 'fromHex', (text: string) => bytesOf(text, 'hex'))
  add(Object.getPrototypeOf(crypto.subtle), 'timingSafeEqual', timingSafeEqual)
}
