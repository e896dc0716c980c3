// The parameters and options of a command line, by their names.
import { misuse } from './failure.ts'

type Values = Readonly<Record<string, unknown>>

export class Input {
  readonly #parameters: Values
  readonly #options: Values

  /** `options` has the names that commander gives: `redirectUri` of `--redirect-uri`. */
  constructor(parameters: Values, options: Values) {
    this.#parameters = parameters
    this.#options = options
  }

  /** Returns a required parameter. */
  parameter(name: string): string {
    const value = this.#parameters[name]
    if (typeof value === 'string') return value
    throw new Error(`the command has no parameter ${name}`)
  }

  /** Returns the values of a variadic parameter. */
  parameters(name: string): string[] {
    return textsIn(this.#parameters[name])
  }

  /** Returns the value of an option, or undefined. */
  text(name: string): string | undefined {
    const value = this.#option(name)
    return typeof value === 'string' ? value : undefined
  }

  /** Returns the values of an option that may be given several times. */
  texts(name: string): string[] {
    return textsIn(this.#option(name))
  }

  /** Returns whether an option without a value was given. */
  flag(name: string): boolean {
    return this.#option(name) === true
  }

  /** Returns the value of an option that is a whole number of at least 1. @throws Failure */
  count(name: string): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
    throw misuse(`--${name} must be a whole number of at least 1, not ${text}`)
  }

  /** Returns what `read` makes of the value of an option, or undefined. */
  read<Value>(name: string, read: (text: string) => Value): Value | undefined {
    const text = this.text(name)
    return text === undefined ? undefined : read(text)
  }

  #option(name: string): unknown {
    return this.#options[name.replaceAll(/-(\w)/g, (_all, letter: string) => letter.toUpperCase())]
  }
}

const textsIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
