// Not written yet.
import type { Options } from './options.ts'

export async function measureGrowth(
  _options: Options,
  _folder: string,
  _out: string,
): Promise<void> {
  throw new Error('growth is not measured yet')
}
