// The frame around every page. Two shapes: the door, a panel for one question, and the room, a
// column for the account page. No script, no inline style: a page works under a strict CSP that
// allows the stylesheet and, where a logo is set, its image.

import type { Child } from 'hono/jsx'
import { fill } from './fill.ts'
import { type Language, languages } from './language.ts'
import { Mark } from './mark.tsx'
import { day, night } from './palette.ts'
import { textsIn } from './texts.ts'

/** What a deployment shows of itself; `logoUrl` is an https or same-origin image. */
export type Branding = { name: string; logoUrl?: string }

/** What every page is told, whatever it shows. */
export type Frame = {
  language: Language
  branding: Branding
  stylesheetHref: string
  iconHref?: string
  /** This page in each language, where it can be fetched again by GET; absent after a POST. */
  languageHrefs?: Readonly<Record<Language, string>>
}

type DocumentProps = {
  frame: Frame
  title: string
  /** What was posted last was refused: said first, as it is the title that a screen reader reads. */
  isRefusal?: boolean
  shape?: 'door' | 'room'
  /** Beside the name at the top of a room. */
  aside?: Child
  children?: Child
}

/** A whole document as text; `title` is plain text, `children` the content below the name. */
export function renderDocument(props: DocumentProps): string {
  const { frame, shape = 'door' } = props
  const { errorTitle } = textsIn(frame.language)
  const title = props.isRefusal ? fill(errorTitle, { title: props.title }).join('') : props.title
  const document = (
    <html lang={frame.language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="theme-color" content={day.wall} media="(prefers-color-scheme: light)" />
        <meta name="theme-color" content={night.wall} media="(prefers-color-scheme: dark)" />
        <meta name="robots" content="noindex" />
        <title>{`${title} · ${frame.branding.name}`}</title>
        <link rel="stylesheet" href={frame.stylesheetHref} />
        {frame.iconHref && <link rel="icon" href={frame.iconHref} type="image/svg+xml" />}
        <link rel="apple-touch-icon" href="/apple-touch-icon.png" />
      </head>
      <body class={shape}>
        {shape === 'room' && (
          <header>
            <BrandName branding={frame.branding} />
            {props.aside}
          </header>
        )}
        <main>
          {shape === 'door' && <div class="keystone" />}
          {shape === 'door' && <BrandName branding={frame.branding} />}
          {props.children}
        </main>
        {shape === 'door' && <div class="threshold" />}
        <LanguageLinks frame={frame} />
      </body>
    </html>
  )
  return `<!doctype html>${String(document)}`
}

function BrandName(props: { branding: Branding }) {
  return (
    <div class="brand">
      {props.branding.logoUrl ? <img src={props.branding.logoUrl} alt="" /> : <Mark />}
      <span>{props.branding.name}</span>
    </div>
  )
}

function LanguageLinks({ frame }: { frame: Frame }) {
  const hrefs = frame.languageHrefs
  if (!hrefs) return null
  return (
    <footer>
      <nav aria-label={textsIn(frame.language).languages}>
        {languages.map((language) => (
          <a
            href={hrefs[language]}
            lang={language}
            hreflang={language}
            aria-current={language === frame.language ? 'true' : undefined}
          >
            {textsIn(language).languageName}
          </a>
        ))}
      </nav>
    </footer>
  )
}
