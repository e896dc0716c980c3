// The mail box of `npm start`, on the port after that of the server.
import { z } from 'zod'
import { world } from './world.ts'

const mails = z.array(z.looseObject({ to: z.unknown(), text: z.string() }))

/** The code of the newest mail to an address, once one has arrived with another code than `before`. */
export async function codeFor(address: string, before = ''): Promise<string> {
  const { port } = new URL(world.postern)
  for (let round = 0; round < 100; round++) {
    const response = await fetch(`http://localhost:${Number(port) + 1}/messages`)
    const mail = mails
      .parse(await response.json())
      .find(({ to }) => JSON.stringify(to).includes(address))
    const code = /(\d{4}) (\d{4})/.exec(mail?.text ?? '')
    if (code !== null && code[0] !== before) return code[0]
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`no mail to ${address} has arrived`)
}
