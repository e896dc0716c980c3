// Reads settings from the environment by their names, and tells afterwards what is in force.

/** A setting as it is in force. The value of a secret is not shown. */
export type SettingInForce = {
  name: string
  value: string | number | boolean | readonly string[] | null
  source: 'default' | 'variable' | 'secret'
}

/** Reads settings from the environment and collects all faults by the name of the setting. */
export class SettingsReader {
  readonly faults: string[] = []
  readonly #environment: object
  readonly #read = new Map<string, SettingInForce>()

  constructor(environment: object) {
    this.#environment = environment
  }

  /** Every setting that was read, as it is in force, in the order in which they were read. */
  get inForce(): readonly SettingInForce[] {
    return [...this.#read.values()]
  }

  fault(name: string, message: string): void {
    this.faults.push(`${name}: ${message}`)
  }

  /** Returns the text of a setting, or the default if it is absent or empty. */
  text(name: string): string | undefined
  text(name: string, fallback: string): string
  text(name: string, fallback?: string): string | undefined {
    const text = this.#textOf(name)
    this.#note(name, text ?? fallback ?? null, text)
    return text ?? fallback
  }

  /** Returns the text of a setting. Notes a fault if it is absent. */
  required(name: string): string {
    const text = this.text(name)
    if (text === undefined) this.fault(name, 'is required')
    return text ?? ''
  }

  /** Returns the text of a secret, which is never shown. Notes a fault if it is absent. */
  secret(name: string): string {
    const text = this.required(name)
    this.#read.set(name, { name, value: text === '' ? 'not set' : 'set', source: 'secret' })
    return text
  }

  /** Returns the text of a secret, which is never shown; '' if it is absent. */
  optionalSecret(name: string): string {
    const text = this.#textOf(name) ?? ''
    this.#read.set(name, { name, value: text === '' ? 'not set' : 'set', source: 'secret' })
    return text
  }

  /**
   * Returns a whole number within bounds. An empty setting is not set; it never means 0, which
   * disables things.
   */
  number(name: string, fallback: number, least: number, most: number): number {
    const text = this.#textOf(name)
    const number = text === undefined ? fallback : Number(text)
    this.#note(name, number, text)
    if (text === undefined) return fallback
    if (/^\d+$/.test(text) && number >= least && number <= most) return number
    this.fault(name, `must be a whole number from ${least} to ${most}`)
    return fallback
  }

  flag(name: string, fallback: boolean): boolean {
    const text = this.#textOf(name)
    const flag = text === undefined ? fallback : text === 'true'
    this.#note(name, flag, text)
    if (text !== undefined && text !== 'true' && text !== 'false') {
      this.fault(name, 'must be true or false')
    }
    return flag
  }

  /** Returns one of a few words; the first is the default. */
  choice<Word extends string>(name: string, words: readonly [Word, ...Word[]]): Word {
    const text = this.text(name, words[0])
    const chosen = words.find((word) => word === text)
    if (chosen === undefined) this.fault(name, `must be one of ${words.join(', ')}`)
    return chosen ?? words[0]
  }

  /** Returns the comma-separated entries, trimmed. */
  list(name: string): string[] {
    const text = this.#textOf(name)
    const entries = (text ?? '').split(',').map((entry) => entry.trim())
    const list = entries.filter((entry) => entry !== '')
    this.#note(name, list, text)
    return list
  }

  #note(name: string, value: SettingInForce['value'], text: string | undefined): void {
    // A setting that has a default may also be read as it is, beside another one.
    if (this.#read.has(name)) return
    this.#read.set(name, { name, value, source: text === undefined ? 'default' : 'variable' })
  }

  #textOf(name: string): string | undefined {
    const value: unknown = Reflect.get(this.#environment, name)
    if (value === undefined || value === '') return undefined
    if (typeof value === 'string') return value
    // Unquoted values in wrangler.toml arrive as numbers or booleans.
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    this.fault(name, 'must be text')
    return undefined
  }
}
