import { expect } from 'vitest'
import type { Ending } from './engine.ts'

/** Returns how a round differs from every documented ending; null = it is one of them. */
export function differenceOf(found: Ending, documented: readonly Ending[]): string | null {
  const differences: string[] = []
  for (const ending of documented) {
    try {
      expect(found).toEqual(ending)
      return null
    } catch (difference) {
      differences.push(difference instanceof Error ? difference.message : String(difference))
    }
  }
  return `${JSON.stringify(found)}\n${differences.join('\n')}`
}
