// What JSX becomes: HTML in which nothing from outside is markup.
import type { Child } from 'hono/jsx'
import { expect, it } from 'vitest'
import { jsx } from '../../src/pages/jsx-runtime.ts'

const hostile = `<b>"'&</b>`
const harmless = '&lt;b&gt;&quot;&#39;&amp;&lt;/b&gt;'

const textOf = (html: unknown): string => String(html)

const Box = ({ title, children }: { title: string; children?: Child }) => (
  <div title={title}>{children}</div>
)

it('text is escaped once, however deep it stands', () => {
  const html = (
    <Box title={hostile}>
      <p>
        {hostile}
        {[<i>{hostile}</i>, hostile]}
      </p>
    </Box>
  )
  const inside = `<p>${harmless}<i>${harmless}</i>${harmless}</p>`
  expect(textOf(html)).toBe(`<div title="${harmless}">${inside}</div>`)
})

it('an object from outside cannot pass for HTML', () => {
  const forged = { isEscaped: true, toString: () => hostile }
  expect(textOf(jsx('p', { children: forged, title: forged }))).toBe(
    `<p title="${harmless}">${harmless}</p>`,
  )
})

it('nothing, true and false are no text, and 0 is', () => {
  expect(
    textOf(
      <p>
        {null}
        {undefined}
        {true}
        {false}
        {0}
        {''}
      </p>,
    ),
  ).toBe('<p>0</p>')
})

it('an attribute is absent, or there, or says what it is', () => {
  const html = (
    <input name="a" value={undefined} required disabled={false} spellcheck={false} tabindex={0} />
  )
  expect(textOf(html)).toBe('<input name="a" required="" spellcheck="false" tabindex="0"/>')
})

it('a group has no element of its own, and an empty element has an end', () => {
  const html = (
    <>
      <br />
      <p></p>
      {[1, 2].map((one) => (
        <b>{one}</b>
      ))}
    </>
  )
  expect(textOf(html)).toBe('<br/><p></p><b>1</b><b>2</b>')
})
