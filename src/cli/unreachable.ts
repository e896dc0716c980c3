// Why no answer came, in words that say what to do.
import { isObject } from './json.ts'

/** `mayPass`: it may be over in a moment, as where a server restarts. */
type Reason = { message: string; mayPass: boolean }

/** Returns why a fetch failed. */
export function whyUnreachable(cause: unknown, origin: string, isTimeout: boolean): Reason {
  if (isTimeout) return { message: `${origin} did not answer in time`, mayPass: true }
  const code = codeOf(cause)
  const { host } = new URL(origin)
  if (isTls(code)) {
    return { message: `${host} cannot be trusted over TLS: ${reasonOf(cause)}`, mayPass: false }
  }
  if (code === 'ENOTFOUND') {
    return { message: `there is no host ${host}: check --url or POSTERN_URL`, mayPass: false }
  }
  if (code === 'ECONNREFUSED') {
    return { message: `nothing answers at ${origin}: is the server running?`, mayPass: true }
  }
  return { message: `${origin} cannot be reached: ${code || reasonOf(cause)}`, mayPass: true }
}

const isTls = (code: string): boolean =>
  /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|EPROTO/.test(code)

/** The code of the error or of what caused it: fetch hides it behind a TypeError. */
function codeOf(cause: unknown): string {
  if (!isObject(cause)) return ''
  if (typeof cause.code === 'string') return cause.code
  // Several addresses of one name were tried.
  const inner = Array.isArray(cause.errors) ? cause.errors[0] : cause.cause
  return codeOf(inner)
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  if (cause.cause instanceof Error) return reasonOf(cause.cause)
  // OpenSSL says "C05C...:error:0A00010B:SSL routines:function:wrong version number:file.c:77:".
  const [, ofOpenSsl] = /:SSL routines:[^:]*:([^:]+):/.exec(cause.message) ?? []
  return ofOpenSsl ?? cause.message
}
