// The admin interface as a page to read.
import { describe, expect, it } from 'vitest'
import { get, post } from '../support/http.ts'
import { admin } from '../support/registry.ts'

type Operations = Record<string, Record<string, { operationId: string }>>

const page = async () => get('/admin/v1/docs', { Accept: 'text/html' })

describe('GET /admin/v1/docs', () => {
  it('shows every operation and every schema of the OpenAPI document, without a token', async () => {
    const answer = await page()
    const html = await answer.text()
    const { paths, components } = await (
      await admin('GET', '/openapi.json')
    ).json<{ paths: Operations; components: { schemas: object } }>()
    const ids = Object.values(paths).flatMap((ofPath) =>
      Object.values(ofPath).map(({ operationId }) => operationId),
    )
    const anchors = new Set([...html.matchAll(/ id="([\w-]+)"/g)].map(([, anchor]) => anchor))
    const expected = [...ids, ...Object.keys(components.schemas).map((name) => `schema-${name}`)]
    expect({
      status: answer.status,
      missing: expected.filter((anchor) => !anchors.has(anchor)),
      curls: html.split('<pre><code>curl ').length - 1,
    }).toEqual({ status: 200, missing: [], curls: ids.length })
  })

  it('leads nowhere but to what it has', async () => {
    const html = await (await page()).text()
    const anchors = new Set([...html.matchAll(/ id="([\w-]+)"/g)].map(([, anchor]) => anchor))
    const links = [...html.matchAll(/href="#([^"]*)"/g)].map(([, anchor]) => anchor)
    expect(links.filter((anchor) => !anchors.has(anchor))).toEqual([])
  })

  it('has the policy of all pages: no script, nothing from elsewhere, in no frame', async () => {
    const answer = await page()
    const html = await answer.text()
    const { headers } = await get('/nowhere', { Accept: 'text/html' })
    expect(answer.headers.get('Content-Security-Policy')).toBe(
      headers.get('Content-Security-Policy'),
    )
    expect(answer.headers.get('Content-Security-Policy')).toContain("script-src 'none'")
    expect(html).not.toMatch(/<script|<style|\sstyle=/)
  })

  it('answers no other method', async () => {
    const { status, headers } = await post('/admin/v1/docs', {})
    expect({ status, allow: headers.get('Allow') }).toEqual({ status: 405, allow: 'HEAD, GET' })
  })
})
