// Apps as their client ID metadata documents describe them, served by the scripted server.
import { ScriptedProvider } from './providers.ts'
import type { Script } from './servers/scripted.ts'

/** A website that serves the document of one app. */
export class DocumentHost {
  readonly #site: ScriptedProvider
  readonly #path: string
  /** The address of the document, which is the client_id. */
  readonly address: string

  /** `path` may have a query; `host` is a name of this machine. */
  constructor({ path = '/client.json', host = '127.0.0.1' } = {}) {
    this.#site = new ScriptedProvider(host)
    this.#path = path.split('?', 1)[0] ?? path
    this.address = this.#site.url(path)
  }

  /** The address of something else at the website. */
  url(path: string): string {
    return this.#site.url(path)
  }

  /** The client as the test's helpers name it: without a secret. */
  get client(): { client_id: string } {
    return { client_id: this.address }
  }

  /** Serves a usual document, but for `members`; undefined leaves one out. */
  async describe(members: object = {}, script: Omit<Script, 'body'> = {}): Promise<void> {
    await this.serve({ ...script, body: documentOf(this.address, members) })
  }

  /** Serves anything at the address, or at another one. */
  serve(script: Omit<Script, 'body'> & { body?: unknown }, path = this.#path): Promise<void> {
    return this.#site.answer(path, script)
  }

  /** How often the document was fetched. */
  async fetches(): Promise<number> {
    return (await this.#site.requests(this.#path)).length
  }

  /** How often anything was fetched. */
  async requests(): Promise<number> {
    return (await this.#site.requests()).length
  }
}

export const callback = 'https://app.example/cb'

/** A usual document. */
export const documentOf = (address: string, members: object = {}): object => ({
  client_id: address,
  client_name: 'A described app',
  redirect_uris: [callback],
  token_endpoint_auth_method: 'none',
  ...members,
})
