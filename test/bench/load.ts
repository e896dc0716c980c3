// Closed-loop load over raw sockets: each lane sends its next request when it has its answer. Light
// enough (a node client library costs more than the server) not to be what is measured.
import { connect, type Socket } from 'node:net'
import { cpuSeconds } from './machine.ts'

export type Question = {
  method?: 'GET' | 'POST'
  /** Path and query. */
  path: string
  headers?: Record<string, string>
  body?: string
}

export type Answer = { status: number; head: string; body: string }

/** Sends a request, as text already, and waits for the answer. */
export type Ask = (request: string) => Promise<Answer>

/** Where requests are sent, and the name that they are for where that is another. */
type Addressee = { origin: string; issuer?: string }

/** The bytes of a request, made once where it stays the same. */
export function requestText({ origin, issuer }: Addressee, question: Question): string {
  const { method = 'GET', path, headers = {}, body = '' } = question
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const length = method === 'POST' ? `Content-Length: ${Buffer.byteLength(body)}\r\n` : ''
  const target = (issuer ?? '') + path
  return `${method} ${target} HTTP/1.1\r\nHost: ${new URL(issuer ?? origin).host}\r\n${lines.join('')}${length}\r\n${body}`
}

export const formHeaders = { 'Content-Type': 'application/x-www-form-urlencoded' }

/** The value of a header, or undefined. */
export const headerOf = (answer: Answer, name: string): string | undefined =>
  new RegExp(`^${name}: *(.*)$`, 'im').exec(answer.head)?.[1]?.trim()

/** One keep-alive connection, one request at a time. */
export class Lane {
  readonly #origin: URL
  #socket: Socket | null = null
  #received = ''
  #waiting: { resolve: (answer: Answer) => void; reject: (reason: Error) => void } | null = null

  constructor(origin: string) {
    this.#origin = new URL(origin)
  }

  readonly ask: Ask = async (request) => {
    const socket = (this.#socket ??= await this.#connect())
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      socket.write(request)
    })
  }

  close(): void {
    this.#waiting = null
    this.#socket?.destroy()
  }

  #connect(): Promise<Socket> {
    const { hostname, port } = this.#origin
    return new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true })
      socket.setEncoding('latin1')
      socket.once('connect', () => resolve(socket))
      socket.on('data', (chunk) => this.#take(String(chunk)))
      socket.on('error', (failure) => {
        reject(failure)
        this.#fail(failure)
      })
      socket.on('close', () => this.#fail(new Error('the server closed the connection')))
    })
  }

  #fail(reason: Error): void {
    this.#socket = null
    this.#received = ''
    const waiting = this.#waiting
    this.#waiting = null
    waiting?.reject(reason)
  }

  #take(chunk: string): void {
    this.#received += chunk
    const read = readAnswer(this.#received)
    if (read === null || this.#waiting === null) return
    this.#received = this.#received.slice(read.length)
    const { resolve } = this.#waiting
    this.#waiting = null
    if (/^connection: *close/im.test(read.answer.head)) {
      this.#socket?.removeAllListeners('close').destroy()
      this.#socket = null
    }
    resolve(read.answer)
  }
}

/** The first answer of `text` and its length there, or null while it is incomplete. */
function readAnswer(text: string): { answer: Answer; length: number } | null {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd < 0) return null
  const head = text.slice(0, headEnd)
  const status = Number(head.slice(9, 12))
  const start = headEnd + 4
  const declared = /^content-length: *(\d+)/im.exec(head)?.[1]
  if (declared !== undefined) {
    const end = start + Number(declared)
    return text.length < end
      ? null
      : { answer: { status, head, body: text.slice(start, end) }, length: end }
  }
  if (!/^transfer-encoding: *chunked/im.test(head)) {
    return { answer: { status, head, body: '' }, length: start }
  }
  let body = ''
  for (let at = start; ;) {
    const lineEnd = text.indexOf('\r\n', at)
    if (lineEnd < 0) return null
    const size = Number.parseInt(text.slice(at, lineEnd), 16)
    const end = lineEnd + 2 + size + 2
    if (text.length < end) return null
    if (size === 0) return { answer: { status, head, body }, length: end }
    body += text.slice(lineEnd + 2, end - 2)
    at = end
  }
}

/** A unit of work on a lane; rejects if any answer in it is not what it must be. */
export type Step = (ask: Ask, lane: number) => Promise<void>

export type Run = {
  origin: string
  /** The process whose CPU is counted. */
  pid: number
  lanes: number
  seconds: number
  /** Units of work at most, for work that was prepared. */
  most?: number
  step: Step
}

export type Figures = {
  units: number
  perSecond: number
  /** Microseconds of the server's CPU for a unit of work. */
  cpu: number
  /** Milliseconds. */
  p50: number
  p99: number
}

/** Runs a step on every lane until the time or the work is over. @throws what a step throws */
export async function run({ origin, pid, lanes, seconds, most, step }: Run): Promise<Figures> {
  const opened = Array.from({ length: lanes }, () => new Lane(origin))
  const waits: number[] = []
  let started = 0
  const cpuBefore = cpuSeconds(pid)
  const from = performance.now()
  const until = from + seconds * 1000
  const work = async (lane: Lane, index: number) => {
    while (performance.now() < until && (most === undefined || started < most)) {
      started++
      const asked = performance.now()
      await step(lane.ask, index)
      waits.push(performance.now() - asked)
    }
  }
  try {
    await Promise.all(opened.map(work))
  } finally {
    for (const lane of opened) lane.close()
  }
  const elapsed = (performance.now() - from) / 1000
  const cpu = ((cpuSeconds(pid) - cpuBefore) / waits.length) * 1e6
  waits.sort((one, other) => one - other)
  return {
    units: waits.length,
    perSecond: waits.length / elapsed,
    cpu,
    p50: quantile(waits, 0.5),
    p99: quantile(waits, 0.99),
  }
}

/** Asks on a connection of its own, without counting. */
export async function withLane<Result>(
  origin: string,
  use: (ask: Ask) => Promise<Result>,
): Promise<Result> {
  const lane = new Lane(origin)
  try {
    return await use(lane.ask)
  } finally {
    lane.close()
  }
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN

export const median = (values: readonly number[]): number =>
  quantile(
    [...values].sort((one, other) => one - other),
    0.5,
  )
