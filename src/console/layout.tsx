// The frame of every screen: navigation, who is signed in, the way up, what was just done.
import type { Child } from 'hono/jsx'
import { type Form, PostForm } from '../pages/form.tsx'
import { type Frame, renderDocument } from '../pages/layout.tsx'
import { displayName, Name } from '../pages/display-name.tsx'
import type { View } from './screen.tsx'
import type { ConsoleTexts } from './texts/en.ts'
import type { Visit } from './visit.ts'

/** The entry of the navigation that a screen belongs to. */
export type Section = keyof ConsoleTexts['sections'] | 'none'

/** The screens of the navigation, in its order. */
const navigation: readonly (readonly [keyof ConsoleTexts['sections'], href: string])[] = [
  ['overview', '/admin'],
  ['users', '/admin/users'],
  ['clients', '/admin/clients'],
  ['events', '/admin/events'],
  ['providers', '/admin/providers'],
  ['keys', '/admin/keys'],
  ['tokens', '/admin/tokens'],
  ['imports', '/admin/imports'],
  ['settings', '/admin/settings'],
]

type Shown = {
  visit: Visit
  view: View
  signOut: Form
  done: Child
  isRefusal: boolean
}

/** Renders a screen of the console. */
export function consolePage(
  frame: Frame,
  { visit, view, signOut, done, isRefusal }: Shown,
): string {
  const { texts } = visit
  return renderDocument({
    frame,
    title: view.title,
    isRefusal,
    shape: 'desk',
    aside: <Navigation visit={visit} section={view.section} signOut={signOut} />,
    children: (
      <>
        {view.up && (
          <nav class="up" aria-label={view.up.title}>
            <a href={view.up.href}>{view.up.title}</a>
          </nav>
        )}
        <div class="heading">
          <h1 id="content" tabindex={-1}>
            <bdi>{displayName(view.title)}</bdi>
          </h1>
          {view.actions && (
            <div class="deeds" role="group" aria-label={texts.actions}>
              {view.actions}
            </div>
          )}
        </div>
        {done && (
          <p class="notice" role="status">
            {done}
          </p>
        )}
        {view.body}
      </>
    ),
  })
}

function Navigation(props: { visit: Visit; section: Section; signOut: Form }) {
  const { texts, standing, mayChange } = props.visit
  return (
    <>
      <a class="skip" href="#content">
        {texts.skip}
      </a>
      <nav class="sections" aria-label={texts.navigation}>
        {navigation.map(([name, href]) => (
          <a href={href} aria-current={name === props.section ? 'page' : undefined}>
            {texts.sections[name]}
          </a>
        ))}
      </nav>
      <div class="who">
        <a href="/account" title={texts.account}>
          <Name longest={24}>{standing.user.name ?? standing.user.username}</Name>
        </a>
        {!mayChange && <span class="badge">{texts.readOnly}</span>}
        <PostForm form={props.signOut}>
          <button class="link">{texts.signOut}</button>
        </PostForm>
      </div>
    </>
  )
}
