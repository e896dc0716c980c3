// How a command can end: the exit codes, which scripts rely on.

/** The exit codes by outcome. */
export const exitCodes = {
  done: 0,
  /** Refused by the server, or partly failed. */
  refused: 1,
  usage: 2,
  notFound: 3,
  /** No token, a wrong token, or one that lacks a scope. */
  notAllowed: 4,
  conflict: 5,
  /** No connection, a failing server, or something that is no Postern. */
  unreachable: 6,
  tooManyBadRows: 7,
  interrupted: 130,
  /** 128 and the number of SIGTERM. */
  terminated: 143,
} as const

export type Outcome = Exclude<keyof typeof exitCodes, 'done'>

/** Ends the command with an exit code and one line on stderr. */
export class Failure extends Error {
  readonly outcome: Outcome
  /** More lines for stderr, each about one part of what failed. */
  readonly lines: readonly string[]

  constructor(outcome: Outcome, message: string, lines: readonly string[] = []) {
    super(message)
    this.outcome = outcome
    this.lines = lines
  }
}

/** Creates the failure of an invalid command line. */
export const misuse = (message: string, lines?: readonly string[]): Failure =>
  new Failure('usage', message, lines)

/** The reader of stdout has gone, as `head` does. Not an error: the command ends quietly. */
export class ReaderGone extends Error {}
