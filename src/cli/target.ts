// Which server a command talks to, and with which token. A token is never an option: other users of
// the machine can read the command lines of its processes.
import { existsSync, readFileSync } from 'node:fs'
import { parseEnvFile } from '../operator/env-file.ts'
import { readAddress, secretsPath, settingsPath, stateFolderOf } from '../operator/state-folder.ts'
import { Failure, misuse } from './failure.ts'

export type Target = {
  /** The origin, without a slash at the end. */
  origin: string
  token: string
}

type Environment = Record<string, string | undefined>

/** The options that choose the server. */
export type TargetOptions = { url?: string | undefined; tokenFile?: string | undefined }

/**
 * Returns the server and the token: `--url`, else POSTERN_URL, else the server of the local state;
 * `--token-file`, else POSTERN_TOKEN, else, for a server on this machine, the token of the local
 * state.
 * @throws Failure if there is none, or if the token would travel in the clear
 */
export function readTarget(options: TargetOptions, environment: Environment): Target {
  const origin = readOrigin(options, environment)
  return { origin, token: readToken(origin, options, environment) }
}

function readOrigin({ url }: TargetOptions, environment: Environment): string {
  const given = url ?? (environment.POSTERN_URL || undefined)
  if (given !== undefined) return originOf(given, url === undefined ? 'POSTERN_URL' : '--url')
  const folder = stateFolderOf(environment)
  const local = readAddress(folder)
  if (local !== null) return originOf(local, `the address in ${folder}`)
  throw misuse(
    `no server is known: name one with --url or POSTERN_URL, or run npm start (state in ${folder})`,
  )
}

function originOf(text: string, source: string): string {
  if (!URL.canParse(text)) throw misuse(`${source} is no URL: ${text}`)
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw misuse(`${source} must be an https URL, not ${text}`)
  }
  if (url.username !== '' || url.password !== '') {
    throw misuse(`${source} must have no user and no password`)
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw misuse(`${source} must be an origin such as ${url.origin}, without a path`)
  }
  if (url.protocol === 'http:' && !isLoopback(url)) {
    throw misuse(`${source} must be https: over http, anyone on the way could read the admin token`)
  }
  return url.origin
}

const isLoopback = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)

function readToken(origin: string, { tokenFile }: TargetOptions, environment: Environment): string {
  if (tokenFile !== undefined) return checked(readTokenFile(tokenFile), tokenFile)
  const { POSTERN_TOKEN = '' } = environment
  if (POSTERN_TOKEN !== '') return checked(POSTERN_TOKEN, 'POSTERN_TOKEN')
  const local = isLoopback(new URL(origin)) ? localToken(environment) : undefined
  if (local !== undefined) return local
  throw new Failure('notAllowed', `no token for ${origin}: set POSTERN_TOKEN, or use --token-file`)
}

function readTokenFile(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw misuse(`--token-file cannot be read: ${reason}`)
  }
}

function localToken(environment: Environment): string | undefined {
  // A server that was started with ADMIN_TOKEN in its environment has that one, not the saved one.
  const folder = stateFolderOf(environment)
  const path = [settingsPath(folder), secretsPath(folder)].find((each) => existsSync(each))
  if (path === undefined) return undefined
  const token = parseEnvFile(readFileSync(path, 'utf8'))?.ADMIN_TOKEN ?? ''
  return token === '' ? undefined : checked(token, path)
}

// No part of a token is shown: the message may be read by others.
function checked(token: string, source: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw misuse(`${source} has no token: a token is one line of printable ASCII without spaces`)
}
