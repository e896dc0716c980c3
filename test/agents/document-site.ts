// The website of an app, which serves the app's client ID metadata document over https: the official
// client takes no other address.
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../operator/boot.ts'

export type DocumentSite = {
  /** The address of the document. */
  address: string
  /** Another address, whose document takes a second. */
  slowAddress: string
  /** A file with the certificate, for those who are to trust the website. */
  certificateFile: string
  /** How often the document was fetched. */
  fetches: () => number
  end: () => void
}

/** Serves a document with these members on a free port. */
export async function newDocumentSite(members: object): Promise<DocumentSite> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-document-'))
  const certificateFile = join(folder, 'certificate.pem')
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const cert = selfSigned(privateKey, publicKey)
  writeFileSync(certificateFile, cert)
  const port = await freePort()
  const origin = `https://localhost:${port}`
  let count = 0
  const key = privateKey.export({ format: 'pem', type: 'pkcs8' })
  const server = createServer({ key, cert }, ({ url = '/' }, response) => {
    count++
    response.setHeader('Content-Type', 'application/json')
    response.setHeader('Cache-Control', 'max-age=300')
    const text = JSON.stringify({ client_id: origin + url, ...members })
    setTimeout(() => response.end(text), url.startsWith('/slow') ? 1_000 : 0)
  })
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve))
  return {
    address: `${origin}/agent/client.json`,
    slowAddress: `${origin}/slow/client.json`,
    certificateFile,
    fetches: () => count,
    end: () => {
      server.closeAllConnections()
      server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A certificate of `localhost` for an hour, by its own key (RFC 5280 4.1), as PEM. */
function selfSigned(privateKey: KeyObject, publicKey: KeyObject): string {
  const algorithm = sequence(identifier('2a8648ce3d040302'))
  const name = sequence(
    der(0x31, sequence(identifier('550403'), der(0x0c, Buffer.from('localhost')))),
  )
  const isAuthority = sequence(
    identifier('551d13'),
    der(0x04, sequence(der(0x01, Buffer.of(0xff)))),
  )
  const hosts = sequence(der(0x82, Buffer.from('localhost')))
  const alternativeNames = sequence(identifier('551d11'), der(0x04, hosts))
  const body = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(1)),
    algorithm,
    name,
    sequence(time(-3_600_000), time(3_600_000)),
    name,
    publicKey.export({ format: 'der', type: 'spki' }),
    der(0xa3, sequence(isAuthority, alternativeNames)),
  )
  const signature = der(0x03, Buffer.concat([Buffer.of(0), sign('sha256', body, privateKey)]))
  const text = sequence(body, algorithm, signature).toString('base64')
  const lines = text.match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content
  const size =
    length < 0x80
      ? Buffer.of(length)
      : length < 0x100
        ? Buffer.of(0x81, length)
        : Buffer.of(0x82, length >> 8, length & 0xff)
  return Buffer.concat([Buffer.of(tag), size, content])
}

const sequence = (...parts: Buffer[]): Buffer => der(0x30, Buffer.concat(parts))
const identifier = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'))

/** An instant so many milliseconds from now. */
const time = (milliseconds: number): Buffer => {
  const text = new Date(Date.now() + milliseconds).toISOString().replace(/[-:T]|\.\d+/g, '')
  return der(0x17, Buffer.from(text.slice(2)))
}
