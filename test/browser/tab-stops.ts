// What the keyboard reaches, with the focus to be seen on each step (WCAG 2.2, 2.1.1, 2.4.3, 2.4.7).
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** The names of all that Tab reaches, each of which has to show that it has the focus. */
export async function tabStops(page: Page): Promise<string[]> {
  const stops: string[] = []
  for (;;) {
    await page.keyboard.press('Tab')
    const stop = await focused(page)
    if (stop === undefined || stop === stops[0]) return stops
    const outline = await page.evaluate<string>('getComputedStyle(document.activeElement).outline')
    expect(outline).toMatch(/solid 3px$/)
    stops.push(stop)
  }
}

/** Waits until this has the focus: a page gives it to its first field after it has been loaded. */
export async function waitForFocus(page: Page, name: string): Promise<void> {
  await expect.poll(() => focused(page), { timeout: 10_000 }).toBe(name)
}

/** The accessible name of what has the focus, if anything but the document has. */
export async function focused(page: Page): Promise<string | undefined> {
  const focus = page.locator(':focus')
  if ((await focus.count()) === 0) return undefined
  return /"(.+?)"/.exec(await focus.ariaSnapshot())?.[1]
}
