// The frame of every page under /account: one navigation around one section.

import type { Child } from 'hono/jsx'
import type { Section, SectionName } from './account-sections.tsx'
import { type Form, PostForm } from './form.tsx'
import { type Frame, renderDocument } from './layout.tsx'
import type { ScriptName } from './script.tsx'
import { textsIn } from './texts.ts'

/** The frame of a page, and what every page under /account has beside it. */
export type AccountFrame = Frame & {
  /** The sections that this deployment has. */
  sections: readonly Section[]
  logout: Form
}

type SectionProps = {
  /** The section that is shown; `overview` is /account itself. */
  current: SectionName | 'overview'
  /** The heading; absent = the name of the section. */
  title?: string
  /** One sentence below the heading. */
  lead?: Child
  /** What was just done. */
  notice?: Child
  /** Whether the last post was refused. */
  isRefusal?: boolean
  scripts?: readonly ScriptName[]
  children?: Child
}

/** Renders a page under /account. `children` come below the heading, in `<section>`s. */
export function accountSection(frame: AccountFrame, props: SectionProps): string {
  const { current, lead, notice, children } = props
  const texts = textsIn(frame.language)
  const title =
    props.title ??
    (current === 'overview' ? texts.account.title : texts.accountPages.sections[current])
  return renderDocument({
    frame,
    title,
    isRefusal: props.isRefusal === true,
    shape: 'room',
    ...(props.scripts === undefined ? {} : { scripts: props.scripts }),
    aside: (
      <PostForm form={frame.logout}>
        <button class="small">{texts.signOut}</button>
      </PostForm>
    ),
    ...(current === 'overview'
      ? {}
      : { navigation: <Navigation frame={frame} current={current} /> }),
    children: (
      <>
        <h1>{title}</h1>
        {lead && <p class="lead">{lead}</p>}
        {notice && (
          <p class="notice" role="status">
            {notice}
          </p>
        )}
        {children}
      </>
    ),
  })
}

/** The way back to the overview and, where there is room, to every other section. */
function Navigation({ frame, current }: { frame: AccountFrame; current: SectionName }) {
  const { account, accountPages } = textsIn(frame.language)
  return (
    <nav aria-label={account.title} class="parts">
      <a href="/account">{account.title}</a>
      {frame.sections
        .filter(({ path }) => !path.includes('#'))
        .map(({ name, path }) => (
          <a href={path} aria-current={name === current ? 'page' : undefined}>
            {accountPages.sections[name]}
          </a>
        ))}
    </nav>
  )
}

/**
 * Stands in the place of a form whose user must first prove anew who they are. Its button posts to the
 * same address as the form, where a sign-in that is not fresh leads to the sign-in page and back.
 */
export function ConfirmFirst(props: { form: Form; frame: Frame; children?: Child }) {
  const { accountPages } = textsIn(props.frame.language)
  return (
    <PostForm form={props.form} class="narrow">
      <p>{props.children ?? accountPages.confirmFirst}</p>
      <button>{accountPages.confirm}</button>
    </PostForm>
  )
}
