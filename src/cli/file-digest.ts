import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'

/** Returns the SHA-256 of a file in hexadecimal digits. The file is streamed. */
export async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256')
  const bytes: AsyncIterable<Buffer> = createReadStream(path)
  for await (const chunk of bytes) hash.update(chunk)
  return hash.digest('hex')
}
