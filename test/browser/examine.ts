// A page as people see it: without barriers (axe-core, WCAG 2.2 AA), at any width, in both colour
// schemes; and its pictures for somebody to look at.
import axe, { type AxeResults } from 'axe-core'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, TestRunner } from 'vitest'
import { countIn } from '../support/counted.ts'
import { world } from './world.ts'

/**
 * Looks at a page at two widths, each in a colour scheme of its own, since neither changes the other:
 * pictures, barriers, and reflow. A picture of a page that is very long shows its top.
 */
export async function examine(
  page: Page,
  name: string,
  { isLong = false }: { isLong?: boolean } = {},
): Promise<void> {
  for (const [width, colorScheme] of [
    [1280, 'light'],
    [360, 'dark'],
  ] as const) {
    await page.setViewportSize({ width, height: 800 })
    await page.emulateMedia({ colorScheme })
    const path = join(world.screenshots, `${name}-${width}-${colorScheme}.png`)
    await page.screenshot({ path, fullPage: !isLong })
    expect(await barriers(page), `${width} px, ${colorScheme}`).toEqual([])
  }
  await expectReflow(page, name)
  const running = TestRunner.getCurrentTest()
  if (running !== undefined) countIn(running.context, { 'pages checked by axe': 1 })
}

/** What axe-core finds: the rule, and where it is broken. */
async function barriers(page: Page): Promise<string[]> {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
  await page.evaluate(axe.source)
  const options = JSON.stringify({ runOnly: tags, resultTypes: ['violations'] })
  const { violations } = await page.evaluate<AxeResults>(`axe.run(document, ${options})`)
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join()}`))
}

/** Nothing to scroll sideways for in a window of 320 px (WCAG 2.2, 1.4.10). */
export async function expectReflow(page: Page, name: string): Promise<void> {
  await page.setViewportSize({ width: 320, height: 800 })
  const width = await page.evaluate<number>('document.documentElement.scrollWidth')
  expect(width, `the width of ${name}`).toBeLessThanOrEqual(320)
}
