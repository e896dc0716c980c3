// What the compiler makes of JSX: HTML text, rendered at once. Hono's own runtime would bring contexts,
// promises and document metadata, of which no page makes use.
import { raw } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'

export type { JSX } from 'hono/jsx/jsx-runtime'

type Props = Readonly<Record<string, unknown>>
type Component = (props: Props) => unknown

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')

/** Elements without content and end tag (HTML 13.1.2). */
const isVoid = (tag: string): boolean =>
  /^(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)$/.test(tag)

/** Attributes that are there or not there (HTML 2.3.2); others may be `true` or `false`. */
const isBoolean = (name: string): boolean =>
  /^(?:async|auto(?:focus|play)|checked|controls|defer|disabled|(?:form)?novalidate|hidden|inert|loop|multiple|muted|open|readonly|required|reversed|selected)$/.test(
    name,
  )

/** Returns the HTML of an element, or of what a component returns. */
export function jsx(tag: string | Component, props: Props): HtmlEscapedString {
  if (typeof tag === 'function') return raw(rendered(tag(props)))
  const { children, ...attributes } = props
  const start = `<${tag}${Object.entries(attributes).map(attribute).join('')}`
  return raw(isVoid(tag) ? `${start}/>` : `${start}>${rendered(children)}</${tag}>`)
}

export { jsx as jsxDEV, jsx as jsxs }

/** A group of elements without an element of its own. */
export const Fragment: Component = ({ children }) => children

function attribute([name, value]: [name: string, value: unknown]): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'boolean' && isBoolean(name)) return value ? ` ${name}=""` : ''
  return ` ${name}="${escaped(String(value))}"`
}

/** Returns HTML as it is, and the text of everything else with its characters escaped. */
function rendered(child: unknown): string {
  if (child === undefined || child === null || typeof child === 'boolean') return ''
  if (Array.isArray(child)) return child.map(rendered).join('')
  return isHtml(child) ? String(child) : escaped(String(child))
}

/** Text from outside is no String object, so that it cannot pass for HTML. */
const isHtml = (child: unknown): boolean => child instanceof String && 'isEscaped' in child
